"""Schedule terms: what a phase asks of its subscription, as the parameters of a change.

Only what differs from the phase before is asked for, so that what was changed on the subscription
itself stays as long as no phase says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from prorata.engine.subscriptions.threshold_terms import check_limits
from prorata.engine.tax.enable import check_prices
from prorata.model.errors import InvalidRequest
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import (
    AddInvoiceItemParams,
    AutomaticTaxParams,
    BillingThresholdsParams,
    CustomFieldParams,
    DiscountParams,
    InvoiceSettingsParams,
    ItemChangeParams,
    ItemThresholdsParams,
    PeriodEndParams,
    PeriodParams,
    PeriodStartParams,
)
from prorata.resources.billing.subscription_schedule_shape import (
    ScheduleDefaultSettings,
    ScheduleDiscount,
    ScheduleInvoiceItem,
    SchedulePhase,
    SchedulePhaseItem,
)
from prorata.resources.billing.subscription_verbs import (
    SubscriptionCreateParams,
    SubscriptionUpdateParams,
)
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price


class AgreedItem(ItemChangeParams, kw_only=True):
    """An item whose price was checked when it was planned."""

    agreed: bool = True


class AgreedInvoiceItem(AddInvoiceItemParams, kw_only=True):
    """A one-off item whose price was checked when it was planned."""

    agreed: bool = True


class AgreedStart(SubscriptionCreateParams, kw_only=True):
    """A subscription whose customer and end were checked when it was planned."""

    agreed: bool = True


class AgreedChange(SubscriptionUpdateParams, kw_only=True):
    """A change to a phase whose end was laid when it was planned."""

    agreed: bool = True


class PlannedDiscount(DiscountParams, kw_only=True):
    """A discount that was promised when it was planned: left out if there is none to give."""

    planned: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """A phase's settings after the schedule's defaults have filled them up."""

    automatic_tax: bool
    billing_thresholds: tuple[int | None, bool | None] | None
    collection_method: str
    days_until_due: int | None
    default_payment_method: str | None
    default_tax_rates: tuple[str, ...]
    description: str | None
    invoice_settings: tuple[Any, ...]


def terms_of(settings: ScheduleDefaultSettings, phase: SchedulePhase) -> Terms:
    """Return a phase's settings: its own, then the schedule's defaults."""
    tax = phase.automatic_tax if phase.automatic_tax is not UNSET else settings.automatic_tax
    thresholds = phase.billing_thresholds or settings.billing_thresholds
    days = _setting(settings, phase, "days_until_due")
    method = phase.collection_method or settings.collection_method or "charge_automatically"
    return Terms(
        automatic_tax=tax.enabled,
        billing_thresholds=None
        if thresholds is None
        else (thresholds.amount_gte, thresholds.reset_billing_cycle_anchor),
        collection_method=method,
        days_until_due=days if method == "send_invoice" else None,
        default_payment_method=phase.default_payment_method or settings.default_payment_method,
        default_tax_rates=tuple(rate.id for rate in phase.default_tax_rates or ()),
        description=phase.description or settings.description,
        invoice_settings=(
            tuple(_setting(settings, phase, "account_tax_ids") or ()),
            tuple(
                (each.name, each.value) for each in _setting(settings, phase, "custom_fields") or ()
            ),
            _setting(settings, phase, "description"),
            _setting(settings, phase, "footer"),
        ),
    )


def check_terms(tx: Tx, settings: ScheduleDefaultSettings, phase: SchedulePhase) -> None:
    """Raise InvalidRequest for a phase that could not begin.

    Its invoices would be sent without a due date, its prices do not admit its thresholds, or what
    it sells cannot be taxed automatically.
    """
    terms = terms_of(settings, phase)
    amount = None if terms.billing_thresholds is None else terms.billing_thresholds[0]
    check_limits(tx, amount, _limited_prices(tx, phase), phase.currency)
    if terms.collection_method == "send_invoice" and terms.days_until_due is None:
        raise InvalidRequest(
            "If invoice collection method is 'send_invoice', you must specify 'days_until_due'."
        )
    if terms.automatic_tax:
        _check_taxable(tx, phase)


def _check_taxable(tx: Tx, phase: SchedulePhase) -> None:
    """Raise InvalidRequest where a phase has rates by hand, or a price without tax behavior."""
    sold: list[SchedulePhaseItem | ScheduleInvoiceItem] = [*phase.items, *phase.add_invoice_items]
    if phase.default_tax_rates or any(each.tax_rates for each in sold):
        raise InvalidRequest(
            "A phase with automatic tax can't have `default_tax_rates`, or items with `tax_rates`:"
            " leave one of them out.",
            param="phases",
        )
    prices = tx.load(Price, {each.price for each in sold}, look=True)
    check_prices(tx, prices.values(), phase.currency)


def keeps_threshold(tx: Tx, subscription: Subscription, phase: SchedulePhase) -> bool:
    """Return whether a phase's prices admit the threshold that was set on a subscription itself."""
    whole = subscription.billing_thresholds
    if whole is None:
        return True
    try:
        limited = _limited_prices(tx, phase)
        check_limits(tx, whole.amount_gte, limited, subscription.currency)
    except InvalidRequest:
        return False
    return True


def _limited_prices(tx: Tx, phase: SchedulePhase) -> dict[str, bool]:
    """Return of each metered price of a phase whether its item has a threshold of its own."""
    prices = tx.load(Price, [item.price for item in phase.items], look=True)
    return {
        item.price: item.billing_thresholds is not None
        for item in phase.items if is_metered(prices[item.price])
    }  # fmt: skip


def is_metered(price: Price) -> bool:
    """Return whether a price bills what was used."""
    return price.recurring is not None and price.recurring.usage_type == "metered"


def agreement_changes(new: Terms, old: Terms | None) -> dict[str, Any]:
    """Return what must be set on a subscription, by the names of its parameters.

    Without an old phase the subscription is new, and only what is not usual is set.
    """
    names = [
        name
        for name in Terms.__slots__
        if getattr(new, name) != (getattr(old, name) if old else _USUAL.get(name))
    ]
    found = {name: _parameter(name, getattr(new, name)) for name in names}
    if new.collection_method != "send_invoice":
        found.pop("days_until_due", None)
    elif "collection_method" in found:
        found["days_until_due"] = new.days_until_due
    return found


def given_discounts(
    tx: Tx,
    new: Sequence[ScheduleDiscount],
    old: Sequence[ScheduleDiscount],
    current: Sequence[str],
) -> list[DiscountParams]:
    """Return the discounts that a phase gives; those of the phase before go on as they are.

    current: the discounts that are there. One that was spent is not given again.
    """
    present = {each.source.coupon: each for each in tx.load(Discount, current).values()}
    codes = {each.promotion_code: each for each in present.values() if each.promotion_code}
    found = []
    for entry in new:
        kept = present.get(entry.coupon or "") or codes.get(entry.promotion_code or "")
        if entry not in old or entry.discount is not None:
            found.append(_discount(entry))
        elif kept is not None:
            found.append(DiscountParams(discount=kept.id))
    return [each for each in found if each.discount is UNSET or each.discount in current]


def item_changes(
    tx: Tx, subscription: Subscription, phase: SchedulePhase, previous: SchedulePhase | None
) -> list[ItemChangeParams]:
    """Return the changes that give a subscription the items of a phase, none where it has them.

    Items are the same as long as their price is.
    """
    before = {each.price: each for each in previous.items} if previous else {}
    present = {item.price.id: item for item in subscription.items.data}
    found = []
    for wanted in phase.items:
        item = present.pop(wanted.price, None)
        if item is None:
            found.append(_new_item(wanted))
            continue
        change = ItemChangeParams(
            id=item.id, **_settings(tx, wanted, before.get(wanted.price), item)
        )
        if wanted.quantity is not UNSET and wanted.quantity != item.quantity:
            change.quantity = wanted.quantity
        if change != ItemChangeParams(id=item.id):
            found.append(change)
    found += [ItemChangeParams(id=item.id, deleted=True) for item in present.values()]
    return found


def new_items(phase: SchedulePhase) -> list[ItemChangeParams]:
    """Return the items of a phase for a subscription that has none yet."""
    return [_new_item(each) for each in phase.items]


def new_discounts(phase: SchedulePhase) -> list[DiscountParams]:
    """Return the discounts of a phase for a subscription that has none yet."""
    return [_discount(each) for each in phase.discounts]


def added_items(
    phase: SchedulePhase, items: Sequence[ScheduleInvoiceItem] | None = None
) -> list[AddInvoiceItemParams]:
    """Return what a phase bills once when it begins, or these of its items."""
    return [_added(phase, each) for each in (phase.add_invoice_items if items is None else items)]


def _new_item(wanted: SchedulePhaseItem) -> ItemChangeParams:
    item = AgreedItem(price=wanted.price, quantity=wanted.quantity)
    if wanted.metadata:
        item.metadata = dict(wanted.metadata)
    if wanted.tax_rates:
        item.tax_rates = [rate.id for rate in wanted.tax_rates]
    if wanted.discounts:
        item.discounts = [_discount(each) for each in wanted.discounts]
    if wanted.billing_thresholds is not None and wanted.billing_thresholds.usage_gte is not None:
        item.billing_thresholds = ItemThresholdsParams(
            usage_gte=wanted.billing_thresholds.usage_gte
        )
    return item


def _settings(
    tx: Tx, wanted: SchedulePhaseItem, before: SchedulePhaseItem | None, item: Any
) -> dict[str, Any]:
    """Return which settings of an item a phase changes."""
    new = _new_item(wanted)
    found: dict[str, Any] = {}
    old = None if before is None else _new_item(before)
    if (value_or(new.metadata, None) or {}).items() - item.metadata.items():
        found["metadata"] = new.metadata
    rates = value_or(new.tax_rates, [])
    if rates != [rate.id for rate in item.tax_rates or ()]:
        found["tax_rates"] = rates or None
    usual = UNSET if old is None else old.billing_thresholds
    if new.billing_thresholds != usual:
        found["billing_thresholds"] = value_or(new.billing_thresholds, None)
    given = before.discounts if before else []
    if wanted.discounts != given:
        found["discounts"] = given_discounts(tx, wanted.discounts, given, item.discounts) or None
    return found


def _added(phase: SchedulePhase, item: ScheduleInvoiceItem) -> AddInvoiceItemParams:
    start, end = item.period.start, item.period.end
    added = AgreedInvoiceItem(
        price=item.price,
        period=PeriodParams(
            end=PeriodEndParams(type="min_item_period_end")
            if end.type == "min_item_period_end"
            else PeriodEndParams(
                type="timestamp", timestamp=value_or(end.timestamp, phase.end_date)
            ),
            start=PeriodStartParams(type="max_item_period_start")
            if start.type == "max_item_period_start"
            else PeriodStartParams(
                type="timestamp", timestamp=value_or(start.timestamp, phase.start_date)
            ),
        ),
        quantity=1 if item.quantity is None else item.quantity,
        metadata=item.metadata or {},
    )
    if item.discountable is not None:
        added.discountable = item.discountable
    if item.discounts:
        added.discounts = [_discount(each) for each in item.discounts]
    if item.tax_rates:
        added.tax_rates = [rate.id for rate in item.tax_rates]
    return added


def _discount(entry: ScheduleDiscount) -> DiscountParams:
    ways = {name: getattr(entry, name) for name in ("coupon", "discount", "promotion_code")}
    return PlannedDiscount(**{name: id for name, id in ways.items() if id is not None})


def _setting(settings: ScheduleDefaultSettings, phase: SchedulePhase, name: str) -> Any:
    own = None if phase.invoice_settings is None else getattr(phase.invoice_settings, name)
    return getattr(settings.invoice_settings, name) if own is None else own


_USUAL: dict[str, Any] = {
    "automatic_tax": False,
    "collection_method": "charge_automatically",
    "default_tax_rates": (),
    "invoice_settings": ((), (), None, None),
}


def _parameter(name: str, value: Any) -> Any:
    if name == "automatic_tax":
        return AutomaticTaxParams(enabled=value)
    if name == "default_tax_rates":
        return list(value) or None
    if name == "billing_thresholds" and value is not None:
        return BillingThresholdsParams(
            amount_gte=UNSET if value[0] is None else value[0],
            reset_billing_cycle_anchor=UNSET if value[1] is None else value[1],
        )
    if name == "invoice_settings":
        tax_ids, fields, description, footer = value
        return InvoiceSettingsParams(
            account_tax_ids=list(tax_ids) or None,
            custom_fields=[CustomFieldParams(name=key, value=text) for key, text in fields] or None,
            description=description,
            footer=footer,
        )
    return value

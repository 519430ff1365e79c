"""Quote order: what a quote becomes, as the parameters of a subscription or a schedule's phase."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import UNSET

from prorata.engine.invoices.terms import agree_on_rates
from prorata.engine.quotes.items import split
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote, QuoteItem
from prorata.resources.billing.quote_shape import QuoteBillingMode
from prorata.resources.billing.subscription_params import (
    AddInvoiceItemParams,
    AutomaticTaxParams,
    CustomFieldParams,
    DiscountParams,
    InvoiceSettingsParams,
    ItemCreateParams,
)
from prorata.resources.billing.subscription_schedule_params import (
    NewPhaseParams,
    PhaseInvoiceItemParams,
    PhaseItemParams,
    ScheduleCreateParams,
    ScheduleInvoiceSettingsParams,
)
from prorata.resources.billing.subscription_verbs import (
    BillingModeFlexibleParams,
    BillingModeParams,
    SubscriptionCreateParams,
)
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.rules.calendar import DAY_SECONDS, add_intervals, shortest

Wanted = Callable[[Discount], bool]
ENTRY = re.compile(r"(?:phases\[0\]\[)?(items|add_invoice_items)\]?\[(\d+)\](.*)", re.DOTALL)
NAMES = {
    "billing_mode": "subscription_data[billing_mode]",
    "description": "subscription_data[description]",
    "items": "line_items",
    "plan": "line_items",
    "metadata": "subscription_data[metadata]",
    "trial_end": "subscription_data[trial_period_days]",
    "trial_period_days": "subscription_data[trial_period_days]",
    "start_date": "subscription_data[effective_date]",
}


class QuotedItem(ItemCreateParams, kw_only=True):
    """An item whose price was checked when it was quoted."""

    agreed: bool = True


class QuotedOnce(AddInvoiceItemParams, kw_only=True):
    """A one-time item whose price was checked when it was quoted."""

    agreed: bool = True


class QuotedPhaseItem(PhaseItemParams, kw_only=True):
    """An item of a phase whose price was checked when it was quoted."""

    agreed: bool = True


class QuotedPhaseOnce(PhaseInvoiceItemParams, kw_only=True):
    """A one-time item of a phase whose price was checked when it was quoted."""

    agreed: bool = True


def is_taxed(quote: Quote) -> bool:
    """Return whether taxes are asked for: where it is known where the customer is."""
    tax = quote.automatic_tax
    return tax.enabled and tax.status != "requires_location_inputs"


def anything(discount: Discount) -> bool:
    """Let every discount count."""
    return True


def redemptions(tx: Tx, ids: Iterable[str], wanted: Wanted = anything) -> list[DiscountParams]:
    """Return what must be asked for to be given the discounts that were promised."""
    found = []
    for id in ids:
        discount = tx.get(Discount, id)
        if not wanted(discount):
            continue
        if discount.private.ended is None:
            found.append(DiscountParams(discount=id))
        elif discount.promotion_code is not None:
            found.append(DiscountParams(promotion_code=discount.promotion_code))
        else:
            found.append(DiscountParams(coupon=discount.source.coupon or UNSET))
    return found


def subscription_params(
    tx: Tx,
    quote: Quote,
    customer: Customer,
    *,
    recurring: Sequence[QuoteItem],
    once: Sequence[QuoteItem],
    trial: bool = True,
    wanted: Wanted = anything,
) -> SubscriptionCreateParams:
    """Return what a quote asks of a new subscription: of these items, with the wanted discounts."""
    data, settings = quote.subscription_data, quote.invoice_settings
    agree_on_rates(tx, quote, *quote.private.items)
    params = SubscriptionCreateParams(
        billing_mode=_billing_mode(data.billing_mode),
        collection_method=quote.collection_method,
        currency=quote.currency or UNSET,
        customer=customer.id,
        default_tax_rates=quote.default_tax_rates or UNSET,
        discounts=redemptions(tx, quote.discounts, wanted) or UNSET,
        invoice_settings=_settings(quote, InvoiceSettingsParams()),
        items=[QuotedItem(**_asked(tx, each, wanted)) for each in recurring],
        metadata=dict(data.metadata or {}),
    )
    if is_taxed(quote):
        params.automatic_tax = AutomaticTaxParams(enabled=True)
    if once:
        params.add_invoice_items = [QuotedOnce(**_asked(tx, each, wanted)) for each in once]
    if settings.days_until_due is not None:
        params.days_until_due = settings.days_until_due
    if data.description is not None:
        params.description = data.description
    if trial and data.trial_period_days:
        params.trial_period_days = data.trial_period_days
    return params


def schedule_params(tx: Tx, quote: Quote, start: int) -> ScheduleCreateParams:
    """Return what a quote asks of a schedule that begins at a second, with one phase."""
    data, settings = quote.subscription_data, quote.invoice_settings
    recurring, once = split(tx, quote)
    agree_on_rates(tx, quote, *quote.private.items)
    invoices = ScheduleInvoiceSettingsParams()
    _settings(quote, invoices)
    if settings.days_until_due is not None:
        invoices.days_until_due = settings.days_until_due
    phase = NewPhaseParams(
        collection_method=quote.collection_method,
        currency=quote.currency or UNSET,
        default_tax_rates=quote.default_tax_rates or UNSET,
        discounts=redemptions(tx, quote.discounts) or UNSET,
        end_date=_phase_end(tx, quote, recurring, start),
        invoice_settings=invoices,
        items=[QuotedPhaseItem(**_asked(tx, each)) for each in recurring],
        metadata=dict(data.metadata or {}),
    )
    if is_taxed(quote):
        phase.automatic_tax = AutomaticTaxParams(enabled=True)
    if once:
        phase.add_invoice_items = [QuotedPhaseOnce(**_asked(tx, each)) for each in once]
    if data.description is not None:
        phase.description = data.description
    if data.trial_period_days:
        phase.trial_end = start + data.trial_period_days * DAY_SECONDS
    return ScheduleCreateParams(
        billing_mode=_billing_mode(data.billing_mode),
        customer=quote.customer or UNSET,
        end_behavior="release",
        phases=[phase],
        start_date=start,
    )


def _phase_end(tx: Tx, quote: Quote, recurring: Sequence[QuoteItem], start: int) -> int:
    """Return when the one phase ends: after an interval, and not before a trial does."""
    end = add_intervals(start, *interval_of(tx, recurring), 1)
    return max(end, start + (quote.subscription_data.trial_period_days or 0) * DAY_SECONDS)


def interval_of(tx: Tx, recurring: Sequence[QuoteItem]) -> tuple[Any, int]:
    """Return the shortest interval of prices that recur."""
    prices = tx.load(Price, [each.price for each in recurring])
    return shortest([
        (each.recurring.interval, each.recurring.interval_count)
        for each in prices.values() if each.recurring is not None
    ])  # fmt: skip


def _asked(tx: Tx, item: QuoteItem, wanted: Wanted = anything) -> dict[str, Any]:
    """Return an item as the parameters that ask for it."""
    asked: dict[str, Any] = {"price": item.price}
    if item.quantity is not None:
        asked["quantity"] = item.quantity
    if item.tax_rates is not None:
        asked["tax_rates"] = item.tax_rates
    discounts = redemptions(tx, item.discounts, wanted)
    if discounts:
        asked["discounts"] = discounts
    return asked


def _billing_mode(mode: QuoteBillingMode) -> BillingModeParams:
    params = BillingModeParams(type=mode.type)
    if mode.flexible is not UNSET:
        params.flexible = BillingModeFlexibleParams(
            proration_discounts=mode.flexible.proration_discounts
        )
    return params


def _settings(quote: Quote, params: InvoiceSettingsParams) -> InvoiceSettingsParams:
    settings = quote.invoice_settings
    if settings.custom_fields:
        params.custom_fields = [
            CustomFieldParams(name=each.name, value=each.value) for each in settings.custom_fields
        ]
    if settings.description is not None:
        params.description = settings.description
    if settings.footer is not None:
        params.footer = settings.footer
    return params


def named_here(tx: Tx, quote: Quote, error: InvalidRequest) -> InvalidRequest:
    """Return an error with the name that its parameter has on a quote."""
    param = error.param or ""
    entry = ENTRY.match(param)
    if entry is not None:
        items = split(tx, quote)[0 if entry[1] == "items" else 1]
        place = quote.private.items.index(items[int(entry[2])])
        named = f"line_items[{place}]{entry[3]}"
    elif param.startswith("phases[0][discounts]"):
        named = param.removeprefix("phases[0][").replace("discounts]", "discounts", 1)
    else:
        name = param.removeprefix("phases[0][").rstrip("]").partition("[")[0]
        named = NAMES.get(name, param)
    error.message = error.message.replace(f"`{param}`", f"`{named}`")
    error.param = named or None
    return error

"""Schedule phases: parameters become phases, laid one after the other and checked."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from prorata.engine.catalogue.discounts import check_plannable, check_redeemable
from prorata.engine.invoices.terms import tax_rates
from prorata.engine.schedules.settings import (
    automatic_tax_of,
    invoice_settings_of,
    payment_method_for,
    refuse_unknown_trade,
    thresholds_of,
)
from prorata.engine.schedules.terms import is_metered
from prorata.engine.subscriptions.beginning import check_trial_end
from prorata.engine.subscriptions.items import (
    check_amount,
    check_currencies,
    check_one_price,
    check_unique,
    price_of,
    unsupported_currency,
)
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription_params import DiscountParams
from prorata.resources.billing.subscription_schedule_params import (
    PhaseInvoiceItemParams,
    PhaseItemParams,
    PhaseParams,
)
from prorata.resources.billing.subscription_schedule_shape import (
    ScheduleDiscount,
    ScheduleInvoiceItem,
    ScheduleInvoiceItemPeriod,
    ScheduleInvoiceItemPeriodEnd,
    ScheduleInvoiceItemPeriodStart,
    SchedulePhase,
    SchedulePhaseInvoiceSettings,
    SchedulePhaseItem,
    SchedulePhaseItemBillingThresholds,
)
from prorata.resources.products.moments import check_typed
from prorata.resources.products.price import Price, agreed_price
from prorata.resources.products.price_terms import supports
from prorata.rules.calendar import intervals_compatible, shortest
from prorata.rules.phases import PHASES_MAX, Length, Plan, Span, UnfitPhase, lay, times

LENGTHS = ("duration", "end_date", "iterations")
DISCOUNT_WAYS = ("coupon", "discount", "promotion_code")
ITEMS_MAX = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A phase as it was asked for, with the prices of its items; `path` names its parameters.

    start, end: its times where they were sent, `now` already read as a second. known: prices,
    coupons and codes that were agreed on before.
    """

    params: PhaseParams
    prices: list[Price]
    path: str
    start: int | None
    end: int | None
    known: Container[str] = ()


def read_drafts(
    tx: Tx, phases: Sequence[PhaseParams], *, flexible: bool, known: Container[str] = ()
) -> list[Draft]:
    """Return the phases of a request with their prices; raise InvalidRequest for unfit ones.

    known: prices and discounts that were agreed on before, and may have been archived since.
    """
    if not phases:
        raise missing_param("phases")
    drafts = []
    for place, params in enumerate(phases):
        path = f"phases[{place}]"
        prices = [
            _price(tx, each, f"{path}[items][{item}]", known)
            for item, each in enumerate(params.items)
        ]
        _check_items(params, prices, path, flexible)
        _check_length(params, prices, path)
        start, end = getattr(params, "start_date", None), value_or(params.end_date, None)
        drafts.append(
            Draft(params, prices, path, _second(tx, start), _second(tx, end), known)
        )
    return drafts


def lay_drafts(
    drafts: Sequence[Draft], start: int, anchor: int, *, resets_anchor: bool = False
) -> list[Span]:
    """Return the times of phases from a start; raise InvalidRequest for one that does not fit.

    resets_anchor: what the schedule says for phases that do not say it themselves.
    """
    if len(drafts) > PHASES_MAX:
        raise InvalidRequest(
            f"A subscription schedule can have at most {PHASES_MAX} current and future phases.",
            param="phases",
        )
    plans = [_plan(draft, resets_anchor) for draft in drafts]
    try:
        return lay(plans, start, anchor)
    except UnfitPhase as unfit:
        path = f"{drafts[unfit.place].path}[{unfit.field}]"
        raise InvalidRequest(
            f"The phases of a subscription schedule must follow each other: `{path}` does not fit,"
            f" {unfit}.",
            param=path,
        ) from None


def can_be_billed(draft: Draft, currency: str) -> bool:
    """Return whether all prices of a phase's items can be billed in a currency."""
    return all(supports(each, currency) for each in draft.prices)


def build_phase(
    tx: Tx, draft: Draft, span: Span, *, customer: str, currency: str | None
) -> SchedulePhase:
    """Return the phase that parameters describe; `currency` is that of the phases before it."""
    params, path = draft.params, draft.path
    refuse_unknown_trade(tx, params, path)
    asked = params.currency
    if currency is not None and not given(asked) and can_be_billed(draft, currency):
        asked = currency
    billed = check_currencies(draft.prices, asked, f"{path}[items]")
    if currency is not None and billed != currency:
        raise InvalidRequest(
            f"All phases of a subscription schedule must have the same currency: `{path}` has"
            f" `{billed}`, not `{currency}`.",
            param=f"{path}[currency]",
        )
    promises = Promises(tx, billed, draft.known)
    return SchedulePhase(
        add_invoice_items=_invoice_items(promises, params, path),
        automatic_tax=automatic_tax_of(tx, params.automatic_tax, path),
        billing_cycle_anchor=value_or(params.billing_cycle_anchor, None),
        billing_thresholds=thresholds_of(params.billing_thresholds),
        collection_method=value_or(params.collection_method, None),
        currency=billed,
        default_payment_method=payment_method_for(
            tx, params.default_payment_method, customer, f"{path}[default_payment_method]"
        ),
        default_tax_rates=tax_rates(
            tx, params.default_tax_rates, f"{path}[default_tax_rates]"
        ),
        description=value_or(params.description, None),
        discounts=promises.read(params.discounts, f"{path}[discounts]"),
        end_date=span.end,
        invoice_settings=invoice_settings_of(
            tx, params.invoice_settings, SchedulePhaseInvoiceSettings, path
        ),
        items=[
            _item(promises, each, price, f"{path}[items][{place}]")
            for place, (each, price) in enumerate(zip(params.items, draft.prices, strict=True))
        ],
        metadata=value_or(params.metadata, {}),
        proration_behavior=value_or(params.proration_behavior, "create_prorations"),
        start_date=span.start,
        trial_end=_trial_end(tx, draft, span),
    )


@dataclass(frozen=True, slots=True)
class Promises:
    """The discounts that a phase is to give, in its currency; known ones were promised before."""

    tx: Tx
    currency: str
    known: Container[str]

    def read(self, entries: Any, path: str) -> list[ScheduleDiscount]:
        """Return the discounts to give; raise InvalidRequest for one that can't be given."""
        found = [self._one(each, f"{path}[{place}]") for place, each in enumerate(entries or ())]
        check_plannable(self.tx, found, path)
        return found

    def _one(self, entry: DiscountParams, path: str) -> ScheduleDiscount:
        sent = {name: getattr(entry, name) for name in DISCOUNT_WAYS if given(getattr(entry, name))}
        if len(sent) != 1:
            raise InvalidRequest(
                f"A discount is one of coupon, discount and promotion_code: `{path}` has"
                f" {len(sent)} of them.",
                param=path,
            )
        [(way, id)] = sent.items()
        if id not in self.known:
            check_redeemable(self.tx, way, id, self.currency, f"{path}[{way}]")
        return ScheduleDiscount(**{way: id})


def _price(tx: Tx, params: Any, path: str, known: Container[str]) -> Price:
    check_one_price(params, path)
    for name in ("price", "plan"):
        if value_or(getattr(params, name), None) in known:
            return agreed_price(tx, getattr(params, name), param=f"{path}[{name}]")
    return price_of(tx, params, path)


def _plan(draft: Draft, resets_anchor: bool) -> Plan:
    params = draft.params
    interval = shortest([_interval(price) for price in draft.prices])
    duration: Length | None = None
    if given(params.duration):
        duration = (params.duration.interval, value_or(params.duration.interval_count, 1))
    elif given(params.iterations):
        duration = times(interval, params.iterations)
    resets = value_or(params.billing_cycle_anchor, None)
    return Plan(
        usual=interval,
        start=draft.start,
        end=draft.end,
        duration=duration,
        resets=resets_anchor if resets is None else resets == "phase_start",
    )


def _check_items(params: PhaseParams, prices: list[Price], path: str, flexible: bool) -> None:
    check_unique(prices)
    if len(prices) > ITEMS_MAX:
        raise InvalidRequest(
            f"A subscription can have at most {ITEMS_MAX} items; this phase has {len(prices)}.",
            param=f"{path}[items]",
        )
    intervals = {_interval(price) for price in prices}
    if len(intervals) > 1 and not (flexible and intervals_compatible(list(intervals))):
        raise InvalidRequest(
            "The intervals of a phase's prices must be multiples of the shortest one, and in the"
            " classic billing mode all the same.",
            param=f"{path}[items]",
        )


def _check_length(params: PhaseParams, prices: list[Price], path: str) -> None:
    sent = [f"{path}[{name}]" for name in LENGTHS if given(getattr(params, name))]
    if len(sent) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(sent)}.", param=sent[0]
        )
    if len({_interval(price) for price in prices}) > 1 and not (
        given(params.duration) or given(params.end_date)
    ):
        raise missing_param(f"{path}[duration]")


def _item(
    promises: Promises, params: PhaseItemParams, price: Price, path: str
) -> SchedulePhaseItem:
    item = SchedulePhaseItem(
        discounts=promises.read(params.discounts, f"{path}[discounts]"),
        metadata=merge_metadata({}, params.metadata),
        plan=price.id,
        price=price.id,
        tax_rates=tax_rates(promises.tx, params.tax_rates, f"{path}[tax_rates]"),
    )
    thresholds = value_or(params.billing_thresholds, None)
    if thresholds is not None and not is_metered(price):
        raise InvalidRequest(
            "`billing_thresholds[usage_gte]` needs a metered price.",
            param=f"{path}[billing_thresholds]",
        )
    if thresholds is not None:
        item.billing_thresholds = SchedulePhaseItemBillingThresholds(
            usage_gte=thresholds.usage_gte
        )
    if not is_metered(price):
        item.quantity = value_or(params.quantity, 1)
        check_amount(price, item.quantity, promises.currency, path)
    elif given(params.quantity):
        raise InvalidRequest(
            "Quantity should not be specified where usage_type is `metered`. Remove quantity from"
            f" `{path}`.",
            param=f"{path}[quantity]",
        )
    return item


def _invoice_items(
    promises: Promises, params: PhaseParams, path: str
) -> list[ScheduleInvoiceItem]:
    return [
        _invoice_item(promises, each, f"{path}[add_invoice_items][{place}]")
        for place, each in enumerate(value_or(params.add_invoice_items, ()))
    ]


def _invoice_item(
    promises: Promises, params: PhaseInvoiceItemParams, path: str
) -> ScheduleInvoiceItem:
    price = price_of(promises.tx, params, path, recurring=False)
    if not supports(price, promises.currency):
        raise unsupported_currency(price, promises.currency)
    check_amount(price, params.quantity, promises.currency, path)
    start = ScheduleInvoiceItemPeriodStart(type="max_item_period_start")
    end = ScheduleInvoiceItemPeriodEnd(type="min_item_period_end")
    if given(params.period):
        check_typed(params.period.start, f"{path}[period][start]")
        check_typed(params.period.end, f"{path}[period][end]")
        start.type, end.type = params.period.start.type, params.period.end.type
        start.timestamp, end.timestamp = params.period.start.timestamp, params.period.end.timestamp
    return ScheduleInvoiceItem(
        discountable=value_or(params.discountable, None),
        discounts=promises.read(params.discounts, f"{path}[discounts]"),
        metadata=value_or(params.metadata, {}),
        period=ScheduleInvoiceItemPeriod(end=end, start=start),
        price=price.id,
        quantity=value_or(params.quantity, 1),
        tax_rates=tax_rates(promises.tx, params.tax_rates, f"{path}[tax_rates]"),
    )


def _trial_end(tx: Tx, draft: Draft, span: Span) -> int | None:
    """Return until when a phase is free of charge, None when it is not."""
    params, path = draft.params, draft.path
    whole = value_or(params.trial, False)
    if whole and given(params.trial_end):
        raise InvalidRequest(
            f"You may only specify one of these parameters: {path}[trial], {path}[trial_end].",
            param=f"{path}[trial]",
        )
    end = span.end if whole else _second(tx, value_or(params.trial_end, None))
    if end is None or end <= span.start:
        return None
    if end > span.end:
        raise InvalidRequest(
            f"The trial of a phase must end with the phase or before: `{path}[trial_end]` is {end},"
            f" but the phase ends at {span.end}.",
            param=f"{path}[trial_end]",
        )
    if end > tx.now:
        try:
            check_trial_end(end, max(span.start, tx.now))
        except InvalidRequest as error:
            error.param = f"{path}[{'trial' if whole else 'trial_end'}]"
            raise
    if params.billing_cycle_anchor == "phase_start":
        raise InvalidRequest(
            "`billing_cycle_anchor=phase_start` cannot be combined with a trial.",
            param=f"{path}[billing_cycle_anchor]",
        )
    return end


def _second(tx: Tx, moment: Any) -> int | None:
    """Return a moment of a request as a second, None where it was not sent."""
    if moment == "now":
        return tx.now
    return moment if isinstance(moment, int) else None


def _interval(price: Price) -> tuple[str, int]:
    assert price.recurring is not None, "checked with the price"
    return price.recurring.interval, price.recurring.interval_count

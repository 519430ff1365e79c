"""Plan a change: a downgrade that waits for the end of the period, and is taken back again."""

from typing import Any

import msgspec

from prorata.engine.portal.limits import can_undo, open_schedule
from prorata.engine.schedules.life import release_schedule
from prorata.engine.schedules.schedule import create, update
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import (
    BillingThresholdsParams,
    DiscountParams,
    ItemThresholdsParams,
    RecurringParams,
)
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_params import (
    PhaseItemParams,
    PhaseUpdateParams,
    ScheduleCreateParams,
    ScheduleInvoiceSettingsParams,
    ScheduleUpdateParams,
)
from prorata.resources.billing.subscription_schedule_shape import SchedulePhase
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.products.price import find_price


def plan_change(tx: Tx, subscription: Subscription, price: str, quantity: int) -> None:
    """Let a subscription of one item have another price and quantity from its next period on."""
    schedule = own_schedule(tx, subscription)
    [phase] = schedule.phases
    recurring = find_price(tx, price).recurring
    assert recurring is not None, "only recurring prices are offered"
    later = phase_again(tx, phase)
    later.start_date = later.end_date = UNSET
    # What the item is given and taxed with is as it was shown; its discounts go on as they are.
    [item], [present] = later.items, subscription.items.data
    item.price, item.quantity = price, quantity
    item.discounts = [DiscountParams(discount=each) for each in present.discounts] or UNSET
    later.duration = RecurringParams(
        interval=recurring.interval, interval_count=recurring.interval_count
    )
    later.proration_behavior = "none"
    params = ScheduleUpdateParams(
        phases=[phase_again(tx, phase), later], end_behavior="release", proration_behavior="none"
    )
    update(tx, schedule, params)


def undo_plan(tx: Tx, subscription: Subscription) -> None:
    """Take back what a customer has planned for a subscription; it stays as it is."""
    schedule = open_schedule(tx, subscription)
    if schedule is None or not can_undo(schedule):
        raise InvalidRequest("Nothing that you have planned is ahead for this subscription.")
    release_schedule(tx, schedule)


def own_schedule(tx: Tx, subscription: Subscription) -> SubscriptionSchedule:
    """Return a new schedule of a subscription that a customer plans; one that is idle goes."""
    former = open_schedule(tx, subscription)
    if former is not None:
        release_schedule(tx, former)
    schedule = create(tx, ScheduleCreateParams(from_subscription=subscription.id))
    schedule.private.by_portal = True
    return schedule


def phase_again(tx: Tx, phase: SchedulePhase) -> PhaseUpdateParams:
    """Return a phase as it is sent back unchanged."""
    shown = _params(phase.invoice_settings, ScheduleInvoiceSettingsParams)
    if shown is not UNSET and given(shown.account_tax_ids):
        # Those that were deleted since are none.
        shown.account_tax_ids = [*tx.load(TaxId, shown.account_tax_ids or (), look=True)] or None
    items = [
        PhaseItemParams(
            billing_thresholds=_params(each.billing_thresholds, ItemThresholdsParams),
            discounts=_discounts(each.discounts),
            metadata=each.metadata or {},
            price=each.price,
            quantity=each.quantity,
            tax_rates=[rate.id for rate in each.tax_rates or ()] or UNSET,
        )
        for each in phase.items
    ]
    sent: dict[str, Any] = {}
    if phase.default_payment_method is not None:
        sent["default_payment_method"] = phase.default_payment_method
    if phase.description is not None:
        sent["description"] = phase.description
    if phase.trial_end is not None:
        sent["trial_end"] = phase.trial_end
    return PhaseUpdateParams(
        start_date=phase.start_date,
        end_date=phase.end_date,
        items=items,
        billing_thresholds=_params(phase.billing_thresholds, BillingThresholdsParams),
        invoice_settings=shown,
        collection_method=phase.collection_method or UNSET,
        default_tax_rates=[rate.id for rate in phase.default_tax_rates or ()] or UNSET,
        discounts=_discounts(phase.discounts),
        **sent,
    )


def _params(said: Any, cls: type[Params]) -> Any:
    """Return part of a phase as the parameters that say it, UNSET for none."""
    if said is None:
        return UNSET
    sent = msgspec.to_builtins(said).items()
    return msgspec.convert({name: each for name, each in sent if each is not None}, cls)


def _discounts(discounts: Any) -> Any:
    found = [DiscountParams(coupon=each.coupon) for each in discounts or () if each.coupon]
    return found or UNSET

"""Schedule snapshot: what a subscription is now, written down as a phase of its schedule."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from msgspec import UNSET

from prorata.engine.subscriptions.schedule_hooks import on_changed_directly
from prorata.model.errors import InvalidRequest
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_schedule import (
    OPEN,
    ScheduleFacts,
    SubscriptionSchedule,
)
from prorata.resources.billing.subscription_schedule_shape import (
    ScheduleCurrentPhase,
    ScheduleDefaultInvoiceSettings,
    ScheduleDefaultSettings,
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
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.products.discount import Discount

# What of a subscription a phase says, so that changing it divides the phase.
DIVIDING = (
    "add_invoice_items", "automatic_tax", "default_tax_rates", "discounts", "items", "trial_end",
)  # fmt: skip


def adopt(tx: Tx, subscription: Subscription) -> SubscriptionSchedule:
    """Return a schedule of one phase, the subscription's present period; it is not added.

    A subscription that is to end becomes a phase up to that end. Raises InvalidRequest for one that
    has ended, is paused (its period has no end ahead) or has a schedule.
    """
    if subscription.schedule is not None:
        raise InvalidRequest(
            "You cannot migrate a subscription that is already attached to a schedule:"
            f" `{subscription.schedule}`.",
            param="from_subscription",
        )
    if subscription.status in (*ENDED, "incomplete", "paused"):
        raise InvalidRequest(
            f"You cannot make a schedule from a subscription that is `{subscription.status}`.",
            param="from_subscription",
        )
    start = max(each.current_period_start for each in subscription.items.data)
    ends = subscription.cancel_at is not None
    end = subscription.cancel_at if ends else subscription.period_end
    assert end is not None, "a subscription has items"
    schedule = SubscriptionSchedule(
        id=tx.new_id(SubscriptionSchedule, owner=subscription.customer),
        billing_mode=copy(subscription.billing_mode),
        created=tx.now,
        current_phase=ScheduleCurrentPhase(end_date=end, start_date=start),
        customer=subscription.customer,
        default_settings=_defaults(subscription),
        end_behavior="cancel" if ends else "release",
        livemode=subscription.livemode,
        phases=[phase_of(tx, subscription, start, end)],
        status="active",
        subscription=subscription.id,
        test_clock=subscription.test_clock,
    )
    schedule.private = ScheduleFacts(cancels=ends)
    return schedule


def phase_of(tx: Tx, subscription: Subscription, start: int, end: int) -> SchedulePhase:
    """Return a subscription's present terms as a phase."""
    trial_end = subscription.trial_end
    if subscription.status != "trialing" or trial_end is None:
        trial_end = None
    return SchedulePhase(
        automatic_tax=copy(subscription.automatic_tax),
        billing_thresholds=copy(subscription.billing_thresholds),
        collection_method=subscription.collection_method,
        currency=subscription.currency,
        default_payment_method=subscription.default_payment_method,
        default_tax_rates=list(subscription.default_tax_rates),
        description=subscription.description,
        discounts=_discounts(tx, subscription.discounts),
        end_date=end,
        invoice_settings=SchedulePhaseInvoiceSettings(
            account_tax_ids=subscription.invoice_settings.account_tax_ids,
            custom_fields=subscription.invoice_settings.custom_fields,
            days_until_due=subscription.days_until_due,
            description=subscription.invoice_settings.description,
            footer=subscription.invoice_settings.footer,
            issuer=subscription.invoice_settings.issuer,
        ),
        items=[_item(tx, each) for each in subscription.items.data],
        metadata={},
        start_date=start,
        trial_end=None if trial_end is None else min(trial_end, end),
    )


@on_changed_directly
def divide_phase(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> None:
    """Divide the current phase of a subscription's schedule where it was changed directly.

    The later part has the subscription's present terms; metadata is not taken over.
    """
    waits = subscription.private.pending_change is not None
    if waits or not any(given(getattr(params, name, UNSET)) for name in DIVIDING):
        return
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    if schedule is None or schedule.status not in OPEN:
        return
    place, phase = schedule.place, schedule.current
    if place is None or phase is None:
        return
    # Another server's clock, by which the phase has begun, may be ahead of this one's.
    now = max(tx.now, phase.start_date)
    present = phase_of(tx, subscription, now, phase.end_date)
    part = copy(phase)
    part.start_date = now
    part.items, part.discounts = present.items, _kept(phase.discounts, present.discounts, params)
    part.default_tax_rates = present.default_tax_rates
    part.automatic_tax, part.trial_end = present.automatic_tax, present.trial_end
    part.add_invoice_items = _added(params)
    if given(params.proration_behavior):
        part.proration_behavior = params.proration_behavior
    if phase.start_date == now:
        schedule.phases[place] = part
    else:
        phase.end_date = now
        if phase.trial_end is not None and phase.trial_end > now:
            phase.trial_end = now
        schedule.phases.insert(place + 1, part)
    schedule.current_phase = ScheduleCurrentPhase(
        end_date=part.end_date, start_date=part.start_date
    )
    schedule.forget_oldest()


def _kept(
    before: list[ScheduleDiscount], now: list[ScheduleDiscount], params: Any
) -> list[ScheduleDiscount]:
    """Return a phase's discounts: as they were said unless they were changed."""
    return now if given(params.discounts) else before


def _added(params: SubscriptionUpdateParams) -> list[ScheduleInvoiceItem]:
    """Return what was billed once with a direct change, where it names a price."""
    return [
        ScheduleInvoiceItem(
            discountable=value_or(each.discountable, None),
            metadata=value_or(each.metadata, {}),
            period=ScheduleInvoiceItemPeriod(
                end=ScheduleInvoiceItemPeriodEnd(type="min_item_period_end"),
                start=ScheduleInvoiceItemPeriodStart(type="max_item_period_start"),
            ),
            price=each.price,
            quantity=value_or(each.quantity, 1),
        )
        for each in value_or(params.add_invoice_items, ())
        if given(each.price)
    ]


def _defaults(subscription: Subscription) -> ScheduleDefaultSettings:
    return ScheduleDefaultSettings(
        automatic_tax=copy(subscription.automatic_tax),
        collection_method=subscription.collection_method,
        default_payment_method=subscription.default_payment_method,
        description=subscription.description,
        invoice_settings=ScheduleDefaultInvoiceSettings(
            account_tax_ids=subscription.invoice_settings.account_tax_ids,
            days_until_due=subscription.days_until_due,
        ),
    )


def _item(tx: Tx, item: SubscriptionItem) -> SchedulePhaseItem:
    found = SchedulePhaseItem(
        discounts=_discounts(tx, item.discounts),
        metadata=dict(item.metadata),
        plan=item.price.id,
        price=item.price.id,
        quantity=item.quantity,
        tax_rates=list(item.tax_rates or ()),
    )
    if item.billing_thresholds is not None:
        found.billing_thresholds = SchedulePhaseItemBillingThresholds(
            usage_gte=item.billing_thresholds.usage_gte
        )
    return found


def _discounts(tx: Tx, ids: Sequence[str]) -> list[ScheduleDiscount]:
    """Return discounts as a phase names them: by their coupon, which goes on when sent back."""
    found = tx.load(Discount, ids) if ids else {}
    return [ScheduleDiscount(coupon=found[id].source.coupon) for id in ids]

"""Schedule life: phases begin and end, and the subscription follows.

A phase begins at its own second, however late the worker comes: what it changes is worked out as
of that second. It begins before the subscription renews in the same second, so that the renewal
bills the new phase and nothing is prorated.
"""

from copy import copy
from typing import Any

from prorata.engine.due import at_moment, handles, prefetches
from prorata.engine.schedules.pauses import attend_pause
from prorata.engine.schedules.phase_change import (
    clear_end,
    enter_phase,
    leave,
    start_subscription,
)
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.end import on_ended
from prorata.engine.subscriptions.renew import prefetch as prefetch_subscriptions
from prorata.engine.subscriptions.schedule_hooks import before_due, on_let_go
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_schedule import (
    OPEN,
    ScheduleFacts,
    SubscriptionSchedule,
    due,
)
from prorata.resources.billing.subscription_schedule_shape import (
    ScheduleCurrentPhase,
    SchedulePhase,
)
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product
from prorata.rules.phases import Span, renewed
from prorata.rules.windows import DAY

ABORTED = "subscription_schedule.aborted"
EXPIRING_SECONDS = 7 * DAY


@handles("subscription_schedule")
def attend(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Do everything that a schedule is due for at the first of its moments that have come.

    Later ones wait their turn: the subscription may have renewals to live through before them.
    """
    moment = due(schedule)
    if moment is None or moment > tx.now:
        return
    with at_moment(tx, moment):
        while due(schedule) == moment:
            _attend_once(tx, schedule, moment)


def catch_up_schedule(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Live through what a schedule and its subscription are overdue for."""
    subscription = tx.find(Subscription, schedule.subscription)
    if subscription is not None:
        catch_up(tx, subscription)
    while (moment := due(schedule)) is not None and moment <= tx.now:
        attend(tx, schedule)


@before_due
def attend_first(tx: Tx, subscription: Subscription) -> None:
    """Let each phase begin that is due no later than the subscription's renewal.

    A late worker lives through all of a subscription's due moments at once, so that the renewal,
    not the earliest of them, is what the phases must come before. The renewal that a phase begins
    with may lie before the next phase.
    """
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    while schedule is not None and (at := due(schedule)) is not None:
        if at > min(tx.now, subscription.period_end or tx.now):
            return
        attend(tx, schedule)


def begin(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Start the subscription of a schedule in its first phase."""
    schedule.status = "active"
    subscription = start_subscription(tx, schedule)
    schedule.subscription = subscription.id
    move_to(tx, schedule, schedule.phases[0])


def move_to(tx: Tx, schedule: SubscriptionSchedule, phase: SchedulePhase) -> None:
    """Make a phase the current one."""
    schedule.current_phase = ScheduleCurrentPhase(
        end_date=phase.end_date, start_date=phase.start_date
    )
    schedule.forget_oldest()
    set_expiry(tx, schedule)


def set_expiry(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Set when the schedule's end is announced; each end once, and not when it is near already.

    One that renews has no end.
    """
    at = schedule.end - EXPIRING_SECONDS
    ends = schedule.status in OPEN and schedule.end_behavior != "renew"
    facts: ScheduleFacts = schedule.private
    facts.expiring_at = at if ends and at > tx.now else None


def phase_after(
    schedule: SubscriptionSchedule, subscription: Subscription
) -> SchedulePhase | None:
    """Return the phase that follows the current one, None where the schedule ends with it.

    One that renews goes on with what its last phase bills again and again, for as long once more.
    """
    place = schedule.place
    assert place is not None, "a phase that ends has begun"
    if place + 1 < len(schedule.phases):
        return schedule.phases[place + 1]
    if schedule.end_behavior != "renew":
        return None
    last = schedule.phases[place]
    span = renewed(Span(last.start_date, last.end_date), subscription.billing_cycle_anchor)
    phase = copy(last)
    phase.start_date, phase.end_date = span.start, span.end
    phase.add_invoice_items, phase.trial_end = [], None
    schedule.phases = [*schedule.phases, phase]
    return phase


def end_schedule(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Complete a schedule whose last phase is over; the subscription goes on or ends with it."""
    schedule.status = "completed"
    schedule.completed_at = tx.now
    schedule.current_phase = None
    schedule.private.expiring_at = None
    subscription = tx.find(Subscription, schedule.subscription)
    if schedule.end_behavior != "cancel" and subscription is not None:
        # The end that it had may have been planned for later.
        clear_end(tx, schedule, subscription)
        leave(schedule, subscription)
    tx.emit("subscription_schedule.completed", schedule)


def release_schedule(
    tx: Tx, schedule: SubscriptionSchedule, *, keeps_end: bool = False
) -> None:
    """Stop a schedule and leave its subscription as it is, with or without its planned end."""
    subscription = tx.find(Subscription, schedule.subscription)
    schedule.status = "released"
    schedule.released_at = tx.now
    schedule.current_phase = None
    schedule.private.expiring_at = None
    if subscription is not None:
        if not keeps_end:
            clear_end(tx, schedule, subscription)
        leave(schedule, subscription)
    tx.emit("subscription_schedule.released", schedule)


@on_let_go
def subscription_let_go(tx: Tx, subscription: Subscription) -> None:
    """Release the schedule of a subscription that is about to end for another reason."""
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    if schedule is not None and schedule.status in OPEN:
        release_schedule(tx, schedule)


@on_ended
def subscription_ended(tx: Tx, subscription: Subscription) -> None:
    """End the schedule of a subscription that was canceled: aborted when nobody paid."""
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    if schedule is None or schedule.status not in OPEN:
        return
    if schedule.end_behavior == "cancel" and tx.now >= schedule.end:
        end_schedule(tx, schedule)
    elif subscription.cancellation_details.reason == "payment_failed":
        close(tx, schedule, ABORTED)
    else:
        close(tx, schedule, "subscription_schedule.canceled")


def close(tx: Tx, schedule: SubscriptionSchedule, event: str) -> None:
    """Cancel a schedule; its subscription has ended or never began."""
    schedule.status = "canceled"
    schedule.canceled_at = tx.now
    schedule.current_phase = None
    schedule.private.expiring_at = None
    tx.emit(event, schedule)
    tx.quiet(schedule)


def _attend_once(tx: Tx, schedule: SubscriptionSchedule, moment: int) -> None:
    if schedule.current_phase is None:
        begin(tx, schedule)
    elif schedule.private.expiring_at == moment:
        schedule.private.expiring_at = None
        tx.emit("subscription_schedule.expiring", schedule)
    elif schedule.current_phase.end_date == moment:
        end_phase(tx, schedule)
    else:
        attend_pause(tx, schedule, moment)


def end_phase(tx: Tx, schedule: SubscriptionSchedule) -> None:
    """Begin the phase after the current one, or end the schedule."""
    subscription = tx.find(Subscription, schedule.subscription)
    previous = schedule.current
    assert previous is not None, "a phase that ends has begun"
    if subscription is None or subscription.status in ENDED:
        close(tx, schedule, "subscription_schedule.canceled")
        return
    phase = phase_after(schedule, subscription)
    if phase is None:
        end_schedule(tx, schedule)
        return
    enter_phase(tx, schedule, subscription, phase, previous)
    move_to(tx, schedule, phase)


@prefetches("subscription_schedule")
def prefetch(uow: Any, schedules: list[SubscriptionSchedule]) -> None:
    """Load what a batch of due schedules refers to, in a constant number of queries."""
    ids = [each.subscription for each in schedules if each.subscription]
    prefetch_subscriptions(uow, list(uow.load(Subscription, ids).values()))
    phases = [phase for each in schedules for phase in each.phases]
    prices = uow.load(Price, [item.price for phase in phases for item in phase.items])
    uow.fetch(Product, [price.product for price in prices.values()])

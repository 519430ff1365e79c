"""Pause a plan: a customer lets a subscription stand still for a while, and go on again."""

import hashlib
from dataclasses import dataclass

import msgspec

from prorata.engine.invoices.intent import method_of
from prorata.engine.portal.change_plan import CHANGED, OUTDATED
from prorata.engine.portal.limits import can_resume, open_schedule, why_no_pause
from prorata.engine.portal.plan_change import own_schedule, phase_again
from prorata.engine.schedules.life import release_schedule
from prorata.engine.schedules.schedule import update
from prorata.engine.subscriptions.cancel import credit_unused
from prorata.engine.subscriptions.pause import pause, plan_resumption, resume_subscription
from prorata.engine.subscriptions.payment import NO_METHOD
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.preview import shown
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import RecurringParams
from prorata.resources.billing.subscription_schedule_params import ScheduleUpdateParams
from prorata.resources.billing.subscription_schedule_pause import (
    PauseAtParams,
    PauseScheduleParams,
    PlannedPauseParams,
    PlannedResumeParams,
    ResumeAtParams,
)
from prorata.resources.billing.subscription_verbs import SubscriptionPauseParams
from prorata.resources.core.customer import Customer
from prorata.resources.portal.configuration import Features, PauseInterval
from prorata.rules.calendar import add_intervals
from prorata.rules.windows import DAY


def goes_on_at(now: int, interval: PauseInterval) -> int:
    """Return when a subscription goes on that is paused now for some time, seconds UTC."""
    return add_intervals(now, interval.interval, interval.interval_count, 1)


def pause_plan(
    tx: Tx, features: Features, subscription: Subscription, interval: PauseInterval | None
) -> None:
    """Pause a subscription now; with an interval it goes on by itself after that time.

    Raises InvalidRequest for a time that is not offered.
    """
    reason = why_no_pause(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    duration = features.subscription_pause.duration
    if duration.type == "indefinite":
        pause(tx, subscription, SubscriptionPauseParams(type="subscription"))
        return
    if interval is None or interval not in duration.interval_options:
        raise InvalidRequest("This pause is not offered.", param="interval")
    schedule = own_schedule(tx, subscription)
    [phase] = schedule.phases
    present = phase_again(tx, phase)
    # The schedule has to be there when the time comes; a day later it lets go.
    present.end_date = max(goes_on_at(tx.now, interval) + DAY, phase.end_date)
    planned = PauseScheduleParams(
        pause=PlannedPauseParams(pause_at=PauseAtParams(type="now")),
        resume=PlannedResumeParams(
            resume_at=ResumeAtParams(
                type="duration",
                duration=RecurringParams(
                    interval=interval.interval, interval_count=interval.interval_count
                ),
            )
        ),
    )
    update(tx, schedule, ScheduleUpdateParams(
        phases=[present], end_behavior="release", proration_behavior="none",
        pause_schedules=[planned],
    ))  # fmt: skip
    if subscription.status != "paused":
        raise InvalidRequest("This subscription can't be paused at the moment.")


def credit_of_pause(tx: Tx, id: str) -> int:
    """Return what a pause would give back for unused time, in minor units before tax."""
    with tx.suppose():
        written = credit_unused(tx, tx.get(Subscription, id), tx.now)
        return -sum(each.amount for each in written)


@dataclass(frozen=True, slots=True)
class Resumption:
    """What it costs that a plan goes on now, and until when (seconds UTC) that lasts.

    sold: the prices that go on, and how much of each.
    """

    sold: list[tuple[str, int]]
    invoice: Invoice | None
    until: int | None

    @property
    def due(self) -> int:
        """Return what is to be paid now, in minor units."""
        return 0 if self.invoice is None else self.invoice.amount_due

    @property
    def mark(self) -> str:
        """Return what tells this resumption from others that cost the same now."""
        told = msgspec.json.encode([self.sold, self.invoice.total if self.invoice else None])
        return hashlib.sha256(told).hexdigest()[:16]


def foresee_resumption(tx: Tx, features: Features, id: str) -> Resumption:
    """Return what a resumption would lead to; nothing of it is kept."""
    with tx.suppose():
        subscription = tx.get(Subscription, id)
        _check_resumable(features, subscription)
        discard_pending_update(tx, subscription)
        customer = tx.get(Customer, subscription.customer)
        began = subscription.period_start
        sold = [(each.price.id, each.units) for each in subscription.items.data]
        lines = plan_resumption(tx, subscription)
        if not lines:
            return Resumption(sold, None, subscription.period_end)
        invoice = shown(tx, subscription, customer, lines, (began, tx.now))
        return Resumption(sold, invoice, subscription.period_end)


def _check_resumable(features: Features, subscription: Subscription) -> None:
    if not can_resume(features, subscription):
        raise InvalidRequest("This subscription can't be resumed here.")


def resume_plan(
    tx: Tx, features: Features, customer: Customer, id: str, due: int, seen: str
) -> None:
    """Let a paused subscription go on, once what that costs is paid.

    due: what the customer was shown, in minor units. seen: the mark of what was shown. Raises
    InvalidRequest where it is something else by now, or nothing can pay for it.
    """
    found = foresee_resumption(tx, features, id)
    if found.due != due or found.mark != seen:
        raise InvalidRequest(CHANGED, code=OUTDATED)
    subscription = tx.get(Subscription, id)
    if due and method_of(customer, subscription) is None:
        raise InvalidRequest(NO_METHOD, code="resource_missing")
    discard_pending_update(tx, subscription)
    schedule = open_schedule(tx, subscription)
    if schedule is not None and schedule.private.by_portal:
        release_schedule(tx, schedule)
    resume_subscription(
        tx, subscription, restarts=True, behavior="none", at=tx.now, pays_first=True,
        off_session=False,
    )  # fmt: skip


def resumes_at(tx: Tx, subscription: Subscription) -> int | None:
    """Return when a paused subscription goes on by itself, None if it does not."""
    schedule = open_schedule(tx, subscription)
    planned = schedule.live_pause if schedule is not None else None
    if planned is None or planned.resume is None:
        return None
    return planned.resume.resume_at

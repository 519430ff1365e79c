"""Pause a plan: a customer lets a subscription stand still for a while, and go on again."""

from prorata.engine.portal.limits import can_resume, open_schedule, why_no_pause
from prorata.engine.portal.plan_change import own_schedule, phase_again
from prorata.engine.schedules.life import release_schedule
from prorata.engine.schedules.schedule import update
from prorata.engine.subscriptions.pause import pause, resume
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
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
from prorata.resources.billing.subscription_verbs import (
    SubscriptionPauseParams,
    SubscriptionResumeParams,
)
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
    present = phase_again(phase)
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


def resume_plan(tx: Tx, features: Features, subscription: Subscription) -> None:
    """Let a paused subscription go on, once what that costs is paid."""
    if not can_resume(features, subscription):
        raise InvalidRequest("This subscription can't be resumed here.")
    schedule = open_schedule(tx, subscription)
    if schedule is not None and schedule.private.by_portal:
        release_schedule(tx, schedule)
    resume(tx, subscription, SubscriptionResumeParams(
        payment_behavior="resume_on_payment_success"
    ))  # fmt: skip


def resumes_at(tx: Tx, subscription: Subscription) -> int | None:
    """Return when a paused subscription goes on by itself, None if it does not."""
    schedule = open_schedule(tx, subscription)
    planned = schedule.live_pause if schedule is not None else None
    if planned is None or planned.resume is None:
        return None
    return planned.resume.resume_at

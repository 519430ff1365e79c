"""Schedule pauses: a schedule's subscription stands still and comes back as planned."""

from functools import partial
from typing import Any

from msgspec import UNSET

from prorata.engine.invoices.hooks import on_paid, on_payment_failed, on_uncollectible, on_voided
from prorata.engine.subscriptions.pause import PAUSABLE, pause_subscription, resume_subscription
from prorata.model.errors import CardError, InvalidRequest, missing_param
from prorata.model.params import fields_given, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_pause import (
    PauseSchedule,
    PauseScheduleParams,
    PlannedResumeParams,
    SchedulePause,
    SchedulePauseError,
    SchedulePauseSettings,
    SchedulePauseStatus,
    ScheduleResume,
    ScheduleResumeSettings,
    ScheduleResumeStatus,
)
from prorata.resources.products.moments import check_typed
from prorata.rules.calendar import add_intervals

PATH = "pause_schedules[0]"
OPEN_RESUMES = ("pending", "requires_action")


def plan_pauses(tx: Tx, schedule: SubscriptionSchedule, params: Any) -> None:
    """Set the pause that a schedule plans; what is due at once happens at once.

    A pause that has happened keeps its moment; its resumption can still be planned. Raises
    InvalidRequest for a second pause and for a classic subscription.
    """
    if not given(params):
        return
    present = schedule.live_pause
    if present is not None and present.pause.status.type == "succeeded":
        # One that was resumed by hand is over.
        subscription = tx.find(Subscription, schedule.subscription)
        if subscription is None or subscription.status != "paused":
            present = None
    happened = None
    if present is not None and present.pause.status.type == "succeeded":
        happened = present
    if not params:
        schedule.pause_schedules = [] if happened is None else [happened]
        if happened is not None:
            happened.resume = None
        return
    if len(params) > 1:
        raise InvalidRequest(
            "A subscription schedule can plan one pause at a time.", param="pause_schedules"
        )
    if schedule.billing_mode.type != "flexible":
        raise InvalidRequest(
            "Only subscriptions with `billing_mode[type]=flexible` can be paused.",
            param="pause_schedules",
        )
    [entry] = params
    if happened is None:
        planned = _new_pause(tx, schedule, entry, present)
    elif value_or(entry.pause, None) is None or not given(entry.pause.pause_at):
        planned = happened
    else:
        raise InvalidRequest(
            f"The subscription was paused at {happened.pause.pause_at}: only the resumption can be"
            " planned now.",
            param=f"{PATH}[pause][pause_at]",
        )
    if given(entry.resume):
        planned.resume = _resume_of(tx, entry.resume, planned)
    schedule.pause_schedules = [planned]
    attend_pause(tx, schedule, tx.now)


def attend_pause(tx: Tx, schedule: SubscriptionSchedule, moment: int) -> None:
    """Pause or resume the subscription where the schedule plans that for this moment or before."""
    subscription = tx.find(Subscription, schedule.subscription)
    planned = schedule.live_pause
    if planned is None or subscription is None:
        return
    if planned.pause.status.type == "scheduled" and planned.pause.pause_at <= moment:
        planned.pause.status = _pause(tx, subscription, planned.pause)
    resume = planned.resume
    happened = planned.pause.status.type == "succeeded"
    if resume is None or resume.status.type != "scheduled":
        return
    if happened and resume.resume_at <= moment:
        status = _resume(tx, subscription, resume)
        # What was supposed is undone by now, and the schedule's parts are made anew with it.
        planned = schedule.live_pause
        assert planned is not None and planned.resume is not None, "it has not come back before"
        planned.resume.status = status


def _pause(tx: Tx, subscription: Subscription, planned: SchedulePause) -> SchedulePauseStatus:
    if (
        subscription.collection_method != "charge_automatically"
        or subscription.status not in PAUSABLE
    ):
        message = (
            f"A subscription that is `{subscription.status}` with `collection_method="
            f"{subscription.collection_method}` cannot be paused."
        )
        return SchedulePauseStatus(type="error", error=SchedulePauseError(message=message))
    settings = planned.settings or SchedulePauseSettings()
    since = settings.bill_for.unused_time_from.type
    through = settings.bill_for.outstanding_usage_through.type
    pause_subscription(
        tx,
        subscription,
        since="now" if since == "pause_at" else since,
        through="now" if through == "pause_at" else through,
        invoices=settings.invoicing_behavior == "invoice",
    )
    return SchedulePauseStatus(type="succeeded")


def _resume(tx: Tx, subscription: Subscription, planned: ScheduleResume) -> ScheduleResumeStatus:
    if subscription.status != "paused":
        return ScheduleResumeStatus(type="succeeded")
    settings = planned.settings
    come_back = partial(
        resume_subscription,
        tx,
        subscription,
        restarts=settings.billing_cycle_anchor == "resume_at",
        behavior=settings.proration_behavior,
        at=tx.now,
        pays_first=settings.payment_behavior == "resume_on_payment_success",
    )
    try:
        # What cannot be done whole is not begun.
        with tx.suppose():
            come_back()
    except (InvalidRequest, CardError) as error:
        found = SchedulePauseError(message=error.message)
        if error.code is not None:
            found.code = error.code
        return ScheduleResumeStatus(type="error", error=found)
    come_back()
    running = subscription.status != "paused"
    return ScheduleResumeStatus(type="succeeded" if running else "pending")


def _new_pause(
    tx: Tx,
    schedule: SubscriptionSchedule,
    entry: PauseScheduleParams,
    present: PauseSchedule | None,
) -> PauseSchedule:
    """Return a pause as it is planned, or planned anew."""
    moment = entry.pause.pause_at if given(entry.pause) else UNSET
    if given(moment):
        exact = check_typed(moment, f"{PATH}[pause][pause_at]")
        at = tx.now if exact is None else exact
    elif present is not None:
        at = present.pause.pause_at
    else:
        raise missing_param(f"{PATH}[pause][pause_at]")
    if at < tx.now or not schedule.phases[0].start_date <= at < schedule.end:
        raise InvalidRequest(
            f"A pause must lie ahead and within the schedule's phases, which {at} does not.",
            param=f"{PATH}[pause][pause_at]",
        )
    settings = present.pause.settings if present and present.pause.settings else None
    pause = SchedulePause(pause_at=at, settings=settings or SchedulePauseSettings())
    if given(entry.pause) and given(entry.pause.settings):
        _set_pause_settings(pause.settings, entry.pause.settings)
    key = value_or(entry.key, None) or (present.key if present else tx.id("pausesched"))
    return PauseSchedule(key=key, pause=pause, resume=present.resume if present else None)


def _set_pause_settings(settings: Any, params: Any) -> None:
    if given(params.invoicing_behavior):
        settings.invoicing_behavior = params.invoicing_behavior
    if given(params.bill_for):
        for name, value in fields_given(params.bill_for).items():
            getattr(settings.bill_for, name).type = value.type


def _resume_of(
    tx: Tx, params: PlannedResumeParams | None, planned: PauseSchedule
) -> ScheduleResume | None:
    if params is None:
        return None
    present, path = planned.resume, f"{PATH}[resume]"
    if given(params.resume_at):
        moment = params.resume_at
        check_typed(moment, f"{path}[resume_at]")
        at: Any = tx.now
        if moment.type == "timestamp":
            at = value_or(moment.timestamp, None)
        elif moment.type == "duration":
            at = _after(planned.pause.pause_at, moment.duration)
        if at is None:
            raise missing_param(f"{path}[resume_at][{moment.type}]")
    elif present is not None:
        at = present.resume_at
    else:
        raise missing_param(f"{path}[resume_at]")
    if at < planned.pause.pause_at:
        raise InvalidRequest(
            f"A subscription can't resume at {at}, before it is paused.",
            param=f"{path}[resume_at]",
        )
    settings = present.settings if present else ScheduleResumeSettings()
    for name, value in fields_given(params.settings).items() if given(params.settings) else ():
        setattr(settings, name, value)
    return ScheduleResume(resume_at=at, settings=settings)


def _after(start: int, duration: Any) -> int | None:
    if not given(duration):
        return None
    return add_intervals(start, duration.interval, value_or(duration.interval_count, 1), 1)


def _awaited(tx: Tx, invoice: Invoice) -> tuple[Subscription, ScheduleResume] | None:
    """Return the planned resumption that waits for an invoice, and its subscription."""
    seen = tx.look(Subscription, subscription_of(invoice))
    if seen is None or seen.schedule is None:
        return None
    subscription = tx.find(Subscription, seen.id)
    schedule = tx.find(SubscriptionSchedule, seen.schedule)
    planned = schedule.live_pause if schedule else None
    resume = planned.resume if planned else None
    if subscription is None or resume is None or resume.status.type not in OPEN_RESUMES:
        return None
    return subscription, resume


@on_paid
@on_uncollectible
def resumption_paid(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """Note that the subscription runs again."""
    found = _awaited(tx, invoice)
    if found is not None and found[0].status != "paused":
        found[1].status = ScheduleResumeStatus(type="succeeded")


@on_payment_failed
def resumption_unpaid(tx: Tx, invoice: Invoice, *, action: bool = False, **_: Any) -> None:
    """Note that the customer must act before the subscription runs again, or that it does."""
    found = _awaited(tx, invoice)
    if found is None:
        return
    if found[0].status != "paused":
        found[1].status = ScheduleResumeStatus(type="succeeded")
    elif action:
        found[1].status = ScheduleResumeStatus(type="requires_action")


@on_voided
def resumption_given_up(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """Note that the subscription stays paused, since its invoice is void."""
    found = _awaited(tx, invoice)
    if found is not None:
        message = f"The invoice {invoice.id} of the resumption was voided."
        found[1].status = ScheduleResumeStatus(
            type="error", error=SchedulePauseError(message=message)
        )

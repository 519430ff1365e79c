"""Schedule preview: the next invoice of a schedule, or of a subscription that has one.

Phases are entered by the very functions that enter them in earnest, on documents that the preview
brings back as they were.
"""

from typing import Any

from prorata.engine.due import at_moment
from prorata.engine.schedules.life import move_to, phase_after
from prorata.engine.schedules.pauses import plan_pauses
from prorata.engine.schedules.phase_change import (
    change_at_renewal,
    change_within,
    creation_params,
    entering_change,
    renews_with,
    trial_ended,
)
from prorata.engine.schedules.schedule import new_schedule, set_end_behavior
from prorata.engine.schedules.update import leave_phase, rewrite
from prorata.engine.subscriptions.attend import upcoming_renewal
from prorata.engine.subscriptions.change import Change, revise
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.preview import (
    customer_for,
    describe_customer,
    dressed,
    next_renewal,
    nothing,
    previews_schedules,
)
from prorata.engine.subscriptions.preview_items import add_preview_items
from prorata.engine.subscriptions.schedule_hooks import NEXT_OF_SCHEDULE
from prorata.engine.subscriptions.subscribe import draft_subscription
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.preview_params import PreviewParams
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.billing.subscription_schedule import OPEN, SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_params import (
    ScheduleCreateParams,
    ScheduleDetailsParams,
    ScheduleUpdateParams,
)
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.core.customer import Customer
from prorata.rules.phases import PHASES_MAX


@previews_schedules
def preview_schedule(tx: Tx, params: PreviewParams) -> Invoice:
    """Return the next invoice of a schedule as it is, as it would be, or of one there is not."""
    if not given(params.schedule):
        return _of_new(tx, params, value_or(params.schedule_details, ScheduleDetailsParams()))
    schedule = tx.get(SubscriptionSchedule, params.schedule, param="schedule")
    tx.follow(schedule)
    customer = tx.get(Customer, schedule.customer)
    if given(params.customer) and params.customer != customer.id:
        raise InvalidRequest(
            f"The schedule {schedule.id} does not belong to customer {params.customer}.",
            param="schedule",
        )
    describe_customer(tx, customer, params)
    if schedule.status not in OPEN:
        nothing(customer)
    subscription = tx.find(Subscription, schedule.subscription)
    change = _rewritten(tx, schedule, subscription, params)
    if subscription is None:
        return _first(tx, schedule, customer, params)
    add_preview_items(tx, customer, subscription, params)
    if change is not None and change.bills:
        return dressed(tx, _shown(tx, subscription, change), params)
    recurring = params.preview_mode == "recurring"
    return dressed(tx, next_of_schedule(tx, subscription, recurring), params)


def next_of_schedule(tx: Tx, subscription: Subscription, recurring: bool = False) -> Invoice:
    """Return what is drafted next for a subscription whose phases may change before."""
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    # Twice as many as there may be to come, for those that renew.
    for _ in range(2 * PHASES_MAX):
        if schedule is None or schedule.current_phase is None or subscription.status not in LIVE:
            break
        end, previous = schedule.current_phase.end_date, schedule.current
        if previous is None or end > (subscription.period_end or 0):
            break
        repeats = schedule.end == end
        phase = phase_after(schedule, subscription)
        if phase is None:
            break
        with at_moment(tx, end):
            change = entering_change(tx, schedule, subscription, phase, previous)
            if repeats and not given(change.billing_cycle_anchor):
                # The same again, from now on: only renewals are to come.
                break
            move_to(tx, schedule, phase)
            invoice = _entered(tx, subscription, change, recurring)
        if invoice is not None and not invoice.lines.data:
            # What begins then is billed in arrears.
            nothing(tx.get(Customer, subscription.customer))
        if invoice is not None:
            return invoice
    else:
        # The cycle begins anew again and again before it ends.
        nothing(tx.get(Customer, subscription.customer))
    return next_renewal(tx, subscription, recurring)


NEXT_OF_SCHEDULE.append(next_of_schedule)


def _entered(
    tx: Tx, subscription: Subscription, change: SubscriptionUpdateParams, recurring: bool
) -> Invoice | None:
    """Change a subscription as its next phase asks; return the invoice that is cut for it."""
    if not renews_with(tx, subscription, change):
        revised = change_within(tx, subscription, change)
        return _shown(tx, subscription, revised) if revised.bills else None
    period = (subscription.period_start, tx.now)
    change_at_renewal(tx, subscription, change)
    invoice = upcoming_renewal(tx, subscription, tx.now, sweeps=not recurring)
    invoice.period_start = period[0]
    return invoice


def _rewritten(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription | None,
    params: PreviewParams,
) -> Change | None:
    """Write a schedule as the preview supposes it and make the change that follows now."""
    details = params.schedule_details
    if not given(details):
        return None
    if given(details.billing_mode):
        raise InvalidRequest(
            "The billing mode of a schedule can't be changed.",
            param="schedule_details[billing_mode]",
        )
    set_end_behavior(schedule, details)
    update = ScheduleUpdateParams(
        phases=details.phases, proration_behavior=details.proration_behavior
    )
    change = rewrite(tx, schedule, subscription, update)
    plan_pauses(tx, schedule, details.pause_schedules)
    if subscription is not None and schedule.end <= tx.now:
        # Told to end now: what comes next is the last invoice, or a renewal without the schedule.
        leave_phase(tx, schedule, subscription, update.proration_behavior)
    if change is None or subscription is None:
        return None
    return revise(tx, subscription, change)


def _of_new(tx: Tx, params: PreviewParams, details: ScheduleDetailsParams) -> Invoice:
    if not given(details.phases) or not details.phases:
        raise InvalidRequest(
            "You must pass `schedule_details[phases]` to preview a schedule that there is not.",
            code="parameter_missing",
        )
    customer = customer_for(tx, params)
    describe_customer(tx, customer, params)
    # They are read alike, whether the schedule is new or not.
    phases: list[Any] = list(details.phases)
    wanted = ScheduleCreateParams(
        billing_mode=details.billing_mode,
        customer=customer.id,
        end_behavior=details.end_behavior,
        pause_schedules=UNSET if details.pause_schedules is None else details.pause_schedules,
        phases=phases,
        start_date=value_or(phases[0].start_date, "now"),
    )
    return _first(tx, tx.add(new_schedule(tx, wanted)), customer, params)


def _first(
    tx: Tx, schedule: SubscriptionSchedule, customer: Customer, params: PreviewParams
) -> Invoice:
    """Return the first invoice of a schedule that has not begun, as of its beginning."""
    with at_moment(tx, max(tx.now, schedule.phases[0].start_date)):
        subscription, lines = draft_subscription(
            tx, creation_params(tx, schedule), trial_ended(tx, schedule.phases[0])
        )
        add_preview_items(tx, customer, subscription, params)
        invoice = make_invoice(tx, subscription, lines, "upcoming", auto_advance=False, save=False)
    if not invoice.lines.data:
        nothing(customer)
    # There is no such subscription yet: nothing may lead to it.
    invoice.parent = None
    return dressed(tx, invoice, params)


def _shown(tx: Tx, subscription: Subscription, change: Change) -> Invoice:
    """Return the invoice that a change would cut."""
    start = max(item.current_period_start for item in change.earlier.items)
    return make_invoice(
        tx,
        subscription,
        change.lines,
        "upcoming",
        auto_advance=False,
        period=(min(start, tx.now), tx.now),
        proration_date=change.at if change.prorations else None,
        only=change.only,
        save=False,
    )

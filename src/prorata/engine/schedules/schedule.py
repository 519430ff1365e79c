"""Schedule: subscriptions that change over time are planned, changed, released and canceled."""

from typing import Any

from prorata.engine.schedules.life import (
    ABORTED,
    begin,
    catch_up_schedule,
    close,
    release_schedule,
    set_expiry,
)
from prorata.engine.schedules.pauses import attend_pause, plan_pauses
from prorata.engine.schedules.phases import build_phase, lay_drafts, read_drafts
from prorata.engine.schedules.settings import set_defaults
from prorata.engine.schedules.snapshot import adopt
from prorata.engine.schedules.terms import check_terms
from prorata.engine.schedules.update import change_schedule
from prorata.engine.subscriptions.cancel import cancel_at_once
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.migrate import billing_mode_of
from prorata.engine.subscriptions.subscribe import check_customer
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.operation import operation
from prorata.model.params import fields_given, given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_schedule import (
    OPEN,
    ScheduleFacts,
    SubscriptionSchedule,
    check_open,
)
from prorata.resources.billing.subscription_schedule_params import (
    ScheduleCancelParams,
    ScheduleCreateParams,
    ScheduleReleaseParams,
    ScheduleUpdateParams,
)
from prorata.resources.core.customer import Customer
from prorata.rules.phases import place_at

# What may be given beside the subscription that a schedule is made from.
BESIDE_SUBSCRIPTION = frozenset({"from_subscription", "metadata"})


@operation("POST /v1/subscription_schedules")
def create(tx: Tx, params: ScheduleCreateParams) -> SubscriptionSchedule:
    """Plan a subscription's phases; it starts now, later, or has started in the past.

    With `from_subscription` the schedule takes over a subscription that there is already.
    """
    refuse_unsupported(params, "customer_account")
    if given(params.from_subscription):
        return _from_subscription(tx, params, params.from_subscription)
    schedule = new_schedule(tx, params)
    tx.add(schedule)
    if schedule.phases[0].start_date <= tx.now:
        begin(tx, schedule)
        attend_pause(tx, schedule, tx.now)
    return schedule


def new_schedule(tx: Tx, params: Any) -> SubscriptionSchedule:
    """Return a schedule that has not begun; raise InvalidRequest for impossible phases."""
    customer = _customer(tx, params)
    if not given(params.phases):
        raise missing_param("phases")
    if not given(params.start_date):
        raise missing_param("start_date")
    start = tx.now if params.start_date == "now" else params.start_date
    schedule = SubscriptionSchedule(
        id=tx.new_id(SubscriptionSchedule, owner=customer.id),
        billing_mode=billing_mode_of(params.billing_mode),
        created=tx.now,
        customer=customer.id,
        livemode=tx.book.livemode,
        phases=[],
        test_clock=customer.test_clock,
    )
    schedule.private = ScheduleFacts()
    set_end_behavior(schedule, params)
    schedule.metadata = merge_metadata(None, value_or(params.metadata, None))
    if given(params.default_settings):
        set_defaults(tx, schedule, params.default_settings)
    _set_phases(tx, schedule, params, start)
    check_customer(tx, customer, schedule.phases[0].currency)
    plan_pauses(tx, schedule, params.pause_schedules)
    set_expiry(tx, schedule)
    return schedule


def set_end_behavior(schedule: SubscriptionSchedule, params: Any) -> None:
    """Set what becomes of the subscription after the last phase; `none` is an old `cancel`."""
    if given(params.end_behavior):
        wanted = params.end_behavior
        schedule.end_behavior = "cancel" if wanted == "none" else wanted


def _set_phases(
    tx: Tx, schedule: SubscriptionSchedule, params: ScheduleCreateParams, start: int
) -> None:
    flexible = schedule.billing_mode.type == "flexible"
    drafts = read_drafts(tx, value_or(params.phases, []), flexible=flexible)
    resets = schedule.default_settings.billing_cycle_anchor == "phase_start"
    spans = lay_drafts(drafts, start, start, resets_anchor=resets)
    if start <= tx.now and place_at(spans, tx.now) != 0:
        raise InvalidRequest(
            "A schedule that starts in the past must still be in its first phase, which ended at"
            f" {spans[0].end}: start it later, or make the phase longer.",
            param="start_date",
        )
    currency = None
    for draft, span in zip(drafts, spans, strict=True):
        phase = build_phase(tx, draft, span, customer=schedule.customer, currency=currency)
        check_terms(tx, schedule.default_settings, phase)
        currency = phase.currency
        schedule.phases.append(phase)


@operation("POST /v1/subscription_schedules/{id}")
def update(
    tx: Tx, schedule: SubscriptionSchedule, params: ScheduleUpdateParams
) -> SubscriptionSchedule:
    """Change a schedule; its phases, if any are sent, are the current and all future ones.

    What changes in the current phase changes the subscription now, prorated as
    `proration_behavior` says.
    """
    catch_up_schedule(tx, schedule)
    check_open(schedule, "update", "updated")
    set_end_behavior(schedule, params)
    if given(params.metadata):
        schedule.metadata = merge_metadata(schedule.metadata, params.metadata)
    change_schedule(tx, schedule, params)
    plan_pauses(tx, schedule, params.pause_schedules)
    return schedule


@operation("POST /v1/subscription_schedules/{id}/cancel")
def cancel(
    tx: Tx, schedule: SubscriptionSchedule, params: ScheduleCancelParams
) -> SubscriptionSchedule:
    """Cancel a schedule and its subscription at once; by default with a last, prorated invoice."""
    catch_up_schedule(tx, schedule)
    check_open(schedule, "cancel", "canceled")
    subscription = tx.find(Subscription, schedule.subscription)
    if subscription is None:
        aborted = tx.request is not None and tx.request.promised == ABORTED
        close(tx, schedule, ABORTED if aborted else "subscription_schedule.canceled")
        return schedule
    cancel_at_once(
        tx,
        subscription,
        invoice_now=value_or(params.invoice_now, True),
        prorate_unused=value_or(params.prorate, True),
    )
    return schedule


@operation("POST /v1/subscription_schedules/{id}/release")
def release(
    tx: Tx, schedule: SubscriptionSchedule, params: ScheduleReleaseParams
) -> SubscriptionSchedule:
    """Stop a schedule and leave its subscription as it is, without the end that it planned."""
    catch_up_schedule(tx, schedule)
    check_open(schedule, "release", "released")
    release_schedule(tx, schedule, keeps_end=value_or(params.preserve_cancel_date, False))
    return schedule


def _from_subscription(
    tx: Tx, params: ScheduleCreateParams, id: str
) -> SubscriptionSchedule:
    for name in fields_given(params):
        if name not in BESIDE_SUBSCRIPTION:
            raise InvalidRequest(
                f"You cannot set `{name}` if `from_subscription` is set.", param=name
            )
    subscription = tx.get(Subscription, id, param="from_subscription")
    catch_up(tx, subscription)
    schedule = adopt(tx, subscription)
    schedule.metadata = merge_metadata(None, value_or(params.metadata, None))
    tx.add(schedule)
    subscription.schedule = schedule.id
    set_expiry(tx, schedule)
    return schedule


def _customer(tx: Tx, params: ScheduleCreateParams) -> Customer:
    if not given(params.customer):
        raise InvalidRequest(
            "Must provide customer or from_subscription.", code="parameter_missing"
        )
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    return customer


def open_schedules(tx: Tx, customer: str) -> list[SubscriptionSchedule]:
    """Return the schedules of a customer that still go on."""
    return tx.select(SubscriptionSchedule, customer=customer, status=OPEN)

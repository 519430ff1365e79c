"""Schedule update: the current and future phases are written anew, and the current one applied."""

from copy import deepcopy
from typing import Any

from prorata.engine.invoices.terms import agree_on_rates
from prorata.engine.schedules.life import begin, end_phase, move_to, set_expiry
from prorata.engine.schedules.phase_change import current_change, planned_end
from prorata.engine.schedules.phases import (
    Draft,
    build_phase,
    can_be_billed,
    lay_drafts,
    read_drafts,
)
from prorata.engine.schedules.settings import set_defaults
from prorata.engine.schedules.terms import check_terms, terms_of
from prorata.engine.subscriptions.cancel import credit_unused
from prorata.engine.subscriptions.cancellation import end_at
from prorata.engine.subscriptions.change import change_subscription
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.renew import finish
from prorata.engine.subscriptions.subscribe import check_customer
from prorata.model.errors import InvalidRequest
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_params import ScheduleUpdateParams
from prorata.resources.billing.subscription_schedule_shape import SchedulePhase
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.core.customer import Customer

CURRENT_START = "You can not modify the start date of the current phase."
PAST_PHASE = "You can not update a phase that has already ended."
NO_START = (
    "The subscription schedule update is missing at least one phase with a `start_date` to anchor"
    " end dates to."
)


def change_schedule(tx: Tx, schedule: SubscriptionSchedule, params: ScheduleUpdateParams) -> None:
    """Write the sent default settings and phases, and bring the subscription in line with them."""
    subscription = tx.find(Subscription, schedule.subscription)
    change = rewrite(tx, schedule, subscription, params)
    if subscription is None or schedule.current_phase is None:
        if schedule.phases[0].start_date <= tx.now:
            begin(tx, schedule)
    elif schedule.current_phase.end_date <= tx.now:
        if leave_phase(tx, schedule, subscription, params.proration_behavior):
            finish(tx, subscription)
    elif change is not None:
        change_subscription(tx, subscription, change)


def leave_phase(
    tx: Tx, schedule: SubscriptionSchedule, subscription: Subscription, behavior: Any
) -> bool:
    """Leave the current phase, which was told to end now; return whether the subscription ends.

    Then it is to end as at an end that was planned, and the caller finishes it. behavior: `none`
    gives nothing back for the time that was paid for.
    """
    ends = planned_end(schedule, schedule.phases[schedule.place or 0]) is not None
    end_phase(tx, schedule)
    if not ends or subscription.status in ENDED:
        return False
    discard_pending_update(tx, subscription)
    if behavior != "none":
        credit_unused(tx, subscription, tx.now)
    end_at(tx, subscription, tx.now)
    return True


def rewrite(
    tx: Tx, schedule: SubscriptionSchedule, subscription: Subscription | None, params: Any
) -> SubscriptionUpdateParams | None:
    """Write a schedule anew and return what that asks of its subscription now, if anything."""
    if subscription is not None:
        schedule.billing_mode = deepcopy(subscription.billing_mode)
    place = schedule.place
    former = None if place is None else deepcopy(schedule.phases[place])
    settings = schedule.default_settings
    schedule.default_settings = deepcopy(settings)
    if given(params.default_settings):
        set_defaults(tx, schedule, params.default_settings)
    if given(params.phases):
        _replace_phases(tx, schedule, subscription, params)
    for phase in schedule.phases[place or 0 :]:
        check_terms(tx, schedule.default_settings, phase)
    if subscription is None or former is None or place is None:
        set_expiry(tx, schedule)
        return None
    phase = schedule.phases[place]
    move_to(tx, schedule, phase)
    if phase.end_date <= tx.now:
        return None
    terms = terms_of(settings, former)
    return current_change(
        tx, schedule, subscription, phase, terms, former, params.proration_behavior
    )


def _replace_phases(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription | None,
    params: ScheduleUpdateParams,
) -> None:
    place = schedule.place or 0
    past = schedule.phases[:place]
    for phase in schedule.phases:
        agree_on_rates(tx, phase, *phase.items, *phase.add_invoice_items)
    drafts = read_drafts(
        tx,
        value_or(params.phases, []),
        flexible=schedule.billing_mode.type == "flexible",
        known=_agreed(schedule, subscription),
    )
    ended = {phase.start_date: phase for phase in past}
    for each in drafts:
        if each.start in ended and not _says_the_same(each, ended[each.start]):
            raise InvalidRequest(PAST_PHASE, param=each.path)
    drafts = [each for each in drafts if each.start not in ended]
    start = _start(schedule, drafts)
    anchor = start if subscription is None else subscription.billing_cycle_anchor
    resets = schedule.default_settings.billing_cycle_anchor == "phase_start"
    spans = lay_drafts(drafts, start, anchor, resets_anchor=resets)
    if spans[0].end < tx.now:
        path = f"{drafts[0].path}[end_date]"
        raise InvalidRequest(
            f"The parameter `{path}` expects a unix timestamp representing a date and time in the"
            f" future. You specified the value `{spans[0].end}` which is in the past.",
            param=path,
        )
    own = schedule.phases[0].currency if subscription is None else subscription.currency
    # What has not begun may begin in another currency.
    is_free = subscription is None and (
        given(drafts[0].params.currency) or not can_be_billed(drafts[0], own)
    )
    currency = None if is_free else own
    phases: list[SchedulePhase] = []
    for draft, span in zip(drafts, spans, strict=True):
        phase = build_phase(tx, draft, span, customer=schedule.customer, currency=currency)
        currency = phase.currency
        phases.append(phase)
    schedule.phases = [*past, *phases]
    if phases[0].currency != own:
        check_customer(tx, tx.get(Customer, schedule.customer), phases[0].currency)


def _says_the_same(draft: Draft, phase: SchedulePhase) -> bool:
    """Return whether a phase that is over is only sent back."""
    quantities = [value_or(each.quantity, None) for each in draft.params.items]
    items = zip(draft.prices, quantities, phase.items, strict=False)
    return (
        draft.end in (None, phase.end_date)
        and len(draft.prices) == len(phase.items)
        and all(
            price.id == item.price and quantity in (None, item.quantity)
            for price, quantity, item in items
        )
    )


def _start(schedule: SubscriptionSchedule, drafts: list[Draft]) -> int:
    """Return where the first of the current and future phases begins."""
    if all(each.start is None for each in drafts):
        raise InvalidRequest(NO_START)
    first = drafts[0].start
    current = schedule.current_phase
    if current is None:
        return schedule.phases[0].start_date if first is None else first
    if first not in (None, current.start_date):
        raise InvalidRequest(CURRENT_START, param=f"{drafts[0].path}[start_date]")
    return current.start_date


def _agreed(schedule: SubscriptionSchedule, subscription: Subscription | None) -> set[str]:
    """Return the prices and discounts that were agreed on: they may have been archived since."""
    holders: list[Any] = [*schedule.phases]
    sold = [each for phase in holders for each in (*phase.items, *phase.add_invoice_items)]
    found = {each.price for each in sold}
    for holder in (*holders, *sold):
        for each in holder.discounts or ():
            found |= {id for id in (each.coupon, each.promotion_code) if id}
    if subscription is not None:
        found |= {item.price.id for item in subscription.items.data}
    return found

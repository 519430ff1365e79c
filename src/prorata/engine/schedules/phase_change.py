"""Schedule phase change: a subscription is started for a phase, or led from one to the next."""

from collections.abc import Container
from typing import Any

from prorata.engine.catalogue.discounts import end_discounts
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.pending_items import pending_items
from prorata.engine.invoices.terms import agree_on_rates
from prorata.engine.schedules.terms import (
    AgreedChange,
    AgreedStart,
    Terms,
    added_items,
    agreement_changes,
    given_discounts,
    item_changes,
    keeps_threshold,
    new_discounts,
    new_items,
    terms_of,
)
from prorata.engine.subscriptions.added_items import add_invoice_items, pend_lines
from prorata.engine.subscriptions.agreement import set_agreement
from prorata.engine.subscriptions.arrears import usage_lines
from prorata.engine.subscriptions.cancellation import plan_cancellation
from prorata.engine.subscriptions.change import (
    Change,
    bill_change,
    change_subscription,
    leave_behind,
    replace_discounts,
    revise,
)
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.item_terms import apply_items
from prorata.engine.subscriptions.pending_update import discard_pending_update, form_of
from prorata.engine.subscriptions.periods import stretch_from
from prorata.engine.subscriptions.prorations import Before, difference, forget, prorate
from prorata.engine.subscriptions.renew import renew
from prorata.engine.subscriptions.state import set_reminders, tell_access
from prorata.engine.subscriptions.subscribe import open_subscription
from prorata.engine.subscriptions.terms import tariff_of
from prorata.model.fields import UNSET, UnsetType
from prorata.model.params import fitting_metadata, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.billing.subscription_facts import SubscriptionForm
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_schedule_shape import SchedulePhase
from prorata.resources.billing.subscription_shape import ProrationBehavior
from prorata.resources.billing.subscription_verbs import (
    AnchorChangeParams,
    BillingModeFlexibleParams,
    BillingModeParams,
    SubscriptionCreateParams,
    SubscriptionUpdateParams,
)
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.payments.payment_method import PaymentMethod


def start_subscription(tx: Tx, schedule: SubscriptionSchedule) -> Subscription:
    """Start the subscription of a schedule's first phase; its first invoice waits an hour."""
    params = creation_params(tx, schedule)
    subscription = open_subscription(
        tx, params, drafts=True, trial_ended=trial_ended(tx, schedule.phases[0])
    )
    subscription.schedule = schedule.id
    schedule.private.cancels = given(params.cancel_at)
    return subscription


def creation_params(tx: Tx, schedule: SubscriptionSchedule) -> SubscriptionCreateParams:
    """Return what the first phase asks of a new subscription."""
    phase = schedule.phases[0]
    agree_on_rates(tx, phase, *phase.items, *phase.add_invoice_items)
    params = AgreedStart(
        add_invoice_items=added_items(phase),
        billing_mode=_billing_mode(schedule),
        currency=phase.currency,
        customer=schedule.customer,
        discounts=new_discounts(phase),
        items=list(new_items(phase)),
        metadata=dict(phase.metadata or {}),
        proration_behavior=phase.proration_behavior,
        **_agreement(tx, schedule, terms_of(schedule.default_settings, phase), None),
    )
    if phase.start_date < tx.now:
        params.backdate_start_date = phase.start_date
    if phase.trial_end is not None and phase.trial_end > tx.now:
        params.trial_end = phase.trial_end
    end = planned_end(schedule, phase)
    if end is not None:
        params.cancel_at = end
    return params


def trial_ended(tx: Tx, phase: SchedulePhase) -> int | None:
    """Return when the trial of a phase that began in the past ended, None unless it has."""
    return phase.trial_end if (phase.trial_end or tx.now + 1) <= tx.now else None


def enter_phase(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription,
    phase: SchedulePhase,
    previous: SchedulePhase,
) -> None:
    """Lead a subscription into a phase, now at its beginning.

    Where a period ends in this second, the renewal follows at once and bills the new phase;
    otherwise the change is prorated as the phase says.
    """
    discard_pending_update(tx, subscription)
    params = entering_change(tx, schedule, subscription, phase, previous)
    tell_access(tx, subscription)
    if renews_with(tx, subscription, params):
        start = subscription.period_start
        invoice = (
            renew(tx, subscription, start)
            if change_at_renewal(tx, subscription, params)
            else _bill_pending(tx, subscription)
        )
        if invoice is not None:
            invoice.period_start = start
        return
    tx.sequence("changed_and_paid")
    change = change_within(tx, subscription, params)
    set_reminders(tx, subscription)
    if change.bills:
        bill_change(tx, subscription, change, params)
    else:
        leave_behind(tx, subscription, change.earlier)


def entering_change(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription,
    phase: SchedulePhase,
    previous: SchedulePhase,
) -> SubscriptionUpdateParams:
    """Return what a subscription is asked for when it enters a phase."""
    settings = schedule.default_settings
    params = AgreedChange(
        proration_behavior=phase.proration_behavior,
        **phase_changes(tx, schedule, subscription, phase, terms_of(settings, previous), previous),
    )
    if phase.add_invoice_items:
        params.add_invoice_items = added_items(phase)
    _fit_metadata(subscription, phase, params)
    resets = phase.billing_cycle_anchor or settings.billing_cycle_anchor
    if resets == "phase_start":
        params.billing_cycle_anchor = AnchorChangeParams(type="now")
    if not given(params.billing_thresholds) and not keeps_threshold(tx, subscription, phase):
        params.billing_thresholds = None
    if subscription.status == "paused":
        # Nothing is free while nothing is billed.
        params.trial_end = UNSET
    return params


def _fit_metadata(
    subscription: Subscription, phase: SchedulePhase, params: SubscriptionUpdateParams
) -> None:
    """Ask for a phase's metadata as far as it has room beside what was set meanwhile."""
    if phase.metadata:
        params.metadata = fitting_metadata(subscription.metadata, phase.metadata)
    present = {item.id: item.metadata for item in subscription.items.data}
    for item in value_or(params.items, None) or ():
        if item.id in present and given(item.metadata):
            item.metadata = fitting_metadata(present[item.id], item.metadata or {})


def renews_with(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> bool:
    """Return whether a subscription renews as it enters a phase; a trial begins without that."""
    return _period_ends(tx, subscription) and not given(params.trial_end)


def current_change(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription,
    phase: SchedulePhase,
    former_terms: Terms,
    former: SchedulePhase,
    proration_behavior: ProrationBehavior | UnsetType,
) -> SubscriptionUpdateParams | None:
    """Return what a subscription is asked for when its current phase was changed, if anything."""
    found = phase_changes(tx, schedule, subscription, phase, former_terms, former)
    added = [each for each in phase.add_invoice_items if each not in former.add_invoice_items]
    if added:
        found["add_invoice_items"] = added_items(phase, added)
    if phase.metadata and phase.metadata != former.metadata:
        found["metadata"] = dict(phase.metadata)
    trialing = subscription.status == "trialing"
    if trialing and phase.trial_end is None and former.trial_end is not None:
        found["trial_end"] = "now"
    if not found:
        return None
    found["proration_behavior"] = value_or(proration_behavior, "create_prorations")
    return AgreedChange(**found)


def phase_changes(
    tx: Tx,
    schedule: SubscriptionSchedule,
    subscription: Subscription,
    phase: SchedulePhase,
    terms: Terms,
    previous: SchedulePhase,
) -> dict[str, Any]:
    """Return what a phase changes on its subscription, by the names of its parameters.

    terms, previous: what has held up to now.
    """
    agree_on_rates(tx, phase, *phase.items, *phase.add_invoice_items)
    found = _agreement(tx, schedule, terms_of(schedule.default_settings, phase), terms)
    if "collection_method" not in found and subscription.collection_method != "send_invoice":
        # It was changed meanwhile to be charged, and is never due.
        found.pop("days_until_due", None)
    items = item_changes(tx, subscription, phase, previous)
    if items:
        found["items"] = items
    if phase.discounts != previous.discounts:
        found["discounts"] = (
            given_discounts(tx, phase.discounts, previous.discounts, subscription.discounts) or None
        )
    if (phase.trial_end or 0) > tx.now and subscription.trial_end != phase.trial_end:
        found["trial_end"] = phase.trial_end
    end = planned_end(schedule, phase)
    if end is not None and subscription.cancel_at != end:
        found["cancel_at"] = end
    elif end is None and schedule.private.cancels:
        found["cancel_at"] = None
    schedule.private.cancels = end is not None
    return found


def _agreement(
    tx: Tx, schedule: SubscriptionSchedule, new: Terms, old: Terms | None
) -> dict[str, Any]:
    """Return what changes of the agreement; a method that was detached since is none.

    So are the account's tax ids that were deleted since.
    """
    found = agreement_changes(new, old)
    shown = found.get("invoice_settings")
    if shown is not None and shown.account_tax_ids:
        shown.account_tax_ids = [*tx.load(TaxId, shown.account_tax_ids, look=True)] or None
    method = tx.find(PaymentMethod, found.get("default_payment_method"))
    if method is None or method.customer != schedule.customer:
        found.pop("default_payment_method", None)
        if old is not None and new.default_payment_method != old.default_payment_method:
            found["default_payment_method"] = None
    return found


def planned_end(schedule: SubscriptionSchedule, phase: SchedulePhase) -> int | None:
    """Return when the subscription ends as planned, None unless it ends with this phase."""
    last = phase.end_date == schedule.phases[-1].end_date
    return phase.end_date if last and schedule.end_behavior == "cancel" else None


def clear_end(tx: Tx, schedule: SubscriptionSchedule, subscription: Subscription) -> None:
    """Let a subscription go on that was to end with its schedule."""
    if schedule.private.cancels and subscription.cancel_at is not None:
        change_subscription(tx, subscription, SubscriptionUpdateParams(cancel_at=None))


def leave(schedule: SubscriptionSchedule, subscription: Subscription) -> None:
    """Let a subscription go on without its schedule."""
    subscription.schedule = None
    schedule.subscription = None
    schedule.released_subscription = subscription.id
    schedule.private.cancels = False


def change_within(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> Change:
    """Change a subscription in the middle of its period, or begin a trial where one ends."""
    elapsed = _used(tx, subscription) if _period_ends(tx, subscription) else []
    change = revise(tx, subscription, params)
    change.lines += elapsed
    change.bills = change.bills or bool(elapsed)
    return change


def change_at_renewal(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> bool:
    """Change the items of a subscription whose period ends now, so that it renews with them.

    Returns whether there is anything to renew: metered items that are new have nothing to bill.
    """
    earlier = form_of(subscription)
    elapsed = _used(tx, subscription, _replaced(params))
    set_agreement(tx, subscription, params)
    if given(params.items):
        apply_items(tx, subscription, params.items)
    if given(params.discounts):
        replace_discounts(tx, subscription, params)
        end_discounts(tx, earlier.discounts, subscription.discounts)
    plan_cancellation(tx, subscription, params)
    if given(params.billing_cycle_anchor) or _restarts(subscription, earlier):
        subscription.billing_cycle_anchor = tx.now
    add_invoice_items(tx, subscription, params)
    _prorate_rest(tx, subscription, earlier, params.proration_behavior)
    pend_lines(tx, subscription, elapsed)
    return _lay_new(tx, subscription, earlier)


def _period_ends(tx: Tx, subscription: Subscription) -> bool:
    return subscription.status in LIVE and subscription.period_end == tx.now


def _lay_new(tx: Tx, subscription: Subscription, earlier: SubscriptionForm) -> bool:
    """Lay the period of new metered items; return whether the period of any item still ends now.

    New licensed items have no time yet: the renewal bills their first period with the others'.
    """
    known = {item.id for item in earlier.items}
    for item in subscription.items.data:
        if item.id not in known and item.metered:
            stretch = stretch_from(
                tx.now, subscription.billing_cycle_anchor, item.interval, subscription.cancel_at
            )
            item.current_period_start, item.current_period_end = stretch.start, stretch.end
    return subscription.period_end == tx.now


def _bill_pending(tx: Tx, subscription: Subscription) -> Invoice | None:
    """Draft the invoice of what the items that are gone still owe."""
    customer, currency = subscription.customer, subscription.currency
    set_reminders(tx, subscription)
    if not pending_items(tx, customer, currency, subscription=subscription.id):
        return None
    return make_invoice(
        tx, subscription, [], "subscription_cycle", auto_advance=True, period=(tx.now, tx.now)
    )


def _prorate_rest(
    tx: Tx, subscription: Subscription, earlier: SubscriptionForm, behavior: Any
) -> None:
    """Prorate the items whose own period goes on, where intervals are mixed."""
    before = Before(tuple(earlier.items), earlier.billing_cycle_anchor)
    found = difference(subscription, before, tx.now)
    found.credits = [each for each in found.credits if each.start < each.end]
    found.charges = [each for each in found.charges if each.stretch.start < each.stretch.end]
    if behavior == "none":
        forget(subscription, found.credits)
    else:
        terms = tariff_of(tx, subscription, *earlier.items)
        prorate(tx, subscription, found, terms, tx.now, before)


def _used(
    tx: Tx, subscription: Subscription, replaced: Container[str] | None = None
) -> list[LineDraft]:
    """Return the lines for what was used so far, of the replaced items or of all."""
    lines: list[LineDraft] = []
    for item in reversed(subscription.items.data):
        if item.metered and (replaced is None or item.id in replaced):
            lines += usage_lines(tx, subscription, item, tx.now, keep=True)
    return lines


def _replaced(params: SubscriptionUpdateParams) -> set[str]:
    """Return the items that are removed or get another price."""
    changes = params.items if given(params.items) else []
    return {
        each.id
        for each in changes
        if given(each.id) and (each.deleted is True or given(each.price))
    }


def _restarts(subscription: Subscription, earlier: SubscriptionForm) -> bool:
    """Return whether a classic cycle begins anew because its interval is another one."""
    before = {item.interval for item in earlier.items}
    return not subscription.flexible and before != {
        item.interval for item in subscription.items.data
    }


def _billing_mode(schedule: SubscriptionSchedule) -> BillingModeParams:
    mode = schedule.billing_mode
    if mode.flexible is None:
        return BillingModeParams(type=mode.type)
    flexible = BillingModeFlexibleParams(proration_discounts=mode.flexible.proration_discounts)
    return BillingModeParams(type=mode.type, flexible=flexible)

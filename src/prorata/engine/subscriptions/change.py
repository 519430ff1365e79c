"""Change: a subscription is updated, and what that costs or gives back is billed."""

from dataclasses import dataclass, field

from prorata.engine.catalogue.discounts import end_discounts, redeem
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.terms import agree_on_rates
from prorata.engine.subscriptions.added_items import add_invoice_items, pend_lines
from prorata.engine.subscriptions.agreement import (
    check_taxable,
    refuse_unknown_trade,
    set_agreement,
    set_cancellation_details,
)
from prorata.engine.subscriptions.arrears import forgo_replaced, start_in, usage_lines
from prorata.engine.subscriptions.cancellation import plan_cancellation
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.change_checks import (
    check_incomplete,
    proration_moment,
    update_ended,
)
from prorata.engine.subscriptions.change_time import (
    Moved,
    lay_periods,
    move_anchor,
    move_trial,
    set_pause_collection,
)
from prorata.engine.subscriptions.end import let_pending_items_go
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.item_terms import apply_items
from prorata.engine.subscriptions.payment import charge_now
from prorata.engine.subscriptions.pending_update import (
    check_may_wait,
    discard_pending_update,
    form_of,
    park,
)
from prorata.engine.subscriptions.periods import stretch_from
from prorata.engine.subscriptions.prorations import (
    Before,
    Credit,
    Difference,
    difference,
    give_up,
    prorate,
    unused,
)
from prorata.engine.subscriptions.renew import pause_collection
from prorata.engine.subscriptions.schedule_hooks import (
    changed_directly,
    let_schedule_go_first,
    refuse_direct_end,
)
from prorata.engine.subscriptions.state import set_reminders, tell_access
from prorata.engine.subscriptions.terms import Tariff, advance_lines, tariff_of, trial_line
from prorata.engine.subscriptions.threshold_terms import check_thresholds
from prorata.engine.subscriptions.usage import this_moment, usage_start
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_facts import SubscriptionForm
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams


@dataclass(slots=True)
class Change:
    """What a change of a subscription leads to, before it is billed.

    earlier: the subscription's form before it. at: the moment of proration. prorations: the
    pending items it wrote. lines: what is billed beside them. bills: whether an invoice is cut.
    added, used: the items that were asked for besides, and those of usage. only: the pending items
    that it takes, None for all that wait.
    """

    earlier: SubscriptionForm
    at: int
    moved: Moved
    prorations: list[InvoiceItem] = field(default_factory=list)
    lines: list[LineDraft] = field(default_factory=list)
    bills: bool = False
    added: list[InvoiceItem] = field(default_factory=list)
    used: list[InvoiceItem] = field(default_factory=list)
    only: list[InvoiceItem] | None = None

    @property
    def own(self) -> list[InvoiceItem]:
        """The pending items that the change itself wrote."""
        return [*self.prorations, *self.added, *self.used]


@operation("POST /v1/subscriptions/{id}")
def update(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> Subscription:
    """Change a subscription; what that costs is prorated and billed as its parameters say.

    Raises InvalidRequest, and CardError (402) with `payment_behavior=error_if_incomplete`.
    """
    if subscription.status in ENDED:
        update_ended(tx, subscription, params)
        return subscription
    change_directly(tx, subscription, params)
    return subscription


def change_directly(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> None:
    """Change a live subscription because somebody asked for it; its schedule takes note.

    Raises InvalidRequest where a schedule decides when the subscription ends.
    """
    refuse_direct_end(subscription, params)
    let_schedule_go_first(tx, subscription)
    change_subscription(tx, subscription, params)
    changed_directly(tx, subscription, params)


def change_subscription(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> Invoice | None:
    """Change a live subscription and return the invoice that was cut for it, if one was."""
    check_incomplete(subscription, params)
    refuse_unknown_trade(tx, params)
    catch_up(tx, subscription)
    if subscription.status in ENDED:
        # Its end was overdue.
        update_ended(tx, subscription, params)
        return None
    waits = params.payment_behavior == "pending_if_incomplete"
    if waits:
        check_may_wait(tx, subscription, params)
    change = revise(tx, subscription, params)
    set_reminders(tx, subscription)
    tell_access(tx, subscription)
    if not change.bills:
        leave_behind(tx, subscription, change.earlier)
        return None
    return bill_change(tx, subscription, change, params, waits)


def revise(tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams) -> Change:
    """Make a change and write its prorations; nothing is invoiced yet."""
    discard_pending_update(tx, subscription)
    earlier = form_of(subscription)
    at = proration_moment(tx, subscription, params)
    agree_on_rates(tx, subscription, *subscription.items.data)
    set_agreement(tx, subscription, params)
    if given(params.cancellation_details):
        set_cancellation_details(tx, subscription, params.cancellation_details)
    if given(params.pause_collection):
        set_pause_collection(tx, subscription, params.pause_collection)
    if given(params.items):
        apply_items(tx, subscription, params.items)
    check_taxable(tx, subscription)
    check_thresholds(tx, subscription)
    if given(params.discounts):
        replace_discounts(tx, subscription, params)
    moved = Moved(trial=move_trial(tx, subscription, params))
    if subscription.status in ENDED:
        # It ended with its trial; what was asked for besides is the customer's to pay all the same.
        added = add_invoice_items(tx, subscription, params)
        let_pending_items_go(tx, subscription)
        return Change(earlier, at, moved, added=added)
    terms = tariff_of(tx, subscription, *earlier.items)
    move_anchor(tx, subscription, params, earlier, terms, moved)
    lay_periods(tx, subscription, earlier, moved)
    plan_cancellation(tx, subscription, params)
    lay_periods(tx, subscription, earlier, moved)
    subscription.items.refresh()
    added = add_invoice_items(tx, subscription, params)
    change = Change(earlier, at, moved, added=added)
    behavior = value_or(params.proration_behavior, "create_prorations")
    reckon(tx, subscription, change, terms, behavior)
    change.used = pend_usage(tx, subscription, change, behavior)
    if behavior == "always_invoice" and (added or change.used):
        change.bills = True
    anchored = given(params.billing_cycle_anchor) and params.billing_cycle_anchor.type == "now"
    if anchored and behavior == "always_invoice" and not subscription.flexible:
        change.only = change.own
    return change


def reckon(
    tx: Tx, subscription: Subscription, change: Change, terms: Tariff, behavior: str
) -> None:
    """Work out what a change gives back and asks for, by the way in which time has moved."""
    moved, earlier = change.moved, change.earlier
    before = Before(tuple(earlier.items), earlier.billing_cycle_anchor)
    if moved.trial == "begun":
        found = Difference(credits=_remaining(subscription, before, change.at))
        change.lines = _trial_lines(tx, subscription, terms)
        change.bills = True
    elif moved.trial == "shifted":
        found = Difference()
        change.lines = _trial_lines(tx, subscription, terms)
        change.bills = True
    elif moved.trial == "ended":
        found = Difference()
        change.lines = _period_lines(tx, subscription, terms)
        change.bills = True
    elif subscription.status in ("trialing", "paused") or moved.trial == "halted":
        found = Difference()
    elif moved.restarted:
        found = Difference(credits=_remaining(subscription, before, change.at))
        if moved.from_nothing:
            found = Difference()
        change.lines = _period_lines(tx, subscription, terms)
        change.bills = True
    else:
        found = difference(subscription, before, change.at)
    if behavior == "none":
        if change.lines:
            give_up(subscription, found.credits)
        elif moved.anchor:
            give_up(subscription, _cut_off(subscription, before))
        return
    change.prorations = prorate(tx, subscription, found, terms, change.at, before)
    change.bills = change.bills or (behavior == "always_invoice" and bool(change.prorations))


def pend_usage(
    tx: Tx, subscription: Subscription, change: Change, behavior: str
) -> list[InvoiceItem]:
    """Write what was used of items that go, or whose cycle or trial begins, as pending items.

    Another price is for what is used from now on: flexible billing bills what was used before at
    the price of then, classic billing does not bill it.
    """
    moved, earlier = change.moved, change.earlier
    begins = moved.trial == "begun"
    restarts = moved.anchor or moved.restarted or begins
    written = []
    for old in earlier.items:
        new = subscription.item(old.id)
        stays = new is not None and new.price.id == old.price.id
        if not old.metered or (stays and not restarts):
            continue
        if not stays and (not subscription.flexible or behavior == "none"):
            continue
        if subscription.status == "paused":
            continue
        since, end = start_in(earlier, old), this_moment(tx)
        if not stays and new is not None and new.metered:
            end = usage_start(subscription, new)
        lines = usage_lines(
            tx, subscription, old, end, since, keep=True, before_trial=begins
        )
        written += pend_lines(tx, subscription, lines)
        # Should the change come to nothing, this was billed all the same.
        earlier.usage_from[old.id], earlier.usage_after[old.id] = end.second, end.moment
    return written


def bill_change(
    tx: Tx,
    subscription: Subscription,
    change: Change,
    params: SubscriptionUpdateParams,
    waits: bool = False,
) -> Invoice:
    """Cut the invoice of a change, and charge it unless it is to be sent.

    waits: the change is made only once the invoice is paid.
    """
    tx.sequence("changed_and_paid")
    sends = subscription.collection_method == "send_invoice"
    start = max((item.current_period_start for item in change.earlier.items), default=tx.now)
    invoice = make_invoice(
        tx,
        subscription,
        change.lines,
        "subscription_update",
        auto_advance=sends,
        period=(min(start, tx.now), tx.now),
        proration_date=change.at if change.prorations else None,
        only=change.only,
    )
    behavior = value_or(params.payment_behavior, "allow_incomplete")
    # A failed payment undoes the request; what the API does not show is kept as it was till then.
    silent = behavior == "error_if_incomplete"
    charges = not sends and subscription.pause_collection is None
    parks = charges and (waits or silent) and invoice.amount_due > 0
    if not parks:
        leave_behind(tx, subscription, change.earlier)
    if subscription.pause_collection is not None:
        pause_collection(tx, subscription, invoice)
    if not charges:
        return invoice
    if parks:
        park(tx, subscription, change.earlier, invoice, silent=silent, own=change.own)
    charge_now(
        tx,
        invoice,
        behavior,
        off_session=value_or(params.off_session, False),
        needs_method=change.moved.trial == "ended",
    )
    unpaid = invoice.status == "open" and behavior == "default_incomplete"
    if unpaid and subscription.status in ("active", "trialing"):
        subscription.status = "past_due"
    return invoice


def replace_discounts(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> None:
    """Give a subscription the discounts that are named; see `leave_behind` for the others."""
    found = redeem(
        tx,
        params.discounts or (),
        customer=subscription.customer,
        subscription=subscription.id,
        currency=subscription.currency,
    )
    subscription.discounts = [each.id for each in found]


def leave_behind(tx: Tx, subscription: Subscription, earlier: SubscriptionForm) -> None:
    """Let end what a change that is made for good has replaced: usage and discounts."""
    forgo_replaced(tx, subscription, earlier)
    end_discounts(tx, earlier.discounts, subscription.discounts)


def _trial_lines(tx: Tx, subscription: Subscription, terms: Tariff) -> list[LineDraft]:
    assert subscription.trial_end is not None, "a trial has an end"
    period = (tx.now, subscription.trial_end)
    return [
        trial_line(subscription, item, terms[item.price.id], period)
        for item in reversed(subscription.items.data)
    ]


def _period_lines(tx: Tx, subscription: Subscription, terms: Tariff) -> list[LineDraft]:
    """Return the lines of all licensed items' time from now to the end of their period."""
    lines: list[LineDraft] = []
    for item in reversed(subscription.items.data):
        if item.metered:
            continue
        stretch = stretch_from(
            tx.now, subscription.billing_cycle_anchor, item.interval, subscription.cancel_at
        )
        lines += advance_lines(subscription, item, terms[item.price.id], stretch)
    return lines


def _remaining(subscription: Subscription, before: Before, at: int) -> list[Credit]:
    return [
        unused(subscription, before, item, at)
        for item in before.items
        if not item.metered and item.current_period_end > at
    ]


def _cut_off(subscription: Subscription, before: Before) -> list[Credit]:
    """Return the time behind the end of a cycle that begins now; its next period bills it anew."""
    found, anchor = [], subscription.billing_cycle_anchor
    for item in before.items:
        end = stretch_from(anchor, anchor, item.interval).whole_end
        if not item.metered and end < item.current_period_end:
            found.append(Credit(item, end, item.current_period_end))
    return found

"""Pause and resume: a flexible subscription stands still, and comes back when it is paid for."""

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.pending_items import pending_items
from prorata.engine.subscriptions.added_items import pend_lines
from prorata.engine.subscriptions.arrears import forgo_usage, unbilled_usage
from prorata.engine.subscriptions.cancel import credit_unused
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.payment import charge_now
from prorata.engine.subscriptions.pending_update import discard_pending_update, form_of, park
from prorata.engine.subscriptions.periods import stretch_from
from prorata.engine.subscriptions.prorations import (
    Before,
    Charge,
    Credit,
    Difference,
    give_up,
    prorate,
)
from prorata.engine.subscriptions.renew import pause_collection
from prorata.engine.subscriptions.standstill import pause_now, resume_now
from prorata.engine.subscriptions.terms import Tariff, advance_lines, tariff_of
from prorata.engine.subscriptions.usage import this_moment
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_facts import Debit, Waived
from prorata.resources.billing.subscription_verbs import (
    SubscriptionPauseParams,
    SubscriptionResumeParams,
)

NOT_PAUSED = "You can only resume a subscription if it is `paused`."
PAUSABLE = ("active", "past_due", "unpaid")


@operation("POST /v1/subscriptions/{id}/pause")
def pause(tx: Tx, subscription: Subscription, params: SubscriptionPauseParams) -> Subscription:
    """Pause a subscription now: its time ends here, unused time is credited, usage is billed.

    Raises InvalidRequest for classic, sent, trialing and scheduled subscriptions.
    """
    catch_up(tx, subscription)
    _check_pausable(subscription)
    since, through = _bill_for(params)
    pause_subscription(
        tx,
        subscription,
        since=since,
        through=through,
        invoices=value_or(params.invoicing_behavior, "pending_invoice_item") == "invoice",
    )
    return subscription


def pause_subscription(
    tx: Tx, subscription: Subscription, *, since: str, through: str, invoices: bool
) -> None:
    """Pause a subscription and settle its open time and usage.

    since: credit time from `now`, from the `item_current_period_start`, or `none`. through: bill
    usage up to `now`, or `none`. invoices: on an invoice at once, else on the next one. A change
    that waits for its payment is given up: it would bill time in which the subscription stands.
    """
    discard_pending_update(tx, subscription)
    start = min(item.current_period_start for item in subscription.items.data)
    usage = _settle_time(tx, subscription, since, through, keep=True)
    for item in subscription.items.data:
        item.current_period_end = tx.now
    subscription.private.debits = []
    if invoices:
        customer, currency = subscription.customer, subscription.currency
        if usage or pending_items(tx, customer, currency, subscription=subscription.id):
            make_invoice(
                tx, subscription, usage, "subscription_update", auto_advance=True,
                period=(start, tx.now),
            )  # fmt: skip
    else:
        pend_lines(tx, subscription, usage)
    pause_now(tx, subscription, "pause_requested")


def plan_pause(
    tx: Tx, subscription: Subscription, params: SubscriptionPauseParams
) -> list[LineDraft]:
    """Write the credits of a pause as pending items and return the usage that it bills.

    Raises InvalidRequest for what can't be paused.
    """
    _check_pausable(subscription)
    since, through = _bill_for(params)
    return _settle_time(tx, subscription, since, through, keep=False)


def _bill_for(params: SubscriptionPauseParams) -> tuple[str, str]:
    """Return from when a pause credits time, and until when it bills usage."""
    bill_for = params.bill_for
    since, through = "now", "now"
    if given(bill_for):
        if given(bill_for.unused_time_from):
            since = bill_for.unused_time_from.type
        if given(bill_for.outstanding_usage_through):
            through = bill_for.outstanding_usage_through.type
    return since, through


def _settle_time(
    tx: Tx, subscription: Subscription, since: str, through: str, *, keep: bool
) -> list[LineDraft]:
    items = subscription.items.data
    if since == "none":
        give_up(subscription, [Credit(each, tx.now, each.current_period_end) for each in items])
    elif since == "item_current_period_start":
        credit_unused(tx, subscription, min(each.current_period_start for each in items))
    else:
        credit_unused(tx, subscription, tx.now)
    if through == "now":
        return unbilled_usage(tx, subscription, this_moment(tx), keep=keep)
    if keep:
        forgo_usage(tx, subscription, "waived")
    return []


@operation("POST /v1/subscriptions/{id}/resume")
def resume(tx: Tx, subscription: Subscription, params: SubscriptionResumeParams) -> Subscription:
    """Bring a paused subscription back; where that costs something, once it is paid for.

    Raises InvalidRequest unless it is paused, and for sent invoices.
    """
    # Its end may be overdue.
    catch_up(tx, subscription)
    if subscription.status in ENDED:
        raise no_such("subscription", subscription.id, param="id")
    if subscription.status != "paused":
        raise InvalidRequest(NOT_PAUSED)
    if subscription.collection_method != "charge_automatically":
        raise InvalidRequest(
            "You can only resume a subscription whose `collection_method` is"
            " `charge_automatically`."
        )
    anchor = params.billing_cycle_anchor.type if given(params.billing_cycle_anchor) else "now"
    if anchor == "now" and given(params.proration_behavior):
        raise InvalidRequest(
            "`proration_behavior` can only be set when `billing_cycle_anchor[type]=unchanged`.",
            param="proration_behavior",
        )
    if anchor == "unchanged" and given(params.proration_date):
        _check_proration_date(tx, subscription, params.proration_date)
    resume_subscription(
        tx,
        subscription,
        restarts=anchor == "now",
        behavior=value_or(params.proration_behavior, "create_prorations"),
        at=value_or(params.proration_date, tx.now),
        pays_first=params.payment_behavior == "resume_on_payment_success",
    )
    return subscription


def resume_subscription(
    tx: Tx,
    subscription: Subscription,
    *,
    restarts: bool,
    behavior: str,
    at: int,
    pays_first: bool,
    off_session: bool = True,
) -> None:
    """Lay a paused subscription's periods anew and bill them; it runs once that is paid.

    restarts: the cycle begins now, else its anchor stays and the rest of the period is prorated
    as `behavior` says, from the moment `at`. pays_first: payment is tried here and now, and again
    later; otherwise it is the payer's to make, and the first try resumes, whatever comes of it.
    off_session: the payer is not there to be asked by a bank.
    """
    discard_pending_update(tx, subscription)
    earlier = form_of(subscription)
    terms = tariff_of(tx, subscription)
    if restarts:
        own = _credit_halted(tx, subscription, terms)
        lines = _restart(tx, subscription, terms)
    else:
        own, lines = _go_on(tx, subscription, terms, behavior, at), []
    if not (lines or own):
        resume_now(tx, subscription)
        return
    invoice = make_invoice(
        tx,
        subscription,
        lines,
        "subscription_cycle",
        auto_advance=pays_first,
        period=(min(item.current_period_start for item in earlier.items), tx.now),
    )
    if subscription.pause_collection is not None:
        # Nobody is to pay, so there is nothing to wait for.
        pause_collection(tx, subscription, invoice)
        resume_now(tx, subscription)
        return
    if invoice.amount_due > 0:
        park(
            tx, subscription, earlier, invoice,
            resumes=True, at_attempt=not pays_first, own=own,
        )  # fmt: skip
    charge_now(
        tx,
        invoice,
        "allow_incomplete" if pays_first else "default_incomplete",
        off_session=off_session,
        needs_method=pays_first,
    )
    if invoice.status == "paid" and subscription.status == "paused":
        resume_now(tx, subscription)


def plan_resumption(tx: Tx, subscription: Subscription) -> list[LineDraft]:
    """Begin a paused subscription's cycle anew and return what that bills, newest item first.

    Raises InvalidRequest unless it is paused.
    """
    if subscription.status != "paused":
        raise InvalidRequest(NOT_PAUSED)
    terms = tariff_of(tx, subscription)
    _credit_halted(tx, subscription, terms)
    return _restart(tx, subscription, terms)


def _restart(tx: Tx, subscription: Subscription, terms: Tariff) -> list[LineDraft]:
    """Begin the cycle now and return the lines of its first period, newest item first."""
    subscription.billing_cycle_anchor = tx.now
    lines: list[LineDraft] = []
    for item in reversed(subscription.items.data):
        stretch = stretch_from(tx.now, tx.now, item.interval, subscription.cancel_at)
        item.current_period_start, item.current_period_end = stretch.start, stretch.end
        if not item.metered:
            lines += advance_lines(subscription, item, terms[item.price.id], stretch)
    return lines


def _go_on(
    tx: Tx, subscription: Subscription, terms: Tariff, behavior: str, at: int
) -> list[InvoiceItem]:
    """Take up the period in which the anchor puts this moment; return what bills it now."""
    # A plan that goes on without prorations leaves its bills as they are.
    halted = [] if behavior == "none" else _halted(tx, subscription, at)
    found = Difference(credits=halted)
    for item in subscription.items.data:
        stretch = stretch_from(
            at, subscription.billing_cycle_anchor, item.interval, subscription.cancel_at
        )
        item.current_period_start, item.current_period_end = stretch.whole_start, stretch.end
        if not item.metered:
            found.charges.append(Charge(item, stretch))
    if behavior == "none":
        return []
    before = Before(tuple(subscription.items.data), subscription.billing_cycle_anchor)
    written = prorate(tx, subscription, found, terms, at, before)
    return written if behavior == "always_invoice" else []


def _credit_halted(tx: Tx, subscription: Subscription, terms: Tariff) -> list[InvoiceItem]:
    """Write the credits for the time ahead that was billed before a failed payment halted it."""
    before = Before(tuple(subscription.items.data), subscription.billing_cycle_anchor)
    found = Difference(credits=_halted(tx, subscription, tx.now))
    return prorate(tx, subscription, found, terms, tx.now, before)


def _halted(tx: Tx, subscription: Subscription, at: int) -> list[Credit]:
    """Return the time after a moment that is billed on an invoice whose payment failed.

    That invoice still asks for it, so that a resumption does not; unless it was given up. Who
    pauses a subscription has its time settled by then, and no debits are left.
    """
    facts = subscription.private
    lost = [each for each in facts.debits if _is_lost(tx, each)]
    facts.debits = [each for each in facts.debits if each not in lost]
    facts.waived = [
        *facts.waived, *(Waived(item=each.item, start=each.start, end=each.end) for each in lost)
    ]
    return [
        Credit(each, max(at, each.current_period_start), each.current_period_end)
        for each in subscription.items.data
        if not each.metered and each.current_period_end > at
    ]


def _is_lost(tx: Tx, debit: Debit) -> bool:
    id = debit.invoice
    if debit.invoice_item is not None:
        item = tx.find(InvoiceItem, debit.invoice_item)
        id = item.invoice if item is not None else None
    invoice = tx.find(Invoice, id)
    return invoice is not None and invoice.status in ("void", "uncollectible")


def _check_proration_date(tx: Tx, subscription: Subscription, at: int) -> None:
    """Raise InvalidRequest unless a moment lies in the period that would be taken up."""
    for item in subscription.items.data:
        stretch = stretch_from(tx.now, subscription.billing_cycle_anchor, item.interval)
        if not stretch.whole_start <= at <= stretch.end:
            raise InvalidRequest(
                "Cannot specify `proration_date` outside of current subscription period.",
                param="proration_date",
            )


def _check_pausable(subscription: Subscription) -> None:
    if subscription.status in ENDED:
        raise no_such("subscription", subscription.id, param="id")
    if not subscription.flexible:
        raise InvalidRequest(
            "Only subscriptions with `billing_mode[type]=flexible` can be paused."
        )
    if subscription.collection_method != "charge_automatically":
        raise InvalidRequest(
            "You cannot pause a subscription whose `collection_method` is `send_invoice`."
        )
    if subscription.schedule is not None:
        raise InvalidRequest(
            "You cannot pause a subscription that a subscription schedule manages."
        )
    if subscription.status not in PAUSABLE:
        raise InvalidRequest(
            f"You cannot pause a subscription whose status is `{subscription.status}`."
        )

"""Attend to a subscription: what is due of it now, one thing after another."""

import msgspec

from prorata.engine.due import at_moment, handles
from prorata.engine.invoices.pending_items import pending_items
from prorata.engine.invoices.taken_back import take_back
from prorata.engine.subscriptions.expiry import expire
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.late_usage import late_lines
from prorata.engine.subscriptions.life_hooks import on_upcoming
from prorata.engine.subscriptions.pending_update import (
    discard_pending_update,
    drop_pending_update,
)
from prorata.engine.subscriptions.renew import (
    Renewal,
    collect_again,
    collects,
    finish,
    pause_collection,
    plan_renewal,
    renew,
)
from prorata.engine.subscriptions.schedule_hooks import NEXT_OF_SCHEDULE, let_schedule_go_first
from prorata.engine.subscriptions.state import announce_trial_end
from prorata.model.errors import NotFound
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import ENDED, LIVE, Subscription
from prorata.resources.core.customer import Customer
from prorata.rules.calendar import next_boundary


@handles("subscription")
def attend_subscription(tx: Tx, subscription: Subscription) -> None:
    """Do all that is due of a subscription at this moment; see `subscription.due`."""
    if subscription.status in ENDED:
        bill_late_usage(tx, subscription)
        return
    let_schedule_go_first(tx, subscription)
    if _reached(subscription.private.expires_at, tx.now):
        expire_unpaid(tx, subscription)
        return
    pending = subscription.pending_update
    if pending is not None and _reached(pending.expires_at, tx.now):
        expire_pending_update(tx, subscription)
    if subscription.status == "paused":
        _let_collection_resume(tx, subscription)
        if _reached(subscription.cancel_at, tx.now):
            finish(tx, subscription)
    if subscription.status not in LIVE:
        return
    if _reached(subscription.private.trial_will_end_at, tx.now):
        announce_trial_end(tx, subscription)
    if _reached(subscription.private.upcoming_at, tx.now):
        announce_renewal(tx, subscription)
    _let_collection_resume(tx, subscription)
    if _reached(subscription.cancel_at, tx.now):
        _live_to_the_end(tx, subscription)
        return
    _bill_items_before(tx, subscription, subscription.period_end)
    if _reached(subscription.period_end, tx.now):
        renew(tx, subscription)
    # In the second of a renewal nothing waits any more, but the next time has to be set.
    if subscription.status in LIVE and _reached(
        subscription.next_pending_invoice_item_invoice, tx.now
    ):
        invoice_pending_items(tx, subscription)


def _live_to_the_end(tx: Tx, subscription: Subscription) -> None:
    """End a subscription; periods that ended before and were not renewed in time are billed."""
    end = subscription.cancel_at or tx.now
    while subscription.status in LIVE and _reached(subscription.period_end, end - 1):
        _bill_items_before(tx, subscription, subscription.period_end)
        _let_collection_resume(tx, subscription)
        renew(tx, subscription)
    _let_collection_resume(tx, subscription)
    if subscription.status not in (*LIVE, "paused"):
        return
    missed = [] if tx.now == end else _missed_before(tx, subscription, end)
    finish(tx, subscription)
    for invoice in missed:
        if invoice.status == "draft":
            collect_again(tx, invoice)


def _missed_before(tx: Tx, subscription: Subscription, end: int) -> list[Invoice]:
    """Return the drafts that would have been final before the end, had they come in time."""
    drafts = tx.select(Invoice, subscription=subscription.id, status="draft")
    return [
        each for each in drafts
        if each.auto_advance is True
        and (each.created > end or _reached(each.automatically_finalizes_at, end))
    ]  # fmt: skip


def _bill_items_before(tx: Tx, subscription: Subscription, end: int | None) -> None:
    """Bill what waited for moments before the end of a period, which are late as that is."""
    last = min(tx.now, tx.now if end is None else end - 1)
    while subscription.status in LIVE and _reached(
        subscription.next_pending_invoice_item_invoice, last
    ):
        _let_collection_resume(tx, subscription)
        invoice_pending_items(tx, subscription)
    _let_collection_resume(tx, subscription)


def _let_collection_resume(tx: Tx, subscription: Subscription) -> None:
    """End a pause of collection whose time is over, also while the subscription stands still.

    What was due before that, and is late, is billed as the pause wants it first.
    """
    collection = subscription.pause_collection
    if collection is None or collection.resumes_at is None or collection.resumes_at > tx.now:
        return
    bills = (
        subscription.period_end,
        subscription.cancel_at,
        subscription.next_pending_invoice_item_invoice,
    )
    if subscription.status in LIVE and any(_reached(at, collection.resumes_at - 1) for at in bills):
        return
    subscription.pause_collection = None


def expire_unpaid(tx: Tx, subscription: Subscription) -> None:
    """End a new subscription that was not paid for within its 23 hours, and drop its invoice."""
    subscription.private.expires_at = None
    invoice = tx.find(Invoice, subscription.latest_invoice)
    if subscription.status == "incomplete":
        expire(tx, subscription)
    if invoice is not None and invoice.status == "open":
        take_back(tx, invoice)


def expire_pending_update(tx: Tx, subscription: Subscription) -> None:
    """Give a waiting change up: its invoice was not paid in time."""
    change = subscription.private.pending_change
    invoice = tx.find(Invoice, change.invoice) if change is not None else None
    if invoice is not None and invoice.status == "open":
        discard_pending_update(tx, subscription)
    if subscription.pending_update is not None:
        drop_pending_update(tx, subscription)


def announce_renewal(tx: Tx, subscription: Subscription) -> None:
    """Say what the next renewal will bill, as things stand and as its schedule will change them."""
    subscription.private.upcoming_at = None
    at = subscription.period_end
    invoice = next_renewal(tx, subscription)
    if at is None or invoice is None:
        return
    subscription.private.told_of = at
    on_upcoming.tell(tx, subscription, invoice=invoice, at=at)
    document = msgspec.to_builtins(invoice)
    del document["id"]
    tx.emit_payload("invoice.upcoming", "invoice", subscription.id, document)


def next_renewal(tx: Tx, subscription: Subscription) -> Invoice | None:
    """Return what the end of the period will bill, as things stand; None where nothing comes."""
    if subscription.period_end is None:
        return None
    if subscription.schedule is None:
        return upcoming_renewal(tx, subscription, subscription.period_end)
    try:
        with tx.suppose():
            [next_of_schedule] = NEXT_OF_SCHEDULE
            # Taken up here, so that it is brought back although it may only be looked at outside.
            return next_of_schedule(tx, tx.get(Subscription, subscription.id), False)
    except NotFound:
        return None


def upcoming_renewal(
    tx: Tx, subscription: Subscription, at: int, *, sweeps: bool = True
) -> Invoice:
    """Return the invoice that the renewal at a moment will draft; nothing is kept.

    Without `sweeps` it leaves pending items out. Discounts may have run out by then.
    """
    with at_moment(tx, at):
        return upcoming(tx, subscription, plan_renewal(tx, subscription, at), sweeps=sweeps)


def upcoming(
    tx: Tx, subscription: Subscription, renewal: Renewal, *, sweeps: bool = True
) -> Invoice:
    """Return the invoice of a renewal that comes now, to be looked at; nothing is kept."""
    invoice = make_invoice(
        tx,
        subscription,
        renewal.lines,
        "upcoming",
        auto_advance=True,
        period=renewal.period,
        sweeps=sweeps,
        save=False,
    )
    invoice.webhooks_delivered_at = None
    invoice.automatically_finalizes_at = None
    return invoice


def invoice_pending_items(tx: Tx, subscription: Subscription) -> None:
    """Draft an invoice of the items that wait, between two renewals."""
    interval = subscription.pending_invoice_item_interval
    began = subscription.next_pending_invoice_item_invoice
    if interval is None or began is None:
        subscription.next_pending_invoice_item_invoice = None
        return
    # From where it was set: a short month must not move all that come after it.
    anchor = subscription.private.pending_from or began
    subscription.next_pending_invoice_item_invoice = next_boundary(
        began, anchor, interval.interval, interval.interval_count
    )
    customer, currency = subscription.customer, subscription.currency
    if not pending_items(tx, customer, currency, subscription=subscription.id):
        return
    invoice = make_invoice(
        tx, subscription, [], "automatic_pending_invoice_item_invoice",
        auto_advance=collects(subscription), period=(subscription.period_start, tx.now),
    )  # fmt: skip
    pause_collection(tx, subscription, invoice)


def bill_late_usage(tx: Tx, subscription: Subscription) -> None:
    """Draft an invoice of what came late of a subscription that has ended, if anything did."""
    subscription.private.late_at = None
    if tx.look(Customer, subscription.customer) is None:
        return
    lines = late_lines(tx, subscription, tx.now, keep=True)
    if lines:
        invoice = make_invoice(
            tx, subscription, lines, "subscription_cycle", auto_advance=collects(subscription),
            period=(subscription.period_start, tx.now), sweeps=False,
        )  # fmt: skip
        pause_collection(tx, subscription, invoice)


def _reached(moment: int | None, now: int) -> bool:
    return moment is not None and moment <= now

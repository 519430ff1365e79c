"""Announcement: a live draft waits until every endpoint has heard of it and had time to change it.

Its `invoice.created` event may be unanswered when the draft's time has come. The wait is counted
anew from the last answer, and ends after three days of silence.
"""

from typing import Any

from prorata.engine.invoices.seller import seller
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.rules import windows
from prorata.store.deliveries import Arrival, arrivals

ANNOUNCED = "invoice.created"


def holds_back(tx: Tx, invoice: Invoice) -> bool:
    """Return whether a draft has to wait on, and plan when it is looked at again."""
    arrival = tx.results.get(ANNOUNCED, {}).get(invoice.id)
    if arrival is None:
        return False
    until = _until(tx, invoice, arrival)
    if until > tx.now:
        invoice.private.held_until = until
        return True
    if not arrival.open:
        invoice.webhooks_delivered_at = arrival.answered_at
    return False


def prefetch_arrivals(uow: Any, invoices: list[Invoice]) -> None:
    """Load how far the announcements of live drafts have come, in one query."""
    drafts = {each.id: each.created for each in invoices if each.livemode and _waits(each)}
    if drafts:
        uow.results[ANNOUNCED] = arrivals(uow.connection, uow.book.key, ANNOUNCED, drafts)


def _waits(invoice: Invoice) -> bool:
    return invoice.status == "draft" and invoice.test_clock is None


def _until(tx: Tx, invoice: Invoice, arrival: Arrival) -> int:
    """Return until when a draft waits for endpoints, in seconds UTC."""
    wait = seller(tx).draft_seconds
    if not arrival.open:
        return (arrival.answered_at or invoice.created) + wait
    return min(tx.now + wait, invoice.created + windows.DRAFT_WEBHOOK_WAIT_SECONDS)

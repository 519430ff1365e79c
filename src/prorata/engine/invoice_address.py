"""Invoice address: how long an invoice's page is open, and how it is told to whoever asks.

An address has an end of its own. One that is told late carries a stamp that prolongs it.
"""

import msgspec
from msgspec import Struct

from prorata.engine import stamps
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import InvoiceStatusTransitions
from prorata.resources.billing.test_clock import TestClock
from prorata.rules import windows

PDF = "/pdf"
# How long an invoice's page is open after its due date, and after its finalization at most.
OPEN_SECONDS, OPEN_SECONDS_MAX = 30 * windows.DAY, 120 * windows.DAY


class Shown(Struct):
    """What of an invoice's stored form says how long its page is open; times are seconds UTC."""

    id: str = ""
    object: str = ""
    created: int = 0
    due_date: int | None = None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None
    status_transitions: InvoiceStatusTransitions = msgspec.field(
        default_factory=InvoiceStatusTransitions
    )
    test_clock: str | None = None


def told_address(tx: Tx, invoice: Invoice | Shown) -> str | None:
    """Return where an invoice is seen and paid, good for at least ten days; None for a draft.

    (Source: hosted invoice page.)
    """
    url = invoice.hosted_invoice_url
    if url is None:
        return None
    return stamps.told(tx, url, of=invoice.id, ends=_own_end(invoice), now=_time_of(tx, invoice))


def told_pdf(tx: Tx, invoice: Invoice | Shown) -> str | None:
    """Return where an invoice's PDF is, good for at least ten days; None for a draft."""
    url = told_address(tx, invoice)
    return None if url is None else f"{url}{PDF}"


def open_until(tx: Tx, invoice: Invoice, token: str) -> int:
    """Return when an address of an invoice's page closes, in seconds UTC."""
    # The events of an attempt tell the address as it is stored.
    attempt = invoice.private.last_attempt_at
    told = 0 if attempt is None else attempt + stamps.TOLD_SECONDS
    return max(_own_end(invoice), told, stamps.stamped_until(tx, token, of=invoice.id))


def _time_of(tx: Tx, invoice: Invoice | Shown) -> int:
    """Return what time it is for an invoice, also where others are read beside it."""
    if invoice.test_clock == tx.clock:
        return tx.now
    clock = tx.look(TestClock, invoice.test_clock)
    return tx.real_now if clock is None else clock.frozen_time


def _own_end(invoice: Invoice | Shown) -> int:
    """Return when an address without a stamp ends (source: hosted invoice page)."""
    begun = invoice.status_transitions.finalized_at or invoice.created
    last_day = max(begun, invoice.due_date or begun)
    return min(last_day + OPEN_SECONDS, begun + OPEN_SECONDS_MAX)

"""Invoice paid: what follows when nothing more is owed on an invoice."""

from prorata.engine.invoices.hooks import on_paid
from prorata.engine.invoices.ledger import post_recovered
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice


def mark_paid(tx: Tx, invoice: Invoice, *, by_payment: bool = True) -> None:
    """Make an invoice paid and tell everyone; an uncollectible one was recovered.

    by_payment: money came through a payment here, or nothing was due; False for out of band.
    """
    recovered = invoice.amount_remaining if invoice.status == "uncollectible" else 0
    if recovered:
        post_recovered(tx, invoice, recovered)
    invoice.status = "paid"
    invoice.status_transitions.paid_at = tx.now
    invoice.amount_remaining = 0
    stop_collection(invoice)
    tx.emit_last("invoice.paid", invoice)
    if by_payment:
        tx.emit_last("invoice.payment_succeeded", invoice)
    on_paid.tell(tx, invoice)


def stop_collection(invoice: Invoice) -> None:
    """Let an invoice advance no more by itself."""
    invoice.auto_advance = False
    invoice.automatically_finalizes_at = None
    invoice.next_payment_attempt = None
    invoice.private.trying = None
    invoice.private.overdue_action_at = None

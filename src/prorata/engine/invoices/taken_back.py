"""Taken back: an invoice that is given up together with what it was for."""

from prorata.engine.invoices.credit import create
from prorata.engine.invoices.given_back import charges_of, refunded_by, reported_of, uncounted
from prorata.engine.invoices.intent import end_reservation
from prorata.engine.invoices.loss import forgive, void
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote
from prorata.resources.billing.credit_note_params import CreditNoteCreateParams
from prorata.resources.billing.invoice import Invoice


def take_back(tx: Tx, invoice: Invoice) -> None:
    """Void an open invoice; one that was paid in part is credited in whole instead.

    What was paid stands on the customer's balance then: it must not be lost with what it was for.
    """
    end_reservation(tx, invoice)
    if not invoice.amount_paid:
        void(tx, invoice)
        return
    left = _left(tx, invoice)
    if left < invoice.amount_remaining or left <= 0:
        forgive(tx, invoice, "payment_not_received")
        return
    params = CreditNoteCreateParams(
        invoice=invoice.id,
        amount=left,
        credit_amount=left - invoice.amount_remaining,
        reason="order_change",
    )
    create(tx, params)


def _left(tx: Tx, invoice: Invoice) -> int:
    """Return what neither credit notes nor refunds have given back of an invoice; minor units."""
    notes = [each for each in tx.select(CreditNote, invoice=invoice.id) if each.status == "issued"]
    refunded: int = sum(
        each.amount_refunded + each.private.refunding for each in charges_of(tx, invoice)
    )
    refunded -= sum(refunded_by(note) for note in notes)
    reported = sum(uncounted(record) for record in reported_of(tx, invoice))
    credited = sum(note.total for note in notes)
    return invoice.total - credited - max(0, refunded) - reported

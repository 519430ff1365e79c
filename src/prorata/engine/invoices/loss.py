"""Invoice loss: an invoice that will not be paid, voided or given up as uncollectible."""

from prorata.engine.customers.balance import adjust_balance
from prorata.engine.invoices.hooks import on_uncollectible, on_voided
from prorata.engine.invoices.intent import cancel_payments, end_reservation
from prorata.engine.invoices.paid import stop_collection
from prorata.engine.invoices.taken_off import post_lost
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import (
    InvoiceStatusDetails,
    InvoiceUncollectible,
    UncollectibleReason,
)
from prorata.resources.core.customer import Customer
from prorata.rules import accounts

NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


def void(tx: Tx, invoice: Invoice) -> Invoice:
    """Undo an open invoice: nothing is owed, and the balance it used is given back.

    Its payments are canceled. Raises InvalidRequest unless it is open and nothing was paid on it.
    """
    if invoice.status == "paid":
        raise InvalidRequest("Invoices with `paid` payments cannot be voided.")
    if invoice.status != "open":
        raise InvalidRequest(NOT_OPEN)
    end_reservation(tx, invoice)
    if invoice.amount_paid:
        raise InvalidRequest("Invoices with `paid` payments cannot be voided.")
    cancel_payments(tx, invoice, "void_invoice")
    post_lost(tx, invoice, invoice.total - credited_before_payment(invoice),
              accounts.VOIDS, "voided")  # fmt: skip
    _return_balance(tx, invoice)
    invoice.status = "void"
    invoice.status_transitions.voided_at = tx.now
    stop_collection(invoice)
    tx.sequence("voided")
    tx.emit("invoice.voided", invoice)
    on_voided.tell(tx, invoice)
    return invoice


def forgive(tx: Tx, invoice: Invoice, reason: UncollectibleReason) -> Invoice:
    """Give an open invoice up; it may still be paid. Raises InvalidRequest unless it is open."""
    if invoice.status == "uncollectible":
        raise InvalidRequest("This invoice has already been marked uncollectible.")
    if invoice.status != "open":
        raise InvalidRequest(NOT_OPEN)
    post_lost(tx, invoice, invoice.amount_remaining, accounts.BAD_DEBT, "uncollectible")
    invoice.status = "uncollectible"
    invoice.status_details = InvoiceStatusDetails(uncollectible=InvoiceUncollectible(reason=reason))
    invoice.status_transitions.marked_uncollectible_at = tx.now
    stop_collection(invoice)
    tx.emit("invoice.marked_uncollectible", invoice)
    on_uncollectible.tell(tx, invoice)
    return invoice


def drop(tx: Tx, invoice: Invoice, reason: UncollectibleReason) -> None:
    """Void an open invoice; one that was paid in part is given up for the reason instead.

    What is nobody's request does not fail for want of an invoice that can be voided.
    """
    if invoice.amount_paid:
        forgive(tx, invoice, reason)
    else:
        void(tx, invoice)


def credited_before_payment(invoice: Invoice) -> int:
    """Return what credit notes have taken off an unpaid invoice already, in minor units."""
    return invoice.pre_payment_credit_notes_amount


def _return_balance(tx: Tx, invoice: Invoice) -> None:
    """Give back what finalization did to the customer's balance."""
    changed = (invoice.ending_balance or 0) - invoice.starting_balance
    if changed:
        customer = tx.get_even_deleted(Customer, invoice.customer or "")
        adjust_balance(
            tx,
            customer,
            -changed,
            "unapplied_from_invoice",
            invoice.currency,
            invoice=invoice.id,
        )

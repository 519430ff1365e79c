"""Delinquency: whether a customer's latest news about money was bad."""

from typing import Any

from prorata.engine.invoices.hooks import on_overdue, on_paid, on_payment_failed, on_uncollectible
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer


@on_payment_failed
def payment_failed(tx: Tx, invoice: Invoice, *, final: bool = False, **_: Any) -> None:
    """An automatic payment that failed makes its customer delinquent."""
    if invoice.auto_advance is True or final:
        _mark(tx, invoice, True)


@on_overdue
def invoice_overdue(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """A due date that passed makes the invoice's customer delinquent."""
    _mark(tx, invoice, True)


@on_paid
@on_uncollectible
def invoice_settled(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """Paying any invoice, or writing it off, ends that."""
    _mark(tx, invoice, False)


def _mark(tx: Tx, invoice: Invoice, delinquent: bool) -> None:
    seen = tx.look(Customer, invoice.customer)
    if seen is not None and seen.delinquent != delinquent:
        tx.get(Customer, seen.id).delinquent = delinquent

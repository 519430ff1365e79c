"""At once: what failed before is tried as soon as there is something better to pay with."""

from prorata.engine.invoices.attempt import attempt_payment, is_being_paid
from prorata.engine.invoices.recovery import has_new_method, note_at_once
from prorata.engine.invoices.seller import seller
from prorata.engine.payments.charge_hooks import on_renewed
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.payment_method import PaymentMethod


def method_given(tx: Tx, customer: str | None) -> None:
    """Try a customer's failed invoices when this step ends, if the account has chosen that.

    Without that, and always as the default, they wait for the next turn of their schedule.
    """
    if customer is not None and seller(tx).settings.retry_new_method_at_once:
        tx.at_end(f"invoices of {customer}", lambda: _try_failed(tx, customer))


@on_renewed
def method_renewed(tx: Tx, method: PaymentMethod) -> None:
    """A card was updated: what it could not pay, it may pay now."""
    method_given(tx, method.customer)


def _try_failed(tx: Tx, customer: str) -> None:
    for invoice in tx.select(Invoice, oldest_first=True, customer=customer, status="open"):
        if _waits_for_retry(tx, invoice) and has_new_method(tx, invoice):
            note_at_once(tx, invoice)
            attempt_payment(tx, invoice, automatic=True)


def _waits_for_retry(tx: Tx, invoice: Invoice) -> bool:
    """Return whether an invoice has failed, no payment of it is on its way, and a retry will be."""
    if is_being_paid(tx, invoice):
        return False
    return (
        invoice.auto_advance is True
        and invoice.next_payment_attempt is not None
        and invoice.private.retries > 0
        and invoice.private.trying is None
    )

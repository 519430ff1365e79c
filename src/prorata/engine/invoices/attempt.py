"""Attempt: an open invoice's payment is tried, by the schedule or because someone asked."""

from prorata.engine.invoices.intent import default_intent, method_for, open_payment
from prorata.engine.invoices.payment import attempt_failed
from prorata.engine.payments.collect import Turn, collect
from prorata.engine.payments.confirm import let_go
from prorata.engine.payments.method_details import cash_method
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import OnDecline, PaymentAttempt
from prorata.resources.payments.payment_intent import ENDED


def attempt_payment(
    tx: Tx,
    invoice: Invoice,
    *,
    automatic: bool,
    off_session: bool = True,
    on_decline: OnDecline = "keep",
    payment_method: str | None = None,
) -> PaymentAttempt | None:
    """Try the default payment with the method given, or the one that is the invoice's turn.

    Nothing is charged before the transaction has been committed. Without any method the attempt
    has failed at once, and None is returned. Raises InvalidRequest while a payment is on its way.
    """
    intent = default_intent(tx, invoice)
    if intent is None or intent.status in ENDED:
        intent = open_payment(tx, invoice)
    if intent.status == "processing":
        raise InvalidRequest("A payment on this invoice is already being processed.")
    if intent.status == "requires_capture":
        raise InvalidRequest(
            f"The money for this invoice is reserved already: capture {intent.id}."
        )
    method = payment_method or method_for(tx, invoice)
    invoice.private.trying = "automatic" if automatic else "manual"
    invoice.private.counted = False
    invoice.private.last_attempt_at = tx.now
    invoice.private.first_attempt_at = invoice.private.first_attempt_at or tx.now
    if method is None and CASH in intent.payment_method_types:
        method = cash_method(tx, owner=invoice.customer).id
    if method is None:
        attempt_failed(tx, invoice, decline_code=None, payment_method=None)
        return None
    let_go(tx, intent)
    intent.amount = invoice.amount_remaining
    intent.payment_method = method
    return collect(
        tx,
        intent,
        off_session=off_session,
        on_decline=on_decline,
        turn=_turn(invoice) if automatic and tx.request is None else None,
    )


def _turn(invoice: Invoice) -> Turn:
    """Return the next turn of an invoice that time charges; a renewal has it by its period."""
    private = invoice.private
    private.turns += 1
    return Turn(private.period_key or invoice.id, private.turns, invoice.period_end)


def wait_for_outcome(tx: Tx, invoice: Invoice) -> bool:
    """Put a due retry off while another payment of the invoice is on its way; else return False.

    Its outcome plans the next one, or makes this one due again.
    """
    if not is_being_paid(tx, invoice):
        return False
    invoice.private.trying = invoice.private.trying or "manual"
    invoice.private.last_attempt_at = tx.now
    return True


def is_being_paid(tx: Tx, invoice: Invoice) -> bool:
    """Return whether a payment of an invoice is on its way, or its money is reserved."""
    intent = default_intent(tx, invoice)
    if intent is None:
        return False
    return intent.private.asking or intent.status in ("processing", "requires_capture")

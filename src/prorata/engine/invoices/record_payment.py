"""Record payment: a payment that was made elsewhere pays some or all of an invoice."""

from prorata.engine.invoices.given_back import count_given
from prorata.engine.invoices.intent import adjust_default_payment
from prorata.engine.invoices.ledger import post_outside
from prorata.engine.invoices.payment import receive
from prorata.engine.invoices.taken_off import post_taken_back
from prorata.engine.payments.report_payment import on_outcome, on_refunded
from prorata.model.errors import InvalidRequest
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_payment import (
    InvoicePayment,
    InvoicePaymentPayment,
    InvoicePaymentStatusTransitions,
)
from prorata.resources.payments.payment_record import (
    PaymentRecord,
    ReportedRefund,
    customer_of,
)
from prorata.rules import accounts


def attach_record(tx: Tx, invoice: Invoice, id: str) -> None:
    """Let a reported payment pay an invoice: at once if it is guaranteed, else when it is.

    Raises InvalidRequest for a payment that cannot pay the invoice.
    """
    record = tx.get(PaymentRecord, id, param="payment_record")
    _check(invoice, record)
    record.private.invoice = invoice.id
    payment = tx.add(
        InvoicePayment(
            id=tx.new_id(InvoicePayment, owner=invoice.customer),
            amount_requested=record.amount_requested.value,
            created=tx.now,
            currency=invoice.currency,
            invoice=invoice.id,
            is_default=False,
            livemode=invoice.livemode,
            payment=InvoicePaymentPayment(payment_record=record.id, type="payment_record"),
            status_transitions=InvoicePaymentStatusTransitions(),
        )
    )
    if record.private.state == "guaranteed":
        _credit(tx, invoice, record, payment)


@on_outcome
def outcome_reported(tx: Tx, record: PaymentRecord) -> None:
    """Credit the invoice that a payment was attached to, once its money is certain."""
    if record.private.invoice is None or record.private.state != "guaranteed":
        return
    [payment] = tx.select(InvoicePayment, payment_record=record.id, limit=1)
    _credit(tx, tx.get(Invoice, record.private.invoice), record, payment)


@on_refunded
def refund_reported(
    tx: Tx, record: PaymentRecord, refund: ReportedRefund | None, amount: int
) -> None:
    """Post to the ledger that money of an invoice's payment was given back elsewhere.

    What a credit note gave back out of band before is posted already.
    """
    if not record.private.credited:
        return
    invoice = tx.get(Invoice, record.private.invoice or "")
    amount -= count_given(tx, invoice, record, refund, amount)
    if amount:
        post_taken_back(tx, invoice, amount, accounts.REFUNDS, "refunded out of band")
        post_outside(tx, invoice, -amount)


def _credit(tx: Tx, invoice: Invoice, record: PaymentRecord, payment: InvoicePayment) -> None:
    amount = record.amount_guaranteed.value
    record.private.credited = True
    payment.status = "paid"
    payment.amount_paid = amount
    payment.status_transitions.paid_at = tx.now
    post_outside(tx, invoice, amount)
    invoice.amount_paid_off_stripe = value_or(invoice.amount_paid_off_stripe, 0) + amount
    receive(tx, invoice, amount, by_payment=False)
    adjust_default_payment(tx, invoice)
    tx.emit("invoice_payment.paid", payment)


def _check(invoice: Invoice, record: PaymentRecord) -> None:
    """Raise InvalidRequest for a reported payment that cannot pay an invoice."""
    problem = None
    if record.private.state in ("failed", "canceled"):
        problem = f"is {record.private.state}"
    elif record.private.invoice is not None:
        problem = "is already attached to an invoice"
    elif record.amount.currency != invoice.currency:
        problem = f"is in `{record.amount.currency}` and the invoice in `{invoice.currency}`"
    elif customer_of(record) not in (None, invoice.customer):
        problem = "belongs to another customer"
    elif record.amount_refunded.value:
        problem = "was refunded"
    if problem is not None:
        raise InvalidRequest(f"The PaymentRecord {record.id} {problem}.", param="payment_record")

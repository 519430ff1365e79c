"""Attach payment: a payment that an invoice did not ask for pays some or all of it."""

from prorata.engine.invoices.intent import add_payment, adjust_default_payment
from prorata.engine.invoices.ledger import post_payment_counted
from prorata.engine.invoices.pay import ASKS_FOR_NOTHING
from prorata.engine.invoices.payment import receive
from prorata.engine.invoices.record_payment import attach_record
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_params import InvoiceAttachPaymentParams
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules import accounts


@operation("POST /v1/invoices/{id}/attach_payment")
def attach_payment(
    tx: Tx, invoice: Invoice, params: InvoiceAttachPaymentParams
) -> Invoice:
    """Let a payment pay an open invoice: at once if it succeeded, else when it does.

    It is an intent, or the record of a payment that was made elsewhere. Several payments may share
    an invoice; what they pay too much goes to the customer's balance.
    Raises InvalidRequest for an invoice that is not open or asks for nothing, or a payment that
    cannot pay it.
    """
    if given(params.payment_intent) and given(params.payment_record):
        raise InvalidRequest(
            "You may only specify one of these parameters: payment_intent, payment_record.",
            param="payment_intent",
        )
    if not given(params.payment_intent) and not given(params.payment_record):
        raise InvalidRequest(
            "One of the following params should be provided for this request: payment_intent or"
            " payment_record.",
            code="parameter_missing",
        )
    if invoice.status not in ("open", "uncollectible"):
        raise InvalidRequest(
            f"You can only attach payments to open invoices; {invoice.id} is {invoice.status}."
        )
    if invoice.status == "uncollectible" and invoice.amount_remaining == 0:
        raise InvalidRequest(ASKS_FOR_NOTHING)
    # Whoever voids it, or pays it otherwise, does so before or after this.
    tx.rely_on(invoice)
    if given(params.payment_record):
        attach_record(tx, invoice, params.payment_record)
        return invoice
    intent = tx.get(PaymentIntent, value_or(params.payment_intent, ""), param="payment_intent")
    charge = tx.find(Charge, intent.latest_charge)
    _check(tx, invoice, intent, charge)
    payment = add_payment(tx, invoice, intent, amount=intent.amount, is_default=False)
    intent.private.invoice = invoice.id
    if intent.status != "succeeded":
        if charge is not None:
            # It is reserved or on its way: once it comes it settles what is owed, as does what has
            # been captured of it by now.
            if intent.amount_received:
                account = charge.private.account
                post_payment_counted(tx, invoice, intent.amount_received, account)
            charge.private.account = accounts.RECEIVABLE
        return invoice
    payment.status = "paid"
    payment.amount_paid = intent.amount_received
    payment.status_transitions.paid_at = tx.now
    if charge is not None:
        post_payment_counted(tx, invoice, intent.amount_received, charge.private.account)
    receive(tx, invoice, intent.amount_received)
    adjust_default_payment(tx, invoice)
    tx.emit("invoice_payment.paid", payment)
    return invoice


def _check(tx: Tx, invoice: Invoice, intent: PaymentIntent, charge: Charge | None) -> None:
    if intent.status == "canceled":
        raise InvalidRequest(
            f"The PaymentIntent {intent.id} is canceled and can't pay an invoice.",
            param="payment_intent",
        )
    if intent.private.invoice or tx.select(InvoicePayment, payment_intent=intent.id, limit=1):
        raise InvalidRequest(
            f"The PaymentIntent {intent.id} is already attached to an invoice.",
            param="payment_intent",
        )
    if intent.currency != invoice.currency:
        raise InvalidRequest(
            f"The PaymentIntent is in `{intent.currency}` and the invoice in"
            f" `{invoice.currency}`.",
            param="payment_intent",
        )
    if intent.customer not in (None, invoice.customer):
        raise InvalidRequest(
            f"The PaymentIntent {intent.id} belongs to another customer.", param="payment_intent"
        )
    if charge is not None and charge.amount_refunded + charge.private.refunding:
        raise InvalidRequest(
            f"The PaymentIntent {intent.id} was refunded.", param="payment_intent"
        )

"""Of an invoice: what its payment asks for is the invoice's to say."""

from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.payments.payment_intent import PaymentIntent, unexpected_state


def refuse_default_payment(tx: Tx, intent: PaymentIntent) -> None:
    """Raise InvalidRequest for canceling an invoice's default payment: the invoice is voided."""
    if tx.select(InvoicePayment, payment_intent=intent.id, is_default=True, limit=1):
        raise unexpected_state(
            intent,
            "You cannot cancel this PaymentIntent because it pays an invoice. Void the invoice"
            " instead."
        )


def follow_amount(tx: Tx, intent: PaymentIntent, amount: int, currency: str) -> None:
    """Let an attached payment pay another part of its invoice; raise for its default payment.

    amount: in minor units of `currency`. No payment of an invoice has another currency.
    """
    for payment in tx.select(InvoicePayment, payment_intent=intent.id, limit=1):
        if payment.is_default or currency != intent.currency:
            what = "currency" if currency != intent.currency else "amount"
            raise unexpected_state(
                intent,
                f"You cannot update the {what} of this PaymentIntent because it pays the invoice"
                f" {payment.invoice}, which says what it is.",
                what,
            )
        payment.amount_requested = amount

"""Of an invoice: what its payment asks for is the invoice's to say, and is taken at once."""

from typing import Any

from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given
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


def refuse_reserving(tx: Tx, intent: PaymentIntent, params: Any) -> None:
    """Raise InvalidRequest for an invoice's default payment that would only be reserved."""
    card: Any = getattr(params.payment_method_options, "card", None)
    if params.capture_method == "manual":
        named = "capture_method"
    elif given(getattr(card, "capture_method", UNSET)):
        named = "payment_method_options[card][capture_method]"
    else:
        return
    if tx.select(InvoicePayment, payment_intent=intent.id, is_default=True, limit=1):
        raise InvalidRequest(
            "This PaymentIntent pays an invoice, so it is captured at once: leave out"
            f" `{named}`. To reserve the money first, attach a PaymentIntent of your own to the"
            " invoice.",
            param=named,
        )

"""Intent hooks: how an invoice hears of what became of its payment.

Payments know nothing of invoices; the one call upwards goes through here and is bound late, since
the verbs of invoices import those of payments.
"""

from collections.abc import Iterable

from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent import PaymentIntent


def intent_succeeded(tx: Tx, intent: PaymentIntent, charge: Charge | None) -> None:
    """Tell the invoice of an intent that its money has come."""
    if intent.private.invoice is not None:
        from prorata.engine.invoices import payment as invoice_payment

        invoice_payment.intent_succeeded(tx, intent, charge)


def intent_failed(
    tx: Tx, intent: PaymentIntent, charge: Charge | None, error: PaymentError
) -> None:
    """Tell the invoice of an intent that an attempt was declined."""
    if intent.private.invoice is not None:
        from prorata.engine.invoices import payment as invoice_payment

        invoice_payment.intent_failed(tx, intent, charge, error)


def intent_requires_action(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that the payer must act."""
    if intent.private.invoice is not None:
        from prorata.engine.invoices import payment as invoice_payment

        invoice_payment.intent_requires_action(tx, intent)


def intent_processing(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that a delayed debit is on its way."""
    if intent.private.invoice is not None:
        from prorata.engine.invoices import payment as invoice_payment

        invoice_payment.intent_processing(tx, intent)


def intent_canceled(tx: Tx, intent: PaymentIntent) -> None:
    """Tell the invoice of an intent that it will never be paid by it."""
    if intent.private.invoice is not None:
        from prorata.engine.invoices import payment as invoice_payment

        invoice_payment.intent_canceled(tx, intent)


def prefetch_invoices(tx: Tx, intents: Iterable[PaymentIntent]) -> None:
    """Load all that telling the invoices of these intents will read."""
    told = [intent for intent in intents if intent.private.invoice is not None]
    if told:
        from prorata.engine.invoices import payment as invoice_payment

        prefetch = getattr(invoice_payment, "prefetch", None)
        if prefetch is not None:
            prefetch(tx, told)

"""Invoice intent: the payment that an invoice asks for, and with which method it is tried."""

import msgspec

from prorata.engine.payments.bank_transfer import default_transfer
from prorata.engine.payments.captured import lapse
from prorata.engine.payments.charged import release
from prorata.engine.payments.collect import refuse_while_asking
from prorata.engine.payments.confirm import change_amount
from prorata.engine.payments.payment_intents import cancel_intent
from prorata.model.errors import LockTimeout
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.invoice_payment import (
    InvoicePayment,
    InvoicePaymentPayment,
    InvoicePaymentStatusTransitions,
)
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import (
    CONFIRMABLE,
    ENDED,
    PaymentIntent,
    new_intent,
)
from prorata.resources.payments.payment_intent_shape import CancellationReason
from prorata.resources.payments.payment_method_options import FinancialConnections


def open_payment(tx: Tx, invoice: Invoice) -> PaymentIntent:
    """Add the invoice's default payment, for all that remains; nothing is attempted yet."""
    charged = invoice.collection_method == "charge_automatically"
    types = invoice.payment_settings.payment_method_types
    intent = new_intent(
        tx,
        amount=invoice.amount_remaining,
        currency=invoice.currency,
        customer=invoice.customer,
        types=None if types is None else list(types),
        payment_method=method_for(tx, invoice) if charged else None,
        setup_future_usage="off_session" if subscription_of(invoice) else None,
        description=describe(invoice),
        statement_descriptor=invoice.statement_descriptor,
        invoice=invoice.id,
    )
    _say_funding(invoice, intent)
    _say_options(invoice, intent)
    invoice.private.payment_intent = intent.id
    add_payment(tx, invoice, intent, amount=invoice.amount_remaining, is_default=True)
    return intent


def _say_funding(invoice: Invoice, intent: PaymentIntent) -> None:
    """Write how money for an invoice is sent, if a bank transfer may pay it."""
    options = intent.payment_method_options
    if CASH not in intent.payment_method_types or options is None:
        return
    said = invoice.payment_settings.payment_method_options
    known = said.customer_balance if said is not None else None
    funding = default_transfer(invoice.currency)
    if known is not None and known.bank_transfer and funding.bank_transfer:
        euro = known.bank_transfer.eu_bank_transfer
        if euro and funding.bank_transfer.eu_bank_transfer:
            funding.bank_transfer.eu_bank_transfer.country = euro.country
    options.customer_balance = funding


def _say_options(invoice: Invoice, intent: PaymentIntent) -> None:
    """Write what the invoice's settings ask of a challenge and of a bank account's check."""
    said, options = invoice.payment_settings.payment_method_options, intent.payment_method_options
    if said is None or options is None:
        return
    if said.card is not None and said.card.request_three_d_secure and given(options.card):
        options.card.request_three_d_secure = said.card.request_three_d_secure
    bank, known = said.us_bank_account, options.us_bank_account
    if bank is None or not given(known):
        return
    if given(bank.verification_method):
        known.verification_method = bank.verification_method
    if given(bank.financial_connections):
        known.financial_connections = msgspec.convert(
            msgspec.to_builtins(bank.financial_connections), FinancialConnections
        )


def add_payment(
    tx: Tx, invoice: Invoice, intent: PaymentIntent, *, amount: int, is_default: bool
) -> InvoicePayment:
    """Note that an intent pays some of an invoice; amount in minor units."""
    return tx.add(
        InvoicePayment(
            id=tx.new_id(InvoicePayment, owner=invoice.customer),
            amount_requested=amount,
            created=tx.now,
            currency=invoice.currency,
            invoice=invoice.id,
            is_default=is_default,
            livemode=invoice.livemode,
            payment=InvoicePaymentPayment(payment_intent=intent.id, type="payment_intent"),
            status_transitions=InvoicePaymentStatusTransitions(),
        )
    )


def describe(invoice: Invoice) -> str:
    """Return what a payment of an invoice is called."""
    if subscription_of(invoice) is None:
        return "Payment for Invoice"
    if invoice.billing_reason == "subscription_create":
        return "Subscription creation"
    return "Subscription update"


def method_for(tx: Tx, invoice: Invoice) -> str | None:
    """Return the id of the method that pays an invoice, None when there is none."""
    own = invoice.default_payment_method or invoice.default_source
    if own is not None:
        return own
    customer = tx.look(Customer, invoice.customer)
    if customer is None:
        # It was deleted, and its methods with it.
        return None
    return method_of(customer, tx.look(Subscription, subscription_of(invoice)))


def method_of(customer: Customer, subscription: Subscription | None = None) -> str | None:
    """Return the first of the four places that name a method: it shadows those behind it."""
    if subscription is not None:
        own = subscription.default_payment_method or subscription.default_source
        if own is not None:
            return own
    return customer.invoice_settings.default_payment_method or customer.default_source


def default_intent(tx: Tx, invoice: Invoice) -> PaymentIntent | None:
    """Return the intent of an invoice's default payment."""
    return tx.find(PaymentIntent, invoice.private.payment_intent)


def refuse_while_undoable(tx: Tx, invoice: Invoice | None) -> None:
    """Raise LockTimeout while an invoice may yet be as if it never was: its payment decides that.

    What is built on it until then would stay, and belong to nothing.
    """
    intent = None if invoice is None else default_intent(tx, invoice)
    attempt = None if intent is None else tx.look(PaymentAttempt, intent.private.attempt)
    if attempt is not None and attempt.on_decline == "undo" and attempt.state == "pending":
        raise LockTimeout()


def refuse_while_charged(tx: Tx, invoice: Invoice) -> None:
    """Raise LockTimeout while an invoice is being charged; not for an outcome that is long unknown.

    What is decided about it meanwhile would take it for unpaid, or its outcome for a later one.
    """
    intent = default_intent(tx, invoice)
    if intent is not None and intent.status != "processing":
        refuse_while_asking(intent)


def refuse_while_unmade(tx: Tx, subscription: Subscription) -> None:
    """Raise LockTimeout while a subscription may yet be as if it never was."""
    if subscription.status == "incomplete":
        refuse_while_undoable(tx, tx.look(Invoice, subscription.latest_invoice))


def adjust_default_payment(tx: Tx, invoice: Invoice) -> None:
    """Let the default payment ask for what remains; cancel it when nothing does."""
    if invoice.amount_remaining == 0:
        cancel_payments(tx, invoice, "automatic")
        return
    intent = default_intent(tx, invoice)
    if intent is None or intent.status not in CONFIRMABLE:
        return
    if intent.private.asking:
        # The old amount is on its way to the network; what is too much of it is kept for later.
        if tx.request is not None:
            raise LockTimeout()
        return
    if intent.amount != invoice.amount_remaining:
        change_amount(tx, intent, invoice.amount_remaining)
    for payment in tx.select(InvoicePayment, invoice=invoice.id, status="open", is_default=True):
        payment.amount_requested = invoice.amount_remaining


def end_reservation(tx: Tx, invoice: Invoice) -> None:
    """Let what was captured in part of the default payment pay its part; the rest is let go."""
    intent = default_intent(tx, invoice)
    if intent is None or intent.status != "requires_capture" or not intent.amount_received:
        return
    if intent.private.asking:
        # More of it is being captured.
        raise LockTimeout()
    intent.private.capture_before = None
    release(tx, tx.get(PaymentAttempt, intent.private.attempt or ""), owner=intent.customer)
    lapse(tx, intent, tx.get(Charge, intent.latest_charge or ""))


def cancel_payments(tx: Tx, invoice: Invoice, reason: CancellationReason) -> None:
    """Cancel what would still pay an invoice; a debit that is on its way can't be stopped.

    What was captured in part stays, as the customer's balance where nothing is owed any more.
    """
    end_reservation(tx, invoice)
    intent = default_intent(tx, invoice)
    if intent is not None and intent.status not in (*ENDED, "processing"):
        cancel_intent(tx, intent, reason)
    for payment in tx.select(InvoicePayment, invoice=invoice.id, status="open"):
        payment.status = "canceled"
        payment.status_transitions.canceled_at = tx.now

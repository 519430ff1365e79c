"""Invoice payment: what becomes of an invoice when a payment on it comes to something."""

from collections.abc import Iterable
from typing import Any

from prorata.engine.customers.balance import adjust_balance
from prorata.engine.invoices.hooks import on_payment_failed, on_processing
from prorata.engine.invoices.intent import adjust_default_payment, cancel_payments
from prorata.engine.invoices.ledger import post_recovered
from prorata.engine.invoices.loss import forgive
from prorata.engine.invoices.paid import mark_paid
from prorata.engine.invoices.recovery import (
    learn,
    note_failure,
    note_skipped,
    note_success,
    plan_next,
)
from prorata.engine.invoices.seller import seller
from prorata.engine.invoices.taken_off import post_taken_back
from prorata.engine.payments import intent_hooks
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, InvoicePrivate, subscription_of
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod

OWED = ("open", "uncollectible")


def payment_of(tx: Tx, intent: PaymentIntent) -> InvoicePayment | None:
    """Return which payment on an invoice an intent is."""
    found = tx.select(InvoicePayment, payment_intent=intent.id, limit=1)
    return found[0] if found else None


@intent_hooks.on_succeeded
def intent_succeeded(tx: Tx, intent: PaymentIntent, charge: Charge | None) -> None:
    """Credit an invoice with a payment that succeeded; the invoice is paid when it covers all."""
    payment = payment_of(tx, intent)
    if payment is None:
        return
    invoice = tx.get(Invoice, payment.invoice)
    payment.status = "paid"
    payment.amount_paid = intent.amount_received
    payment.status_transitions.paid_at = tx.now
    if payment.is_default:
        note_success(tx, invoice, intent.payment_method)
        _end_attempt(invoice)
    receive(tx, invoice, intent.amount_received)
    if not payment.is_default:
        adjust_default_payment(tx, invoice)
    tx.emit_last("invoice_payment.paid", payment)


def receive(tx: Tx, invoice: Invoice, amount: int, *, by_payment: bool = True) -> None:
    """Credit an invoice with money received (minor units); what is too much goes to the balance.

    by_payment: whether the money came through a payment here.
    """
    used = min(amount, invoice.amount_remaining) if invoice.status in OWED else 0
    if invoice.status == "uncollectible" and used:
        post_recovered(tx, invoice, used)
    invoice.amount_paid += used
    invoice.amount_remaining -= used
    if amount > used:
        invoice.amount_overpaid += amount - used
        customer = tx.get_even_deleted(Customer, invoice.customer or "")
        adjust_balance(
            tx, customer, used - amount, "invoice_overpaid", invoice.currency, invoice=invoice.id
        )
        tx.emit("invoice.overpaid", invoice)
    if invoice.status in OWED and invoice.amount_remaining == 0:
        mark_paid(tx, invoice, by_payment=by_payment)


@intent_hooks.on_failed
def intent_failed(
    tx: Tx, intent: PaymentIntent, charge: Charge | None, error: PaymentError
) -> None:
    """Count a declined attempt and plan the next one, if the account's schedule has one."""
    payment = payment_of(tx, intent)
    if payment is None or not payment.is_default:
        return
    invoice = tx.get(Invoice, payment.invoice)
    if invoice.status in OWED:
        code = error.code if error.decline_code is UNSET else error.decline_code
        if charge is not None and charge.outcome is not None and charge.outcome.type == "blocked":
            code = charge.outcome.reason or code
        attempt_failed(
            tx,
            invoice,
            decline_code=None if code is UNSET else code,
            payment_method=None if error.payment_method is UNSET else error.payment_method,
        )
    _follow_invoice(tx, invoice)


def _follow_invoice(tx: Tx, invoice: Invoice) -> None:
    """Let a default payment that is open again ask for what its invoice asks for by now.

    While its outcome was unknown nobody could cancel it or change its amount.
    """
    if invoice.status in OWED:
        adjust_default_payment(tx, invoice)
    else:
        cancel_payments(tx, invoice, "void_invoice" if invoice.status == "void" else "automatic")


def attempt_failed(
    tx: Tx, invoice: Invoice, *, decline_code: str | None, payment_method: PaymentMethod | None
) -> None:
    """Note that an attempt failed: by a decline, or for want of a payment method."""
    private, planned = invoice.private, invoice.next_payment_attempt
    automatic = private.trying == "automatic"
    learn(tx, invoice, None if payment_method is None else payment_method.id, won=False)
    private.decline_code = decline_code
    _note_method(private, payment_method)
    private.last_attempt_at = tx.now
    private.first_attempt_at = private.first_attempt_at or tx.now
    _end_attempt(invoice)
    if automatic or private.retries == 0:
        private.retries += 1
    note_failure(tx, invoice, plan_next(tx, invoice), automatic=automatic)
    tx.emit_last("invoice.payment_failed", invoice)
    if decline_code == "authentication_required":
        tx.emit_last("invoice.payment_action_required", invoice)
    _tell_failed(tx, invoice, planned, final=automatic and _exhausted(invoice))


def _note_method(private: InvoicePrivate, method: PaymentMethod | None) -> None:
    """Note which method failed, and how often in a row when it is a bank account."""
    id = None if method is None else method.id
    debits = private.failed_debits if id == private.failed_payment_method else 0
    private.failed_debits = 0 if method is None or method.type == "card" else debits + 1
    private.failed_payment_method = id
    private.met_method = private.met_method or method is not None


def skip_retry(tx: Tx, invoice: Invoice) -> None:
    """Use a slot of the retry schedule up without an attempt."""
    planned = invoice.next_payment_attempt
    invoice.private.retries += 1
    invoice.private.last_attempt_at = tx.now
    note_skipped(tx, invoice, plan_next(tx, invoice))
    if _exhausted(invoice):
        _tell_failed(tx, invoice, planned, final=True)


def _tell_failed(tx: Tx, invoice: Invoice, planned: int | None, *, final: bool) -> None:
    """Say that an attempt failed; planned: the next attempt as it stood before."""
    on_payment_failed.tell(tx, invoice, planned=planned, final=final, action=False)
    if final and invoice.status == "open" and seller(tx).marks_uncollectible:
        forgive(tx, invoice, "max_payment_attempts")


def _exhausted(invoice: Invoice) -> bool:
    """Return whether an invoice that was to be retried will not be any more.

    Where no attempt ever had a method nothing was retried: it stays owed, and past due.
    """
    return (
        invoice.auto_advance is True
        and invoice.next_payment_attempt is None
        and invoice.private.met_method
    )


@intent_hooks.on_requires_action
def intent_requires_action(tx: Tx, intent: PaymentIntent) -> None:
    """Note that the customer must act before the payment can go on; it is not counted yet."""
    payment = payment_of(tx, intent)
    if payment is None or not payment.is_default:
        return
    invoice = tx.get(Invoice, payment.invoice)
    if invoice.status in OWED:
        planned = invoice.next_payment_attempt
        invoice.attempted = True
        invoice.next_payment_attempt = None
        tx.emit_last("invoice.payment_action_required", invoice)
        tx.emit_last("invoice.payment_failed", invoice)
        on_payment_failed.tell(tx, invoice, planned=planned, final=False, action=True)
    _follow_invoice(tx, invoice)


@intent_hooks.on_processing
def intent_processing(tx: Tx, intent: PaymentIntent) -> None:
    """Note that a delayed debit is on its way."""
    payment = payment_of(tx, intent)
    if payment is None or not payment.is_default:
        return
    invoice = tx.get(Invoice, payment.invoice)
    planned = invoice.next_payment_attempt
    _count_attempt(invoice)
    invoice.next_payment_attempt = None
    on_processing.tell(tx, invoice, planned=planned)


@intent_hooks.on_canceled
def intent_canceled(tx: Tx, intent: PaymentIntent) -> None:
    """Note that a payment on an invoice will never be made."""
    payment = payment_of(tx, intent)
    if payment is None:
        return
    if payment.is_default:
        # Retries that waited for it go on.
        tx.get(Invoice, payment.invoice).private.trying = None
    if payment.status == "open":
        payment.status = "canceled"
        payment.status_transitions.canceled_at = tx.now


@intent_hooks.on_given_back
def intent_given_back(
    tx: Tx, intent: PaymentIntent, amount: int, contra: str, memo: str
) -> bool:
    """Take money that left for the payer off the invoice that it paid, if that was for anything."""
    invoice = tx.find(Invoice, intent.private.invoice)
    if invoice is None or invoice.total <= 0:
        return False
    post_taken_back(tx, invoice, amount, contra, memo)
    return True


def _count_attempt(invoice: Invoice) -> None:
    """Count the attempt under way once: the first of any kind, then the automatic ones alone."""
    invoice.attempted = True
    private = invoice.private
    if not private.counted and (invoice.attempt_count == 0 or private.trying == "automatic"):
        invoice.attempt_count += 1
    private.counted = True


def _end_attempt(invoice: Invoice) -> None:
    """Note that the attempt under way has come to its end."""
    _count_attempt(invoice)
    invoice.private.trying = None
    invoice.private.counted = False


@intent_hooks.prefetches
def prefetch(uow: Any, intents: Iterable[PaymentIntent]) -> None:
    """Load what telling the invoices of these intents will read, in four queries."""
    intents = list(intents)
    uow.prefetch(InvoicePayment, "payment_intent", [each.id for each in intents])
    found = uow.load(Invoice, [each.private.invoice for each in intents])
    uow.fetch(Customer, [each.customer for each in found.values()])
    uow.fetch(Subscription, [subscription_of(each) for each in found.values()])

"""Cash: the money that customers sent by bank transfer, and the payments it is used for."""

from typing import Any

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.bank_transfer import ask_for_transfer
from prorata.engine.payments.charged import (
    ACTION_REFUSED,
    fail_intent,
    settle_succeeded,
    wait_longer,
)
from prorata.engine.payments.intent_hooks import intent_requires_action
from prorata.engine.payments.method_details import cash_method
from prorata.gateways.outcomes import Declined, Succeeded
from prorata.model.errors import APIError
from prorata.model.transaction import Tx
from prorata.resources.billing.cash_balance import (
    CashBalanceTransaction,
    CashMove,
    CashOfPayment,
)
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent, transfer_of
from prorata.resources.payments.payment_method import PaymentMethod


def move_cash(
    tx: Tx, customer: Customer, currency: str, amount: int, type: CashMove, **details: Any
) -> CashBalanceTransaction:
    """Change a customer's cash by an amount (minor units, negative takes) and say so."""
    cash = customer.private.cash
    cash[currency] = cash.get(currency, 0) + amount
    assert cash[currency] >= 0, f"{customer.id} has the cash that is taken"
    return tx.add(
        CashBalanceTransaction(
            id=tx.new_id(CashBalanceTransaction, customer.id),
            created=tx.now,
            currency=currency,
            customer=customer.id,
            ending_balance=cash[currency],
            livemode=tx.book.livemode,
            net_amount=amount,
            type=type,
            **details,
        )
    )


def is_automatic(customer: Customer) -> bool:
    """Return whether a customer's cash is used for its payments without being asked."""
    mode: str | None = customer.private.reconciliation_mode
    return mode != "manual"


def missing_of(intent: PaymentIntent) -> int:
    """Return what is still to be paid of an intent, in minor units."""
    funded: int = intent.private.funded
    return intent.amount - funded


def apply_cash_payment(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Pay an intent from its customer's cash, or let it wait for what is missing."""
    intent = tx.get(PaymentIntent, attempt.payment_intent or "")
    customer = tx.get_even_deleted(Customer, intent.customer or "")
    # What comes meanwhile looks for payments that wait for it, and has to see this one.
    tx.rely_on(customer)
    attempt.settle_after = None
    if answer.accounts is None:
        wait_longer(tx, attempt)
        intent.status = "processing"
        return None
    intent.private.asking = False
    amount = usable_cash(intent, customer) if is_automatic(customer) else 0
    if amount < missing_of(intent) and intent.private.confirmation.error_on_requires_action:
        attempt.state = "declined"
        method = tx.get(PaymentMethod, attempt.payment_method or "")
        refusal = Declined(
            code="authentication_required",
            message=ACTION_REFUSED,
            decline_code="authentication_required",
        )
        return fail_intent(tx, attempt, intent, method, None, refusal)
    attempt.state = "requires_action"
    ask_for_transfer(tx, intent, answer.accounts)
    if amount < missing_of(intent):
        tx.emit("payment_intent.requires_action", intent)
        intent_requires_action(tx, intent)
    if amount:
        use_cash(tx, intent, customer, amount)
    return None


def usable_cash(intent: PaymentIntent, customer: Customer) -> int:
    """Return how much of a customer's cash an intent can take now; invoices take all or nothing."""
    missing = missing_of(intent)
    amount = min(customer.private.cash.get(intent.currency, 0), missing)
    return 0 if intent.private.invoice is not None and amount < missing else amount


def use_cash(tx: Tx, intent: PaymentIntent, customer: Customer, amount: int) -> None:
    """Take an amount (minor units) of a customer's cash for an intent, which may pay it off."""
    applied = CashOfPayment(payment_intent=intent.id)
    move_cash(
        tx, customer, intent.currency, -amount, "applied_to_payment", applied_to_payment=applied
    )
    intent.private.funded += amount
    if missing_of(intent):
        show_missing(intent)
        tx.emit("payment_intent.partially_funded", intent)
        return
    attempt = tx.find(PaymentAttempt, intent.private.attempt)
    if attempt is not None and attempt.ask == "cash":
        attempt.state = "succeeded"
    method = tx.find(PaymentMethod, intent.payment_method)
    if method is None or method.type != CASH:
        method = cash_method(tx, owner=customer.id)
        intent.payment_method = method.id
    outcome = Succeeded("", captured=intent.amount, risk_level="not_assessed")
    settle_succeeded(tx, intent, method, outcome, Answer(outcome))


def show_missing(intent: PaymentIntent) -> None:
    """Let the instructions of an intent say what is still missing of it."""
    instructions = transfer_of(intent)
    if instructions is not None:
        instructions.amount_remaining = missing_of(intent)


def return_cash(tx: Tx, intent: PaymentIntent) -> None:
    """Give cash that paid a part of an intent back to its customer's cash balance."""
    amount = intent.private.funded
    if not amount:
        return
    intent.private.funded = 0
    move_cash(
        tx,
        tx.get_even_deleted(Customer, intent.customer or ""),
        intent.currency,
        amount,
        "unapplied_from_payment",
        unapplied_from_payment=CashOfPayment(payment_intent=intent.id),
    )

"""Apply cash: a seller decides which payment a customer's cash is used for."""

from prorata.engine.payments.bank_transfer import ask_for_transfer
from prorata.engine.payments.cash import missing_of, use_cash
from prorata.engine.payments.collect import refuse_while_asking
from prorata.model.errors import InvalidRequest
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import (
    CONFIRMABLE,
    PaymentIntent,
    transfer_of,
    unexpected_state,
)
from prorata.resources.payments.payment_intent_params import ApplyCustomerBalanceParams
from prorata.rules.currency import format_amount


def apply_cash_by_hand(tx: Tx, intent: PaymentIntent, params: ApplyCustomerBalanceParams) -> None:
    """Use a customer's cash for an intent that waits for a transfer, or for an invoice's intent.

    Raises InvalidRequest for an intent that does not wait, for another currency, and for more than
    is missing or there is.
    """
    refuse_while_asking(intent)
    of_invoice = intent.private.invoice is not None and CASH in intent.payment_method_types
    waits = transfer_of(intent) is not None or (of_invoice and intent.status in CONFIRMABLE)
    if not waits or intent.customer is None:
        raise unexpected_state(
            intent,
            "The customer's cash balance cannot be applied to this PaymentIntent: it has a status"
            f" of {intent.status} and does not wait for a bank transfer."
        )
    if given(params.currency) and params.currency.lower() != intent.currency:
        raise InvalidRequest(
            f"The currency ({params.currency}) is not that of the PaymentIntent"
            f" ({intent.currency}).",
            param="currency",
        )
    customer = tx.get(Customer, intent.customer)
    missing = missing_of(intent)
    amount = missing if of_invoice else value_or(params.amount, missing)
    _check_amount(amount, missing, customer.private.cash.get(intent.currency, 0), intent.currency)
    if transfer_of(intent) is None:
        ask_for_transfer(tx, intent)
    use_cash(tx, intent, customer, amount)


def _check_amount(amount: int, missing: int, available: int, currency: str) -> None:
    problem = None
    if amount <= 0:
        raise InvalidRequest(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    if amount > missing:
        problem = f"the PaymentIntent still needs {format_amount(missing, currency)} only"
    elif amount > available:
        problem = f"the customer's cash balance has {format_amount(available, currency)} available"
    if problem is not None:
        raise InvalidRequest(
            f"{format_amount(amount, currency)} cannot be applied: {problem}.", param="amount"
        )

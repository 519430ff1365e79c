"""Balance: every change of a customer's balance, with its transaction and its ledger entries."""

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import merge_metadata, value_or
from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.customer_balance_transaction import (
    BalanceTransactionCreateParams,
    BalanceTransactionType,
    CustomerBalanceTransaction,
)
from prorata.resources.core.customer import Customer, balance_in, set_balance
from prorata.resources.products.steps import check_step
from prorata.rules.accounts import CUSTOMER_BALANCE, CUSTOMER_BALANCE_ADJUSTMENTS, RECEIVABLE
from prorata.rules.currency import is_currency

# Given or taken by hand; every other type moves what an invoice is owed.
BY_HAND = frozenset({"adjustment", "initial", "migration", "unspent_receiver_credit"})


def adjust_balance(
    tx: Tx,
    customer: Customer,
    amount: int,
    type: BalanceTransactionType,
    currency: str,
    invoice: str | None = None,
    credit_note: str | None = None,
    description: str | None = None,
    metadata: Metadata | None = None,
) -> CustomerBalanceTransaction:
    """Change a customer's balance by an amount and return the transaction that says so.

    amount: minor units; negative gives the customer credit, positive takes credit or adds debt.
    Posts to the ledger: what an invoice gives or takes goes through `receivable`, so whoever
    finalizes, credits or voids the invoice posts the invoice's own amounts and not these again.
    """
    ending = balance_in(customer, currency) + amount
    set_balance(customer, currency, ending)
    transaction = CustomerBalanceTransaction(
        id=tx.new_id(CustomerBalanceTransaction, customer.id),
        amount=amount,
        created=tx.now,
        credit_note=credit_note,
        currency=currency,
        customer=customer.id,
        description=description,
        ending_balance=ending,
        invoice=invoice,
        livemode=tx.book.livemode,
        metadata=dict(metadata or {}),
        type=type,
    )
    tx.add(transaction)
    counter = CUSTOMER_BALANCE_ADJUSTMENTS if type in BY_HAND else RECEIVABLE
    tx.post(
        Posting(CUSTOMER_BALANCE, amount),
        Posting(counter, -amount),
        document=transaction,
        customer=customer.id,
        currency=currency,
        memo=type,
    )
    return transaction


@operation("POST /v1/customers/{id}/balance_transactions")
def create(
    tx: Tx, customer: Customer, params: BalanceTransactionCreateParams
) -> CustomerBalanceTransaction:
    """Adjust a customer's balance by hand; the first currency used becomes the customer's."""
    if not is_currency(params.currency):
        raise InvalidRequest(f"Invalid currency: {params.currency}.", param="currency")
    if params.amount == 0:
        raise InvalidRequest("The amount must not be 0.", param="amount")
    check_step(params.amount, params.currency, "amount")
    return adjust_balance(
        tx,
        customer,
        params.amount,
        "adjustment",
        params.currency,
        description=value_or(params.description, None),
        metadata=merge_metadata(None, params.metadata),
    )

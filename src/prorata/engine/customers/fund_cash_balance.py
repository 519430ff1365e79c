"""Fund a cash balance: a bank transfer from a customer is played, in test mode."""

import msgspec

from prorata.engine.customers.reconcile import reconcile
from prorata.engine.payments.cash import is_automatic, move_cash
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import value_or
from prorata.resources.billing.cash_balance import (
    CashBalanceTransaction,
    CashFunded,
    EuBankTransfer,
    FundCashBalanceParams,
    FundedBankTransfer,
    GbBankTransfer,
    JpBankTransfer,
    UsBankTransfer,
    cash_balance_of,
)
from prorata.resources.core.customer import Customer
from prorata.resources.payments.bank_transfer import TRANSFER_OF
from prorata.rules.currency import is_currency
from prorata.store.unit_of_work import UnitOfWork


@operation("POST /v1/test_helpers/customers/{id}/fund_cash_balance")
def fund(
    tx: UnitOfWork, customer: Customer, params: FundCashBalanceParams
) -> CashBalanceTransaction:
    """Play a bank transfer from a customer, in test mode; amount in minor units.

    What waits for it is paid at once, unless the customer's cash is reconciled by hand.
    """
    if tx.book.livemode:
        raise InvalidRequest("Cash balances can be funded by this call in test mode only.")
    if params.currency not in TRANSFER_OF:
        known = is_currency(params.currency)
        fault = "cannot be sent by bank transfer" if known else "is not a currency"
        raise InvalidRequest(f"Invalid currency: {params.currency} {fault}.", param="currency")
    reference = value_or(params.reference, None)
    transaction = move_cash(
        tx,
        customer,
        params.currency,
        params.amount,
        "funded",
        funded=CashFunded(bank_transfer=_transfer(params.currency, reference)),
    )
    if is_automatic(customer):
        reconcile(tx, customer, params.currency, reference)
    if customer.private.cash[params.currency]:
        available = msgspec.to_builtins(cash_balance_of(customer))
        tx.emit_payload("cash_balance.funds_available", "cash_balance", customer.id, available)
    return transaction


def _transfer(currency: str, reference: str | None) -> FundedBankTransfer:
    type = TRANSFER_OF[currency]
    transfer = FundedBankTransfer(reference=reference, type=type)
    details = {"usd": UsBankTransfer(network="ach"), "gbp": GbBankTransfer(),
               "jpy": JpBankTransfer(), "eur": EuBankTransfer()}.get(currency)  # fmt: skip
    if details is not None:
        setattr(transfer, type, details)
    return transfer

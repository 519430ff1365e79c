"""Fund a cash balance: a bank transfer from a customer is played, in test mode."""

import msgspec

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
    TransferType,
    UsBankTransfer,
    cash_balance_of,
)
from prorata.resources.core.customer import Customer
from prorata.rules.currency import is_currency
from prorata.store.unit_of_work import UnitOfWork

TRANSFERS: dict[str, TransferType] = {
             "usd": "us_bank_transfer", "gbp": "gb_bank_transfer", "jpy": "jp_bank_transfer",
             "mxn": "mx_bank_transfer", "eur": "eu_bank_transfer"}  # fmt: skip


@operation("POST /v1/test_helpers/customers/{id}/fund_cash_balance")
def fund(
    tx: UnitOfWork, customer: Customer, params: FundCashBalanceParams
) -> CashBalanceTransaction:
    """Play a bank transfer from a customer, in test mode; amount in minor units."""
    if tx.book.livemode:
        raise InvalidRequest("Cash balances can be funded by this call in test mode only.")
    if params.currency not in TRANSFERS:
        known = is_currency(params.currency)
        fault = "cannot be sent by bank transfer" if known else "is not a currency"
        raise InvalidRequest(f"Invalid currency: {params.currency} {fault}.", param="currency")
    cash = customer.private.cash
    cash[params.currency] = cash.get(params.currency, 0) + params.amount
    type = TRANSFERS[params.currency]
    transfer = FundedBankTransfer(reference=value_or(params.reference, None), type=type)
    details = {"usd": UsBankTransfer(network="ach"), "gbp": GbBankTransfer(),
               "jpy": JpBankTransfer(), "eur": EuBankTransfer()}.get(params.currency)  # fmt: skip
    if details is not None:
        setattr(transfer, type, details)
    transaction = CashBalanceTransaction(
        id=tx.new_id(CashBalanceTransaction, customer.id),
        created=tx.now,
        currency=params.currency,
        customer=customer.id,
        ending_balance=cash[params.currency],
        funded=CashFunded(bank_transfer=transfer),
        livemode=tx.book.livemode,
        net_amount=params.amount,
        type="funded",
    )
    tx.add(transaction)
    available = msgspec.to_builtins(cash_balance_of(customer))
    tx.emit_payload("cash_balance.funds_available", "cash_balance", customer.id, available)
    return transaction

"""Funds: the money held for the seller, and the moment from which it can be used."""

from collections import Counter
from typing import Any

import msgspec

from prorata.engine.due import handles, prefetches
from prorata.model.operation import operation
from prorata.model.transaction import Tx
from prorata.resources.payments.balance import Balance, BalanceAmount, SourceTypes
from prorata.resources.payments.balance_transaction import BalanceTransaction
from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork

# Shown before anything was ever earned.
DEFAULT_CURRENCY = "usd"
# Where a unit of work notes what its batch makes available, until it is told once.
_BATCH = "funds_available"


@operation("GET /v1/balance")
def retrieve(tx: Tx) -> Balance:
    """Return what is available and what is still pending, one amount for each currency."""
    return balance_of(tx)


def balance_of(
    tx: Tx,
    released: "Counter[str] | None" = None,
    received: "Counter[str] | None" = None,
) -> Balance:
    """Return the balance with what is not written yet, in minor units by currency.

    `released` is no longer pending; `received` is new and can be used at once.
    """
    # Summing up is the database's work; a transaction that is not a unit of work has none.
    assert isinstance(tx, UnitOfWork), "the balance is read from the store"
    rows = tx.connection.query(
        "SELECT currency, status, SUM(net) FROM"
        f" {table_name('balance_transaction')} WHERE book = ? AND deleted = 0"
        " GROUP BY currency, status",
        (tx.book.key,),
    )
    sums = Counter({(currency, status): int(total) for currency, status, total in rows})
    for currency, amount in (released or {}).items():
        sums[currency, "available"] += amount
        sums[currency, "pending"] -= amount
    for currency, amount in (received or {}).items():
        sums[currency, "available"] += amount
    currencies = sorted({currency for currency, _ in sums} or {DEFAULT_CURRENCY})
    return Balance(
        available=[_amount(sums[each, "available"], each) for each in currencies],
        livemode=tx.book.livemode,
        pending=[_amount(sums[each, "pending"], each) for each in currencies],
    )


def _amount(total: int, currency: str) -> BalanceAmount:
    return BalanceAmount(amount=total, currency=currency, source_types=SourceTypes(card=total))


@prefetches("balance_transaction")
def note_released(tx: Tx, transactions: list[BalanceTransaction]) -> None:
    """Add up what a batch of movements makes available."""
    released: Counter[str] = Counter()
    for transaction in transactions:
        released[transaction.currency] += transaction.net
    tx.results[_BATCH] = released


@handles("balance_transaction")
def advance_balance_transaction(tx: Tx, transaction: BalanceTransaction) -> None:
    """Let the money of a movement be used from now on; a batch tells so once.

    The balance is the seller's: what happens on a customer's test clock is not told of it.
    """
    transaction.status = "available"
    released = tx.results.pop(_BATCH, None)
    if released is not None and tx.clock is None:
        _tell(tx, balance_of(tx, released))


def tell_received(tx: Tx, transaction: BalanceTransaction) -> None:
    """Tell of money that can be used at the moment it is received."""
    if transaction.status == "available" and tx.clock is None:
        received = Counter({transaction.currency: transaction.net})
        _tell(tx, balance_of(tx, received=received))


def _tell(tx: Tx, balance: Balance) -> None:
    shown: dict[str, Any] = msgspec.to_builtins(balance)
    tx.emit_payload("balance.available", "balance", "balance", shown)

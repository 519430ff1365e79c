"""Funds: money that was pending becomes available."""

from prorata.engine.due import handles
from prorata.model.transaction import Tx
from prorata.resources.payments.balance_transaction import BalanceTransaction


@handles("balance_transaction")
def advance_balance_transaction(tx: Tx, transaction: BalanceTransaction) -> None:
    """Let the money of a movement be used from now on."""
    transaction.status = "available"

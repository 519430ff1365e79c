"""Balance transactions: each movement of the money held for the seller, with its fees."""

from typing import Literal

from msgspec import Struct

from prorata.model.resource import Resource, column, matches, resource, within
from prorata.resources.references import BalanceTransactionSourceRef

BalanceTransactionType = Literal[
    "adjustment", "charge", "payment", "payment_failure_refund", "payment_refund", "refund",
    "refund_failure", "stripe_fee",
]  # fmt: skip
FundsStatus = Literal["available", "pending"]


class FeeDetail(Struct, kw_only=True):
    amount: int
    application: str | None = None
    currency: str
    description: str | None = None
    type: str


def due(transaction: "BalanceTransaction") -> int | None:
    """Return when pending money can be used."""
    return transaction.available_on if transaction.status == "pending" else None


class BalanceTransactionPrivate(Struct, kw_only=True):
    """customer: whose bucket and clock the transaction shares."""

    customer: str | None = None


@resource(
    prefix="txn",
    path="/v1/balance_transactions",
    columns=(
        column("source", index=True),
        column("type"),
        column("currency"),
        column("status"),
        column("net", type="integer"),
        column("payout", lambda transaction: None),
    ),
    filters=(
        within("created"),
        matches("currency"),
        matches("payout"),
        matches("source"),
        matches("type"),
    ),
    due=due,
    owner=lambda transaction: transaction.private.customer,
    missing_name="balance transaction",
)
class BalanceTransaction(Resource, tag="balance_transaction", kw_only=True):
    """A movement of the account's own balance: gross, fee and net in minor units."""

    amount: int
    available_on: int
    balance_type: Literal["issuing", "payments"] = "payments"
    created: int
    currency: str
    description: str | None = None
    exchange_rate: float | None = None
    fee: int
    fee_details: list[FeeDetail]
    net: int
    reporting_category: str
    source: BalanceTransactionSourceRef | None = None
    status: FundsStatus
    type: BalanceTransactionType

    Private = BalanceTransactionPrivate

"""Refunds: money of a charge that goes back to the payer."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, assign
from prorata.model.resource import BY_PREFIX, Resource, column, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.references import (
    BalanceTransactionRef,
    ChargeRef,
    CustomerRef,
    PaymentIntentRef,
    PaymentMethodRef,
    TransferReversalRef,
)

RefundReason = Literal[
    "duplicate", "expired_uncaptured_charge", "fraudulent", "requested_by_customer"
]
RefundStatus = Literal["canceled", "failed", "pending", "requires_action", "succeeded"]


class CardDestination(Struct, kw_only=True):
    reference: str | UnsetType = UNSET
    reference_status: str | UnsetType = UNSET
    reference_type: str | UnsetType = UNSET
    type: Literal["pending", "refund", "reversal"]


class BankDestination(Struct, kw_only=True):
    reference: str | None = None
    reference_status: str | None = None


class CashDestination(Struct, kw_only=True):
    pass


class DestinationDetails(Struct, kw_only=True):
    """Where the money goes."""

    card: CardDestination | UnsetType = UNSET
    customer_cash_balance: CashDestination | UnsetType = UNSET
    eu_bank_transfer: BankDestination | UnsetType = UNSET
    gb_bank_transfer: BankDestination | UnsetType = UNSET
    jp_bank_transfer: BankDestination | UnsetType = UNSET
    mx_bank_transfer: BankDestination | UnsetType = UNSET
    type: str
    us_bank_transfer: BankDestination | UnsetType = UNSET


class RefundPrivate(Struct, kw_only=True):
    """What the wire does not show.

    attempt: the payment attempt that asked for it; asking: its gateway has not answered yet.
    settles_at: when a change is still to come. account: the ledger account that it is posted
    against. credit_note: the credit note that made the refund. counted: what credit notes have
    counted of one that was made before them, in minor units.
    """

    attempt: str | None = None
    asking: bool = False
    settles_at: int | None = None
    account: str = "refunds"
    credit_note: str | None = None
    counted: int = 0


def due(refund: "Refund") -> int | None:
    """Return when a change of the refund is to come."""
    private: RefundPrivate = refund.private
    return private.settles_at


@resource(
    prefix="re",
    path="/v1/refunds",
    columns=(
        column("customer"),
        column("charge", index=True),
        column("payment_intent", index=True),
        column("status"),
    ),
    filters=(matches("charge"), within("created"), matches("payment_intent")),
    events=("created", "updated"),
    due=due,
)
class Refund(Resource, tag="refund", kw_only=True):
    """Money of a charge that goes back."""

    amount: int
    balance_transaction: BalanceTransactionRef | None = None
    charge: ChargeRef | None = None
    created: int
    currency: str
    customer: CustomerRef | None = None
    customer_account: str | None = None
    destination_details: DestinationDetails | UnsetType = UNSET
    failure_balance_transaction: BalanceTransactionRef | UnsetType = UNSET
    failure_reason: str | UnsetType = UNSET
    instructions_email: str | UnsetType = UNSET
    metadata: Metadata = {}
    payment_intent: PaymentIntentRef | None = None
    payment_method: PaymentMethodRef | None = None
    pending_reason: Literal["charge_pending", "insufficient_funds", "processing"] | UnsetType = (
        UNSET
    )
    reason: RefundReason | None = None
    receipt_number: str | None = None
    source_transfer_reversal: TransferReversalRef | None = None
    status: RefundStatus
    transfer_reversal: TransferReversalRef | None = None

    Private = RefundPrivate


class RefundUpdateParams(Params):
    metadata: Metadata | UnsetType | None = UNSET


@operation("POST /v1/refunds/{id}")
def update(tx: Tx, refund: Refund, params: RefundUpdateParams) -> Refund:
    """Change the metadata of a refund."""
    before = dict(refund.metadata)
    assign(refund, params)
    if refund.metadata != before:
        # The older name of the event, which webhooks still wait for.
        changed = {
            key: before.get(key)
            for key in (*before, *refund.metadata)
            if before.get(key) != refund.metadata.get(key)
        }
        tx.emit("charge.refund.updated", refund, {"metadata": changed})
    return refund


# Refunds of other methods than cards are named like their payments.
BY_PREFIX.setdefault("pyr", "refund")

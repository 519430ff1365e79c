"""Charges: each attempt to move money, whether it did or not."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, refuse_unsupported
from prorata.model.resource import BY_PREFIX, Resource, column, include, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge_shape import (
    ChargeFraudDetails,
    ChargeMethodDetails,
    ChargeOutcome,
    ChargeTransferData,
)
from prorata.resources.payments.legacy_source import Source
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent_params import ShippingParams
from prorata.resources.payments.payment_intent_shape import PaymentShipping
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.refund import Refund
from prorata.resources.references import (
    AccountRef,
    ApplicationFeeRef,
    ApplicationRef,
    BalanceTransactionRef,
    CustomerRef,
    PaymentIntentRef,
    ReviewRef,
    TransferRef,
)

ChargeStatus = Literal["failed", "pending", "succeeded"]


class ChargePrivate(Struct, kw_only=True):
    """What the wire does not show.

    reference: the name of the charge at the gateway of this name. account: the ledger account that
    the payment settled. refunding: what is asked back at this moment, in minor units. let_go: what
    was reserved and never taken, in minor units; where it is older than this, a refund of that.
    capturing: a gateway is being asked to capture it. incremental, multicapture: its reservation
    may be raised, or taken in parts. receipt: what opens the page of its receipt.
    """

    reference: str | None = None
    gateway: str | None = None
    account: str = "receivable"
    refunding: int = 0
    let_go: int = 0
    capturing: bool = False
    incremental: bool = False
    multicapture: bool = False
    receipt: str | None = None


def due(charge: "Charge") -> int | None:
    """Return when a reservation that no intent made lapses; an intent's does with its intent."""
    details = charge.payment_method_details
    if charge.payment_intent is not None or charge.captured or details is None:
        return None
    private: ChargePrivate = charge.private
    if private.capturing or not unrefunded(charge):
        # One that is being captured does not lapse under the gateway's answer.
        return None
    if details.card is UNSET or details.card.capture_before is UNSET:
        return None
    return details.card.capture_before


@resource(
    prefix="ch",
    path="/v1/charges",
    operations=("retrieve", "list", "search"),
    columns=(
        column("customer", index=True),
        column("payment_intent", index=True),
        column("status"),
        column("currency"),
        column("amount", type="integer"),
        column("transfer_group"),
    ),
    filters=(
        within("created"),
        matches("customer"),
        matches("payment_intent"),
        matches("transfer_group"),
    ),
    search={
        "amount": "number",
        "billing_details.address.postal_code": "token",
        "created": "number",
        "currency": "token",
        "customer": "token",
        "disputed": "token",
        "metadata": "token",
        "payment_method_details.bacs_debit.fingerprint": "token",
        "payment_method_details.bacs_debit.last4": "token",
        "payment_method_details.card.brand": "token",
        "payment_method_details.card.exp_month": "number",
        "payment_method_details.card.exp_year": "number",
        "payment_method_details.card.fingerprint": "token",
        "payment_method_details.card.last4": "token",
        "payment_method_details.sepa_debit.fingerprint": "token",
        "payment_method_details.sepa_debit.last4": "token",
        "payment_method_details.us_bank_account.fingerprint": "token",
        "payment_method_details.us_bank_account.last4": "token",
        "refunded": "token",
        "status": "token",
    },
    terms={"disputed": ("false",), "refunded": ("false",), "status": ("pending", "succeeded")},
    events=("updated",),
    due=due,
)
class Charge(Resource, tag="charge", kw_only=True):
    """One attempt to take money, and what became of it. Amounts in minor units."""

    amount: int
    amount_captured: int = 0
    amount_refunded: int = 0
    application: ApplicationRef | None = None
    application_fee: ApplicationFeeRef | None = None
    application_fee_amount: int | None = None
    balance_transaction: BalanceTransactionRef | None = None
    billing_details: BillingDetails
    calculated_statement_descriptor: str | None = None
    captured: bool = False
    created: int
    currency: str
    customer: CustomerRef | None = None
    description: str | None = None
    disputed: bool = False
    failure_balance_transaction: BalanceTransactionRef | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: ChargeFraudDetails | None = None
    livemode: bool
    metadata: Metadata = {}
    on_behalf_of: AccountRef | None = None
    outcome: ChargeOutcome | None = None
    paid: bool
    payment_intent: PaymentIntentRef | None = None
    payment_method: str | None = None
    payment_method_details: ChargeMethodDetails | None = None
    receipt_email: str | None = None
    receipt_number: str | None = None
    receipt_url: str | None = None
    refunded: bool = False
    review: ReviewRef | None = None
    shipping: PaymentShipping | None = None
    source: Source | None = None
    source_transfer: TransferRef | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: ChargeStatus
    transfer: TransferRef | UnsetType = UNSET
    transfer_data: ChargeTransferData | None = None
    transfer_group: str | None = None

    Private = ChargePrivate


# Who is told that a receipt is wanted at another address.
RECEIPT_ASKED: list[Callable[[Tx, Charge], None]] = []


class FraudDetailsParams(Params):
    user_report: Literal["fraudulent", "safe"] | None


class ChargeUpdateParams(Params):
    customer: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    fraud_details: FraudDetailsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    receipt_email: str | UnsetType | None = UNSET
    shipping: ShippingParams | UnsetType = UNSET
    transfer_group: str | UnsetType = UNSET


@operation("POST /v1/charges/{id}")
def update(tx: Tx, charge: Charge, params: ChargeUpdateParams) -> Charge:
    """Change what is noted on a charge; its money is never changed here."""
    refuse_unsupported(params, "transfer_group")
    if given(params.customer):
        if charge.customer is not None:
            raise InvalidRequest("This charge already has a customer.", param="customer")
        charge.customer = tx.get(Customer, params.customer, param="customer").id
    former = charge.receipt_email
    assign(charge, params, "description", "metadata", "receipt_email")
    if charge.receipt_email not in (None, former) and charge.amount_captured:
        for tell in RECEIPT_ASKED:
            tell(tx, charge)
    if isinstance(params.fraud_details, FraudDetailsParams):
        report = params.fraud_details.user_report
        charge.fraud_details = ChargeFraudDetails(user_report=report or UNSET)
    if isinstance(params.shipping, ShippingParams):
        charge.shipping = shipping_of(params.shipping)
    return charge


@include("charge", "refunds")
def refunds(reader: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Return the list of a charge's refunds, newest first."""
    found = reader.select(Refund, charge=document["id"])
    return {
        "object": "list",
        "data": [reader.load_plain("refund", [each.id])[each.id] for each in found[:10]],
        "has_more": len(found) > 10,
        "url": f"/v1/charges/{document['id']}/refunds",
    }


def unrefunded(charge: Charge) -> int:
    """Return what no refund has taken of a charge yet, decided ones included; minor units."""
    private: ChargePrivate = charge.private
    return charge.amount - private.let_go - charge.amount_refunded - private.refunding


def is_refunded(charge: Charge) -> bool:
    """Return whether all that was taken of a charge went back."""
    private: ChargePrivate = charge.private
    back = charge.amount_refunded
    return back > 0 and back == charge.amount - private.let_go


def paid_from_cash(charge: Charge) -> bool:
    """Return whether a charge took money that its customer had sent before."""
    details = charge.payment_method_details
    return details is not None and details.type == CASH


def shipping_of(params: ShippingParams) -> PaymentShipping:
    """Return shipping details as documents hold them."""
    return PaymentShipping(
        address=params.address,
        carrier=params.carrier or None,
        name=params.name,
        phone=params.phone or None,
        tracking_number=params.tracking_number or None,
    )


# Charges of other methods than cards are payments by name, and the same kind of object.
BY_PREFIX.setdefault("py", "charge")

"""Disputes: a payer asks the bank for the money back, and the seller may answer."""

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource, within
from prorata.resources.payments.balance_transaction import BalanceTransaction
from prorata.resources.payments.dispute_evidence import DisputeEvidence, DisputeEvidenceParams
from prorata.resources.references import ChargeRef, PaymentIntentRef

DisputeStatus = Literal[
    "lost", "needs_response", "under_review", "warning_closed", "warning_needs_response",
    "warning_under_review", "won",
]  # fmt: skip
ANSWERABLE = ("needs_response", "warning_needs_response")
CLOSED = ("lost", "warning_closed", "won")
SubmissionMethod = Literal["manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"]


class FeeEligibility(Struct, kw_only=True):
    status: Literal["fee_acknowledged", "requires_fee_acknowledgement"]


class CompellingEligibility(Struct, kw_only=True):
    required_actions: list[str] = []
    status: Literal["not_qualified", "qualified", "requires_action"]


class EnhancedEligibility(Struct, kw_only=True):
    mastercard_compliance: FeeEligibility | UnsetType = UNSET
    visa_compelling_evidence_3: CompellingEligibility | UnsetType = UNSET
    visa_compliance: FeeEligibility | UnsetType = UNSET


class EvidenceDetails(Struct, kw_only=True):
    due_by: int | None = None
    enhanced_eligibility: EnhancedEligibility = msgspec.field(default_factory=EnhancedEligibility)
    has_evidence: bool = False
    past_due: bool = False
    submission_count: int = 0
    submission_method: Literal["manual", "not_submitted", "smart_disputes"] = "not_submitted"


class DisputeCard(Struct, kw_only=True):
    brand: str
    case_type: Literal["block", "chargeback", "compliance", "inquiry", "resolution"]
    network: str
    network_reason_code: str | None = None


class DisputeMethodDetails(Struct, kw_only=True):
    card: DisputeCard | UnsetType = UNSET
    type: Literal["amazon_pay", "card", "klarna", "paypal"]


class DisputePrivate(Struct, kw_only=True):
    """What the wire does not show.

    reference: the gateway's name of the dispute; charge_reference: of its charge. customer: whose
    bucket and clock it shares. withdrawn: the money was taken from the balance. asking: the
    gateway is being asked at this moment. fee: what the network charges, in minor units. refunded:
    what of the charge was given back, or on its way, when the network took its money.
    """

    reference: str = ""
    charge_reference: str = ""
    customer: str | None = None
    withdrawn: bool = False
    asking: bool = False
    fee: int = 0
    refunded: int = 0


def due(dispute: "Dispute") -> int | None:
    """Return when a dispute without an answer is decided: after its last day."""
    details = dispute.evidence_details
    asked = dispute.private.asking or details.past_due
    if dispute.status not in ANSWERABLE or details.due_by is None or asked:
        return None
    return details.due_by + 1


@resource(
    prefix="dp",
    path="/v1/disputes",
    columns=(
        column("charge", index=True),
        column("payment_intent", index=True),
        column("status"),
    ),
    filters=(matches("charge"), within("created"), matches("payment_intent")),
    event="charge.dispute",
    events=("updated",),
    due=due,
    owner=lambda dispute: dispute.private.customer,
)
class Dispute(Resource, tag="dispute", kw_only=True):
    """A charge that its payer's bank questions."""

    amount: int
    balance_transactions: list[BalanceTransaction] = []
    charge: ChargeRef
    created: int
    currency: str
    enhanced_eligibility_types: list[str] = []
    evidence: DisputeEvidence = msgspec.field(default_factory=DisputeEvidence)
    evidence_details: EvidenceDetails
    intended_submission_method: SubmissionMethod | None = None
    is_charge_refundable: bool
    livemode: bool
    metadata: Metadata = {}
    network_reason_code: str | UnsetType | None = UNSET
    payment_intent: PaymentIntentRef | None = None
    payment_method_details: DisputeMethodDetails | UnsetType = UNSET
    reason: str
    status: DisputeStatus

    Private = DisputePrivate


class DisputeUpdateParams(Params, kw_only=True):
    evidence: DisputeEvidenceParams | UnsetType = UNSET
    intended_submission_method: SubmissionMethod | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    submit: bool | UnsetType = UNSET

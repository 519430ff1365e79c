"""Dispute evidence: what a seller can say against a dispute."""

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address
from prorata.model.params import (
    Params,
    fields_given,
    given,
    plain,
    refuse_unsupported,
    value_or,
)
from prorata.model.transaction import Tx
from prorata.resources.core.file import File
from prorata.resources.payments.charge import Charge
from prorata.resources.references import FileRef

# Together, all texts may have this many characters (source: the API reference).
MOST_TEXT = 150_000
FILES = frozenset({
    "cancellation_policy", "customer_communication", "customer_signature",
    "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
    "shipping_documentation", "uncategorized_file",
})  # fmt: skip


class FeeAcknowledgement(Struct, kw_only=True):
    fee_acknowledged: bool


class DisputedTransaction(Struct, kw_only=True):
    customer_account_id: str | None = None
    customer_device_fingerprint: str | None = None
    customer_device_id: str | None = None
    customer_email_address: str | None = None
    customer_purchase_ip: str | None = None
    merchandise_or_services: Literal["merchandise", "services"] | None = None
    product_description: str | None = None
    shipping_address: Address | None = None


class PriorTransaction(Struct, kw_only=True):
    charge: str
    customer_account_id: str | None = None
    customer_device_fingerprint: str | None = None
    customer_device_id: str | None = None
    customer_email_address: str | None = None
    customer_purchase_ip: str | None = None
    product_description: str | None = None
    shipping_address: Address | None = None


class CompellingEvidence(Struct, kw_only=True):
    disputed_transaction: DisputedTransaction | None = None
    prior_undisputed_transactions: list[PriorTransaction] = []


class EnhancedEvidence(Struct, kw_only=True):
    mastercard_compliance: FeeAcknowledgement | UnsetType = UNSET
    visa_compelling_evidence_3: CompellingEvidence | UnsetType = UNSET
    visa_compliance: FeeAcknowledgement | UnsetType = UNSET


class DisputeEvidence(Struct, kw_only=True):
    access_activity_log: str | None = None
    billing_address: str | None = None
    cancellation_policy: FileRef | None = None
    cancellation_policy_disclosure: str | None = None
    cancellation_rebuttal: str | None = None
    customer_communication: FileRef | None = None
    customer_email_address: str | None = None
    customer_name: str | None = None
    customer_purchase_ip: str | None = None
    customer_signature: FileRef | None = None
    duplicate_charge_documentation: FileRef | None = None
    duplicate_charge_explanation: str | None = None
    duplicate_charge_id: str | None = None
    enhanced_evidence: EnhancedEvidence = msgspec.field(default_factory=EnhancedEvidence)
    product_description: str | None = None
    receipt: FileRef | None = None
    refund_policy: FileRef | None = None
    refund_policy_disclosure: str | None = None
    refund_refusal_explanation: str | None = None
    service_date: str | None = None
    service_documentation: FileRef | None = None
    shipping_address: str | None = None
    shipping_carrier: str | None = None
    shipping_date: str | None = None
    shipping_documentation: FileRef | None = None
    shipping_tracking_number: str | None = None
    uncategorized_file: FileRef | None = None
    uncategorized_text: str | None = None


class FeeAcknowledgementParams(Params, kw_only=True):
    fee_acknowledged: bool | UnsetType = UNSET


class DisputedTransactionParams(Params, kw_only=True):
    customer_account_id: str | UnsetType | None = UNSET
    customer_device_fingerprint: str | UnsetType | None = UNSET
    customer_device_id: str | UnsetType | None = UNSET
    customer_email_address: str | UnsetType | None = UNSET
    customer_purchase_ip: str | UnsetType | None = UNSET
    merchandise_or_services: Literal["merchandise", "services"] | UnsetType = UNSET
    product_description: str | UnsetType | None = UNSET
    shipping_address: Address | UnsetType = UNSET


class PriorTransactionParams(Params, kw_only=True):
    charge: str
    customer_account_id: str | UnsetType | None = UNSET
    customer_device_fingerprint: str | UnsetType | None = UNSET
    customer_device_id: str | UnsetType | None = UNSET
    customer_email_address: str | UnsetType | None = UNSET
    customer_purchase_ip: str | UnsetType | None = UNSET
    product_description: str | UnsetType | None = UNSET
    shipping_address: Address | UnsetType = UNSET


class CompellingEvidenceParams(Params, kw_only=True):
    disputed_transaction: DisputedTransactionParams | UnsetType = UNSET
    prior_undisputed_transactions: list[PriorTransactionParams] | UnsetType = UNSET


class EnhancedEvidenceParams(Params, kw_only=True):
    mastercard_compliance: FeeAcknowledgementParams | UnsetType = UNSET
    visa_compelling_evidence_3: CompellingEvidenceParams | UnsetType = UNSET
    visa_compliance: FeeAcknowledgementParams | UnsetType = UNSET


def _text_fields() -> list[tuple[str, Any, Any]]:
    return [
        (name, str | UnsetType | None, UNSET)
        for name in DisputeEvidence.__struct_fields__
        if name != "enhanced_evidence"
    ]


if TYPE_CHECKING:

    class DisputeEvidenceParams(Params, kw_only=True):
        """Each piece of evidence under its own name."""

else:
    DisputeEvidenceParams = msgspec.defstruct(
        "DisputeEvidenceParams",
        [
            *_text_fields(),
            ("appeal", dict[str, Any] | UnsetType | None, UNSET),
            ("enhanced_evidence", EnhancedEvidenceParams | UnsetType | None, UNSET),
        ],
        bases=(Params,),
        kw_only=True,
        module=__name__,
    )


def write_evidence(tx: Tx, evidence: DisputeEvidence, change: Params) -> None:
    """Write the evidence that was sent; empty values take a piece back.

    Raises InvalidRequest when all texts together are too long, NotFound (400) for files and
    earlier charges that there are not.
    """
    for name, value in fields_given(change).items():
        if name == "enhanced_evidence":
            evidence.enhanced_evidence = _enhanced(tx, evidence.enhanced_evidence, value)
        elif name == "appeal":
            refuse_unsupported(change, "appeal", below="evidence")
        else:
            if name in FILES and value is not None:
                tx.get(File, value, param=f"evidence[{name}]")
            setattr(evidence, name, value)
    texts = [getattr(evidence, name) for name, _, _ in _text_fields() if name not in FILES]
    if sum(len(text) for text in texts if text) > MOST_TEXT:
        raise InvalidRequest(
            f"The combined character count of the evidence must be at most {MOST_TEXT:,}.",
            param="evidence",
        )


def has_evidence(evidence: DisputeEvidence) -> bool:
    """Return whether anything was said against a dispute."""
    return evidence != DisputeEvidence()


def _enhanced(
    tx: Tx, current: EnhancedEvidence, change: EnhancedEvidenceParams | None
) -> EnhancedEvidence:
    if change is None:
        return EnhancedEvidence()
    compelling = change.visa_compelling_evidence_3
    prior = compelling.prior_undisputed_transactions if given(compelling) else UNSET
    for place, each in enumerate(value_or(prior, ())):
        where = "evidence[enhanced_evidence][visa_compelling_evidence_3]"
        where += f"[prior_undisputed_transactions][{place}][charge]"
        tx.get(Charge, each.charge, param=where)
    merged = {**msgspec.to_builtins(current), **plain(change)}
    return msgspec.convert(merged, EnhancedEvidence)

"""Open dispute: a network's dispute written down, with the money that it takes and gives back."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from prorata.engine.payments.charge_document import add_movement
from prorata.engine.payments.charge_ledger import debtor_of, post_given_back
from prorata.engine.payments.intent_hooks import intent_disputed
from prorata.gateways.outcomes import DisputeFact, Succeeded
from prorata.model.fields import UNSET, UnsetType
from prorata.model.transaction import Posting, Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.dispute import (
    CLOSED,
    CompellingEligibility,
    Dispute,
    DisputeCard,
    DisputeMethodDetails,
    DisputePrivate,
    EnhancedEligibility,
    EvidenceDetails,
    FeeEligibility,
)
from prorata.resources.payments.early_fraud_warning import EarlyFraudWarning
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.rules import accounts


def open_disputes(
    tx: Tx, charge: Charge, method: PaymentMethod, facts: Iterable[DisputeFact]
) -> bool:
    """Write the disputes that a network has opened against a charge, and may have closed since.

    Returns whether one of them takes money back; an inquiry does not.
    """
    takes = False
    for told in facts:
        fact = _as_opened(told)
        dispute = _add_dispute(tx, charge, method, fact)
        charge.disputed = True
        if not fact.status.startswith("warning_"):
            withdraw(tx, dispute, charge)
            takes = True
        tx.quiet(dispute)
        tx.emit("charge.dispute.created", dispute)
        if dispute.private.withdrawn:
            tx.emit("charge.dispute.funds_withdrawn", dispute)
        if told.status != fact.status:
            write_fact(tx, dispute, told)
    return takes


def _as_opened(fact: DisputeFact) -> DisputeFact:
    """Return how a dispute began that is closed by the time it is told."""
    if fact.status not in CLOSED:
        return fact
    inquiry = fact.status.startswith("warning_")
    return msgspec.structs.replace(
        fact, status="warning_needs_response" if inquiry else "needs_response"
    )


def write_fact(tx: Tx, dispute: Dispute, fact: DisputeFact) -> None:
    """Write where a dispute stands, with the money that it takes or gives back."""
    charge = tx.get(Charge, dispute.charge)
    before, dispute.status = dispute.status, fact.status
    dispute.is_charge_refundable = fact.status.startswith("warning_")
    escalated = before.startswith("warning_") and not fact.status.startswith("warning_")
    if escalated and not dispute.private.withdrawn:
        # Of what was refunded meanwhile the network takes nothing.
        dispute.private.fee, dispute.amount = fact.fee, fact.amount
        withdraw(tx, dispute, charge)
        tx.emit("charge.dispute.funds_withdrawn", dispute)
        intent = tx.find(PaymentIntent, charge.payment_intent)
        if intent is not None:
            intent_disputed(tx, intent)
    if fact.status == "won" and dispute.private.withdrawn:
        reinstate(tx, dispute, charge)
    if fact.status in CLOSED and before not in CLOSED:
        tx.emit("charge.dispute.closed", dispute)
        if fact.status == "won":
            tx.emit("charge.dispute.funds_reinstated", dispute)


def warn_of_fraud(tx: Tx, charge: Charge, outcome: Succeeded) -> None:
    """Write the warning that an issuer sent with a charge, if it sent one."""
    if outcome.early_fraud_warning is not None:
        tx.add(
            EarlyFraudWarning(
                id=tx.new_id(EarlyFraudWarning, owner=charge.customer or charge.id),
                actionable=True,
                charge=charge.id,
                created=tx.now,
                fraud_type=outcome.early_fraud_warning,
                livemode=charge.livemode,
                payment_intent=charge.payment_intent,
            )
        )


def _add_dispute(
    tx: Tx, charge: Charge, method: PaymentMethod, fact: DisputeFact
) -> Dispute:
    inquiry = fact.status.startswith("warning_")
    dispute = Dispute(
        id=tx.new_id(Dispute, owner=charge.customer or charge.id),
        amount=fact.amount,
        charge=charge.id,
        created=fact.created,
        currency=fact.currency,
        enhanced_eligibility_types=list(fact.enhanced_eligibility_types),
        evidence_details=EvidenceDetails(
            due_by=fact.evidence_due_by,
            enhanced_eligibility=_eligibility(fact.enhanced_eligibility_types),
        ),
        is_charge_refundable=inquiry,
        livemode=charge.livemode,
        network_reason_code=fact.network_reason_code,
        payment_intent=charge.payment_intent,
        payment_method_details=_method_details(method, fact),
        reason=fact.reason,
        status=fact.status,
    )
    dispute.private = DisputePrivate(
        reference=fact.reference,
        charge_reference=fact.charge_reference,
        customer=charge.customer,
        fee=fact.fee,
    )
    return tx.add(dispute)


def _eligibility(types: Iterable[str]) -> EnhancedEligibility:
    eligibility = EnhancedEligibility()
    for type in types:
        if type == "visa_compelling_evidence_3":
            eligibility.visa_compelling_evidence_3 = CompellingEligibility(
                required_actions=["missing_prior_undisputed_transactions"],
                status="requires_action",
            )
        else:
            setattr(eligibility, type, FeeEligibility(status="requires_fee_acknowledgement"))
    return eligibility


def _method_details(
    method: PaymentMethod, fact: DisputeFact
) -> DisputeMethodDetails | UnsetType:
    if method.card is UNSET:
        return UNSET
    kind: Literal["chargeback", "compliance", "inquiry"] = "chargeback"
    if fact.status.startswith("warning_"):
        kind = "inquiry"
    elif any(type.endswith("_compliance") for type in fact.enhanced_eligibility_types):
        kind = "compliance"
    return DisputeMethodDetails(
        type="card",
        card=DisputeCard(
            brand=method.card.brand,
            case_type=kind,
            network=method.card.brand,
            network_reason_code=fact.network_reason_code,
        ),
    )


def withdraw(tx: Tx, dispute: Dispute, charge: Charge) -> None:
    """Take the disputed money and the network's fee from the balance."""
    fee = dispute.private.fee
    _move(tx, dispute, charge, -dispute.amount, fee, "Chargeback withdrawal")
    post_given_back(tx, charge, dispute, dispute.amount, accounts.DISPUTES, "dispute opened")
    tx.post(
        Posting(accounts.FEES, fee),
        Posting(accounts.CASH, -fee),
        document=dispute,
        customer=debtor_of(tx, charge),
        currency=dispute.currency,
        memo="dispute fee",
    )
    dispute.private.withdrawn = True
    dispute.private.refunded = charge.amount_refunded + charge.private.refunding


def reinstate(tx: Tx, dispute: Dispute, charge: Charge) -> None:
    """Give the disputed money back; the network keeps its fee."""
    _move(tx, dispute, charge, dispute.amount, 0, "Chargeback reversal")
    post_given_back(tx, charge, dispute, -dispute.amount, accounts.DISPUTES, "dispute won")
    dispute.private.withdrawn = False


def _move(
    tx: Tx, dispute: Dispute, charge: Charge, amount: int, fee: int, description: str
) -> None:
    movement = add_movement(
        tx,
        charge,
        amount,
        "adjustment",
        source=dispute.id,
        fee=fee,
        fee_name="Dispute fee",
        description=f"{description} for {charge.id}",
    )
    dispute.balance_transactions.append(movement)

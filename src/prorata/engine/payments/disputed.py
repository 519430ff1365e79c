"""Disputed: the seller answers a dispute, and what its network decides."""

from prorata.engine.due import handles
from prorata.engine.payments.ask import Answer
from prorata.engine.payments.charged import wait_longer
from prorata.engine.payments.collect import add_attempt
from prorata.engine.payments.open_dispute import write_fact
from prorata.gateways.outcomes import Declined
from prorata.model.errors import APIError, InvalidRequest, LockTimeout
from prorata.model.operation import operation
from prorata.model.params import assign, given
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.dispute import (
    ANSWERABLE,
    CLOSED,
    Dispute,
    DisputeUpdateParams,
    due,
)
from prorata.resources.payments.dispute_evidence import has_evidence, write_evidence
from prorata.resources.payments.payment_attempt import Ask, PaymentAttempt

# Real seconds until a network is asked again what it has decided about a dispute.
ASK_DISPUTE_EVERY = 86400


@operation("POST /v1/disputes/{id}")
def update(tx: Tx, dispute: Dispute, params: DisputeUpdateParams) -> Dispute:
    """Stage evidence against a dispute, and submit it unless `submit` is false."""
    assign(dispute, params, "metadata", "intended_submission_method")
    wants = given(params.evidence) or params.submit is True
    if not wants:
        return dispute
    if dispute.status not in ANSWERABLE:
        raise InvalidRequest(
            f"This dispute has a status of {dispute.status}: evidence can no longer be submitted.",
            param="evidence",
        )
    if given(params.evidence):
        write_evidence(tx, dispute.evidence, params.evidence)
        dispute.evidence_details.has_evidence = has_evidence(dispute.evidence)
    if params.submit is not False:
        _ask(tx, dispute, "respond_dispute", {"evidence": dispute.evidence.uncategorized_text})
    return dispute


@operation("POST /v1/disputes/{id}/close")
def close(tx: Tx, dispute: Dispute) -> Dispute:
    """Accept a dispute as lost. This cannot be undone."""
    if dispute.status in CLOSED:
        raise InvalidRequest("This dispute is already closed", param="dispute")
    _ask(tx, dispute, "close_dispute", None)
    return dispute


@handles("dispute")
def advance_dispute(tx: Tx, dispute: Dispute) -> None:
    """Ask what the network decided about a dispute that nobody answered in time."""
    _ask(
        tx,
        dispute,
        "poll_dispute",
        {"charge_reference": dispute.private.charge_reference},
    )


def _ask(tx: Tx, dispute: Dispute, question: Ask, answer: dict[str, str | None] | None) -> None:
    if dispute.private.asking:
        raise LockTimeout()
    dispute.private.asking = True
    charge = tx.get(Charge, dispute.charge)
    attempt = add_attempt(
        tx,
        question,
        owner=dispute.private.customer or dispute.charge,
        dispute=dispute.id,
        charge=dispute.charge,
        order={
            "charge_reference": dispute.private.charge_reference, "currency": charge.currency,
        },
        reference=dispute.private.reference,
        gateway=charge.private.gateway,
        answer=answer,
    )
    # One change of the dispute is told, not the moment before the network answered.
    tx.hold(attempt.id)


def apply_dispute(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write what the network says of a dispute."""
    dispute = tx.get(Dispute, attempt.dispute or "")
    if isinstance(answer.outcome, Declined):
        # Nothing has come of it, and what was asked may be asked again.
        dispute.private.asking = False
        attempt.state, attempt.settle_after = "declined", None
        return InvalidRequest(
            f"The payment gateway refused this: {answer.outcome.seller_message}", param="dispute"
        )
    if not answer.disputes:
        wait_longer(tx, attempt)
        return None
    fact = answer.disputes[0]
    if attempt.state != "processing":
        dispute.private.asking = False
    attempt.settle_after = None
    attempt.state = "succeeded"
    if attempt.ask == "respond_dispute":
        dispute.evidence_details.submission_count += 1
        dispute.evidence_details.submission_method = "manual"
    if attempt.ask == "poll_dispute" and dispute.status in ANSWERABLE:
        dispute.evidence_details.past_due = True
    write_fact(tx, dispute, fact)
    if dispute.status not in CLOSED and due(dispute) is None:
        _look_later(tx, attempt, dispute)
    return None


def _look_later(tx: Tx, attempt: PaymentAttempt, dispute: Dispute) -> None:
    """Ask again what the network, which has all that it will get, has decided."""
    attempt.state, attempt.ask = "processing", "poll_dispute"
    attempt.answer = {"charge_reference": dispute.private.charge_reference}
    attempt.settle_after = tx.real_now + ASK_DISPUTE_EVERY

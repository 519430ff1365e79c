"""Ask: put waiting payment attempts to the gateway, with no transaction open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from prorata.gateways.orders import ChargeOrder, RefundOrder, SetupOrder
from prorata.gateways.outcomes import (
    Declined,
    DisputeFact,
    Outcome,
    RefundOutcome,
    Succeeded,
    Unknown,
)
from prorata.gateways.protocol import Gateway, GatewayError, GatewayTimeout, KeyReused
from prorata.gateways.reservations import KeepsReservations
from prorata.resources.payments.payment_attempt import PaymentAttempt

log = structlog.get_logger("prorata.engine")

TIMED_OUT = "The payment gateway did not answer in time."
MANDATE_ENDED = "The mandate of this bank account is not active."


@dataclass(slots=True)
class Answer:
    """What the gateway said: an outcome, or the state of a refund or of disputes."""

    outcome: Outcome | None = None
    refund: RefundOutcome | None = None
    disputes: list[DisputeFact] = field(default_factory=list)


def ask(gateway: Gateway, attempts: Sequence[PaymentAttempt]) -> dict[str, Answer]:
    """Return the gateway's answer to each attempt, by the attempt's id.

    First charges go to the gateway together. An attempt that was asked before is looked up and,
    only if the gateway never heard of it, asked again under the same key.
    """
    answers: dict[str, Answer] = {}
    fresh = [each for each in attempts if each.ask == "charge" and _is_first(each)]
    if len(fresh) > 1:
        orders = [msgspec.convert(each.order, ChargeOrder) for each in fresh]
        try:
            outcomes: Sequence[Outcome | GatewayError] = gateway.charge_many(orders)
        except GatewayTimeout:
            outcomes = [Unknown(TIMED_OUT) for _ in orders]
        for attempt, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, GatewayError):
                outcome = _impossible(attempt, outcome)
            known = _found(gateway, attempt, outcome)
            answers[attempt.id] = _with_disputes(gateway, attempt, known)
    for attempt in attempts:
        if attempt.id not in answers:
            answers[attempt.id] = _ask_one(gateway, attempt)
    return answers


def _is_first(attempt: PaymentAttempt) -> bool:
    return attempt.asked == 0 and attempt.answer is None


def _ask_one(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    try:
        return _QUESTIONS[attempt.ask](gateway, attempt)
    except GatewayTimeout:
        if attempt.ask in ("refund", "poll_refund"):
            reference = attempt.reference or attempt.id
            return Answer(refund=RefundOutcome("pending", reference, unknown=True))
        return _with_disputes(gateway, attempt, _found(gateway, attempt, Unknown(TIMED_OUT)))
    except GatewayError as error:
        return Answer(_impossible(attempt, error))


def _impossible(attempt: PaymentAttempt, error: GatewayError) -> Declined | Unknown:
    """Return the refusal of an order that the gateway cannot make sense of; nothing has moved.

    A key that came back with another order is our own fault, and says nothing of the first one: it
    is looked up later.
    """
    if isinstance(error, KeyReused):
        log.error("a key was used twice", attempt=attempt.id, ask=attempt.ask, reason=str(error))
        return Unknown(str(error))
    log.error("an impossible order", attempt=attempt.id, ask=attempt.ask, reason=str(error))
    return Declined(
        code="processing_error",
        message="An error occurred while processing your card. Try again in a little bit.",
        decline_code="processing_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message=str(error),
    )


def _found(gateway: Gateway, attempt: PaymentAttempt, outcome: Outcome) -> Outcome:
    """Return what the network knows of a charge or set-up whose answer was lost, if it answers."""
    if not isinstance(outcome, Unknown) or attempt.ask not in ("charge", "setup"):
        return outcome
    try:
        return gateway.lookup(attempt.id) or outcome
    except GatewayTimeout:
        return outcome


def _charge(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    if attempt.answer is not None and "refused" in attempt.answer:
        return Answer(_refused(attempt.answer["refused"]))
    outcome = gateway.lookup(attempt.id) if attempt.asked else None
    if outcome is None:
        outcome = gateway.charge(msgspec.convert(attempt.order, ChargeOrder))
    return _with_disputes(gateway, attempt, _found(gateway, attempt, outcome))


def _setup(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    outcome = gateway.lookup(attempt.id) if attempt.asked else None
    if outcome is None:
        outcome = gateway.setup(msgspec.convert(attempt.order, SetupOrder))
    return Answer(_found(gateway, attempt, outcome))


def _authenticate(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    success = bool(attempt.answer and attempt.answer["success"])
    outcome = gateway.authenticate(_reference(attempt), success, attempt.now)
    return _with_disputes(gateway, attempt, outcome)


def _verify(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    said: dict[str, Any] = attempt.answer or {}
    amounts = said.get("amounts")
    outcome = gateway.verify_microdeposits(
        _reference(attempt),
        attempt.now,
        None if amounts is None else (amounts[0], amounts[1]),
        said.get("descriptor_code"),
    )
    return Answer(outcome)


def _poll(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    return _with_disputes(gateway, attempt, gateway.poll(_reference(attempt), attempt.now))


def _capture(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    assert attempt.answer is not None, "a capture has an amount"
    amount = attempt.answer["amount"]
    return Answer(gateway.capture(_reference(attempt), amount, attempt.id, attempt.now))


def _increment(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    assert attempt.answer is not None and isinstance(gateway, KeepsReservations), "it was checked"
    amount = attempt.answer["amount"]
    return Answer(gateway.increment(_reference(attempt), amount, attempt.id, attempt.now))


def _capture_part(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    assert attempt.answer is not None and isinstance(gateway, KeepsReservations), "it was checked"
    amount = attempt.answer["amount"]
    return Answer(gateway.capture_part(_reference(attempt), amount, attempt.id, attempt.now))


def _release(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    outcome = gateway.cancel(_reference(attempt), attempt.id, attempt.now)
    return _with_disputes(gateway, attempt, outcome)


def _refund(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    outcome = gateway.lookup_refund(attempt.id) if attempt.asked else None
    if outcome is None:
        try:
            outcome = gateway.refund(msgspec.convert(attempt.order, RefundOrder))
        except GatewayError:
            outcome = RefundOutcome("failed", attempt.id, failure_reason="declined")
    if outcome.unknown:
        outcome = gateway.lookup_refund(attempt.id) or outcome
    return Answer(refund=outcome)


def _poll_refund(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    return Answer(refund=gateway.poll_refund(_reference(attempt), attempt.now))


def _respond_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    evidence = str((attempt.answer or {}).get("evidence") or "")
    return Answer(disputes=[gateway.respond_dispute(_reference(attempt), evidence, attempt.now)])


def _close_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    return Answer(disputes=[gateway.close_dispute(_reference(attempt), attempt.now)])


def _poll_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    charge = str((attempt.answer or {}).get("charge_reference"))
    found = gateway.disputes_of(charge, attempt.now)
    return Answer(disputes=[fact for fact in found if fact.reference == attempt.reference])


def _cash(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    """Ask nobody: the money is here already."""
    return Answer()


def _cash_refund(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    return Answer(refund=RefundOutcome("succeeded", ""))


_QUESTIONS: dict[str, Callable[[Gateway, PaymentAttempt], Answer]] = {
    "charge": _charge,
    "setup": _setup,
    "authenticate": _authenticate,
    "verify": _verify,
    "poll": _poll,
    "capture": _capture,
    "capture_part": _capture_part,
    "increment": _increment,
    "release": _release,
    "refund": _refund,
    "cash": _cash,
    "cash_refund": _cash_refund,
    "poll_refund": _poll_refund,
    "respond_dispute": _respond_dispute,
    "close_dispute": _close_dispute,
    "poll_dispute": _poll_dispute,
}


def _with_disputes(gateway: Gateway, attempt: PaymentAttempt, outcome: Outcome) -> Answer:
    if not isinstance(outcome, Succeeded) or not outcome.disputed:
        return Answer(outcome)
    return Answer(outcome, disputes=gateway.disputes_of(outcome.reference, attempt.now))


def _reference(attempt: PaymentAttempt) -> str:
    assert attempt.reference is not None, f"{attempt.id} has not reached a gateway"
    return attempt.reference


def _refused(code: str) -> Declined:
    """Return the refusal of a method that its network has ended: no charge is tried."""
    return Declined(
        code=code,
        message=MANDATE_ENDED,
        error_type="invalid_request_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message=MANDATE_ENDED,
    )

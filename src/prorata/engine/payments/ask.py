"""Ask: put waiting payment attempts to the gateway, with no transaction open."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import structlog

from prorata.engine.line import Line
from prorata.engine.payments.bank_transfer import can_be_shown
from prorata.engine.payments.sense import OUTCOMES, REFUNDS, disputes_make_sense, is_whole, words_of
from prorata.gateways.orders import ChargeOrder, RefundOrder, SetupOrder
from prorata.gateways.outcomes import (
    Canceled,
    Declined,
    DisputeFact,
    NeedsAction,
    Outcome,
    Processing,
    RefundOutcome,
    Succeeded,
    Unknown,
)
from prorata.gateways.protocol import Gateway, GatewayError, GatewayTimeout, KeyReused
from prorata.gateways.reservations import KeepsReservations
from prorata.gateways.transfers import ReceivesTransfers, VirtualAccount
from prorata.resources.payments.payment_attempt import PaymentAttempt

log = structlog.get_logger("prorata.engine")

TIMED_OUT = "The payment gateway did not answer in time."
NO_SENSE = "The payment gateway gave an answer that makes no sense."
# What is said of a charge or set-up as a whole.
ORDERED = ("charge", "setup", "poll", "authenticate", "verify")
# Charges that go to a gateway far away in one order.
PART = 50
MANDATE_ENDED = "The mandate of this bank account is not active."


@dataclass(slots=True)
class Answer:
    """What the gateway said: an outcome, the state of a refund or of disputes, or accounts.

    unasked: nobody was asked, because the answers to others took all the time.
    """

    outcome: Outcome | None = None
    refund: RefundOutcome | None = None
    disputes: list[DisputeFact] = field(default_factory=list)
    accounts: Sequence[VirtualAccount] | None = None
    unasked: bool = False


def ask(
    line: Line, attempts: Sequence[PaymentAttempt], *, livemode: bool
) -> dict[str, Answer]:
    """Return the gateway's answer to each attempt, by the attempt's id.

    First charges go to the gateway together. An attempt that was asked before is looked up and,
    only if the gateway never heard of it, asked again under the same key. What is not answered in
    time, or makes no sense, is unknown: it will be looked up later.
    """
    gateway = line.gateway
    played = livemode and gateway.test_only
    answers = {
        each.id: _unanswered(each) for each in attempts
        if played or each.gateway not in (None, gateway.name)
    }  # fmt: skip
    if answers:
        # They wait until their own gateway serves again.
        log.warning("attempts of another gateway", attempts=list(answers))
        attempts = [each for each in attempts if each.id not in answers]
    outcomes: dict[str, Outcome] = {}
    fresh = [each for each in attempts if each.ask == "charge" and _is_first(each)]
    if len(fresh) > 1:
        outcomes = _charge_together(line, fresh)
    answers |= {id: Answer(outcome) for id, outcome in outcomes.items() if not _wants_more(outcome)}
    waiting = [each for each in attempts if each.id not in answers]
    said = line.put([partial(_ask_one, gateway, each, outcomes.get(each.id)) for each in waiting])
    for attempt, answer in zip(waiting, said.answers, strict=True):
        answers[attempt.id] = _unanswered(attempt) if answer is None else answer
    for attempt in waiting[len(waiting) - said.unasked :]:
        answers[attempt.id].unasked = True
    return answers


def _charge_together(line: Line, fresh: Sequence[PaymentAttempt]) -> dict[str, Outcome]:
    """Return the outcomes of first charges; a network far away gets them in several parts."""
    size = len(fresh) if getattr(line.gateway, "immediate", False) else PART
    parts = [fresh[start : start + size] for start in range(0, len(fresh), size)]
    said = line.ask([partial(_charge_part, line.gateway, part) for part in parts])
    outcomes: dict[str, Outcome] = {}
    for part, answer in zip(parts, said, strict=True):
        if not isinstance(answer, list | tuple) or len(answer) != len(part):
            answer = [Unknown(TIMED_OUT)] * len(part)
        for attempt, outcome in zip(part, answer, strict=True):
            if isinstance(outcome, GatewayError):
                outcome = _impossible(attempt, outcome)
            outcomes[attempt.id] = _sensible(attempt, outcome)
    return outcomes


def _charge_part(
    gateway: Gateway, part: Sequence[PaymentAttempt]
) -> Sequence[Outcome | GatewayError]:
    return gateway.charge_many([msgspec.convert(each.order, ChargeOrder) for each in part])


def _wants_more(outcome: Outcome) -> bool:
    """Return whether an outcome is followed by a question."""
    return isinstance(outcome, Unknown) or (isinstance(outcome, Succeeded) and outcome.disputed)


def _unanswered(attempt: PaymentAttempt) -> Answer:
    if attempt.ask in ("refund", "poll_refund"):
        reference = attempt.reference or attempt.id
        return Answer(refund=RefundOutcome("pending", reference, unknown=True))
    return Answer(Unknown(TIMED_OUT))


def _sensible(attempt: PaymentAttempt, outcome: Outcome) -> Outcome:
    """Return an outcome, or Unknown for what no network can have meant."""
    strange = not is_whole(outcome, OUTCOMES)
    if isinstance(outcome, Succeeded | Processing | NeedsAction):
        strange = strange or not outcome.reference
    if isinstance(outcome, Succeeded) and attempt.ask in ORDERED and "amount" in attempt.order:
        amount, captures = attempt.order["amount"], attempt.order.get("capture", True)
        strange = strange or outcome.captured != (amount if captures else 0)
        strange = strange or (outcome.capture_before is None) != captures
    if strange:
        log.error("an outcome that makes no sense", attempt=attempt.id, outcome=repr(outcome)[:200])
        return Unknown(NO_SENSE)
    if isinstance(outcome, Canceled) and attempt.ask in ORDERED:
        # Somebody let go of it at the network: no money moves under this key any more.
        return _failed("The payment gateway has canceled it.")
    return outcome


def _is_first(attempt: PaymentAttempt) -> bool:
    return attempt.asked == 0 and attempt.answer is None


def _ask_one(gateway: Gateway, attempt: PaymentAttempt, known: Outcome | None) -> Answer:
    """Ask about one attempt, or go on from the outcome that is known of it."""
    try:
        if known is None:
            answer = _QUESTIONS[attempt.ask](gateway, attempt)
        else:
            answer = _with_disputes(gateway, attempt, _found(gateway, attempt, known))
    except GatewayTimeout:
        if attempt.ask in ("refund", "poll_refund"):
            return _unanswered(attempt)
        answer = _with_disputes(gateway, attempt, _found(gateway, attempt, Unknown(TIMED_OUT)))
    except GatewayError as error:
        return Answer(_impossible(attempt, error))
    if answer.outcome is not None or attempt.ask in ORDERED:
        answer.outcome = _sensible(attempt, answer.outcome or Unknown(NO_SENSE))
    if answer.refund is not None and not is_whole(answer.refund, REFUNDS):
        log.error("a refund that makes no sense", attempt=attempt.id)
        return _unanswered(attempt)
    return answer


def _impossible(attempt: PaymentAttempt, error: GatewayError) -> Declined | Unknown:
    """Return the refusal of an order that the gateway cannot make sense of; nothing has moved.

    A key that came back with another order is our own fault, and says nothing of the first one: it
    is looked up later.
    """
    if isinstance(error, KeyReused):
        log.error("a key was used twice", attempt=attempt.id, ask=attempt.ask, reason=str(error))
        return Unknown(str(error))
    log.error("an impossible order", attempt=attempt.id, ask=attempt.ask, reason=str(error))
    return _failed(words_of(error))


def _failed(why: str) -> Declined:
    """Return the refusal of what nobody has declined; `why` is for the seller."""
    return Declined(
        code="processing_error",
        message="An error occurred while processing your card. Try again in a little bit.",
        decline_code="processing_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message=why,
    )


def _found(gateway: Gateway, attempt: PaymentAttempt, outcome: Outcome) -> Outcome:
    """Return what the network knows of a charge or set-up whose answer was lost, if it answers."""
    if not isinstance(outcome, Unknown) or attempt.ask not in ("charge", "setup"):
        return outcome
    try:
        with _looking():
            return gateway.lookup(attempt.id) or outcome
    except GatewayTimeout:
        return outcome


@contextmanager
def _looking() -> Iterator[None]:
    """Ask what is known: an error there says nothing of the money, and the answer stays open."""
    try:
        yield
    except GatewayError as error:
        log.error("a question that failed", reason=str(error))
        raise GatewayTimeout(str(error)) from error


def _looked_up(gateway: Gateway, attempt: PaymentAttempt) -> Outcome | None:
    """Return what the network knows of an attempt that was asked before."""
    if not attempt.asked:
        return None
    with _looking():
        return gateway.lookup(attempt.id)


def _charge(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    if attempt.answer is not None and "refused" in attempt.answer:
        return Answer(_refused(attempt.answer["refused"]))
    outcome = _looked_up(gateway, attempt)
    if outcome is None:
        outcome = gateway.charge(msgspec.convert(attempt.order, ChargeOrder)) or Unknown(NO_SENSE)
    return _with_disputes(gateway, attempt, _found(gateway, attempt, outcome))


def _setup(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    outcome = _looked_up(gateway, attempt)
    if outcome is None:
        outcome = gateway.setup(msgspec.convert(attempt.order, SetupOrder)) or Unknown(NO_SENSE)
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
    with _looking():
        outcome = gateway.poll(_reference(attempt), attempt.now)
    return _with_disputes(gateway, attempt, outcome)


def _capture(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    assert attempt.answer is not None, "a capture has an amount"
    amount = attempt.answer["amount"]
    outcome = gateway.capture(_reference(attempt), amount, attempt.id, attempt.now)
    return _with_disputes(gateway, attempt, outcome)


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
    outcome = None
    if attempt.asked:
        with _looking():
            outcome = gateway.lookup_refund(attempt.id)
    if outcome is None:
        try:
            outcome = gateway.refund(msgspec.convert(attempt.order, RefundOrder))
        except KeyReused:
            outcome = RefundOutcome("pending", attempt.id, unknown=True)
        except GatewayError:
            outcome = RefundOutcome("failed", attempt.id, failure_reason="declined")
    if outcome.unknown:
        with _looking():
            outcome = gateway.lookup_refund(attempt.id) or outcome
    return Answer(refund=outcome)


def _poll_refund(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    with _looking():
        return Answer(refund=gateway.poll_refund(_reference(attempt), attempt.now))


def _respond_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    evidence = str((attempt.answer or {}).get("evidence") or "")
    fact = gateway.respond_dispute(_reference(attempt), evidence, attempt.now)
    return Answer(disputes=_sensible_disputes(attempt, [fact]))


def _close_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    fact = gateway.close_dispute(_reference(attempt), attempt.now)
    return Answer(disputes=_sensible_disputes(attempt, [fact]))


def _poll_dispute(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    charge = str((attempt.answer or {}).get("charge_reference"))
    with _looking():
        found = gateway.disputes_of(charge, attempt.now)
    found = _sensible_disputes(attempt, found, charge)
    return Answer(disputes=[each for each in found if attempt.reference in (None, each.reference)])


def _cash(gateway: Gateway, attempt: PaymentAttempt) -> Answer:
    """Ask where money is to be sent that is not here already."""
    assert isinstance(gateway, ReceivesTransfers), "it was checked"
    accounts = gateway.virtual_accounts(**attempt.order)
    if not can_be_shown(accounts):
        raise GatewayTimeout(NO_SENSE)
    return Answer(accounts=accounts)


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
    with _looking():
        found = gateway.disputes_of(outcome.reference, attempt.now)
    found = _sensible_disputes(attempt, found, outcome.reference)
    return Answer(outcome, disputes=list({fact.reference: fact for fact in found}.values()))


def _sensible_disputes(
    attempt: PaymentAttempt, found: Any, charge: str | None = None
) -> list[DisputeFact]:
    """Return what was told of a charge's disputes, or of the one that an attempt is about.

    Raises GatewayTimeout for what no network can have meant.
    """
    name = attempt.reference if charge is None else None
    charge = charge or attempt.order.get("charge_reference")
    if disputes_make_sense(found, charge, attempt.order.get("currency"), name):
        return list(found)
    log.error("a dispute that makes no sense", attempt=attempt.id, disputes=repr(found)[:200])
    raise GatewayTimeout(NO_SENSE)


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

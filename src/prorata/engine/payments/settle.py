"""Settle: after a commit, ask the gateway about the attempts it left, and write the outcomes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import structlog

from prorata.engine.due import handles
from prorata.engine.payments.ask import Answer, ask
from prorata.engine.payments.captured import apply_capture
from prorata.engine.payments.cash import apply_cash_payment
from prorata.engine.payments.charged import (
    ASK_UNKNOWN_AFTER,
    apply_charge,
    ask_later,
    release,
    wait_longer,
)
from prorata.engine.payments.collect import refuse_playing, wait_for
from prorata.engine.payments.create_charge import apply_direct_charge
from prorata.engine.payments.decline import action_error, note_refusal, refusal_of
from prorata.engine.payments.disputed import apply_dispute
from prorata.engine.payments.increment import apply_increment
from prorata.engine.payments.intent_hooks import prefetch_invoices
from prorata.engine.payments.refunded import apply_refund
from prorata.engine.payments.released import apply_release
from prorata.engine.payments.set_up import apply_setup
from prorata.engine.payments.undo import undo
from prorata.engine.runtime import Done, System
from prorata.gateways.outcomes import Declined, NeedsAction
from prorata.model.errors import APIError, Momentary
from prorata.model.ids import bucket_of
from prorata.model.transaction import Book, Tx
from prorata.resources.payments.payment_attempt import (
    TAKEN_UP_AFTER,
    Ask,
    AttemptError,
    PaymentAttempt,
)
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.connection import is_outage
from prorata.store.memory import Memory
from prorata.store.names import table_name
from prorata.store.records import HeldForm
from prorata.store.unit_of_work import UnitOfWork

log = structlog.get_logger("prorata.engine")


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt; `error` is what its caller wants to have raised."""

    attempt: str
    state: str
    error: APIError | None = None


# What hears of outcomes in the transaction that writes them, each time that it is run.
Tell = Callable[[UnitOfWork, list[Settled]], None]
# What an attempt asks, and since when.
Question = tuple[Ask, int]


@dataclass(frozen=True, slots=True)
class _Way:
    """How the answers of one round of questions are written; see `settle`.

    questions: what each attempt was about when it was asked, by its id.
    """

    questions: dict[str, Question]
    noting: bool
    beside: bool
    tell: Tell | None
    due: Mapping[str, int]
    real: bool


class _Held(msgspec.Struct):
    """Which attempts tell the events that a deciding transaction left."""

    attempts: list[str]


# Real seconds for which what is another gateway's is left to it.
OTHERS_AFTER = 300
# Questions that are answered as of the time at which they are asked.
POLLS = ("poll", "poll_refund", "poll_dispute")
Applier = Callable[[Tx, PaymentAttempt, Answer], APIError | None]
_APPLY: dict[str, Applier] = {
    "capture": apply_capture,
    "capture_part": apply_capture,
    "increment": apply_increment,
    "release": apply_release,
    "refund": apply_refund,
    "cash": apply_cash_payment,
    "cash_refund": apply_refund,
    "poll_refund": apply_refund,
    "respond_dispute": apply_dispute,
    "close_dispute": apply_dispute,
    "poll_dispute": apply_dispute,
}


def settle(
    system: System,
    book: Book,
    attempt_ids: Sequence[str],
    memory: Memory | None = None,
    *,
    noting: bool = False,
    beside: bool = False,
    tell: Tell | None = None,
    due: Mapping[str, int] | None = None,
) -> list[Settled]:
    """Put attempts to the gateway and write what it said; return what became of each.

    memory: of the unit that decided on the attempts, which the writing then goes on from.
    noting: an outcome that cannot be written is noted at its attempt, not raised. beside: see
    `System.write`. tell: hears of the first outcomes in their transactions; those that are tried
    again are told again, the last time as they are committed. due: the seconds as of which virtual
    time takes attempts up again; others have lived on to a later one meanwhile.

    Three steps: read the attempts, ask with no transaction open, write all outcomes in one
    transaction. A process that dies on the way leaves attempts that the worker takes up.
    """
    settled: list[Settled] = []
    waiting = list(dict.fromkeys(attempt_ids))
    while waiting:
        attempts = _read(system, book, waiting, memory)
        if not attempts:
            break
        questions = {each.id: _question(each) for each in attempts}
        way = _Way(questions, noting, beside, tell, due or {}, not system.clock.frozen)
        answers = ask(system.gateway_line(book.livemode), attempts, livemode=book.livemode)
        waiting = []
        for done in _write_down(system, book, answers, memory, way):
            settled += done.result
            waiting += done.attempts
        tell = None
    return settled


def asked_about(uow: UnitOfWork, clock: str | None) -> list[str]:
    """Return the attempts that somebody is asking a gateway about, or has died over.

    clock: of the customers on that test clock; None: of those on none. Without those of which the
    gateway has said nothing so far, and those that are looked up only to see whether a payer acts.
    """
    rows = uow.connection.query(
        f"SELECT id FROM {table_name('payment_attempt')}"
        " WHERE book = ? AND clock IS NULL AND due_at <= ? AND state <> 'unknown'",
        (uow.book.key, uow.real_now + TAKEN_UP_AFTER),
    )
    found = uow.load(PaymentAttempt, [id for (id,) in rows])
    return [
        id for id, each in found.items()
        if each.clock == clock
        and not (each.state == "requires_action" and each.ask in ("charge", "setup"))
    ]  # fmt: skip


def _write_down(
    system: System, book: Book, answers: dict[str, Answer], memory: Memory | None, way: _Way
) -> list[Done]:
    """Write outcomes in one transaction; those that cannot be written so are tried in halves."""
    try:
        write = partial(_write, answers=answers, way=way)
        return [system.write(book, write, memory=memory, beside=way.beside, lane=_lane(answers))]
    except Exception as fault:
        if is_outage(fault) or (len(answers) == 1 and not way.noting):
            raise
        if not isinstance(fault, Momentary):
            log.exception("outcomes could not be written", attempts=list(answers))
        if len(answers) == 1:
            [id] = answers
            return [system.write(book, partial(_only_note, id=id, fault=fault))]
        both, middle = list(answers.items()), len(answers) // 2
        return [
            done
            for half in (both[:middle], both[middle:])
            for done in _write_down(system, book, dict(half), None, way)
        ]


def _lane(ids: Iterable[str]) -> int | None:
    """Return the bucket of attempts that are of one; see `Call.lane`."""
    buckets = {bucket_of(id) for id in ids}
    return buckets.pop() if len(buckets) == 1 else None


def _only_note(uow: UnitOfWork, id: str, fault: Exception) -> list[Settled]:
    _note_fault(uow, uow.get(PaymentAttempt, id), fault)
    return [Settled(id, "unknown")]


def _read(
    system: System, book: Book, ids: Sequence[str], memory: Memory | None
) -> list[PaymentAttempt]:
    """Return those attempts that still wait for an answer."""
    found = [] if memory is None else [memory.peek(id) for id in ids]
    if not found or None in found:
        found = list(system.read(book, lambda uow: uow.load(PaymentAttempt, ids)).values())
    return [attempt for attempt in found if attempt.settle_after is not None]


def _question(attempt: PaymentAttempt) -> Question:
    return attempt.ask, attempt.now


def _write(uow: UnitOfWork, *, answers: dict[str, Answer], way: _Way) -> list[Settled]:
    with uow.looking():
        attempts = uow.load(PaymentAttempt, answers)
        if len(attempts) > 1:
            _prefetch(uow, list(attempts.values()))
    settled = []
    for group, held in _groups(uow, list(attempts)):
        first = attempts[group[0]]
        try:
            with uow.step(*_moment(uow, first, way), cause=first.request):
                forms = {} if held is None else uow.release(held)
                outcomes = [
                    _write_one(uow, id, forms, answers[id], way.questions[id]) for id in group
                ]
            settled += outcomes
        except Exception as fault:
            if is_outage(fault) or (len(attempts) == 1 and not way.noting):
                raise
            if not isinstance(fault, Momentary):
                log.exception("an outcome could not be written", attempts=group)
            for id in group:
                _note_fault(uow, uow.get(PaymentAttempt, id), fault)
                settled.append(Settled(id, "unknown"))
    if way.tell is not None:
        way.tell(uow, settled)
    return settled


def _write_one(
    uow: UnitOfWork, id: str, held: dict[str, HeldForm], answer: Answer, question: Question
) -> Settled:
    attempt = uow.get(PaymentAttempt, id)
    # Somebody else may have been faster: an outcome is written once. Where it was written, and the
    # payer has acted since, what was said before is no answer to that.
    waits = attempt.settle_after is not None and _question(attempt) == question
    if waits:
        error = _apply(uow, attempt, held, answer) or action_error(attempt)
        note_refusal(attempt, error)
    else:
        error = refusal_of(uow, attempt)
    if answer.unasked and waits and attempt.settle_after is not None:
        # It has waited for its turn alone, however long the gateway was silent before.
        attempt.asked = max(0, attempt.asked - 1)
        attempt.settle_after = uow.real_now + ASK_UNKNOWN_AFTER[0]
    return Settled(id, attempt.state, error)


def _moment(uow: UnitOfWork, attempt: PaymentAttempt, way: _Way) -> tuple[int, str | None]:
    """Return the time at which an outcome is written: that of the decision where it is virtual.

    In real time somebody else may have told of the same documents since the decision.
    """
    late = attempt.clock is None and (way.real or attempt.asked > 0)
    now = way.due.get(attempt.id, uow.now)
    return (max(now, attempt.now) if late else attempt.now), attempt.clock


def _groups(uow: UnitOfWork, ids: list[str]) -> list[tuple[list[str], str | None]]:
    """Return which attempts are settled together, and the held events that they tell.

    Alone, but for those of one deciding transaction that left its events to be told with them.
    """
    condition, value = uow.connection.any_of("attempt", ids)
    rows = uow.connection.query(
        f"SELECT attempt, payload FROM held_events WHERE book = ? AND {condition}",
        (uow.book.key, value),
    )
    held = dict(rows)
    groups: dict[str, list[str]] = {}
    for id in ids:
        first = msgspec.json.decode(held[id], type=_Held).attempts[0] if id in held else id
        groups.setdefault(first, []).append(id)
    return [(group, held.get(group[0])) for group in groups.values()]


def _apply(
    uow: UnitOfWork, attempt: PaymentAttempt, held: dict[str, HeldForm], answer: Answer
) -> APIError | None:
    if attempt.on_decline == "undo" and not held:
        # What was decided with it was told while its outcome was open: it stays, and is owed.
        attempt.on_decline = "keep"
    if attempt.on_decline == "undo" and isinstance(answer.outcome, Declined | NeedsAction):
        if isinstance(answer.outcome, NeedsAction):
            attempt.reference = answer.outcome.reference
            release(uow, attempt, owner=None)
        return undo(uow, attempt, held, answer.outcome)
    return _applier(attempt)(uow, attempt, answer)


def _applier(attempt: PaymentAttempt) -> Applier:
    if attempt.ask in _APPLY:
        return _APPLY[attempt.ask]
    if attempt.setup_intent is not None:
        return apply_setup
    return apply_charge if attempt.payment_intent is not None else apply_direct_charge


def _prefetch(uow: UnitOfWork, attempts: Sequence[PaymentAttempt]) -> None:
    """Load what a batch of outcomes touches in a constant number of queries."""
    intents = uow.load(PaymentIntent, [each.payment_intent or "" for each in attempts])
    uow.fetch(PaymentMethod, [each.payment_method for each in attempts])
    prefetch_invoices(uow, intents.values())


def _note_fault(uow: UnitOfWork, attempt: PaymentAttempt, fault: Exception) -> None:
    if isinstance(fault, Momentary):
        # It is written when nothing is in its way any more; what waits for it waits until then.
        ask_later(uow, attempt)
        return
    wait_longer(uow, attempt)
    attempt.fault = AttemptError(message=f"{type(fault).__name__}: {fault}", at=uow.real_now)


@handles("payment_attempt")
def take_up(tx: Tx, attempt: PaymentAttempt) -> None:
    """Ask again about an attempt that nobody settled in time, under its own key.

    Raises NoGateway where real money would be played with: it would count as asked.
    """
    refuse_playing(tx)
    if attempt.gateway not in (None, tx.gateway.name) and attempt.state != "pending":
        # Nobody is asked: it stays as it is, and its own gateway, where that serves too, has it
        # before long. What nobody has answered so far is told as that once.
        log.warning("an attempt of another gateway", attempt=attempt.id, gateway=attempt.gateway)
        attempt.settle_after = tx.real_now + OTHERS_AFTER
        return
    attempt.asked += 1
    attempt.settle_after = tx.real_now + TAKEN_UP_AFTER
    if attempt.state in ("processing", "requires_action"):
        # What comes of a debit or a challenge now is no longer the doing of its first request.
        attempt.request = None
    if attempt.clock is None and attempt.ask in POLLS:
        attempt.now = max(attempt.now, tx.now)
    wait_for(tx, attempt)

"""Dispatch: a call runs in a transaction, its payment is settled, its answer is kept."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import structlog

from prorata.api.answers import render, shown_to_page
from prorata.api.call import FOLLOWED, Call, HttpRequest
from prorata.api.idempotency import (
    Replay,
    answer,
    fingerprint,
    forget,
    recall,
    remember,
)
from prorata.api.modes import explained
from prorata.engine.counsel import Counsel
from prorata.engine.payments.decline import refusal_of
from prorata.engine.payments.settle import Settled, settle
from prorata.engine.runtime import Done, System
from prorata.model.errors import APIError, IdempotencyError, Momentary, RateLimited, no_such
from prorata.model.fields import UNSET
from prorata.model.operation import Binary, Operation
from prorata.model.resource import REGISTRY, Resource, kind_of_id
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.store.connection import is_outage
from prorata.store.kept_answers import LONG_KEPT, is_kept
from prorata.store.memory import Memory
from prorata.store.unit_of_work import UnitOfWork
from prorata.wire.encode import plain, to_bytes
from prorata.wire.v2.errors import in_v2
from prorata.wire.versions.chain import NEWEST, lower

log = structlog.get_logger("prorata.api")
# What an error of a payment carries whole.
PAID_FOR = frozenset({"payment_intent", "setup_intent"})
NOT_KEPT = frozenset({401, 409, 429, 503})


@dataclass(slots=True)
class Answer:
    """What goes back: status, body, whether it was given before, and which limit was met."""

    status: int
    body: bytes
    replayed_from: str | None = None
    media_type: str = "application/json"
    filename: str | None = None
    rate_limited: str | None = None
    # Whether it would be the same if it were asked for again.
    final: bool = False


@dataclass(slots=True)
class Waiting:
    """An answer that no payment changes, but that is given only when the payment is settled."""

    answer: Answer


def read(system: System, call: Call) -> Answer:
    """Answer a call that only reads."""

    def work(uow: UnitOfWork) -> bytes | Binary:
        return render(call, uow, run_operation(call, uow))

    # What is neither expanded nor counted is there in one query.
    one = call.operation.retrieves and not call.expand and not call.page.total_count
    one = one or call.operation.timeless
    return _answered(system.read(call.book, work, request=call.info, one_query=one))


def start(system: System, call: Call, counsel: Counsel) -> "Future[Done]":
    """Queue the first transaction of a call that writes; its result goes to `finish`.

    The future raises Question where the counsel has to be asked first; then begin anew.
    """
    return system.submit(
        call.book, _decide(call), request=call.info, counsel=counsel, lane=call.lane
    )


def finish(system: System, call: Call, done: Done) -> Answer:
    """Settle what the first transaction decided, and answer. May call a gateway: never on a loop.

    Raises the payment's APIError when the operation promised to; its effect stays committed.
    """
    if isinstance(done.result, Answer):
        return done.result
    failure: APIError | None = None
    memory = Memory()
    afterwards = done.uow.results.get("after", ())
    telling = Telling(call, done)
    if done.attempts:
        memory.keep(done.uow)
        tell = None if afterwards else telling
        for settled in settle(system, call.book, done.attempts, memory, tell=tell):
            failure = failure or settled.error
    for after in afterwards:
        memory.forget()
        failure = after(system) or failure
    if failure is not None:
        return fail(system, call, failure)
    if telling.answer is not None:
        return telling.answer
    answered = system.read(call.book, telling.render, request=call.info, memory=memory)
    _keep(system, call, answered)
    return answered


class Telling:
    """The answer to a call whose payment had to be settled; kept with that, where it can be."""

    def __init__(self, call: Call, done: Done) -> None:
        self.answer: Answer | None = None
        self._call = call
        self._done = done

    def render(self, uow: UnitOfWork) -> Answer:
        """Return the answer as the books stand now."""
        if isinstance(self._done.result, Waiting):
            return self._done.result.answer
        kind, id = self._done.uow.results["answer"]
        return _answered(render(self._call, uow, uow.get(REGISTRY[kind].cls, id)))

    def __call__(self, uow: UnitOfWork, settled: list[Settled]) -> None:
        """Render and keep the answer in a transaction, if it is the one that settles everything."""
        self.answer = None
        whole = len(settled) == len(set(self._done.attempts))
        if not whole or uow.results.keys() & {"attempts", "after"}:
            return
        if any(each.error is not None for each in settled):
            return
        uow.flush()
        try:
            answered = self.render(uow)
        except APIError:
            # What was paid stands; the answer is looked for once more by itself.
            return
        if self._call.idempotency_key:
            answer(
                uow.connection, uow.book.key, self._call.idempotency_key,
                answered.status, answered.body,
            )  # fmt: skip
        self.answer = answered


def finished(done: Done) -> bool:
    """Return whether the first transaction was also the last."""
    return isinstance(done.result, Answer)


def fail(system: System, call: Call, error: APIError) -> Answer:
    """Return the answer that an error is, kept with the idempotency key where the API keeps it."""
    error = explained(system, call, error)
    call.request.name_as_sent(error)
    _lower_shown(system, call, error)
    if call.for_page:
        for name in PAID_FOR & error.extra.keys():
            error.extra[name] = shown_to_page(error.extra[name])
    failed = refusal(error, call.request)
    # Below /v2 a key belongs to what was done: what failed is tried anew under it.
    # What could not be done in that moment is done in another.
    unkept = error.status in NOT_KEPT or isinstance(error, IdempotencyError | Momentary)
    if call.idempotency_key and not unkept and not call.operation.v2:
        try:
            _keep(system, call, failed)
        except Exception as fault:
            # The answer stands, whether it can be given again or not.
            if not is_outage(fault):
                raise
            log.error("an answer could not be kept", request=call.request.id, reason=str(fault))
    return failed


def _lower_shown(system: System, call: Call, error: APIError) -> None:
    """Put the documents that an error carries into the caller's version."""
    if call.version == NEWEST or not error.extra:
        return
    extra = plain(error.extra)
    error.extra = system.read(
        call.book, lambda uow: lower(extra, call.version, uow), request=call.info
    )


def refusal(error: APIError, request: HttpRequest | None) -> Answer:
    """Return the answer that an error is, in the way of writing that the request's path has."""
    reason = error.reason if isinstance(error, RateLimited) else None
    if request is not None and request.v2:
        status, body = in_v2(error)
        final = isinstance(error, IdempotencyError)
        return Answer(status, to_bytes(body), rate_limited=reason, final=final)
    return Answer(error.status, to_bytes(error.body()), rate_limited=reason)


def crashed(system: System, call: Call, *, decided: bool) -> Answer:
    """Return the answer that a fault of ours is, kept with the idempotency key if that is possible.

    decided: the first transaction was committed, so what it began goes on without its caller.
    """
    changed = "what was begun goes on" if decided else "nothing was changed"
    failed = refusal(APIError(
        f"Something went wrong on our side; {changed}. The log names the request"
        f" {call.request.id}."
    ), call.request)  # fmt: skip
    try:
        if not call.operation.v2:
            _keep(system, call, failed)
    except Exception:
        log.exception("a fault could not be kept", request=call.request.id)
    return failed


def run_operation(call: Call, uow: UnitOfWork) -> Any:
    """Load the document that the path names, take its clock's time, and call the function."""
    operation = call.operation
    uow.publishable = call.key.kind == "pk"
    arguments: list[Any] = []
    variables = dict(zip(operation.variables, call.values, strict=True))
    if operation.target is not None:
        document = _named(operation, uow, variables.pop("id"))
        uow.follow(document)
        arguments.append(document)
    if call.params is not None:
        if not operation.timeless:
            _follow_parameters(uow, call.params)
        arguments.append(call.params)
    if operation.paged:
        arguments.append(call.page)
    return operation.function(uow, *arguments, **variables)


def _named(operation: Operation, uow: UnitOfWork, id: str) -> Resource:
    """Return the document that a path names; raise the 404 by the operation's own param."""
    assert operation.target is not None, "the operation has a document"
    document = uow.find(operation.target, id)
    if document is None:
        spec = operation.target.spec
        raise no_such(spec.missing_name, id, param=operation.missing_param or spec.missing_param)
    return document


def _follow_parameters(uow: UnitOfWork, params: Any) -> None:
    for name in FOLLOWED:
        value = getattr(params, name, UNSET)
        if isinstance(value, str) and (kind := kind_of_id(value)) is not None:
            owner = uow.find(REGISTRY[kind].cls, value)
            if owner is not None:
                uow.follow(owner)
                return


def _decide(call: Call) -> Callable[[UnitOfWork], Any]:
    key, request = call.idempotency_key, call.request

    def work(uow: UnitOfWork) -> Any:
        mark = ""
        if key:
            mark = _mark(call)
            known = _known_answer(call, uow, key, mark)
            if known is not None:
                return known
        result = run_operation(call, uow)
        uow.flush()
        waits = bool(uow.results.get("attempts") or uow.results.get("after"))
        answered, id = None, None
        if waits and isinstance(result, Resource):
            if call.expand:
                # What cannot be expanded is refused before anything is paid.
                render(call, uow, result)
            id = result.id
            uow.results["answer"] = (result.spec.kind, id)
        else:
            answered = _answered(render(call, uow, result))
        if key:
            remember(
                uow.connection,
                uow.book.key,
                key,
                mark,
                request=request.id,
                now=uow.real_now,
                status=None if answered is None or waits else answered.status,
                body=None if answered is None else _kept(call, uow, answered.body),
                result=id,
                attempts=uow.results.get("attempts", ()),
            )
        return Waiting(answered) if waits and answered is not None else answered

    return work


def _mark(call: Call, said: bytes | None = None) -> str:
    """Return what a repeated request has in common with this one. said: instead of parameters."""
    request = call.request
    said = request.parameters if said is None else said
    sight = ""
    if call.for_page:
        sight = "page"
    elif call.expand and call.key.permissions is not None:
        sight = " ".join(sorted(call.key.permissions))
    mark = fingerprint(request.method, request.path, request.query, said, sight)
    return LONG_KEPT + mark if request.v2 else mark


def _known_answer(call: Call, uow: UnitOfWork, key: str, mark: str) -> Answer | None:
    """Return the answer that a key has had, or, where its request was cut off, has now."""
    # A server of an earlier state compared the body's bytes, and may have kept the key.
    marks = (mark, _mark(call, call.request.body))
    known = recall(uow.connection, uow.book.key, key, marks, uow.real_now)
    if known is None:
        return None
    if isinstance(known, Replay):
        body = known.body
        if call.operation.confidential:
            body = uow.seals.open(body.decode(), f"idempotency {key}").encode()
        return Answer(known.status, body, replayed_from=known.request)
    for attempt in uow.load(PaymentAttempt, known.attempts, look=True).values():
        refusal = refusal_of(uow, attempt)
        if refusal is not None:
            raise refusal
    document = uow.find(REGISTRY[kind_of_id(known.result) or ""].cls, known.result)
    if document is None:
        # What it began was undone: nothing was paid.
        forget(uow.connection, uow.book.key, key)
        return None
    answered = _answered(render(call, uow, document))
    answer(uow.connection, uow.book.key, key, answered.status, answered.body)
    return Answer(answered.status, answered.body, replayed_from=known.request)


def _kept(call: Call, uow: UnitOfWork, body: bytes) -> bytes:
    """Return a body as it is kept with the idempotency key: sealed where it holds a secret."""
    if not call.operation.confidential:
        return body
    return uow.seals.seal(body.decode(), f"idempotency {call.idempotency_key}").encode()


def _answered(rendered: bytes | Binary) -> Answer:
    if isinstance(rendered, Binary):
        return Answer(200, rendered.content, None, rendered.media_type, rendered.filename)
    return Answer(200, rendered)


def _keep(system: System, call: Call, answered: Answer) -> None:
    """Keep an answer with its key, unless another request has taken the key meanwhile."""
    key, request = call.idempotency_key, call.request
    if not key:
        return

    def work(uow: UnitOfWork) -> None:
        mark = _mark(call)
        connection, now = uow.connection, uow.real_now
        rows = connection.query(
            "SELECT request, fingerprint, created FROM idempotency WHERE book = ? AND key = ?",
            (uow.book.key, key),
        )
        if rows and not is_kept(rows[0][1], rows[0][2], now):
            forget(connection, uow.book.key, key)
            rows = []
        if rows and rows[0][0] == request.id:
            answer(connection, uow.book.key, key, answered.status, answered.body)
        elif not rows:
            remember(
                connection, uow.book.key, key, mark, request=request.id, now=now,
                status=answered.status, body=answered.body,
            )  # fmt: skip

    system.write(call.book, work)

"""Idempotency: one key, one effect, one answer.

An operation that calls no gateway writes its answer in its own transaction. One that does writes
the key when it decides and the answer with the outcome; between the two another request with the
same key gets a conflict. Should the process die between the two, the key is answered, when
it is asked for again later, with the refusal of the payment, or with what has become of the
document since.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from prorata.model.errors import APIError, IdempotencyError
from prorata.model.transaction import readable_key
from prorata.store.connection import Connection
from prorata.store.kept_answers import is_kept

# No request is answered as late as this: by then its process has died.
CUT_OFF_SECONDS = 120
COLUMNS = ("book", "key", "fingerprint", "request", "created", "status", "body", "result")


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that a key was first given."""

    status: int
    body: bytes
    request: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A key whose request was cut off after it had decided.

    result: the document's id. attempts: the ids of those that it waited for.
    """

    result: str
    attempts: Sequence[str]
    request: str


class InFlight(APIError):
    """The first request with this key has not been answered yet."""

    type = "idempotency_error"
    status = 409


def fingerprint(method: str, path: str, query: str, parameters: bytes, sight: str = "") -> str:
    """Return what a repeated request must have in common with the first.

    parameters: as they were read, in one order. sight: what it may see, where that is not
    everything: an answer is given again as it was.
    """
    parts = [method.encode(), path.encode(), query.encode(), parameters]
    if sight:
        parts.append(sight.encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def recall(
    connection: Connection, book: int, key: str, marks: Sequence[str], now: int
) -> Replay | Unanswered | None:
    """Return the answer given to a key before, None for a new key and for one of long ago.

    marks: those under which the same request may have been kept.
    Raises IdempotencyError for other parameters, InFlight while the first is being answered.
    """
    rows = connection.query(
        "SELECT fingerprint, request, created, status, body, result FROM idempotency"
        " WHERE book = ? AND key = ?",
        (book, key),
    )
    if not rows:
        return None
    known, request, created, status, body, result = rows[0]
    if not is_kept(known, created, now):
        forget(connection, book, key)
        return None
    if known not in marks:
        raise IdempotencyError(
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{readable_key(key)}' if you meant to"
            " execute a different request."
        )
    if status is None and now - created >= CUT_OFF_SECONDS:
        if body is not None:
            return Replay(200, body.encode(), request)
        if result is not None:
            id, *attempts = result.split()
            return Unanswered(id, attempts, request)
    if status is None:
        raise InFlight(
            "There is currently another in-progress request using this Idempotent Key (that"
            " probably means you submitted twice, and the other request is still going through):"
            f" {readable_key(key)}. Please try again later.",
            code="idempotency_key_in_use",
        )
    return Replay(status, body.encode(), request)


def remember(
    connection: Connection,
    book: int,
    key: str,
    mark: str,
    *,
    request: str,
    now: int,
    status: int | None,
    body: bytes | None,
    result: str | None = None,
    attempts: Sequence[str] = (),
) -> None:
    """Keep a key with its answer.

    While a payment is being settled the status is None; the body is there already where it does
    not depend on the payment. result, attempts: see `Unanswered`.
    """
    if result is not None:
        result = " ".join((result, *attempts))
    text = None if body is None else body.decode()
    connection.insert(
        "idempotency", COLUMNS, [(book, key, mark, request, now, status, text, result)]
    )


def answer(connection: Connection, book: int, key: str, status: int, body: bytes) -> None:
    """Complete a key with the answer that its request was given; a first answer stays."""
    connection.run(
        "UPDATE idempotency SET status = ?, body = ? WHERE book = ? AND key = ? AND status IS NULL",
        (status, body.decode(), book, key),
    )


def forget(connection: Connection, book: int, key: str) -> None:
    """Delete a key: its request may be made anew."""
    connection.run("DELETE FROM idempotency WHERE book = ? AND key = ?", (book, key))

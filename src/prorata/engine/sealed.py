"""Sealed: the encrypted texts in the books, found, proven to open, and sealed anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prorata.engine.doctor import check
from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import encode, plain
from prorata.store.seals import CannotOpen, Seals, is_sealed, key_name

# Few at a time: an uploaded file has up to five megabytes.
BATCH = 16


@dataclass(slots=True)
class Resealed:
    """What `reseal` has done: texts sealed anew, and what could not be opened."""

    texts: int = 0
    unopened: list[str] = field(default_factory=list)


@check("Every secret in the database can be decrypted, with the keys that are given")
def seals_open(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every sealed text: one of the keys opens it."""
    for kind, spec in REGISTRY.items():
        after = (-1, "")
        while spec.seals and (rows := _page(connection, kind, after)):
            after = rows[-1][:2]
            for _, id, private in rows:
                for text in _sealed_in(plain(private or "{}")):
                    yield _problem(system.seals, text, id)
    for _, key, body in _answers(connection):
        problem = _problem(system.seals, body, f"idempotency {key}")
        yield problem and f"the answer kept for an idempotency key: {problem.partition(': ')[2]}"


def _problem(seals: Seals, text: str, place: str) -> str | None:
    try:
        seals.open_bytes(text, place)
    except CannotOpen as error:
        return f"{place}: {error}"
    return None


def reseal(system: System, on_batch: Callable[[Resealed], None] | None = None) -> Resealed:
    """Seal everything with the key that seals now, in small transactions beside running servers.

    Raises Conflict where others are always faster; it may be run again.
    """
    done = Resealed()
    for kind, spec in REGISTRY.items():
        after: tuple[int, str] | None = (-1, "")
        while spec.seals and after is not None:
            after, batch = system.database.write(partial(_reseal_page, system.seals, kind, after))
            done.texts += batch.texts
            done.unopened += batch.unopened
            if on_batch is not None:
                on_batch(done)
    answers = system.database.write(partial(_reseal_answers, system.seals))
    return Resealed(done.texts + answers.texts, done.unopened + answers.unopened)


def _reseal_page(
    seals: Seals, kind: str, after: tuple[int, str], connection: Connection
) -> tuple[tuple[int, str] | None, Resealed]:
    rows, done = _page(connection, kind, after), Resealed()
    for book, id, private in rows:
        facts = plain(private or "{}")
        fresh = _walk(facts, partial(_fresh, seals, done, id))
        if fresh != facts:
            connection.run(
                f"UPDATE {table_name(kind)} SET private = ? WHERE book = ? AND id = ?",
                (encode(fresh).decode(), book, id),
            )
    return rows[-1][:2] if rows else None, done


def _reseal_answers(seals: Seals, connection: Connection) -> Resealed:
    done = Resealed()
    for book, key, body in _answers(connection):
        fresh = _fresh(seals, done, f"idempotency {key}", body)
        if fresh != body:
            connection.run(
                "UPDATE idempotency SET body = ? WHERE book = ? AND key = ?", (fresh, book, key)
            )
    return done


def _fresh(seals: Seals, done: Resealed, place: str, text: str) -> str:
    if key_name(text) == seals.names[0]:
        return text
    try:
        content = seals.open_bytes(text, place)
    except CannotOpen as error:
        done.unopened.append(f"{place}: {error}")
        return text
    done.texts += 1
    return seals.seal_bytes(content, place)


def _page(connection: Connection, kind: str, after: tuple[int, str]) -> list[Any]:
    return connection.query(
        f"SELECT book, id, private FROM {table_name(kind)}"
        f" WHERE (book, id) > (?, ?) ORDER BY book, id LIMIT {BATCH}",
        after,
    )


def _answers(connection: Connection) -> list[Any]:
    rows = connection.query("SELECT book, key, body FROM idempotency WHERE body LIKE 'sealed:%'")
    return [row for row in rows if is_sealed(row[2])]


def _sealed_in(node: Any) -> Iterator[str]:
    if isinstance(node, str) and is_sealed(node):
        yield node
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from _sealed_in(name)
            yield from _sealed_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _sealed_in(child)


def _walk(node: Any, change: Callable[[str], str]) -> Any:
    """Return a tree with its sealed texts, names among them, exchanged for others."""
    if isinstance(node, str):
        return change(node) if is_sealed(node) else node
    if isinstance(node, dict):
        return {_walk(name, change): _walk(child, change) for name, child in node.items()}
    if isinstance(node, list):
        return [_walk(child, change) for child in node]
    return node

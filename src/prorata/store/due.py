"""Due work: which documents need attention by themselves, earliest first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import PLUMBING, Record


@dataclass(frozen=True, slots=True)
class Due:
    """A document whose time has come."""

    due_at: int
    kind: str
    id: str
    book: int
    clock: str | None
    bucket: int


# What is due at one second is treated in this order: what came of payments before what is to be
# paid, a subscription before the phase of its schedule, and both before their invoices.
ORDER = (
    "payment_attempt", "discount", "tax_id", "payment_intent", "test_helpers.test_clock",
    "balance_transaction", "refund", "charge", "dispute", "setup_intent", "coupon",
    "promotion_code", "subscription", "subscription_schedule", "invoice", "kept_customer_session",
    "tax.registration", "billing.credit_grant", "file_link", "prorata.usage_watch", "quote",
    "checkout.session", "prorata.mail", "reporting.report_run",
)  # fmt: skip


def due_kinds() -> list[str]:
    """Return the kinds that can be due, in the order in which one second treats them."""
    kinds = [kind for kind, spec in REGISTRY.items() if spec.due is not None]
    return sorted(kinds, key=ORDER.index)


def set_aside(connection: Connection, item: Due, reason: str, now: int) -> None:
    """Take a document whose handler failed out of the queue, and keep the reason.

    Its next write, the next advance of its test clock, or `prorata doctor --retry` brings it back;
    what waits for another second already stays.
    """
    connection.run(
        f"UPDATE {table_name(item.kind)} SET due_at = NULL"
        " WHERE book = ? AND id = ? AND due_at = ?",
        (item.book, item.id, item.due_at),
    )
    connection.run(
        "INSERT INTO set_aside (book, kind, id, due_at, reason, noted_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (book, id) DO UPDATE SET reason = excluded.reason,"
        " due_at = excluded.due_at, noted_at = excluded.noted_at",
        (item.book, item.kind, item.id, item.due_at, reason, now),
    )


@dataclass(frozen=True, slots=True)
class Aside:
    """A document that was set aside, why, and the second at which it is due by itself."""

    book: int
    kind: str
    id: str
    reason: str
    due_at: int
    clock: str | None


def still_aside(connection: Connection) -> list[Aside]:
    """Return what was set aside and has neither been written since nor has ended."""
    noted: dict[str, dict[tuple[int, str], tuple[str, int]]] = {}
    for book, kind, id, due_at, reason in connection.query(
        "SELECT book, kind, id, due_at, reason FROM set_aside ORDER BY noted_at, id"
    ):
        noted.setdefault(kind, {})[book, id] = (reason, due_at)
    found = []
    for kind, places in noted.items():
        condition, value = connection.any_of("id", [id for _, id in places])
        rows = connection.query(
            f"SELECT book, {', '.join(PLUMBING)} FROM {table_name(kind)}"
            f" WHERE deleted = 0 AND due_at IS NULL AND {condition}",
            (value,),
        )
        waiting = {(book, row[0]): row for book, *row in rows}
        clock = PLUMBING.index("clock")
        for (book, id), (reason, noted_at) in places.items():
            row = waiting.get((book, id))
            if row is None:
                continue
            due_at = _due_of(REGISTRY[kind], tuple(row), noted_at)
            if due_at is not None:
                found.append(Aside(book, kind, id, reason, due_at, row[clock]))
    return found


def _due_of(spec: ResourceSpec, row: tuple[Any, ...], otherwise: int) -> int | None:
    """Return when a document is due by itself; otherwise: where it cannot even be read."""
    assert spec.due is not None, "it has been due"
    try:
        return spec.due(Record.from_row(spec, row).document)
    except msgspec.DecodeError:
        return otherwise


def retry_set_aside(connection: Connection) -> int:
    """Put all that is set aside still back into the queue; return how many documents."""
    found = still_aside(connection)
    for each in found:
        _put_back(connection, each)
    connection.run("DELETE FROM set_aside")
    return len(found)


def retry_on_clock(connection: Connection, clock: str) -> None:
    """Put what is set aside still of a test clock's documents back into the queue."""
    for each in still_aside(connection):
        if each.clock == clock:
            _put_back(connection, each)


def _put_back(connection: Connection, aside: Aside) -> None:
    connection.run(
        f"UPDATE {table_name(aside.kind)} SET due_at = ? WHERE book = ? AND id = ?",
        (aside.due_at, aside.book, aside.id),
    )


def find_due(
    connection: Connection,
    upto: int,
    *,
    clock: str | None = None,
    limit: int = 500,
    kinds: Collection[str] | None = None,
    buckets: tuple[int, int] | None = None,
    without: Collection[int] = (),
) -> list[Due]:
    """Return what is due at or before a second, on real time or on one test clock.

    kinds: only these. buckets: only the share of the work in [first, last). without: not of these
    books.
    """
    condition = "clock IS NULL AND due_at <= ?"
    values: list[Any] = [upto]
    if clock is not None:
        condition, values = "clock = ? AND due_at <= ?", [clock, upto]
    if buckets is not None:
        condition += " AND bucket >= ? AND bucket < ?"
        values += buckets
    if without:
        condition += f" AND book NOT IN ({', '.join('?' * len(without))})"
        values += without
    known = due_kinds()
    parts = [
        f"SELECT * FROM (SELECT due_at, {rank} AS rank, id, book, clock, bucket"
        f" FROM {table_name(kind)} WHERE {condition}"
        f" ORDER BY due_at LIMIT {int(limit)}) AS k{rank}"
        for rank, kind in enumerate(known)
        if kinds is None or kind in kinds
    ]
    if not parts:
        return []
    rows = connection.query(
        f"{' UNION ALL '.join(parts)} ORDER BY due_at, rank, id LIMIT {int(limit)}",
        tuple(values * len(parts)),
    )
    return [
        Due(due_at, known[rank], id, book, on_clock, bucket)
        for due_at, rank, id, book, on_clock, bucket in rows
    ]

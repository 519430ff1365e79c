"""The flush: one bulk write per table of all that a unit of work changed, events included."""

from collections.abc import Sequence
from functools import cache
from itertools import chain, compress, count
from operator import attrgetter, ne
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from prorata.model.difference import (
    encoded_patch,
    previous_attributes,
    reverse_patch,
    walk_back,
)
from prorata.model.finer_types import SILENT
from prorata.model.ids import bucket_of
from prorata.model.resource import REGISTRY
from prorata.store.connection import Proof
from prorata.store.events import AUTOMATIC, UNSETTLED, Said, in_sequence
from prorata.store.names import table_name
from prorata.store.records import HeldForm, Record, encode, id_in, key_of, plain
from prorata.store.telling import receivers_of, tell
from prorata.store.terms import write_terms

if TYPE_CHECKING:
    from prorata.store.unit_of_work import UnitOfWork

LEDGER_COLUMNS = (
    "book", "id", "line", "account", "amount", "currency", "customer", "kind", "object_id",
    "memo", "posted_at",
)  # fmt: skip
_ID = attrgetter("document.id")
HISTORY_COLUMNS = ("book", "object_id", "revision", "changed_at", "patch")
CLOCK_KIND = "test_helpers.test_clock"
# What is written of a document that stays as it is.
KEPT = ("revision",)


def flush(uow: "UnitOfWork") -> None:
    """Write documents, history, events, deliveries and ledger entries."""
    inserts: dict[str, list[Record]] = {}
    updates: dict[str, list[Record]] = {}
    written: list[Record] = []
    conclude(uow, [record for record in uow.taken.values() if record.suspect])
    for record in uow.taken.values():
        if record.fresh and record.deleted:
            continue
        form = record.shown
        assert form is not None, "whatever was handed out has been settled"
        private = record.shown_private
        altered = form != record.base or record.deleted != record.was_deleted
        if not altered and private == record.base_private:
            continue
        if record.revision == record.stored_revision:
            record.revision += 1
            record.patches.append((record.revision, _touched_at(uow, record), {}))
        (inserts if record.fresh else updates).setdefault(record.spec.kind, []).append(record)
        written.append(record)
    book = uow.book.key
    history: list[tuple[Any, ...]] = [
        (book, record.key, revision, second, encode(patch))
        for record in written
        for revision, second, patch in record.patches
    ]
    silent = [
        record for kind in SILENT for record in chain(inserts.get(kind, ()), updates.get(kind, ()))
    ]
    # Asked before anything is written, so that nothing is read once it is.
    receivers = receivers_of(uow) if uow.told or silent else []
    # Updates first: they may give up a unique value that a new document takes.
    relied = _relied(uow, updates, history)
    followed = _followed(uow)
    for kind in sorted({*updates, *relied, *followed}):
        otherwise = f"a {kind} was changed by another transaction"
        if records := _in_turn(updates.get(kind, [])):
            columns, rows = _changes(uow, kind, records)
            uow.connection.update(table_name(kind), columns, rows, otherwise)
        if kept := relied.get(kind):
            uow.connection.update(table_name(kind), KEPT, kept, otherwise)
        if kind in followed:
            _hold_clocks(uow)
    for kind, records in sorted(inserts.items()):
        rows = _new_rows(book, _in_turn(records))
        uow.connection.insert(table_name(kind), _insert_columns(kind), rows)
    write_terms(uow.connection, uow.book.key, chain(*updates.values(), *inserts.values()))
    if history:
        uow.connection.insert("history", HISTORY_COLUMNS, history)
    if uow.postings:
        uow.connection.insert("ledger", LEDGER_COLUMNS, uow.postings)
    uow.tallies.write()
    if uow.released:
        condition, value = uow.connection.any_of("attempt", uow.released)
        uow.connection.run(
            f"DELETE FROM held_events WHERE book = ? AND {condition}", (uow.book.key, value)
        )
    tell(uow, silent, receivers)
    uow.connection.proof = _proof(uow, inserts)


def _proof(uow: "UnitOfWork", inserts: dict[str, list[Record]]) -> Proof | None:
    """Return a query for something new that is there once this unit is committed."""
    for kind, records in inserts.items():
        sql = f"SELECT 1 FROM {table_name(kind)} WHERE book = ? AND id = ?"
        return sql, (uow.book.key, records[0].document.id)
    if uow.results.get("events"):
        event = uow.results["events"][0]
        return "SELECT 1 FROM event WHERE book = ? AND id = ?", (uow.book.key, event)
    return None


def _relied(
    uow: "UnitOfWork", updates: dict[str, list[Record]], history: list[tuple[Any, ...]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Return by kind the rows of what is relied on and not written anyway.

    Whoever else writes it, before or after, meets this unit: on PostgreSQL because the row is
    written, on SQLite, where a unit may have been decided before, because its revision is another.
    """
    found: dict[str, list[tuple[Any, ...]]] = {}
    relied = set(uow.relied)
    if uow.connection.dialect == "postgresql":
        # Whoever deletes a clock deletes all that hangs on it: what a request made meanwhile of
        # such a document would stay in the books. SQLite's one writer lets nobody between.
        relied.update(*uow.followed.values())
    for key in sorted(relied & uow.records.keys()):
        record = uow.records[key]
        if not record.fresh and record not in updates.get(record.spec.kind, ()):
            stored = record.stored_revision
            if uow.connection.dialect == "sqlite":
                record.revision = record.stored_revision = stored + 1
                second = _touched_at(uow, record)
                history.append((uow.book.key, key, record.revision, second, "{}"))
            row = (record.revision, uow.book.key, record.document.id, stored)
            found.setdefault(record.spec.kind, []).append(row)
    return found


def _followed(uow: "UnitOfWork") -> tuple[str, ...]:
    """Return the kind of what this request takes its time from, where others may move it on."""
    shared = uow.followed and uow.connection.dialect == "postgresql"
    return (CLOCK_KIND,) if shared else ()


def _hold_clocks(uow: "UnitOfWork") -> None:
    """Keep the clocks of this request from being told to advance until the commit.

    Many requests may hold one. It comes to nothing where a clock went on since it was looked at:
    what it wrote would lie in the clock's past, where nobody looks for what is due.
    """
    table = table_name(CLOCK_KIND)
    for clock in sorted(uow.followed):
        held = f"SELECT 1 FROM {table} WHERE book = ? AND id = ? FOR SHARE"
        uow.connection.run(held, (uow.book.key, clock))


def _touched_at(uow: "UnitOfWork", record: Record) -> int:
    """Return the second of a revision that shows nothing new, in the time of its step."""
    return uow.now if record.touched_at is None else record.touched_at


def _in_turn(records: list[Record]) -> list[Record]:
    """Return documents of one kind in the order in which they are written.

    Everybody writes in the order of the ids: two units that meet wait, and do not wait for each
    other. But a document that gives up a unique value comes before the one that takes it.
    """
    records.sort(key=_ID)
    if records and records[0].spec.unique:
        records.sort(key=lambda record: not record.gives_up_unique())
    return records


def _new_rows(book: int, records: list[Record]) -> list[tuple[Any, ...]]:
    due = records[0].spec.due
    rows = []
    for record in records:
        document = record.document
        record.stored_columns = values = record.columns()
        rows.append((
            book, document.id, record.revision, record.created, bucket_of(document.beside()),
            record.clock, due(document) if due else None, 0, *values,
            record.shown, record.shown_private,
        ))  # fmt: skip
    return rows


def _changes(
    uow: "UnitOfWork", kind: str, records: list[Record]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the columns that some document of a kind changes, and the rows that change them.

    What no document changes is left out: SQLite writes the indexes of every column that is named.
    """
    changed: set[int] = set()
    written = []
    for record in records:
        values, before = record.columns(), record.stored_columns
        if before is None:
            changed.update(range(len(values)))
        elif values != before:
            changed.update(compress(count(), map(ne, values, before)))
        record.stored_columns = values
        written.append(values)
    chosen = tuple(place in changed for place in range(len(written[0])))
    columns = _update_columns(kind, chosen)
    book, due = uow.book.key, records[0].spec.due
    rows = [
        (
            record.revision, record.created,
            due(record.document) if due and not record.deleted else None, int(record.deleted),
            *compress(values, chosen), record.shown, record.shown_private,
            book, record.document.id, record.stored_revision,
        )
        for record, values in zip(records, written, strict=True)
    ]  # fmt: skip
    return columns, rows


@cache
def _insert_columns(kind: str) -> tuple[str, ...]:
    return (
        "book", "id", "revision", "created", "bucket", "clock", "due_at", "deleted",
        *(each.name for each in REGISTRY[kind].columns), "document", "private",
    )  # fmt: skip


@cache
def _update_columns(kind: str, chosen: tuple[bool, ...]) -> tuple[str, ...]:
    columns = (each.name for each in REGISTRY[kind].columns)
    return (
        "revision", "created", "due_at", "deleted", *compress(columns, chosen),
        "document", "private",
    )  # fmt: skip


def conclude(uow: "UnitOfWork", records: Sequence[Record]) -> None:
    """End a step: derive the events of what it changed and put all its events in order."""
    now, held = uow.now, bool(uow.held)
    said = {(event.type, event.object_id) for event in uow.events}
    derived = []
    bases: dict[str, Any] = {}
    for record in records:
        record.suspect = False
        if record.fresh and record.deleted:
            continue
        record.settle(now)
        if record.spec.has_private:
            private = record.private_bytes()
            if private != record.shown_private:
                record.shown_private, record.touched_at = private, now
        if record.shown is record.event_base and not record.deleted and not held:
            continue
        event = _derived(record)
        if event is not None and (event.type, event.object_id) not in said:
            derived.append(event)
        if record.shown is not record.event_base:
            if held:
                bases[record.key] = record.held_form(_posted(uow, record))
            record.event_base = record.shown
        elif held and record.shown_private != record.base_private:
            bases[record.key] = record.held_form(_posted(uow, record))
    for record in records:
        # What a later step of this unit does to it is another's to tell.
        record.quiet = False
    for event in uow.events:
        if event.revision == UNSETTLED:
            event.revision = max(uow.records[_key(event)].revision, 1)
    if held:
        _hold(uow, bases)
        uow.held = []
    else:
        events = in_sequence(uow.events + derived, uow.sequence_name)
        cause = uow.cause
        for event in events:
            event.created = now
            if event.clock is UNSET:
                about = uow.records.get(_key(event))
                event.clock = about.clock if about else uow.clock
            event.request = None if event.type in AUTOMATIC else cause
        uow.told += events
    uow.events = []
    uow.sequence_name = "default"


def _posted(uow: "UnitOfWork", record: Record) -> tuple[str, ...]:
    """Return the ids of what this unit posts of a document."""
    about = (record.spec.kind, record.document.id)
    return tuple(dict.fromkeys(row[1] for row in uow.postings if row[7:9] == about))


def _key(event: Said) -> str:
    """Return the key of what an event is about; what is not stored has its id alone."""
    spec = REGISTRY.get(event.kind)
    return event.object_id if spec is None else key_of(spec, event.object_id)


def _derived(record: Record) -> Said | None:
    spec = record.spec
    if record.quiet:
        record.told_deleted = record.told_deleted or record.deleted
        return None
    if record.deleted:
        if record.was_deleted or record.told_deleted:
            return None
        record.told_deleted = True
        what, previous = "deleted", None
    elif record.event_base is None or record.shown is None:
        what, previous = "created", None
    elif record.shown == record.event_base or "updated" not in spec.events:
        return None
    else:
        if record.settled_from is record.event_base:
            patch = record.patches[-1][2]
        else:
            patch = encoded_patch(spec.cls, record.shown, record.event_base)
        if not patch:
            return None
        what, previous = "updated", previous_attributes(patch)
    if what not in spec.events:
        return None
    return Said(
        f"{spec.event}.{what}", spec.kind, record.document.id, record.revision, previous,
        clock=record.clock,
    )  # fmt: skip


def _hold(uow: "UnitOfWork", bases: dict[str, Any]) -> None:
    payload = {
        "bases": bases,
        "said": [
            [
                event.type, event.kind, event.object_id, event.revision, event.previous,
                event.payload,
            ]
            for event in uow.events
        ],
        "sequence": uow.sequence_name,
        "attempts": uow.held,
    }  # fmt: skip
    text = msgspec.json.encode(payload).decode()
    uow.connection.insert(
        "held_events",
        ("book", "attempt", "payload"),
        [(uow.book.key, attempt, text) for attempt in uow.held],
    )


def _without(uow: "UnitOfWork", record: Record, held: HeldForm) -> dict[str, Any]:
    """Return a document without what a held transaction did: what its events compare with.

    What others have done to it since is told already.
    """
    before = uow.form_at(record, held.revision)
    if record.revision <= held.after:
        return before
    now = plain(record.shown or b"{}")
    return walk_back(now, reverse_patch(uow.form_at(record, held.after), before))


def release(uow: "UnitOfWork", held_events: str) -> dict[str, HeldForm]:
    """Take over the events that an earlier transaction left to this one, as it has kept them.

    Returns, by document, what that transaction did to it.
    """
    payload = msgspec.json.decode(held_events)
    uow.released += payload["attempts"]
    held: dict[str, HeldForm] = {}
    for key, facts in payload["bases"].items():
        form = HeldForm(*facts)
        spec = REGISTRY[form.kind]
        record = uow.record(spec.cls, id_in(spec, key))
        if record is None:
            continue
        held[key] = form
        record.quiet = record.quiet or form.quiet
        record.event_base = encode(_without(uow, record, form)) if form.revision else None
    uow.events[:0] = [Said(*each) for each in payload["said"]]
    uow.sequence_name = payload["sequence"]
    return held

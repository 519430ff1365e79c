"""The flush: one bulk write per table of all that a unit of work changed, events included."""

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from prorata.model.difference import previous_attributes
from prorata.model.finer_types import SILENT
from prorata.model.ids import bucket_of
from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.connection import Proof
from prorata.store.events import AUTOMATIC, UNSETTLED, Said, in_sequence
from prorata.store.names import table_name
from prorata.store.records import HeldForm, Record, encode, id_in, key_of
from prorata.store.telling import tell
from prorata.store.terms import write_terms

if TYPE_CHECKING:
    from prorata.store.unit_of_work import UnitOfWork

LEDGER_COLUMNS = (
    "book", "id", "line", "account", "amount", "currency", "customer", "kind", "object_id",
    "memo", "posted_at",
)  # fmt: skip
_ID = attrgetter("document.id")
HISTORY_COLUMNS = ("book", "object_id", "revision", "changed_at", "patch")
# Writes the row as it is: whoever else writes it, before or after, has met this unit.
_KEEP = "UPDATE {} SET revision = revision WHERE book = ? AND id = ? AND revision = ?"


def flush(uow: "UnitOfWork") -> None:
    """Write documents, history, events, deliveries and ledger entries."""
    inserts: dict[str, list[Record]] = {}
    updates: dict[str, list[Record]] = {}
    history: list[tuple[Any, ...]] = []
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
            record.patches.append((record.revision, uow.now, {}))
        (inserts if record.fresh else updates).setdefault(record.spec.kind, []).append(record)
        history += [
            (uow.book.key, record.key, revision, second, encode(patch).decode())
            for revision, second, patch in record.patches
        ]
    # Updates first: they may give up a unique value that a new document takes.
    relied = _relied(uow, updates)
    for kind in sorted({*updates, *relied}):
        rows = [_row(uow, record) for record in _in_turn(updates.get(kind, []))]
        otherwise = f"a {kind} was changed by another transaction"
        if rows:
            uow.connection.expect(_update_sql(REGISTRY[kind]), rows, otherwise)
        if kept := relied.get(kind):
            uow.connection.expect(_KEEP.format(table_name(kind)), kept, otherwise)
    for kind, records in sorted(inserts.items()):
        spec = REGISTRY[kind]
        rows = [_row(uow, record) for record in _in_turn(records)]
        uow.connection.insert(table_name(kind), _insert_columns(spec), rows)
    write_terms(uow.connection, uow.book.key, chain(*updates.values(), *inserts.values()))
    if history:
        uow.connection.insert("history", HISTORY_COLUMNS, history)
    if uow.postings:
        uow.connection.insert("ledger", LEDGER_COLUMNS, uow.postings)
    uow.tallies.write()
    silent = [
        record for kind in SILENT for record in chain(inserts.get(kind, ()), updates.get(kind, ()))
    ]
    tell(uow, silent)
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
    uow: "UnitOfWork", updates: dict[str, list[Record]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Return by kind what is relied on and not written anyway. SQLite has one writer at a time."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    if uow.connection.dialect == "sqlite":
        return found
    for key in sorted(uow.relied & uow.records.keys()):
        record = uow.records[key]
        if not record.fresh and record not in updates.get(record.spec.kind, ()):
            row = (uow.book.key, record.document.id, record.stored_revision)
            found.setdefault(record.spec.kind, []).append(row)
    return found


def _in_turn(records: list[Record]) -> list[Record]:
    """Return documents of one kind in the order in which they are written.

    Everybody writes in the order of the ids: two units that meet wait, and do not wait for each
    other. But a document that gives up a unique value comes before the one that takes it.
    """
    records.sort(key=_ID)
    if records and records[0].spec.unique:
        records.sort(key=lambda record: not record.gives_up_unique())
    return records


def _row(uow: "UnitOfWork", record: Record) -> tuple[Any, ...]:
    spec, document = record.spec, record.document
    due = None if record.deleted or spec.due is None else spec.due(document)
    assert record.shown is not None, "its revision is settled"
    text = record.shown.decode()
    private = record.shown_private
    private_text = None if private is None else private.decode()
    if record.fresh:
        return (
            uow.book.key, document.id, record.revision, record.created, bucket_of(document.id),
            record.clock, due, 0, *record.columns(), text, private_text,
        )  # fmt: skip
    return (
        record.revision, record.created, due, int(record.deleted), *record.columns(), text,
        private_text,
        uow.book.key, document.id, record.stored_revision,
    )  # fmt: skip


_columns: dict[str, tuple[str, ...]] = {}
_updates: dict[str, str] = {}


def _insert_columns(spec: ResourceSpec) -> tuple[str, ...]:
    found = _columns.get(spec.kind)
    if found is None:
        found = _columns[spec.kind] = (
            "book", "id", "revision", "created", "bucket", "clock", "due_at", "deleted",
            *(each.name for each in spec.columns), "document", "private",
        )  # fmt: skip
    return found


def _update_sql(spec: ResourceSpec) -> str:
    found = _updates.get(spec.kind)
    if found is None:
        names = ("revision", "created", "due_at", "deleted", *(each.name for each in spec.columns))
        assignments = ", ".join(f'"{name}" = ?' for name in (*names, "document", "private"))
        found = _updates[spec.kind] = (
            f"UPDATE {table_name(spec.kind)} SET {assignments}"
            " WHERE book = ? AND id = ? AND revision = ?"
        )
    return found


def conclude(uow: "UnitOfWork", records: Iterable[Record]) -> None:
    """End a step: derive the events of what it changed and put all its events in order."""
    said = {(event.type, event.object_id) for event in uow.events}
    derived = []
    bases: dict[str, Any] = {}
    for record in records:
        record.suspect = False
        if record.fresh and record.deleted:
            continue
        record.settle(uow.now)
        record.shown_private = record.private_bytes()
        if record.shown is record.event_base and not record.deleted and not uow.held:
            continue
        event = _derived(record)
        if event is not None and (event.type, event.object_id) not in said:
            derived.append(event)
        if record.shown is not record.event_base:
            if uow.held:
                bases[record.key] = record.held_form()
            record.event_base = record.shown
        elif uow.held and record.shown_private != record.base_private:
            bases[record.key] = record.held_form()
    for event in uow.events:
        if event.revision == UNSETTLED:
            event.revision = max(uow.records[_key(event)].revision, 1)
    if uow.held:
        _hold(uow, bases)
        uow.held = []
    else:
        for event in in_sequence(uow.events + derived, uow.sequence_name):
            event.created = uow.now
            about = uow.records.get(_key(event))
            event.clock = about.clock if about else uow.clock
            event.request = None if event.type in AUTOMATIC else uow.cause
            uow.told.append(event)
    uow.events = []
    uow.sequence_name = "default"


def _key(event: Said) -> str:
    """Return the key of what an event is about; what is not stored has its id alone."""
    spec = REGISTRY.get(event.kind)
    return event.object_id if spec is None else key_of(spec, event.object_id)


def _derived(record: Record) -> Said | None:
    spec = record.spec
    if record.quiet:
        return None
    document = record.document
    if record.deleted:
        if record.was_deleted or record.told_deleted:
            return None
        record.told_deleted = True
        what, previous = "deleted", None
    elif record.event_base is None or record.shown is None:
        what, previous = "created", None
    elif record.shown is record.event_base or record.shown == record.event_base:
        return None
    else:
        if record.settled_from is record.event_base:
            patch = record.patches[-1][2]
        else:
            patch = record.patch_from(record.event_base)
        if not patch:
            return None
        what, previous = "updated", previous_attributes(patch)
    if what not in spec.events:
        return None
    return Said(f"{spec.event}.{what}", spec.kind, document.id, record.revision, previous)


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


def release(uow: "UnitOfWork", attempt: str) -> dict[str, HeldForm]:
    """Take over the events that an earlier transaction left to this one.

    Returns, by document, what that transaction did to it.
    """
    rows = uow.connection.query(
        "SELECT payload FROM held_events WHERE book = ? AND attempt = ?", (uow.book.key, attempt)
    )
    if not rows:
        return {}
    payload = msgspec.json.decode(rows[0][0])
    condition, value = uow.connection.any_of("attempt", payload["attempts"])
    uow.connection.run(
        f"DELETE FROM held_events WHERE book = ? AND {condition}", (uow.book.key, value)
    )
    held: dict[str, HeldForm] = {}
    for key, facts in payload["bases"].items():
        form = HeldForm(*facts)
        spec = REGISTRY[form.kind]
        record = uow.record(spec.cls, id_in(spec, key))
        if record is None:
            continue
        held[key] = form
        record.quiet = record.quiet or form.quiet
        before = form.revision
        record.event_base = encode(uow.form_at(record, before)) if before else None
    uow.events[:0] = [Said(*each) for each in payload["said"]]
    uow.sequence_name = payload["sequence"]
    return held

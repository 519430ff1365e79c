"""The event log: events as rows that name a document and a revision, and as what they tell.

An event's `data.object` is not stored: it is the document, walked back to the revision that the
event names. Documents and their history are read in a constant number of queries for any number
of events.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prorata.model.difference import walk_back
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Book, readable_key
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import key_of, plain

COLUMNS = (
    "id, type, kind, object_id, revision, previous, payload, created, request, idempotency_key"
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is stored, in the order of COLUMNS."""

    id: str
    type: str
    kind: str
    object_id: str
    revision: int
    previous: str | None
    payload: str | None
    created: int
    request: str | None
    idempotency_key: str | None

    @property
    def readable_key(self) -> str | None:
        return None if self.idempotency_key is None else readable_key(self.idempotency_key)


def find_events(connection: Connection, book: Book, ids: Iterable[str]) -> list[EventRow]:
    """Return the events with these ids, oldest first; those that do not exist are left out."""
    condition, value = connection.any_of("id", dict.fromkeys(ids))
    rows = connection.query(
        f"SELECT {COLUMNS} FROM event WHERE book = ? AND {condition} ORDER BY id",
        (book.key, value),
    )
    return [EventRow(*row) for row in rows]


def render_events(
    connection: Connection, book: Book, rows: Sequence[EventRow], api_version: str
) -> list[dict[str, Any]]:
    """Return events as the API shows them, in the newest form, which the caller lowers.

    api_version: what `api_version` says. Inline lists are whole: the caller shortens them.
    """
    forms = _Forms(connection, book, rows)
    pending = _pending(connection, rows)
    return [
        {
            "id": row.id,
            "object": "event",
            "api_version": api_version,
            "created": row.created,
            "data": _data(row, forms),
            "livemode": book.livemode,
            "pending_webhooks": pending.get(row.id, 0),
            "request": {"id": row.request, "idempotency_key": row.readable_key},
            "type": row.type,
        }
        for row in rows
    ]


def render_event(
    connection: Connection, book: Book, row: EventRow, api_version: str
) -> dict[str, Any]:
    """Return one event; see `render_events`."""
    return render_events(connection, book, [row], api_version)[0]


class _Forms:
    """The documents that events name, and the way back to their earlier forms."""

    def __init__(self, connection: Connection, book: Book, rows: Sequence[EventRow]) -> None:
        named = [row for row in rows if row.payload is None]
        self._documents: dict[str, str] = {}
        kinds: dict[str, list[str]] = defaultdict(list)
        for row in named:
            kinds[row.kind].append(row.object_id)
        for kind, ids in kinds.items():
            condition, value = connection.any_of("id", dict.fromkeys(ids))
            for id, document in connection.query(
                f"SELECT id, document FROM {table_name(kind)} WHERE book = ? AND {condition}",
                (book.key, value),
            ):
                self._documents[key_of(REGISTRY[kind], id)] = document
        self._patches: dict[str, list[tuple[int, str]]] = defaultdict(list)
        if named:
            objects = dict.fromkeys(key_of(REGISTRY[row.kind], row.object_id) for row in named)
            condition, value = connection.any_of("object_id", objects)
            oldest = min(row.revision for row in named)
            for key, revision, patch in connection.query(
                f"SELECT object_id, revision, patch FROM history WHERE book = ? AND {condition}"
                " AND revision > ? ORDER BY object_id, revision DESC",
                (book.key, value, oldest),
            ):
                self._patches[key].append((revision, patch))

    def at(self, kind: str, id: str, revision: int) -> dict[str, Any]:
        """Return a document as it was at a revision, whether or not it was deleted since."""
        key = key_of(REGISTRY[kind], id)
        form = plain(self._documents[key])
        for newer, patch in self._patches[key]:
            if newer <= revision:
                break
            form = walk_back(form, plain(patch))
        return form


def _data(row: EventRow, forms: _Forms) -> dict[str, Any]:
    stored = row.payload is not None
    told = plain(row.payload or "") if stored else forms.at(row.kind, row.object_id, row.revision)
    data: dict[str, Any] = {"object": told}
    if row.previous is not None:
        data["previous_attributes"] = plain(row.previous)
    return data


def _pending(connection: Connection, rows: Sequence[EventRow]) -> dict[str, int]:
    """Return how many endpoints each event has still to reach."""
    if not rows:
        return {}
    condition, value = connection.any_of("event", [row.id for row in rows])
    counted = connection.query(
        f"SELECT event, COUNT(*) FROM delivery WHERE {condition} AND next_attempt_at IS NOT NULL"
        " GROUP BY event",
        (value,),
    )
    return dict(counted)

"""Event pages: which events a list of them holds, newest first."""

from dataclasses import dataclass, field
from typing import Any

from prorata.model.thin_types import THIN_KIND
from prorata.model.transaction import Book
from prorata.store.connection import Connection
from prorata.store.event_log import COLUMNS, EventRow

KEPT_SECONDS = 30 * 86_400
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(slots=True)
class EventQuery:
    """Which events are asked for.

    since: the second of real time before which an event is too old to be read. types: names, or
    beginnings that end in `*`; any of them. created: bounds (gt, gte, lt, lte) in seconds UTC.
    delivered: whether every endpoint has taken the event. after, before: cursors. kept_thin:
    whether those that exist thin alone are among them. without: types that are not. about: the id
    of the document that they tell of.
    """

    since: int
    limit: int
    types: tuple[str, ...] = ()
    created: dict[str, int] = field(default_factory=dict)
    delivered: bool | None = None
    after: str | None = None
    before: str | None = None
    kept_thin: bool = False
    without: frozenset[str] = frozenset()
    about: str | None = None


def read_page(
    connection: Connection, book: Book, query: EventQuery
) -> tuple[list[EventRow], bool]:
    """Return a page of events, newest first, and whether there are more beyond it."""
    conditions = ["book = ?", "recorded_at >= ?"]
    parameters: list[int | str] = [book.key, query.since]
    if not query.kept_thin:
        conditions.append("kind <> ?")
        parameters.append(THIN_KIND)
    if query.types:
        condition, values = _typed(query.types)
        conditions.append(condition)
        parameters += values
    if query.without:
        conditions.append(f"type NOT IN ({', '.join('?' * len(query.without))})")
        parameters += sorted(query.without)
    if query.about is not None:
        conditions.append("object_id = ?")
        parameters.append(query.about)
    for bound, second in query.created.items():
        conditions.append(f"created {BOUNDS[bound]} ?")
        parameters.append(second)
    if query.delivered is not None:
        conditions.append(
            f"{'NOT ' if query.delivered else ''}EXISTS (SELECT 1 FROM delivery"
            " WHERE delivery.event = event.id AND delivery.delivered_at IS NULL)"
        )
    backwards = query.before is not None
    for sign, cursor in (("<", query.after), (">", query.before)):
        if cursor is not None:
            conditions.append(f"id {sign} ?")
            parameters.append(cursor)
    rows = connection.query(
        f"SELECT {COLUMNS} FROM event WHERE {' AND '.join(conditions)}"
        f" ORDER BY id {'ASC' if backwards else 'DESC'} LIMIT {int(query.limit) + 1}",
        tuple(parameters),
    )
    page = [EventRow(*row) for row in rows[: query.limit]]
    return (page[::-1] if backwards else page), len(rows) > query.limit


def find_recent(
    connection: Connection, book: Book, id: str, since: int = 0, *, kept_thin: bool = False
) -> EventRow | None:
    """Return an event that was recorded at a second of real time or later, or None.

    kept_thin: also one that exists thin alone.
    """
    rows = connection.query(
        f"SELECT {COLUMNS} FROM event WHERE book = ? AND id = ? AND recorded_at >= ?",
        (book.key, id, since),
    )
    found = EventRow(*rows[0]) if rows else None
    return found if kept_thin or found is None or found.kind != THIN_KIND else None


def _typed(types: tuple[str, ...]) -> tuple[str, list[Any]]:
    parts, values = [], []
    for type in types:
        if type.endswith("*"):
            # `_` is part of names and must not stand for any character.
            beginning = type[:-1].replace("!", "!!").replace("_", "!_").replace("%", "!%")
            parts.append("type LIKE ? ESCAPE '!'")
            values.append(f"{beginning}%")
        else:
            parts.append("type = ?")
            values.append(type)
    return f"({' OR '.join(parts)})", values

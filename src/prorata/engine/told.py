"""Told: proves that events tell of every document's beginning, changes and end, each once."""

from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import check
from prorata.engine.runtime import System
from prorata.model.difference import walk_back
from prorata.model.resource import REGISTRY
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import key_of, plain

# Of some of their changes other nouns tell: a dispute, a refund that failed, a discount.
QUIET = frozenset({"charge", "coupon", "promotion_code"})
# Some of them begin in silence: prices within a request, what a reservation gives back.
UNTOLD = frozenset({"price", "product", "refund"})


@check("No event stands there twice")
def told_once(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every event that was told of the same twice.

    Changes are not looked at: of what others changed while a payment was made, its outcome tells
    at the same revision. An invoice that is sent once more, or whose payment fails once more, does
    not change by it: it is told for each who asked.
    """
    rows = connection.query(
        "SELECT type, object_id, revision, COUNT(*) FROM event"
        " WHERE payload IS NULL AND type NOT LIKE '%.updated'"
        " GROUP BY book, type, kind, object_id, revision, CASE WHEN type IN"
        " ('invoice.payment_failed', 'invoice.payment_action_required', 'invoice.sent')"
        " THEN COALESCE(idempotency_key, request) END HAVING COUNT(*) > 1"
    )
    for type, id, revision, count in rows:
        yield f"{id}: {type} was told {count} times at revision {revision}"


@check("Every document is as the newest event about it tells")
def changes_told(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document that has changed since the newest event about it."""
    held = held_keys(connection)
    for kind, spec in REGISTRY.items():
        if not {"created", "updated"} <= spec.events or kind in QUIET:
            continue
        # Looked up for each: sorted by document, all documents would be held at once.
        newest = (
            "(SELECT MAX(e.revision) FROM event e WHERE e.book = d.book AND e.kind = ?"
            " AND e.object_id = d.id)"
        )
        rows = connection.query(
            f"SELECT d.book, d.id, {_key(kind)}, d.revision, {newest} FROM {table_name(kind)} d"
            f" WHERE d.deleted = 0 AND {newest} < d.revision",
            (kind, kind),
        )
        for book, id, key, revision, told in rows:
            [[text]] = connection.query(
                f"SELECT document FROM {table_name(kind)} WHERE book = ? AND id = ?", (book, id)
            )
            patches = connection.query(
                "SELECT patch FROM history WHERE book = ? AND object_id = ? AND revision > ?"
                " ORDER BY revision DESC",
                (book, key, told),
            )
            now = form = plain(text)
            for (patch,) in patches:
                form = walk_back(form, plain(patch))
            if own(form) != own(now) and (book, key) not in held:
                yield f"{key}: changed up to revision {revision}, told up to {told}"


@check("Every document was told to be created, and to be deleted when it was")
def presence_told(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document that is there without its event, or gone without it.

    What was in the books before their first event came from elsewhere. Which event is the later one
    is not asked: a process whose clock is behind tells of what it does in the past.
    """
    held = held_keys(connection)
    began = beginnings(connection)
    for kind, spec in REGISTRY.items():
        if "created" not in spec.events:
            continue
        rows = connection.query(
            "SELECT d.book, d.id, d.deleted, d.clock, d.created"
            f" FROM {table_name(kind)} d"
            " LEFT JOIN event c ON c.book = d.book AND c.object_id = d.id AND c.type = ?"
            " LEFT JOIN event g ON g.book = d.book AND g.object_id = d.id AND g.type = ?"
            " GROUP BY d.book, d.id, d.deleted, d.clock, d.created"
            " HAVING d.deleted = 0 AND MAX(c.id) IS NULL"
            " OR d.deleted = 1 AND MAX(c.id) IS NOT NULL AND MAX(g.id) IS NULL",
            (f"{spec.event}.created", f"{spec.event}.deleted"),
        )
        for book, id, deleted, clock, created in rows:
            if (book, key_of(spec, id)) in held:
                continue
            if deleted:
                # What goes with its test clock goes in silence.
                if clock is None:
                    yield f"{id}: is gone, and was never told to be deleted"
            elif kind not in UNTOLD and created > began.get(book, created):
                yield f"{id}: is there, and was never told to be created"


def beginnings(connection: Connection) -> dict[int, int]:
    """Return the second of each book's first event: what was there before came from elsewhere."""
    return dict(connection.query("SELECT book, MIN(created) FROM event GROUP BY book"))


def held_keys(connection: Connection) -> set[tuple[int, str]]:
    """Return the keys of documents whose events wait for the outcome of a payment."""
    rows = connection.query("SELECT book, payload FROM held_events")
    return {(book, key) for book, payload in rows for key in plain(payload)["bases"]}


def own(form: Any) -> Any:
    """Return a document, or a part of one, with the ids of its items' prices for their copies.

    What changes of a price is told by the price alone, and shown by whoever has it.
    """
    if isinstance(form, list):
        return [own(each) for each in form]
    if not isinstance(form, dict):
        return form
    bare = form.get("object") == "subscription_item"
    return {
        name: value.get("id")
        if bare and name in ("plan", "price") and isinstance(value, dict)
        else own(value)
        for name, value in form.items()
    }


def _key(kind: str) -> str:
    """Return the SQL of what history calls a document."""
    return "d.id" if key_of(REGISTRY[kind], "x") == "x" else f"'{kind}/' || d.id"

"""Listened: the proof that events reach whoever listens for them, thin ones among them."""

from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import PAGE, check, documents
from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY
from prorata.model.thin_types import PING, RECEIVERS, THIN_KIND, wants
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

# Deliveries are forgotten after thirty days.
KEPT_SECONDS = 29 * 86_400
# What was under way when somebody began to listen may have missed it.
BEGINNING_SECONDS = 10


@check("Events go to whoever listens for them")
def events_are_delivered(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every event since a destination was last changed, for each that asks for its type."""
    oldest = system.clock.now() - KEPT_SECONDS
    for book, destination in documents(connection, "v2.core.event_destination"):
        if destination["status"] != "enabled":
            continue
        enabled = frozenset(destination["enabled_events"])
        thin = destination["event_payload"] == "thin"
        since = max(oldest, destination["updated"] + BEGINNING_SECONDS)
        for id, type, sent in _events(connection, book, destination["id"], since):
            if type != PING and wants(enabled, thin, type):
                problem = f"{id}: {type} was never on its way to {destination['id']}"
                yield None if sent else problem


def _events(
    connection: Connection, book: int, receiver: str, since: int
) -> Iterator[tuple[str, str, bool]]:
    """Yield the events recorded after a second: id, type, whether a receiver was to have them."""
    id = ""
    while True:
        rows = connection.query(
            "SELECT e.id, e.type, d.event FROM event AS e LEFT JOIN delivery AS d"
            " ON d.event = e.id AND d.endpoint = ? WHERE e.book = ? AND e.id > ?"
            f" AND e.recorded_at > ? ORDER BY e.id LIMIT {PAGE}",
            (receiver, book, id, since),
        )
        yield from ((row[0], row[1], row[2] is not None) for row in rows)
        if len(rows) < PAGE:
            return
        id = rows[-1][0]


@check("Thin events name an object that there is or was")
def thin_events_name_objects(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every event that exists thin alone: the object that it names is kept."""
    for book, id, payload in _thin_alone(connection):
        related = payload.get("related_object")
        if related is None:
            yield None
            continue
        known = related["type"] in REGISTRY and connection.query(
            f"SELECT 1 FROM {table_name(related['type'])} WHERE book = ? AND id = ?",
            (book, related["id"]),
        )
        yield None if known else f"{id}: there never was a {related['type']} {related['id']}"


def _thin_alone(connection: Connection) -> Iterator[tuple[int, str, dict[str, Any]]]:
    book, id = -1, ""
    while True:
        rows = connection.query(
            "SELECT book, id, payload FROM event WHERE (book, id) > (?, ?)"
            f" AND kind = ? ORDER BY book, id LIMIT {PAGE}",
            (book, id, THIN_KIND),
        )
        yield from ((row[0], row[1], plain(row[2] or "{}")) for row in rows)
        if len(rows) < PAGE:
            return
        book, id = rows[-1][:2]


@check("Deliveries lead from an event to somebody who was told of events")
def deliveries_have_both_ends(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every delivery that is still to be made: its event and its receiver are kept."""
    receivers = {
        id for kind in RECEIVERS for (id,) in connection.query(f"SELECT id FROM {table_name(kind)}")
    }
    rows = connection.query(
        "SELECT d.event, d.endpoint, e.id FROM delivery AS d LEFT JOIN event AS e"
        " ON e.book = d.book AND e.id = d.event WHERE d.next_attempt_at IS NOT NULL"
    )
    for event, receiver, found in rows:
        if found is None:
            yield f"{event}: it is to be delivered to {receiver}, but there is no such event"
        elif receiver not in receivers:
            yield f"{event}: it is to be delivered to {receiver}, which there never was"
        else:
            yield None

"""Entitlement proofs: whoever only listens to the summaries knows what customers may use."""

from collections.abc import Iterator
from typing import Any

from prorata.engine.entitlements.summary import INLINE, UPDATED
from prorata.engine.runtime import System
from prorata.resources.entitlements.active_entitlement import ActiveEntitlement
from prorata.simulation.proofs import proof
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain


@proof
def summaries_tell_all(system: System, connection: Connection) -> Iterator[str]:
    """Yield every summary that does not follow from the one before, and who was told otherwise."""
    told: dict[tuple[int, str], list[str]] = {}
    rows = connection.query(
        "SELECT book, id, object_id, previous, payload FROM event WHERE type = ? ORDER BY book, id",
        (UPDATED,),
    )
    for book, id, customer, previous, payload in rows:
        former = _ids(plain(previous)["entitlements"])
        if former != told.get((book, customer), []):
            yield f"{id}: {customer} was told of {told.get((book, customer))}, not of {former}"
        told[book, customer] = _ids(plain(payload)["entitlements"])
    stored = _stored(connection)
    for key in told.keys() | stored.keys():
        listed = sorted(stored.get(key, ()), reverse=True)[:INLINE]
        if told.get(key, []) != listed:
            yield f"{key[1]} may use {listed}, and was told of {told.get(key)}"


def _ids(entitlements: dict[str, Any]) -> list[str]:
    return [each["id"] for each in entitlements["data"]]


def _stored(connection: Connection) -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    table = table_name(ActiveEntitlement.spec.kind)
    for book, id, customer in connection.query(
        f"SELECT book, id, customer FROM {table} WHERE deleted = 0"
    ):
        found.setdefault((book, customer), []).append(id)
    return found

"""Telling: the events of a unit of work written, each with its deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prorata.model.errors import LockTimeout
from prorata.model.resource import REGISTRY
from prorata.model.thin_types import RECEIVERS, wants
from prorata.store.finer import with_finer
from prorata.store.names import table_name
from prorata.store.records import HeldForm, Record, encode, key_of, plain

if TYPE_CHECKING:
    from prorata.store.unit_of_work import UnitOfWork

EVENT_COLUMNS = (
    "book", "id", "type", "kind", "object_id", "revision", "previous", "payload", "created",
    "recorded_at", "clock", "request", "idempotency_key",
)  # fmt: skip
DELIVERY_COLUMNS = ("event", "endpoint", "book", "next_attempt_at", "object", "turn")
# Of an event that no request has caused: neither its id nor its idempotency key.
NOBODY = (None, None)
# Of an endpoint: it is told of each object's events in their order.
IN_ORDER = {"prorata_order": "object"}
# Revisions that a document has at the most while its beginning is still to be told.
YOUNG = 16


def tell(uow: "UnitOfWork", silent: list[Record], receivers: Sequence["Receiver"]) -> None:
    """Write the events of a unit and their deliveries. silent: what changed without an event."""
    wanted = frozenset[str]().union(*(each.enabled for each in receivers if each.thin))
    if wanted:
        uow.told = with_finer(uow, uow.told, silent, wanted)
    if not uow.told:
        return
    ids = uow.event_ids(uow.told)
    book, real_now = uow.book.key, uow.real_now
    rows = [
        (
            book,
            id,
            event.type,
            event.kind,
            event.object_id,
            event.revision,
            None if event.previous is None else encode(event.previous),
            None if event.payload is None else encode(event.payload),
            event.created,
            real_now,
            event.clock,
            *((request.id, request.idempotency_key) if (request := event.request) else NOBODY),
        )
        for id, event in zip(ids, uow.told, strict=True)
    ]
    uow.connection.insert("event", EVENT_COLUMNS, rows)
    _deliver(uow, receivers, ids)
    uow.results["events"] = ids


@dataclass(frozen=True, slots=True)
class Receiver:
    """An enabled endpoint or destination, and what it is told of."""

    id: str
    enabled: frozenset[str]
    thin: bool
    in_order: bool


def receivers_of(uow: "UnitOfWork") -> list[Receiver]:
    """Return who may be told of a unit's events.

    Raises LockTimeout for what is told of a document whose beginning waits for a payment that
    another unit has decided: its change, or its end, would be heard of first.
    """
    book, young = uow.book.key, _young(uow)
    parts = [
        f"SELECT 0, id, document FROM {table_name(kind)}"
        " WHERE book = ? AND deleted = 0 AND status = 'enabled'"
        for kind in RECEIVERS
    ]
    if young:
        parts.append("SELECT 1, attempt, payload FROM held_events WHERE book = ?")
    receivers = []
    for held, id, text in uow.connection.query(" UNION ALL ".join(parts), (book,) * len(parts)):
        if not held:
            receivers.append(_receiver(id, plain(text)))
        elif id not in uow.released:
            forms = plain(text)["bases"]
            if any(key in young and not HeldForm(*facts).revision for key, facts in forms.items()):
                raise LockTimeout()
    return receivers


def _young(uow: "UnitOfWork") -> set[str]:
    """Return the keys of what is told of that others have made, and not long ago."""
    found = set()
    for event in uow.told:
        spec = REGISTRY.get(event.kind)
        key = event.object_id if spec is None else key_of(spec, event.object_id)
        record = uow.records.get(key)
        if record is not None and not record.fresh and record.stored_revision <= YOUNG:
            found.add(key)
    return found


def _receiver(id: str, form: dict[str, Any]) -> Receiver:
    return Receiver(
        id,
        frozenset(form["enabled_events"]),
        form.get("event_payload") == "thin",
        IN_ORDER.items() <= form["metadata"].items(),
    )


def _deliver(uow: "UnitOfWork", receivers: Sequence[Receiver], ids: list[str]) -> None:
    rows = []
    for each in receivers:
        for event, event_id in zip(uow.told, ids, strict=True):
            only = event.only
            if only == each.id or (only is None and wants(each.enabled, each.thin, event.type)):
                place = (event.object_id, event.revision) if each.in_order else (None, None)
                rows.append((event_id, each.id, uow.book.key, uow.real_now, *place))
    if rows:
        uow.connection.insert("delivery", DELIVERY_COLUMNS, rows)
        uow.results["deliveries"] = len(rows)

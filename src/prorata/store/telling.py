"""Telling: the events of a unit of work written, each with its deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prorata.model.thin_types import RECEIVERS, wants
from prorata.store.finer import with_finer
from prorata.store.names import table_name
from prorata.store.records import Record, encode, plain

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
    """Return who may be told of a unit's events."""
    rows = uow.connection.query(
        " UNION ALL ".join(
            f"SELECT id, document FROM {table_name(kind)}"
            " WHERE book = ? AND deleted = 0 AND status = 'enabled'"
            for kind in RECEIVERS
        ),
        (uow.book.key,) * len(RECEIVERS),
    )
    return [
        Receiver(
            id,
            frozenset(form["enabled_events"]),
            form.get("event_payload") == "thin",
            IN_ORDER.items() <= form["metadata"].items(),
        )
        for id, form in ((id, plain(text)) for id, text in rows)
    ]


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

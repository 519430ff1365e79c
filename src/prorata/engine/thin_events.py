"""Thin events: the log read as /v2 tells it, each event by the name of its object."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from prorata.model.errors import InvalidRequest, no_such
from prorata.model.operation import operation
from prorata.model.pages import Excerpt, Page
from prorata.model.params import given, plain
from prorata.model.resource import REGISTRY
from prorata.model.thin_types import THIN_TYPES, WHOLE_ALONE, kept_type, thin_type
from prorata.model.transaction import Book
from prorata.resources.core.thin_event import (
    RelatedObject,
    ThinEvent,
    ThinEventListParams,
    ThinEventReason,
    ThinEventRequest,
    ThinEventRetrieveParams,
    ThinNotification,
)
from prorata.resources.webhooks.event_destination import EventDestination, ping
from prorata.store.connection import Connection
from prorata.store.event_log import EventRow
from prorata.store.event_pages import KEPT_SECONDS, EventQuery, find_recent, read_page
from prorata.store.names import table_name
from prorata.store.records import plain as decoded
from prorata.store.unit_of_work import UnitOfWork

# How ids of thin events begin, after the prefix; those of the log never do.
BEGINNING = "65"
# Where the object of an event is found, when that is not its collection and its id. Without an id
# in it, the object is one that the account or the customer has once. `{name}` is a field of it.
URLS = {
    "balance": "/v1/balance",
    "balance_settings": "/v1/balance_settings",
    "cash_balance": "/v1/customers/{id}/cash_balance",
    "customer_cash_balance_transaction":
        "/v1/customers/{customer}/cash_balance_transactions/{id}",
    "discount": "/v1/{owner}/discount",
    "tax.settings": "/v1/tax/settings",
}  # fmt: skip
ONCE = frozenset({"balance", "balance_settings", "cash_balance", "discount", "tax.settings"})
# Kinds whose place depends on whose they are.
OWNED = frozenset({"customer_cash_balance_transaction", "discount"})
# What is about nothing that could be fetched.
NAMELESS = frozenset({
    "account.application.authorized", "account.application.deauthorized",
    "account.external_account.created", "account.external_account.deleted",
    "account.external_account.updated", "billing_portal.session.created", "invoice.upcoming",
    "entitlements.active_entitlement_summary.updated",
})  # fmt: skip


def thin_id(id: str, livemode: bool) -> str:
    """Return the id under which an event of the log is told thin."""
    return f"{_prefix(livemode)}{id.removeprefix('evt_')}"


def kept_id(thin: str, livemode: bool) -> str | None:
    """Return the id in the log of a thin event, or None for what cannot be one."""
    prefix = _prefix(livemode)
    return f"evt_{thin.removeprefix(prefix)}" if thin.startswith(prefix) else None


def _prefix(livemode: bool) -> str:
    return f"evt_{BEGINNING}" if livemode else f"evt_test_{BEGINNING}"


def thin_events(connection: Connection, book: Book, rows: Sequence[EventRow]) -> list[ThinEvent]:
    """Return events of the log as they are fetched thin; all of them have a thin type."""
    fields = _fields(connection, book, rows)
    found = []
    for row in rows:
        told = _told(row)
        found.append(
            ThinEvent(
                id=thin_id(row.id, book.livemode),
                created=row.created,
                data=_data(row, told),
                livemode=book.livemode,
                reason=_reason(row),
                related_object=_related(row, told, fields),
                snapshot_event=None if told is not None else row.id,
                type=_type(row),
            )
        )
    return found


def notifications(
    connection: Connection, book: Book, rows: Sequence[EventRow]
) -> list[ThinNotification]:
    """Return events of the log as they are delivered thin."""
    return [
        ThinNotification(
            **{name: getattr(each, name) for name in ThinNotification.__struct_fields__}
        )
        for each in thin_events(connection, book, rows)
    ]


def _type(row: EventRow) -> str:
    found = thin_type(row.type)
    assert found is not None, f"{row.type} is told whole alone"
    return found


def _told(row: EventRow) -> dict[str, Any] | None:
    """Return what was kept of an event that exists thin alone."""
    return decoded(row.payload or "{}") if thin_type(row.type) == row.type else None


def _reason(row: EventRow) -> ThinEventReason | None:
    if row.request is None:
        return None
    key = row.readable_key or ""
    return ThinEventReason(request=ThinEventRequest(id=row.request, idempotency_key=key))


def _data(row: EventRow, told: dict[str, Any] | None) -> dict[str, Any] | UnsetType:
    if told is not None:
        data: dict[str, Any] | UnsetType = told.get("data", UNSET)
        return data
    if row.type == "invoice.upcoming":
        return {"customer": decoded(row.payload or "{}")["customer"], "subscription": row.object_id}
    return UNSET


def _related(
    row: EventRow, told: dict[str, Any] | None, fields: dict[str, dict[str, Any]]
) -> RelatedObject | UnsetType:
    if told is not None:
        related = told.get("related_object")
        return UNSET if related is None else RelatedObject(**related)
    if row.type in NAMELESS:
        return UNSET
    spec = REGISTRY.get(row.kind)
    collection = spec.path if spec is not None else None
    pattern = URLS.get(row.kind) or f"{collection or f'/v1/{row.kind}s'}/{{id}}"
    values = {"id": row.object_id, **fields.get(row.object_id, {})}
    return RelatedObject(
        id=UNSET if row.kind in ONCE else row.object_id,
        type=row.kind,
        url=pattern.format(**values),
    )


def _fields(
    connection: Connection, book: Book, rows: Iterable[EventRow]
) -> dict[str, dict[str, Any]]:
    """Return the documents whose place depends on what they say, by id, deleted or not."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.kind in OWNED:
            wanted[row.kind].append(row.object_id)
    found = {}
    for kind, ids in wanted.items():
        condition, value = connection.any_of("id", dict.fromkeys(ids))
        for id, document in connection.query(
            f"SELECT id, document FROM {table_name(kind)} WHERE book = ? AND {condition}",
            (book.key, value),
        ):
            found[id] = _with_owner(decoded(document))
    return found


def _with_owner(fields: dict[str, Any]) -> dict[str, Any]:
    subscription = fields.get("subscription")
    owner = f"subscriptions/{subscription}" if subscription else f"customers/{fields['customer']}"
    return {**fields, "owner": owner}


@operation("GET /v2/core/events")
def list_events(tx: UnitOfWork, params: ThinEventListParams, page: Page) -> Excerpt[ThinEvent]:
    """List events, newest first; those made more than thirty days of real time ago are gone."""
    query = EventQuery(tx.real_now - KEPT_SECONDS, page.limit, kept_thin=True, without=WHOLE_ALONE)
    if given(params.types):
        query.types = tuple(_checked(name, place) for place, name in enumerate(params.types))
    if given(params.created):
        query.created = plain(params.created)
    if given(params.object_id):
        query.about = params.object_id
    query.after, query.before = page.starting_after, page.ending_before
    for cursor in ("after", "before"):
        thin = getattr(query, cursor)
        if thin is not None:
            kept = kept_id(thin, tx.book.livemode)
            if kept is None:
                raise InvalidRequest("Invalid page: it is of another list.", param="page")
            setattr(query, cursor, kept)
    rows, more = read_page(tx.connection, tx.book, query)
    told = [row for row in rows if thin_type(row.type) is not None]
    return Excerpt(thin_events(tx.connection, tx.book, told), more)


@operation("GET /v2/core/events/{id}")
def retrieve(tx: UnitOfWork, params: ThinEventRetrieveParams, id: str) -> ThinEvent:
    """Return an event; raise resource_missing when there is none or it is too old."""
    since, kept = tx.real_now - KEPT_SECONDS, kept_id(id, tx.book.livemode)
    row = kept and find_recent(tx.connection, tx.book, kept, since, kept_thin=True)
    if not row or thin_type(row.type) is None:
        raise no_such("event", id, param="id")
    return thin_events(tx.connection, tx.book, [row])[0]


@operation("POST /v2/core/event_destinations/{id}/ping")
def send_ping(tx: UnitOfWork, destination: EventDestination) -> ThinEvent:
    """Send a destination an event that says nothing, and return it."""
    ping(tx, destination)
    tx.flush()
    [id] = tx.results["events"]
    row = find_recent(tx.connection, tx.book, id, kept_thin=True)
    assert row is not None, "it was just written"
    return thin_events(tx.connection, tx.book, [row])[0]


def _checked(name: str, place: int) -> str:
    if name not in THIN_TYPES:
        path = f"types[{place}]"
        raise InvalidRequest(f"Invalid {path}: '{name}' is not a type of event.", param=path)
    return kept_type(name)

"""Events: reading what happened in the last thirty days."""

from collections.abc import Sequence

import msgspec

from prorata.model.api_versions import API_VERSIONS
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.event_types import EVENT_TYPES
from prorata.model.fields import UnsetType
from prorata.model.operation import operation
from prorata.model.params import Params, given, plain
from prorata.resources.core.event import Event, EventList, EventListParams
from prorata.store.event_log import EventRow, render_events
from prorata.store.event_pages import KEPT_SECONDS, EventQuery, find_recent, read_page
from prorata.store.unit_of_work import UnitOfWork

MOST = 100


class EventRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("GET /v1/events")
def list_events(tx: UnitOfWork, params: EventListParams) -> EventList:
    """List events, newest first; those made more than thirty days of real time ago are gone.

    `type` may end in `*`. Raises resource_missing for an unknown cursor.
    """
    if given(params.type) and given(params.types):
        raise InvalidRequest(
            "You may only specify one of these parameters: type, types.", param="type"
        )
    query = EventQuery(tx.real_now - KEPT_SECONDS, min(max(params.limit, 1), MOST))
    if given(params.type):
        query.types = (params.type,)
    elif given(params.types):
        query.types = tuple(_checked(name, place) for place, name in enumerate(params.types))
    if given(params.created):
        query.created = plain(params.created)
    if given(params.delivery_success):
        query.delivered = params.delivery_success
    query.after = _cursor(tx, params, "starting_after")
    query.before = _cursor(tx, params, "ending_before")
    if query.after is not None and query.before is not None:
        raise InvalidRequest(
            "Received both starting_after and ending_before parameters. Please pass in only one."
        )
    rows, has_more = read_page(tx.connection, tx.book, query)
    return EventList(data=_shown(tx, rows), has_more=has_more)


@operation("GET /v1/events/{event}")
def retrieve(tx: UnitOfWork, params: EventRetrieveParams, event: str) -> Event:
    """Return an event; raise resource_missing when there is none or it is too old."""
    row = find_recent(tx.connection, tx.book, event, since=tx.real_now - KEPT_SECONDS)
    if row is None:
        raise no_such("event", event, param="id")
    return _shown(tx, [row])[0]


def _shown(tx: UnitOfWork, rows: Sequence[EventRow]) -> list[Event]:
    # The answer is lowered to the caller's version, so that is the one it is rendered in.
    version = tx.request.api_version if tx.request else None
    events = render_events(tx.connection, tx.book, rows, version or API_VERSIONS[-1])
    return msgspec.convert(events, list[Event])


def _cursor(tx: UnitOfWork, params: EventListParams, name: str) -> str | None:
    cursor: str | UnsetType = getattr(params, name)
    if not given(cursor):
        return None
    if find_recent(tx.connection, tx.book, cursor) is None:
        raise no_such("event", cursor, param=name, status=400)
    return cursor


def _checked(name: str, place: int) -> str:
    if name not in EVENT_TYPES and not name.endswith("*"):
        path = f"types[{place}]"
        raise InvalidRequest(f"Invalid {path}: '{name}' is not a type of event.", param=path)
    return name

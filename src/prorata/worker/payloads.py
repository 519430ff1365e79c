"""Payloads: the bodies of deliveries, each in the API version of its endpoint."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from prorata.engine.runtime import System
from prorata.model.transaction import Book
from prorata.resources.webhooks.webhook_endpoint import EndpointPrivate, WebhookEndpoint
from prorata.store.connection import Connection
from prorata.store.deliveries import Delivery, WaitingEndpoint
from prorata.store.event_log import EventRow, find_events, render_events
from prorata.store.records import decoder
from prorata.wire.encode import shorten, to_bytes
from prorata.wire.versions.chain import NEWEST, lower

log = structlog.get_logger("prorata.worker")


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint as deliveries need it."""

    id: str
    book: int
    url: str
    api_version: str | None
    livemode: bool
    private: EndpointPrivate

    @classmethod
    def of(cls, waiting: WaitingEndpoint) -> "Target":
        endpoint = decoder(WebhookEndpoint).decode(waiting.document)
        private = decoder(EndpointPrivate).decode(waiting.private or "{}")
        return cls(
            endpoint.id,
            waiting.book,
            endpoint.url,
            endpoint.api_version,
            endpoint.livemode,
            private,
        )


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery ready to be sent; without a body its event cannot be told."""

    delivery: Delivery
    target: Target
    body: bytes | None


def parcels(
    system: System, connection: Connection, book: Book, claimed: Iterable[tuple[Target, Delivery]]
) -> list[Parcel]:
    """Return deliveries of one book with their bodies, in the same order.

    An event that goes to several endpoints of one version is rendered once.
    """
    pairs = list(claimed)
    default = system.default_version or NEWEST
    by_version: dict[str, dict[str, None]] = defaultdict(dict)
    for target, delivery in pairs:
        by_version[target.api_version or default][delivery.event] = None
    bodies = {
        (version, id): body
        for version, ids in by_version.items()
        for id, body in event_bodies(system, connection, book, ids, version).items()
    }
    return [
        Parcel(delivery, target, bodies.get((target.api_version or default, delivery.event)))
        for target, delivery in pairs
    ]


def event_bodies(
    system: System, connection: Connection, book: Book, ids: Iterable[str], version: str
) -> dict[str, bytes]:
    """Return events by their ids as an API version tells them; one that cannot be is left out."""
    rows = find_events(connection, book, ids)
    try:
        return _rendered(system, connection, book, rows, version)
    except Exception:
        # One event that cannot be told must not hold up the others.
        bodies: dict[str, bytes] = {}
        for row in rows:
            try:
                bodies.update(_rendered(system, connection, book, [row], version))
            except Exception:
                log.exception("event cannot be told", id=row.id, type=row.type)
        return bodies


def _rendered(
    system: System, connection: Connection, book: Book, rows: Sequence[EventRow], version: str
) -> dict[str, bytes]:
    events: list[Any] = render_events(connection, book, rows, version)
    for event in events:
        shorten(event["data"])
    if version != NEWEST:
        events = lower(events, version, system.unit(connection, book))
    return {event["id"]: to_bytes(event) for event in events}

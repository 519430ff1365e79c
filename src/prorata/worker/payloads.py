"""Payloads: the bodies of deliveries, each in the API version of its endpoint."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from prorata.engine.runtime import System
from prorata.engine.thin_events import notifications
from prorata.model.thin_types import THIN_KIND
from prorata.model.transaction import Book
from prorata.resources.core.thin_event import ThinNotification
from prorata.resources.webhooks.event_destination import EventDestination
from prorata.resources.webhooks.webhook_endpoint import EndpointPrivate, WebhookEndpoint
from prorata.store.connection import Connection, is_outage
from prorata.store.deliveries import Delivery, WaitingEndpoint
from prorata.store.event_log import EventRow, find_events, render_events
from prorata.store.records import decoder
from prorata.wire.encode import shorten, to_bytes
from prorata.wire.v2.form import written
from prorata.wire.versions.chain import NEWEST, lower

# In place of an API version: each event by the name of its object.
THIN = "thin"
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
    thin: bool = False
    in_order: bool = False

    @classmethod
    def of(cls, waiting: WaitingEndpoint) -> "Target":
        private = decoder(EndpointPrivate).decode(waiting.private or "{}")
        if waiting.kind == WebhookEndpoint.spec.kind:
            endpoint = decoder(WebhookEndpoint).decode(waiting.document)
            url, version = endpoint.url, endpoint.api_version
            livemode, thin = endpoint.livemode, False
        else:
            found = decoder(EventDestination).decode(waiting.document)
            url, version = found.webhook_endpoint.url or "", found.snapshot_api_version
            livemode, thin = found.livemode, found.event_payload == "thin"
        return cls(
            waiting.id, waiting.book, url, version, livemode, private, thin, waiting.in_order
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
    forms = [THIN if target.thin else target.api_version or default for target, _ in pairs]
    by_form: dict[str, dict[str, None]] = defaultdict(dict)
    for form, (_, delivery) in zip(forms, pairs, strict=True):
        by_form[form][delivery.event] = None
    bodies = {
        (form, id): body
        for form, ids in by_form.items()
        for id, body in event_bodies(system, connection, book, ids, form).items()
    }
    return [
        Parcel(delivery, target, bodies.get((form, delivery.event)))
        for form, (target, delivery) in zip(forms, pairs, strict=True)
    ]


def event_bodies(
    system: System, connection: Connection, book: Book, ids: Iterable[str], version: str
) -> dict[str, bytes]:
    """Return events by their ids as an API version tells them, or THIN; without what cannot be."""
    rows = find_events(connection, book, ids)
    try:
        return _rendered(system, connection, book, rows, version)
    except Exception as fault:
        if is_outage(fault):
            # Events are told when the database is well again; that is no try.
            raise
        # One event that cannot be told must not hold up the others.
        bodies: dict[str, bytes] = {}
        for row in rows:
            try:
                bodies.update(_rendered(system, connection, book, [row], version))
            except Exception as fault:
                if is_outage(fault):
                    raise
                log.exception("event cannot be told", id=row.id, type=row.type)
        return bodies


def _rendered(
    system: System, connection: Connection, book: Book, rows: Sequence[EventRow], version: str
) -> dict[str, bytes]:
    alone = [row for row in rows if version == THIN or row.kind == THIN_KIND]
    bodies = {
        row.id: written(each, ThinNotification)
        for row, each in zip(alone, notifications(connection, book, alone), strict=True)
    }
    rows = [row for row in rows if row.id not in bodies]
    return bodies | _rendered_whole(system, connection, book, rows, version) if rows else bodies


def _rendered_whole(
    system: System, connection: Connection, book: Book, rows: Sequence[EventRow], version: str
) -> dict[str, bytes]:
    events: list[Any] = render_events(connection, book, rows, version)
    for event in events:
        shorten(event["data"])
    if version != NEWEST:
        events = lower(events, version, system.unit(connection, book))
    return {event["id"]: to_bytes(event) for event in events}

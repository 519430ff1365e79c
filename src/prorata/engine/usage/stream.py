"""The stream of meter events: up to a hundred at a time, under a session of their own.

A session is a key that opens nothing but the stream, for a quarter of an hour.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.engine.usage.error_reports import report
from prorata.engine.usage.intake import Arrival, Fault, take_in
from prorata.model.clock import nanoseconds
from prorata.model.errors import InvalidRequest
from prorata.model.fields import Instant
from prorata.model.operation import operation
from prorata.model.params import Params, value_or
from prorata.model.transaction import Tx
from prorata.store.books import add_session
from prorata.store.unit_of_work import UnitOfWork

MOST = 100
SESSION_SECONDS = 15 * 60
Name = Annotated[str, Meta(max_length=100)]


class MeterEventStreamEventParams(Params, kw_only=True):
    event_name: Name
    identifier: Name | UnsetType = UNSET
    payload: dict[str, str]
    timestamp: Instant | UnsetType = UNSET


class MeterEventStreamCreateParams(Params, kw_only=True):
    events: list[MeterEventStreamEventParams]


class Received(Struct):
    """The answer to a batch: nothing, as what is wrong with an event is reported."""


class MeterEventSession(
    Struct, tag_field="object", tag="v2.billing.meter_event_session", kw_only=True
):
    """A session; its token is the key of the stream, and is shown once."""

    id: str
    authentication_token: str
    created: Instant
    expires_at: Instant
    livemode: bool


@operation("POST /v2/billing/meter_event_session", confidential=True)
def open_session(tx: UnitOfWork) -> MeterEventSession:
    """Return a new session. It ends by real time, whatever time the books are at."""
    now = nanoseconds() // 1_000_000_000
    id, mode = tx.id("mes"), "live" if tx.book.livemode else "test"
    token = f"mes_{mode}_{tx.secret(48)}"
    add_session(tx.connection, tx.book, token, id=id, now=now, expires_at=now + SESSION_SECONDS)
    return MeterEventSession(
        id=id,
        authentication_token=token,
        created=now,
        expires_at=now + SESSION_SECONDS,
        livemode=tx.book.livemode,
    )


@operation("POST /v2/billing/meter_event_stream", session=True)
def create(tx: Tx, params: MeterEventStreamCreateParams) -> Received:
    """Keep a batch of events; those that are wrong are reported and do not hold up the others.

    The same batch sent again, as told by its idempotency key, is counted once: an event without an
    identifier has one made of that key.
    """
    if len(params.events) > MOST:
        raise InvalidRequest(
            f"A request can hold up to {MOST} events; yours has {len(params.events)}.",
            param="events",
        )
    stem = tx.request.idempotency_key if tx.request is not None else None
    arrivals = [
        Arrival(
            each.event_name,
            each.payload,
            value_or(each.identifier, None) or _identifier(tx, stem, place),
            value_or(each.timestamp, None),
        )
        for place, each in enumerate(params.events)
    ]
    intake = take_in(tx, arrivals)
    faults = [
        (arrival, fault)
        for arrival, outcome in zip(arrivals, intake.outcomes, strict=True)
        if isinstance(outcome, Fault) and (fault := _told(tx, outcome)) is not None
    ]
    report(tx, faults)
    return Received()


def _told(tx: Tx, fault: Fault) -> Fault | None:
    """Return a fault as it is reported; None for an event that came again as it was."""
    if fault.again is None:
        return fault
    if tx.usage.holds(fault.again):
        return None
    message = f"{fault.message[:-1]}, of another customer, time or value."
    return Fault("meter_event_invalid_value", message, fault.meter)


def _identifier(tx: Tx, stem: str | None, place: int) -> str:
    return tx.secret(32) if stem is None else f"{stem} {place}"

"""Meter events: what a customer has used, told one by one."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.engine.usage.error_reports import report
from prorata.engine.usage.intake import Arrival, Fault, take_in
from prorata.model.errors import InvalidRequest
from prorata.model.fields import Instant
from prorata.model.operation import operation
from prorata.model.params import Params, value_or
from prorata.model.transaction import Tx

Name = Annotated[str, Meta(max_length=100)]
# What the sender is told at once, by the parameter that is to blame; the rest is reported.
TOLD = {
    "duplicate_meter_event": "identifier",
    "timestamp_in_future": "timestamp",
    "timestamp_too_far_in_past": "timestamp",
}


class MeterEvent(Struct, tag_field="object", tag="billing.meter_event", kw_only=True):
    """An event as it was accepted; times in seconds UTC."""

    created: int
    event_name: str
    identifier: str
    livemode: bool
    payload: dict[str, str]
    timestamp: int


class MeterEventV2(Struct, tag_field="object", tag="v2.billing.meter_event", kw_only=True):
    """The same, below /v2."""

    created: Instant
    event_name: str
    identifier: str
    livemode: bool
    payload: dict[str, str]
    timestamp: Instant


class MeterEventCreateParams(Params, kw_only=True):
    event_name: Name
    identifier: Name | UnsetType = UNSET
    payload: dict[str, str]
    timestamp: int | UnsetType = UNSET


class MeterEventV2CreateParams(Params, kw_only=True):
    event_name: Name
    identifier: Name | UnsetType = UNSET
    payload: dict[str, str]
    timestamp: Instant | UnsetType = UNSET


@operation("POST /v1/billing/meter_events")
def create(tx: Tx, params: MeterEventCreateParams) -> MeterEvent:
    """Keep an event. Raises InvalidRequest for its time or an identifier that was used before.

    What is wrong otherwise (no such meter, customer or value) is reported: see `error_reports`.
    """
    arrival, timestamp = _take(tx, params)
    return MeterEvent(
        created=tx.now,
        event_name=arrival.event_name,
        identifier=arrival.identifier,
        livemode=tx.book.livemode,
        payload=arrival.payload,
        timestamp=timestamp,
    )


@operation("POST /v2/billing/meter_events")
def create_v2(tx: Tx, params: MeterEventV2CreateParams) -> MeterEventV2:
    """Keep an event, as below /v1."""
    arrival, timestamp = _take(tx, params)
    return MeterEventV2(
        created=tx.now,
        event_name=arrival.event_name,
        identifier=arrival.identifier,
        livemode=tx.book.livemode,
        payload=arrival.payload,
        timestamp=timestamp,
    )


def _take(tx: Tx, params: MeterEventCreateParams | MeterEventV2CreateParams) -> tuple[Arrival, int]:
    arrival = Arrival(
        params.event_name,
        params.payload,
        value_or(params.identifier, None) or tx.secret(32),
        value_or(params.timestamp, None),
    )
    [outcome] = take_in(tx, [arrival]).outcomes
    if isinstance(outcome, int):
        return arrival, outcome
    if outcome.code in TOLD:
        raise InvalidRequest(
            outcome.message,
            # Below /v1, the message alone tells an event that exists already.
            code=None if _is_old_duplicate(outcome, params) else outcome.code,
            param=TOLD[outcome.code],
        )
    report(tx, [(arrival, outcome)])
    return arrival, tx.now if arrival.timestamp is None else arrival.timestamp


def _is_old_duplicate(
    fault: Fault, params: MeterEventCreateParams | MeterEventV2CreateParams
) -> bool:
    return fault.code == "duplicate_meter_event" and isinstance(params, MeterEventCreateParams)

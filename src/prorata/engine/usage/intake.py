"""Intake: meter events checked and kept.

An event that is wrong in form, in time or by its identifier is the sender's to mend; one that names
no meter, no customer or no value cannot be told apart from one that came too early or too late, and
is reported instead (see `error_reports`). What is refused or reported is not counted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from msgspec.json import encode as to_json

from prorata.engine.usage.watch import stir
from prorata.model.transaction import Tx
from prorata.model.usage import UsageEvent
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.test_clock import TestClock
from prorata.store.usage import identifier_digest

PAST_SECONDS = 35 * 86400
AHEAD_SECONDS = 300
MOST_DIGITS = 15
MOST_PLACES = 12
# Of a combination of dimensions, which an index finds.
MOST_DIMENSION_BYTES = 2_000
NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
# Values of most events, made once.
SMALL = {str(value): Decimal(value) for value in range(1000)}

Code = Literal[
    "archived_meter",
    "duplicate_meter_event",
    "meter_event_customer_not_found",
    "meter_event_invalid_value",
    "meter_event_no_customer_defined",
    "meter_event_value_too_many_digits",
    "missing_dimension_payload_keys",
    "no_meter",
    "timestamp_in_future",
    "timestamp_too_far_in_past",
]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it was sent; timestamp: seconds UTC, None for the present."""

    event_name: str
    payload: dict[str, str]
    identifier: str
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event is not counted. meter: the one it was for, where there is one.

    again: what came a second time.
    """

    code: Code
    message: str
    meter: str | None = None
    again: UsageEvent | None = None


@dataclass(slots=True)
class Intake:
    """What became of events, in their order: when each was counted, or its fault."""

    outcomes: list[int | Fault] = field(default_factory=list)
    counted: list[UsageEvent] = field(default_factory=list)


def take_in(tx: Tx, arrivals: Sequence[Arrival]) -> Intake:
    """Check events and keep those without fault; a constant number of queries for any number."""
    meters = _meters(tx, {each.event_name for each in arrivals})
    named = {
        customer
        for each in arrivals
        if (meter := meters.get(each.event_name)) is not None
        and (customer := each.payload.get(meter.customer_mapping.event_payload_key))
    }
    clocks = tx.usage.customer_clocks(named)
    times = _times(tx, clocks)
    book = tx.book.key
    digests = [identifier_digest(book, each.event_name, each.identifier) for each in arrivals]
    known = tx.usage.known(digests)
    intake = Intake()
    for each, digest in zip(arrivals, digests, strict=True):
        found = _checked(each, digest, meters.get(each.event_name), times, tx.now)
        if isinstance(found, UsageEvent):
            if digest in known:
                found = Fault(
                    "duplicate_meter_event",
                    f"An event already exists with identifier {each.identifier}.",
                    found.meter,
                    found,
                )
            else:
                known.add(digest)
                intake.counted.append(found)
        intake.outcomes.append(found if isinstance(found, Fault) else found.timestamp)
    if intake.counted:
        tx.usage.record(intake.counted)
        tx.results["usage"] = tx.results.get("usage", 0) + len(intake.counted)
        stir(tx, intake.counted, meters.values(), times, clocks)
    return intake


def _checked(
    each: Arrival, digest: str, meter: Meter | None, times: dict[str, int], now: int
) -> UsageEvent | Fault:
    if meter is None:
        return Fault("no_meter", f"No active meter found for event name {each.event_name}.")
    if meter.status != "active":
        return Fault(
            "archived_meter", f"The meter of event name {each.event_name} is inactive.", meter.id
        )
    payload, key = each.payload, meter.customer_mapping.event_payload_key
    customer = payload.get(key)
    if not customer:
        return Fault(
            "meter_event_no_customer_defined",
            f"Customer mapping key {key} not found in payload.",
            meter.id,
        )
    present = times.get(customer)
    # Whose customer is unknown has no time of its own.
    at = (now if present is None else present) if each.timestamp is None else each.timestamp
    fault = _timely(at, now if present is None else present, meter)
    if fault is not None:
        return fault
    if present is None:
        return Fault("meter_event_customer_not_found", f"No such customer: '{customer}'", meter.id)
    value = _value(payload, meter)
    if isinstance(value, Fault):
        return value
    dimensions = ""
    if meter.private.dimensions:
        text = _dimensions(payload, meter)
        if isinstance(text, Fault):
            return text
        dimensions = text
    return UsageEvent(meter.id, customer, dimensions, digest, at, value)


def _meters(tx: Tx, names: set[str]) -> dict[str, Meter]:
    """Return the meter of each event name: the active one, else the last that was."""
    meters = {each.event_name: each for each in tx.select(Meter, counting=sorted(names))}
    if missing := sorted(names - meters.keys()):
        for each in tx.select(Meter, event_name=missing, oldest_first=True):
            meters[each.event_name] = each
    return meters


def _times(tx: Tx, clocks: dict[str, str | None]) -> dict[str, int]:
    """Return what time it is for each customer that exists, by the test clock it is on."""
    on_clocks = {clock for clock in clocks.values() if clock is not None}
    found = tx.load(TestClock, on_clocks, look=True) if on_clocks else {}
    return {
        customer: found[clock].frozen_time if clock in found else tx.real_now
        for customer, clock in clocks.items()
    }


def _timely(at: int, now: int, meter: Meter) -> Fault | None:
    if at < now - PAST_SECONDS:
        return Fault(
            "timestamp_too_far_in_past",
            "The timestamp is too far in the past: events can be at most 35 days old.",
            meter.id,
        )
    if at > now + AHEAD_SECONDS:
        return Fault(
            "timestamp_in_future",
            "The timestamp is too far in the future: events can be at most 5 minutes ahead.",
            meter.id,
        )
    return None


def _value(payload: dict[str, str], meter: Meter) -> Decimal | Fault:
    key = meter.value_settings.event_payload_key
    text = payload.get(key)
    if not text and meter.default_aggregation.formula == "count":
        return Decimal(1)
    if text is None:
        # Not the guide's `meter_event_value_not_found`: the event's type does not have that code.
        return Fault(
            "meter_event_invalid_value", f"Value key {key} not found in payload.", meter.id
        )
    small = SMALL.get(text)
    if small is not None:
        return small
    if NUMBER.fullmatch(text) is None:
        return Fault("meter_event_invalid_value", f"Invalid value: {text[:100]!r}.", meter.id)
    # Each digit tells: 1.50 has two of them after the point.
    whole, _, places = text.lstrip("-").partition(".")
    if len(whole.lstrip("0")) + len(places) > MOST_DIGITS or len(places) > MOST_PLACES:
        return Fault(
            "meter_event_value_too_many_digits",
            f"The value {text[:100]} has too many digits: at most {MOST_DIGITS} are counted,"
            f" {MOST_PLACES} of them after the point.",
            meter.id,
        )
    return Decimal(text)


def _dimensions(payload: dict[str, str], meter: Meter) -> str | Fault:
    keys = meter.private.dimensions
    if missing := [key for key in keys if key not in payload]:
        return Fault(
            "missing_dimension_payload_keys",
            f"The payload lacks what its meter is grouped by: {', '.join(missing)}.",
            meter.id,
        )
    text = dimension_text({key: payload[key] for key in keys})
    # As where there are too many of them: the event counts all the same.
    return text if len(text.encode()) <= MOST_DIMENSION_BYTES else ""


def dimension_text(values: dict[str, str]) -> str:
    """Return a combination of dimensions as the one text that names it."""
    return to_json(dict(sorted(values.items()))).decode()

"""Dimensions: usage told apart by what its events say besides, such as a region or a model.

An addition to the API, under its own paths. What is billed does not change: it is the sum of all
combinations.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from prorata.engine.usage.measure import span
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Inline, operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter
from prorata.resources.core.customer import Customer

MOST_KEYS = 10
Key = Annotated[str, Meta(max_length=100)]


class MeterDimensions(Struct, tag_field="object", tag="prorata.meter_dimensions", kw_only=True):
    """The keys of the payload by whose values a meter's usage is told apart."""

    meter: str
    livemode: bool
    payload_keys: list[str]


class UsageGroup(Struct, tag_field="object", tag="prorata.usage_group", kw_only=True):
    """What was used in [start_time, end_time) by events with these values of the keys asked for.

    value: a decimal; a key is null where events were recorded before their meter had it.
    """

    id: str
    dimensions: dict[str, str | None]
    end_time: int
    livemode: bool
    meter: str
    start_time: int
    value: Decimal


class MeterDimensionsParams(Params, kw_only=True):
    payload_keys: list[Key] | None


class UsageGroupListParams(Params, kw_only=True):
    customer: str
    end_time: int
    group_by: list[str]
    start_time: int


@operation("GET /v1/prorata/meters/{id}/dimensions")
def retrieve(tx: Tx, meter: Meter) -> MeterDimensions:
    """Return by what a meter's usage is told apart."""
    return _shown(meter)


@operation("POST /v1/prorata/meters/{id}/dimensions")
def update(tx: Tx, meter: Meter, params: MeterDimensionsParams) -> MeterDimensions:
    """Say by what the usage that comes from now on is told apart; up to ten keys of the payload.

    An event without one of them is not counted, and reported.
    """
    keys = list(dict.fromkeys(params.payload_keys or []))
    if len(keys) > MOST_KEYS:
        raise InvalidRequest(
            f"A meter can have up to {MOST_KEYS} dimensions.", param="payload_keys"
        )
    for key in keys:
        if key in (
            meter.customer_mapping.event_payload_key, meter.value_settings.event_payload_key
        ):  # fmt: skip
            raise InvalidRequest(
                f"`{key}` is the meter's customer or value, and no dimension.",
                param="payload_keys",
            )
    meter.private.dimensions = keys
    return _shown(meter)


@operation("GET /v1/prorata/meters/{id}/usage")
def list_groups(tx: Tx, meter: Meter, params: UsageGroupListParams) -> Inline[UsageGroup]:
    """List what a customer has used of a meter in some time, by the values of dimensions."""
    if meter.default_aggregation.formula == "last":
        raise InvalidRequest("The last value of a meter cannot be divided into groups.", param="id")
    if params.end_time <= params.start_time:
        raise InvalidRequest("The end_time must be after the start_time.", param="end_time")
    tx.get(Customer, params.customer, param="customer")
    combinations = tx.usage.combinations(meter.id, params.customer)
    used = tx.usage.measure(
        [span(meter, params.customer, params.start_time, params.end_time, each)
         for each in combinations]
    )  # fmt: skip
    groups: dict[tuple[str | None, ...], Decimal] = {}
    for text, value in zip(combinations, used, strict=True):
        values = msgspec.json.decode(text, type=dict[str, str]) if text else {}
        group = tuple(values.get(key) for key in params.group_by)
        groups[group] = groups.get(group, Decimal(0)) + value
    return Inline(
        [
            UsageGroup(
                id=f"usage_{place}",
                dimensions=dict(zip(params.group_by, group, strict=True)),
                end_time=params.end_time,
                livemode=tx.book.livemode,
                meter=meter.id,
                start_time=params.start_time,
                value=value,
            )
            for place, (group, value) in enumerate(groups.items())
            if value
        ]
    )


def _shown(meter: Meter) -> MeterDimensions:
    return MeterDimensions(
        meter=meter.id, livemode=meter.livemode, payload_keys=meter.private.dimensions
    )

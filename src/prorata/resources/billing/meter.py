"""Meters: what is counted of a customer's use, for prices that bill by it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, value_or
from prorata.model.resource import Resource, column, matches, resource
from prorata.model.transaction import Tx

Name = Annotated[str, Meta(max_length=250)]
Key = Annotated[str, Meta(max_length=100)]
DEFAULT_CUSTOMER_KEY = "stripe_customer_id"
DEFAULT_VALUE_KEY = "value"


class MeterCustomerMapping(Struct, kw_only=True):
    event_payload_key: str
    type: Literal["by_id"] = "by_id"


class MeterDefaultAggregation(Struct, kw_only=True):
    formula: Literal["count", "last", "sum"]


class MeterStatusTransitions(Struct, kw_only=True):
    deactivated_at: int | None = None


class MeterPrivate(Struct, kw_only=True):
    """dimensions: keys of the payload by whose values the usage can be told apart.

    watched: whose use of it something waits for: nobody's, that of those who have a watch, or
    everybody's (see `usage_watch`). watchings: how often somebody new began to wait.
    """

    dimensions: list[str] = []
    watched: Literal["all", "named", "nobody"] = "nobody"
    watchings: int = 0


class MeterValueSettings(Struct, kw_only=True):
    event_payload_key: str


@resource(
    prefix="mtr",
    path="/v1/billing/meters",
    columns=(
        column("status"),
        column("event_name", index=True),
        column(
            "counting",
            lambda meter: meter.event_name if meter.status == "active" else None,
            unique=True,
        ),
    ),
    filters=(matches("status", choices=("active", "inactive")),),
    events=("created", "updated"),
    missing_name="billing meter",
)
class Meter(Resource, tag="billing.meter", kw_only=True):
    """A meter. Only its name changes; of one event_name at most one meter is active."""

    created: int
    customer_mapping: MeterCustomerMapping
    default_aggregation: MeterDefaultAggregation
    display_name: str
    event_name: str
    event_time_window: Literal["day", "hour"] | None = None
    livemode: bool
    status: Literal["active", "inactive"] = "active"
    status_transitions: MeterStatusTransitions
    updated: int
    value_settings: MeterValueSettings

    Private = MeterPrivate


class DefaultAggregationParams(Params, kw_only=True):
    formula: Literal["count", "last", "sum"]


class CustomerMappingParams(Params, kw_only=True):
    event_payload_key: Key
    type: Literal["by_id"]


class ValueSettingsParams(Params, kw_only=True):
    event_payload_key: Key


class MeterCreateParams(Params, kw_only=True):
    customer_mapping: CustomerMappingParams | UnsetType = UNSET
    default_aggregation: DefaultAggregationParams
    display_name: Name
    event_name: Key
    event_time_window: Literal["day", "hour"] | UnsetType = UNSET
    value_settings: ValueSettingsParams | UnsetType = UNSET


class MeterUpdateParams(Params, kw_only=True):
    display_name: Name | UnsetType = UNSET


@operation("POST /v1/billing/meters")
def create(tx: Tx, params: MeterCreateParams) -> Meter:
    """Create an active meter."""
    _check_free(tx, params.event_name)
    customer, value = DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY
    if given(params.customer_mapping):
        customer = params.customer_mapping.event_payload_key
    if given(params.value_settings):
        value = params.value_settings.event_payload_key
    return tx.add(
        Meter(
            id=tx.id("mtr" if tx.book.livemode else "mtr_test"),
            created=tx.now,
            customer_mapping=MeterCustomerMapping(event_payload_key=customer),
            default_aggregation=MeterDefaultAggregation(formula=params.default_aggregation.formula),
            display_name=params.display_name,
            event_name=params.event_name,
            event_time_window=value_or(params.event_time_window, None),
            livemode=tx.book.livemode,
            status_transitions=MeterStatusTransitions(),
            updated=tx.now,
            value_settings=MeterValueSettings(event_payload_key=value),
        )
    )


def _check_free(tx: Tx, event_name: str) -> None:
    if tx.select(Meter, counting=event_name, limit=1):
        raise InvalidRequest(
            f"An active meter with the event_name {event_name} already exists: deactivate it first,"
            " or choose another name.",
            param="event_name",
        )


@operation("POST /v1/billing/meters/{id}")
def update(tx: Tx, meter: Meter, params: MeterUpdateParams) -> Meter:
    """Rename a meter."""
    assign(meter, params)
    meter.updated = tx.now
    return meter


@operation("POST /v1/billing/meters/{id}/deactivate")
def deactivate(tx: Tx, meter: Meter) -> Meter:
    """Stop an active meter: it takes no events and no new price can name it."""
    if meter.status != "active":
        raise InvalidRequest("You can only deactivate a meter that is active.")
    meter.status = "inactive"
    meter.status_transitions.deactivated_at = tx.now
    meter.updated = tx.now
    tx.emit("billing.meter.deactivated", meter)
    return meter


@operation("POST /v1/billing/meters/{id}/reactivate")
def reactivate(tx: Tx, meter: Meter) -> Meter:
    """Let an inactive meter count again."""
    if meter.status != "inactive":
        raise InvalidRequest("You can only reactivate a meter that is inactive.")
    _check_free(tx, meter.event_name)
    meter.status = "active"
    meter.status_transitions.deactivated_at = None
    meter.updated = tx.now
    tx.emit("billing.meter.reactivated", meter)
    return meter

"""Alerts: who is to be told when a customer has used so much of a meter."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource
from prorata.resources.references import CustomerRef, MeterRef

Title = Annotated[str, Meta(min_length=1, max_length=256)]


class AlertFilter(Struct, kw_only=True):
    customer: CustomerRef | None = None
    type: Literal["customer"] = "customer"


class AlertUsageThreshold(Struct, kw_only=True):
    """How much of a meter: reached by each customer, or by the one of the filter."""

    filters: list[AlertFilter] | None = None
    gte: int
    meter: MeterRef
    recurrence: Literal["one_time"] = "one_time"


class AlertPrivate(Struct, kw_only=True):
    """created, moment: only what is used from then on counts; in seconds UTC, and exactly."""

    created: int = 0
    moment: int = 0


@resource(
    prefix="alrt",
    path="/v1/billing/alerts",
    columns=(
        column("alert_type"),
        column("status"),
        column("meter", lambda alert: alert.usage_threshold.meter, index=True),
    ),
    filters=(matches("alert_type", choices=("usage_threshold",)), matches("meter")),
    missing_name="billing alert",
    owner=lambda alert: None,
)
class Alert(Resource, tag="billing.alert", kw_only=True):
    """An alert; it is triggered once for each customer."""

    Private = AlertPrivate

    alert_type: Literal["usage_threshold"] = "usage_threshold"
    livemode: bool
    status: Literal["active", "archived", "inactive"] | None = "active"
    title: str
    usage_threshold: AlertUsageThreshold | None

    @property
    def customer(self) -> str | None:
        """Return the only customer that it is for, None for everybody."""
        threshold = self.usage_threshold
        filters = (threshold and threshold.filters) or []
        return filters[0].customer if filters else None


class AlertTriggered(Struct, tag_field="object", tag="billing.alert_triggered", kw_only=True):
    """That an alert was triggered for a customer, by this value; created: seconds UTC."""

    alert: Alert
    created: int
    customer: str
    livemode: bool
    value: int


class AlertFilterParams(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    type: Literal["customer"]


class AlertUsageThresholdParams(Params, kw_only=True):
    filters: list[AlertFilterParams] | UnsetType = UNSET
    gte: Annotated[int, Meta(ge=1)]
    meter: str
    recurrence: Literal["one_time"]


class AlertCreateParams(Params, kw_only=True):
    alert_type: Literal["usage_threshold"]
    title: Title
    usage_threshold: AlertUsageThresholdParams | UnsetType = UNSET

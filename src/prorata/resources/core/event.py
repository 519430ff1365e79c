"""Events: what happened, each with its object as it was at that moment."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Range
from prorata.model.params import Params


class EventData(Struct, kw_only=True):
    object: dict[str, Any]
    previous_attributes: dict[str, Any] | UnsetType = UNSET


class EventRequest(Struct, kw_only=True):
    id: str | None = None
    idempotency_key: str | None = None


class Event(Struct, kw_only=True, tag_field="object", tag="event"):
    """An event. It is kept as a line of the event log, not as a document."""

    id: str
    api_version: str | None = None
    created: int
    data: EventData
    livemode: bool
    pending_webhooks: int
    request: EventRequest | None = None
    type: str


class EventList(Struct, kw_only=True):
    """A page of events."""

    object: Literal["list"] = "list"
    data: list[Event]
    has_more: bool
    url: str = "/v1/events"


class EventListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET
    delivery_success: bool | UnsetType = UNSET
    ending_before: str | UnsetType = UNSET
    limit: int = 10
    starting_after: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    types: Annotated[list[str], Meta(max_length=20)] | UnsetType = UNSET

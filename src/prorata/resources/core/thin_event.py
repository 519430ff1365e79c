"""Thin events: what happened, told by the name of its object alone."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Instant, InstantRange
from prorata.model.params import Params


class ThinEventRequest(Struct, kw_only=True):
    id: str
    idempotency_key: str


class ThinEventReason(Struct, kw_only=True):
    request: ThinEventRequest
    type: Literal["request"] = "request"


class RelatedObject(Struct, kw_only=True):
    """Where the object is found; one that an account or a customer has once has no id."""

    id: str | UnsetType = UNSET
    type: str
    url: str


class ThinNotification(Struct, kw_only=True, tag_field="object", tag="v2.core.event"):
    """A thin event as it is delivered: without what is fetched with it."""

    id: str
    context: str | None = None
    created: Instant
    livemode: bool
    reason: ThinEventReason | None = None
    related_object: RelatedObject | UnsetType = UNSET
    snapshot_event: str | None = None
    type: str


class ThinEvent(Struct, kw_only=True, tag_field="object", tag="v2.core.event"):
    """A thin event as it is fetched. `data` is there where its type has any."""

    id: str
    changes: dict[str, Any] | None = None
    context: str | None = None
    created: Instant
    data: dict[str, Any] | UnsetType = UNSET
    livemode: bool
    reason: ThinEventReason | None = None
    related_object: RelatedObject | UnsetType = UNSET
    snapshot_event: str | None = None
    type: str


class ThinEventListParams(Params, kw_only=True):
    created: InstantRange | UnsetType = UNSET
    object_id: str | UnsetType = UNSET
    types: Annotated[list[str], Meta(max_length=20)] | UnsetType = UNSET


class ThinEventRetrieveParams(Params, kw_only=True):
    """No parameters."""

"""Event destinations: where events are sent to, thin ones or whole ones."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.api_versions import API_VERSIONS
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.event_types import EVENT_TYPES
from prorata.model.fields import Instant, Metadata, NullableMetadata, Text
from prorata.model.operation import Deleted, operation
from prorata.model.params import Params, assign, given, merge_metadata, value_or
from prorata.model.resource import Resource, column, resource
from prorata.model.thin_types import PING, THIN_TYPES
from prorata.model.transaction import Tx
from prorata.resources.webhooks.webhook_endpoint import (
    SECRET_LENGTH,
    EndpointPrivate,
    check_order,
    check_room,
    check_url,
)

URL = "webhook_endpoint.url"
SECRET = "webhook_endpoint.signing_secret"
IncludedAtFirst = Literal["webhook_endpoint.signing_secret", "webhook_endpoint.url"]
Name = Annotated[str, Meta(max_length=255)]
OURSELVES = ("@self", "self")
OTHERS = (
    "@accounts", "@organization_members", "@organization_members/@accounts", "other_accounts",
)  # fmt: skip
HINT = "; use a webhook_endpoint, which whatever listens there can pass on"


class DestinationDisabled(Struct, kw_only=True):
    reason: Literal["user"]


class DestinationStatusDetails(Struct, kw_only=True):
    disabled: DestinationDisabled | None = None


class DestinationEndpoint(Struct, kw_only=True):
    """An address; the secret is shown once and kept elsewhere."""

    signing_secret: str | None = None
    url: str | None = None


@resource(
    prefix="ed",
    path="/v2/core/event_destinations",
    columns=(column("status"),),
    missing_name="event destination",
    seals=True,
    includable=(URL,),
)
class EventDestination(Resource, kw_only=True, tag="v2.core.event_destination"):
    """An address that is told of events, each whole or no more than its name."""

    created: Instant
    description: str = ""
    enabled_events: list[str]
    event_payload: Literal["snapshot", "thin"]
    events_from: list[str] | None = None
    livemode: bool
    metadata: Metadata = {}
    name: str
    snapshot_api_version: str | None = None
    status: Literal["disabled", "enabled"] = "enabled"
    status_details: DestinationStatusDetails | None = None
    type: Literal["webhook_endpoint"] = "webhook_endpoint"
    updated: Instant
    webhook_endpoint: DestinationEndpoint

    Private = EndpointPrivate


class AmazonEventbridgeParams(Params, kw_only=True):
    aws_account_id: Text
    aws_region: Text


class AzureEventGridParams(Params, kw_only=True):
    azure_region: Text
    azure_resource_group_name: Text
    azure_subscription_id: Text


class DestinationEndpointParams(Params, kw_only=True):
    url: str


class EventDestinationCreateParams(Params, kw_only=True):
    amazon_eventbridge: AmazonEventbridgeParams | UnsetType = UNSET
    azure_event_grid: AzureEventGridParams | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    enabled_events: list[str]
    event_payload: Literal["snapshot", "thin"]
    events_from: list[str] | UnsetType = UNSET
    include: list[IncludedAtFirst] | UnsetType = UNSET
    metadata: NullableMetadata | UnsetType = UNSET
    name: Name
    snapshot_api_version: str | UnsetType = UNSET
    type: Literal["amazon_eventbridge", "azure_event_grid", "webhook_endpoint"]
    webhook_endpoint: DestinationEndpointParams | UnsetType = UNSET


class EventDestinationUpdateParams(Params, kw_only=True):
    description: Text | UnsetType = UNSET
    enabled_events: list[str] | UnsetType = UNSET
    include: list[Literal["webhook_endpoint.url"]] | UnsetType = UNSET
    metadata: NullableMetadata | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    webhook_endpoint: DestinationEndpointParams | UnsetType = UNSET


@operation("POST /v2/core/event_destinations", confidential=True)
def create(tx: Tx, params: EventDestinationCreateParams) -> EventDestination:
    """Create a destination; its signing secret is shown now, to whom asks for it, or never."""
    url = _checked_url(tx, params)
    check_types(params.enabled_events, params.event_payload)
    check_events_from(params.events_from)
    metadata = merged_metadata({}, params.metadata)
    check_order(metadata)
    version = checked_version(tx, params)
    check_room(tx)
    destination = EventDestination(
        id=tx.id("ed" if tx.book.livemode else "ed_test"),
        created=tx.now,
        description=value_or(params.description, ""),
        enabled_events=params.enabled_events,
        event_payload=params.event_payload,
        events_from=value_or(params.events_from, ["@self"]),
        livemode=tx.book.livemode,
        metadata=metadata,
        name=params.name,
        snapshot_api_version=version,
        updated=tx.now,
        webhook_endpoint=DestinationEndpoint(url=url),
    )
    secret = f"whsec_{tx.secret(SECRET_LENGTH)}"
    destination.private = EndpointPrivate(secret=tx.seals.seal(secret, destination.id))
    tx.add(destination)
    return _with_secret(destination, secret) if SECRET in _included(params) else destination


def _included(params: EventDestinationCreateParams) -> list[str]:
    return list(params.include) if given(params.include) else []


def _with_secret(destination: EventDestination, secret: str) -> EventDestination:
    """Return a copy of a destination, for the answer alone, with its signing secret in sight."""
    fields = {name: getattr(destination, name) for name in destination.__struct_fields__}
    fields["webhook_endpoint"] = DestinationEndpoint(
        signing_secret=secret, url=destination.webhook_endpoint.url
    )
    return EventDestination(**fields)


@operation("POST /v2/core/event_destinations/{id}")
def update(
    tx: Tx, destination: EventDestination, params: EventDestinationUpdateParams
) -> EventDestination:
    """Change what a destination is called, what it is told of and where."""
    if given(params.enabled_events):
        check_types(params.enabled_events, destination.event_payload)
    if given(params.webhook_endpoint):
        check_url(params.webhook_endpoint.url, tx.book.livemode, param="webhook_endpoint[url]")
        destination.webhook_endpoint.url = params.webhook_endpoint.url
    assign(destination, params, "description", "enabled_events", "name")
    destination.metadata = merged_metadata(destination.metadata, params.metadata)
    check_order(destination.metadata)
    destination.updated = tx.now
    return destination


@operation("DELETE /v2/core/event_destinations/{id}")
def delete(tx: Tx, destination: EventDestination) -> Deleted:
    """Delete a destination; what is still to be delivered to it is dropped."""
    tx.delete(destination)
    return Deleted("v2.core.event_destination", destination.id)


@operation("POST /v2/core/event_destinations/{id}/disable")
def disable(tx: Tx, destination: EventDestination) -> EventDestination:
    """Let a destination be told of nothing more; done twice, it stays so."""
    if destination.status != "disabled":
        destination.status = "disabled"
        destination.status_details = DestinationStatusDetails(
            disabled=DestinationDisabled(reason="user")
        )
        destination.updated = tx.now
    return destination


@operation("POST /v2/core/event_destinations/{id}/enable")
def enable(tx: Tx, destination: EventDestination) -> EventDestination:
    """Let a destination be told of events again, from now on."""
    if destination.status != "enabled":
        destination.status, destination.status_details = "enabled", None
        destination.updated = tx.now
    return destination


def ping(tx: Tx, destination: EventDestination) -> None:
    """Say an event that goes to this destination alone; raise InvalidRequest if it is disabled."""
    if destination.status == "disabled":
        raise InvalidRequest(
            f"The event destination {destination.id} is disabled. Enable it to ping it."
        )
    tx.emit_thin(PING, destination, only=destination.id)


def _checked_url(tx: Tx, params: EventDestinationCreateParams) -> str:
    """Return the address of a new destination; raise for the kinds that are not supported."""
    if params.type != "webhook_endpoint":
        raise NotSupported(
            f"Event destinations of the type {params.type} are not supported{HINT}.", param="type"
        )
    for name in ("amazon_eventbridge", "azure_event_grid"):
        if given(getattr(params, name)):
            raise NotSupported(
                f"`{name}` belongs to a destination of that type, which is not supported{HINT}.",
                param=name,
            )
    if not given(params.webhook_endpoint):
        raise missing_param("webhook_endpoint")
    check_url(params.webhook_endpoint.url, tx.book.livemode, param="webhook_endpoint[url]")
    return params.webhook_endpoint.url


def checked_version(tx: Tx, params: EventDestinationCreateParams) -> str | None:
    """Return the API version in which whole events are told; raise InvalidRequest."""
    version = value_or(params.snapshot_api_version, None)
    if params.event_payload == "thin":
        if version is not None:
            raise InvalidRequest(
                "Thin events have no API version: leave `snapshot_api_version` out, or choose the"
                " event_payload `snapshot`.",
                param="snapshot_api_version",
            )
        return None
    if version is not None and version not in API_VERSIONS:
        raise InvalidRequest(f"Invalid Stripe API version: {version}", param="snapshot_api_version")
    if version is None and tx.request is not None:
        return tx.request.api_version
    return version


def check_types(names: list[str], payload: str) -> None:
    """Raise InvalidRequest unless every name is a type of event of this payload, or `*`."""
    if not names:
        raise InvalidRequest(
            "You must enable at least one event; `*` enables all.", param="enabled_events"
        )
    known, other = (THIN_TYPES, EVENT_TYPES) if payload == "thin" else (EVENT_TYPES, THIN_TYPES)
    for place, name in enumerate(names):
        if name == "*" or name in known:
            continue
        path = f"enabled_events[{place}]"
        if name in other:
            rest = "thin" if payload == "snapshot" else "snapshot"
            raise InvalidRequest(
                f"Invalid {path}: {name} is a type of {rest} events; this destination has the"
                f" event_payload {payload}.",
                param=path,
            )
        raise InvalidRequest(f"Invalid {path}: '{name}' is not a type of event.", param=path)


def check_events_from(names: list[str] | UnsetType) -> None:
    """Raise unless events are asked for of the account itself: there are no others."""
    for place, name in enumerate(names if given(names) else ()):
        path = f"events_from[{place}]"
        if name in OTHERS:
            raise NotSupported(
                f"Events from {name} are not supported: an account has no other accounts here. Use"
                " @self.",
                param=path,
            )
        if name not in OURSELVES:
            raise InvalidRequest(f"Invalid {path}: must be one of @self", param=path)


def merged_metadata(current: Metadata, change: dict[str, str | None] | UnsetType) -> Metadata:
    """Return metadata after a change, in which null deletes a key.

    Raises InvalidRequest when more than 50 keys would be left.
    """
    if not given(change):
        return current
    kept = {key: value for key, value in current.items() if change.get(key, "") is not None}
    merged = {**kept, **{key: value for key, value in change.items() if value is not None}}
    merge_metadata(merged, {})
    return merged

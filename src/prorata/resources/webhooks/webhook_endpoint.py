"""Webhook endpoints: addresses that are told of events."""

from typing import Literal
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType

from prorata.model.api_versions import API_VERSIONS
from prorata.model.errors import InvalidRequest
from prorata.model.event_types import EVENT_TYPES, RETIRED_TYPES
from prorata.model.fields import Metadata
from prorata.model.operation import Deleted, operation
from prorata.model.params import Params, assign, given, merge_metadata, value_or
from prorata.model.resource import REGISTRY, Resource, column, resource
from prorata.model.thin_types import RECEIVERS
from prorata.model.transaction import Tx
from prorata.resources.core.account import ensure_account

MOST_ENDPOINTS = 16
SECRET_LENGTH = 32
ORDER = "prorata_order"
CHOICES = ("*", *sorted(EVENT_TYPES))


class EndpointPrivate(Struct, kw_only=True):
    """What is not on the wire: the signing secret, and those that a roll has left valid a while.

    Secrets are sealed for the endpoint's id. expiring: older one -> the second at which it stops
    being used.
    """

    secret: str = ""
    expiring: dict[str, int] = {}
    connect: bool = False


@resource(
    prefix="we",
    path="/v1/webhook_endpoints",
    columns=(column("status"),),
    missing_name="webhook endpoint",
    missing_param="webhook_endpoint",
    seals=True,
)
class WebhookEndpoint(Resource, kw_only=True, tag="webhook_endpoint"):
    """An address that is told of events."""

    api_version: str | None = None
    application: str | None = None
    created: int
    description: str | None = None
    enabled_events: list[str]
    livemode: bool
    metadata: Metadata = {}
    status: Literal["enabled", "disabled"] = "enabled"
    url: str

    Private = EndpointPrivate


class NewWebhookEndpoint(Struct, kw_only=True, tag_field="object", tag="webhook_endpoint"):
    """An endpoint as the answer to its creation shows it: this once with its secret."""

    id: str
    api_version: str | None
    application: str | None
    created: int
    description: str | None
    enabled_events: list[str]
    livemode: bool
    metadata: Metadata
    secret: str
    status: Literal["enabled", "disabled"]
    url: str


class WebhookEndpointCreateParams(Params, kw_only=True):
    enabled_events: list[str]
    url: str
    api_version: str | UnsetType = UNSET
    connect: bool | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


class WebhookEndpointUpdateParams(Params, kw_only=True):
    description: str | None | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    enabled_events: list[str] | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    url: str | UnsetType = UNSET


@operation("POST /v1/webhook_endpoints", confidential=True)
def create(tx: Tx, params: WebhookEndpointCreateParams) -> NewWebhookEndpoint:
    """Create an endpoint and show its secret, which no later answer does."""
    check_events(params.enabled_events)
    check_url(params.url, tx.book.livemode)
    check_order(params.metadata)
    version = value_or(params.api_version, None)
    if version is not None and version not in API_VERSIONS:
        raise InvalidRequest(f"Invalid Stripe API version: {version}", param="api_version")
    check_room(tx)
    endpoint = WebhookEndpoint(
        id=tx.new_id(WebhookEndpoint),
        api_version=version,
        created=tx.now,
        description=value_or(params.description, None),
        enabled_events=params.enabled_events,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        url=params.url,
    )
    secret = f"whsec_{tx.secret(SECRET_LENGTH)}"
    endpoint.private = EndpointPrivate(
        secret=tx.seals.seal(secret, endpoint.id), connect=value_or(params.connect, False)
    )
    return with_secret(tx.add(endpoint), secret)


@operation("POST /v1/webhook_endpoints/{id}")
def update(
    tx: Tx, endpoint: WebhookEndpoint, params: WebhookEndpointUpdateParams
) -> WebhookEndpoint:
    """Change an endpoint's address, events or status; its API version is fixed."""
    if given(params.enabled_events):
        check_events(params.enabled_events)
    if given(params.url):
        check_url(params.url, tx.book.livemode)
    check_order(params.metadata)
    assign(endpoint, params, "description", "enabled_events", "metadata", "url")
    if given(params.disabled):
        endpoint.status = "disabled" if params.disabled else "enabled"
    return endpoint


@operation("DELETE /v1/webhook_endpoints/{id}")
def delete(tx: Tx, endpoint: WebhookEndpoint) -> Deleted:
    """Delete an endpoint; what is still to be delivered to it is dropped."""
    tx.delete(endpoint)
    return Deleted("webhook_endpoint", endpoint.id)


def with_secret(endpoint: WebhookEndpoint, secret: str) -> NewWebhookEndpoint:
    """Return an endpoint with its signing secret in sight."""
    shown = {name: getattr(endpoint, name) for name in endpoint.__struct_fields__}
    return NewWebhookEndpoint(**shown, secret=secret)


def roll_secret(tx: Tx, endpoint: Resource, until: int) -> str:
    """Give an endpoint or an event destination a new signing secret and return it.

    until: the second (system time) up to which deliveries are signed with the old one too.
    """
    private = endpoint.private
    kept = {sealed: end for sealed, end in private.expiring.items() if end > tx.real_now}
    if until > tx.real_now:
        kept[private.secret] = until
    secret = f"whsec_{tx.secret(SECRET_LENGTH)}"
    endpoint.private = EndpointPrivate(
        secret=tx.seals.seal(secret, endpoint.id), expiring=kept, connect=private.connect
    )
    return secret


def check_room(tx: Tx) -> None:
    """Raise InvalidRequest when there are as many endpoints and event destinations as can be."""
    # Of two that are made at once, the second counts the first.
    tx.rely_on(ensure_account(tx))
    if sum(tx.count(REGISTRY[kind].cls) for kind in RECEIVERS) >= MOST_ENDPOINTS:
        mode = "live" if tx.book.livemode else "test"
        raise InvalidRequest(
            f"You have reached the maximum of {MOST_ENDPOINTS} {mode} webhook endpoints. Delete one"
            " to create another."
        )


def check_events(names: list[str]) -> None:
    """Raise InvalidRequest unless every name is an event type or `*`."""
    if not names:
        raise InvalidRequest(
            "You must enable at least one event; `*` enables all.", param="enabled_events"
        )
    for place, name in enumerate(names):
        if name != "*" and name not in EVENT_TYPES | RETIRED_TYPES:
            listed = ", ".join(CHOICES[:-1]) + f", or {CHOICES[-1]}"
            path = f"enabled_events[{place}]"
            raise InvalidRequest(f"Invalid {path}: must be one of {listed}", param=path)


def check_order(metadata: Metadata | None | UnsetType) -> None:
    """Raise InvalidRequest for an order of deliveries that there is not.

    `metadata[prorata_order]=object` has each object's events arrive one after the other, in the
    order in which they happened.
    """
    wanted = metadata.get(ORDER) if isinstance(metadata, dict) else None
    if wanted not in (None, "", "object"):
        raise InvalidRequest(
            f"Invalid metadata[{ORDER}]: must be object, or be left out.",
            param=f"metadata[{ORDER}]",
        )


def check_url(url: str, livemode: bool, param: str = "url") -> None:
    """Raise InvalidRequest unless events can be sent to an address: https, in test mode also http.

    Loopback addresses are taken in test mode, for development. param: where the address was sent.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid_url("Not a valid URL", param) from None
    if parts.scheme not in ("http", "https"):
        raise _invalid_url("An explicit scheme (such as https) must be provided.", param)
    if not host or any(character.isspace() for character in url):
        raise _invalid_url("Not a valid URL", param)
    if livemode and parts.scheme != "https":
        raise _invalid_url("The URL must start with `https://` in live mode.", param)


def _invalid_url(reason: str, param: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid URL: {reason}", code="url_invalid", param=param)

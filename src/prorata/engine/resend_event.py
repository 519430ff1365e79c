"""Resend: an event delivered once more, to one endpoint or to all that want it."""

from msgspec import UNSET, UnsetType

from prorata.engine.events import EventRetrieveParams, retrieve
from prorata.model.errors import InvalidRequest
from prorata.model.event_types import EXPLICIT_ONLY
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.resources.core.event import Event
from prorata.resources.webhooks.webhook_endpoint import WebhookEndpoint
from prorata.store.deliveries import send_again
from prorata.store.unit_of_work import UnitOfWork


class EventRetryParams(Params, kw_only=True):
    """for_stripecli: the request comes from the command line, whose listener is an endpoint."""

    for_stripecli: bool | UnsetType = UNSET
    webhook_endpoint: str | UnsetType = UNSET


@operation("POST /v1/events/{event}/retry")
def resend(tx: UnitOfWork, params: EventRetryParams, event: str) -> Event:
    """Deliver an event again, with the same id and body, and return it.

    Without an endpoint it goes to every enabled one that wants its type. Raises InvalidRequest for
    an endpoint that is disabled.
    """
    found = retrieve(tx, EventRetrieveParams(), event)
    if given(params.webhook_endpoint):
        endpoint = tx.get(WebhookEndpoint, params.webhook_endpoint, param="webhook_endpoint")
        if endpoint.status == "disabled":
            raise InvalidRequest(
                f"The webhook endpoint {endpoint.id} is disabled. Enable it to resend events.",
                param="webhook_endpoint",
            )
        endpoints = [endpoint]
    else:
        endpoints = [
            each
            for each in tx.select(WebhookEndpoint, status="enabled")
            if found.type in each.enabled_events
            or ("*" in each.enabled_events and found.type not in EXPLICIT_ONLY)
        ]
    for endpoint in endpoints:
        send_again(tx.connection, event, endpoint.id, tx.book.key, tx.real_now)
    if not given(params.webhook_endpoint):
        tx.results["events"] = [event]
    if endpoints:
        tx.results["deliveries"] = len(endpoints)
    return retrieve(tx, EventRetrieveParams(), event)

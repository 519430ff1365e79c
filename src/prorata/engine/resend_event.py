"""Resend: an event delivered once more, to one endpoint or to all that want it."""

from msgspec import UNSET, UnsetType

from prorata.engine.events import EventRetrieveParams, retrieve
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.thin_types import wants
from prorata.resources.core.event import Event
from prorata.resources.webhooks.event_destination import EventDestination
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
    receivers: list[WebhookEndpoint | EventDestination]
    if given(params.webhook_endpoint):
        receivers = [_named(tx, params.webhook_endpoint)]
    else:
        destinations = tx.select(EventDestination, status="enabled")
        receivers = [
            each
            for each in tx.select(WebhookEndpoint, status="enabled")
            if wants(each.enabled_events, False, found.type)
        ]
        receivers += [
            each
            for each in destinations
            if wants(each.enabled_events, each.event_payload == "thin", found.type)
        ]
    for receiver in receivers:
        send_again(tx.connection, event, receiver.id, tx.book.key, tx.real_now)
    if not given(params.webhook_endpoint):
        tx.results["events"] = [event]
    if receivers:
        tx.results["deliveries"] = len(receivers)
    return retrieve(tx, EventRetrieveParams(), event)


def _named(tx: UnitOfWork, id: str) -> WebhookEndpoint | EventDestination:
    """Return the endpoint or destination with an id; raise NotFound, or for a disabled one."""
    destination = tx.find(EventDestination, id)
    receiver = destination or tx.get(WebhookEndpoint, id, param="webhook_endpoint")
    if receiver.status == "disabled":
        raise InvalidRequest(
            f"The webhook endpoint {receiver.id} is disabled. Enable it to resend events.",
            param="webhook_endpoint",
        )
    return receiver

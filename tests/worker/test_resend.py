"""An event is sent again on request, and by the command line's own request."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from .receiver import Receiver, eventually


def retry(client: Any, event: str, **params: Any) -> Any:
    return client.raw_request("post", f"/v1/events/{event}/retry", **params).data


@pytest.fixture
def endpoint(client: Any, receiver: Receiver) -> Any:
    found = client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    yield found
    client.v1.webhook_endpoints.delete(found.id)


def test_an_event_is_sent_again_with_the_same_body(
    client: Any, receiver: Receiver, endpoint: Any
) -> None:
    client.v1.products.create({"name": "Basic"})
    id = receiver.wait(1)[0].event(endpoint.secret).id
    eventually(lambda: client.v1.events.retrieve(id).pending_webhooks == 0)
    assert retry(client, id, webhook_endpoint=endpoint.id)["pending_webhooks"] == 1
    first, second = receiver.wait(2)
    assert first.body == second.body
    eventually(lambda: client.v1.events.retrieve(id).pending_webhooks == 0)


def test_without_an_endpoint_it_goes_to_all_that_want_it(
    client: Any, receiver: Receiver, endpoint: Any
) -> None:
    product = client.v1.products.create({"name": "Basic"})
    event = next(iter(client.v1.events.list({"limit": 1})))
    assert event.data.object.id == product.id
    late = client.v1.webhook_endpoints.create(
        {"url": receiver.url("/late"), "enabled_events": ["product.created"]}
    )
    other = client.v1.webhook_endpoints.create(
        {"url": receiver.url("/other"), "enabled_events": ["price.created"]}
    )
    receiver.wait(1)
    retry(client, event.id, for_stripecli=True)
    assert receiver.wait(1, "/late")[0].event(late.secret).id == event.id
    receiver.wait(2)
    assert receiver.at("/other") == []
    client.v1.webhook_endpoints.delete(late.id)
    client.v1.webhook_endpoints.delete(other.id)


def test_a_disabled_endpoint_gets_nothing(client: Any, receiver: Receiver, endpoint: Any) -> None:
    client.v1.products.create({"name": "Basic"})
    id = receiver.wait(1)[0].event(endpoint.secret).id
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    with pytest.raises(stripe.InvalidRequestError, match="is disabled"):
        retry(client, id, webhook_endpoint=endpoint.id)

"""What waits for a deleted endpoint is dropped at once: nothing counts it as pending any more."""

from __future__ import annotations

import time
from typing import Any

from .receiver import PATIENCE_SECONDS, Receiver


def test_what_waits_to_be_tried_again_ends_with_the_endpoint(
    client: Any, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 500
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["product.created"]}
    )
    client.v1.products.create({"name": "Basic"})
    [event] = client.v1.events.list({"type": "product.created"}).data
    until = time.monotonic() + PATIENCE_SECONDS
    while not receiver.received and time.monotonic() < until:
        time.sleep(0.02)
    # Disabled, it may be enabled again before the next try.
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    time.sleep(0.3)
    assert client.v1.events.retrieve(event.id).pending_webhooks == 1
    client.v1.webhook_endpoints.delete(endpoint.id)
    while client.v1.events.retrieve(event.id).pending_webhooks and time.monotonic() < until:
        time.sleep(0.05)
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0

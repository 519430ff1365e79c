"""What waits for a deleted endpoint is dropped at once: nothing counts it as pending any more."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from prorata.store import deliveries
from prorata.worker.delivery import MOST_OPEN
from prorata.worker.loop import Worker

from .conftest import client_of
from .receiver import PATIENCE_SECONDS, Receiver, eventually

# More than are open at once.
BEHIND = 8


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


def test_much_that_waits_is_dropped_little_by_little(
    client: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "GIVEN_UP_AT_ONCE", 2)
    receiver.answer = lambda _: 500
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["coupon.created"]}
    )
    for _ in range(5):
        client.v1.coupons.create({"percent_off": 10})
    eventually(lambda: len(receiver.received) == 5)
    client.v1.webhook_endpoints.delete(endpoint.id)
    eventually(
        lambda: [
            each.pending_webhooks
            for each in client.v1.events.list({"type": "coupon.created", "limit": 5}).data
        ] == [0] * 5
    )  # fmt: skip


@pytest.mark.parametrize("change", ["delete", "disable", "move"])
def test_what_waits_behind_a_slow_answer_is_told_as_the_endpoint_is_by_then(
    start: Any, receiver: Receiver, change: str
) -> None:
    answered = threading.Event()
    receiver.answer = lambda _: 200 if answered.wait(PATIENCE_SECONDS) else 500
    server = start(worker=False)
    client = client_of(server)
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url("/slow"), "enabled_events": ["coupon.created"]}
    )
    for _ in range(MOST_OPEN + BEHIND):
        client.v1.coupons.create({"percent_off": 10})
    worker = Worker(server.system)
    worker.start()
    try:
        receiver.wait(MOST_OPEN, "/slow")
        if change == "delete":
            client.v1.webhook_endpoints.delete(endpoint.id)
        elif change == "disable":
            client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
        else:
            client.v1.webhook_endpoints.update(endpoint.id, {"url": receiver.url("/there")})
        # Who delivers has looked since.
        client.v1.webhook_endpoints.create(
            {"url": receiver.url("/other"), "enabled_events": ["product.created"]}
        )
        client.v1.products.create({"name": "Basic"})
        receiver.wait(1, "/other")
        answered.set()
        told = {"type": "coupon.created", "limit": MOST_OPEN + BEHIND}
        eventually(
            lambda: not any(each.pending_webhooks for each in client.v1.events.list(told).data)
        )
        assert len(receiver.at("/slow")) == MOST_OPEN
        assert len(receiver.at("/there")) == (BEHIND if change == "move" else 0)
    finally:
        worker.stop()

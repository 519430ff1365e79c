"""An endpoint that is told of each object's events in their order, whatever happens on the way."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from typing import Any

import pytest
import stripe

from prorata.store import deliveries
from prorata.worker import delivery

from .conftest import client_of, dev
from .receiver import Received, Receiver, eventually

ORDERED = {"prorata_order": "object"}
NOW = 1_790_000_000
PRODUCTS, CHANGES = 4, 6


def told(receiver: Receiver) -> dict[str, list[Any]]:
    """Return, by object, the names that its events told, each event once, as they arrived."""
    found: dict[str, list[Any]] = defaultdict(list)
    seen = set()
    for each in receiver.received:
        event = json.loads(each.body)
        if event["id"] not in seen:
            seen.add(event["id"])
            found[event["data"]["object"]["id"]].append(event["data"]["object"]["name"])
    return found


def change(client: Any) -> None:
    products = [client.v1.products.create({"name": "0"}).id for _ in range(PRODUCTS)]
    for number in range(1, CHANGES):
        for id in products:
            client.v1.products.update(id, {"name": str(number)})


def test_each_objects_events_arrive_in_order_through_chaos(start: Any, receiver: Receiver) -> None:
    server = start()
    client = client_of(server)
    client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"], "metadata": ORDERED}
    )
    dev(server, "POST chaos", seed=7, shuffle=True, duplicate=0.5)
    change(client)
    eventually(lambda: sum(map(len, told(receiver).values())) == PRODUCTS * CHANGES)
    assert list(told(receiver).values()) == [[str(each) for each in range(CHANGES)]] * PRODUCTS
    # What comes twice comes in its own time.
    eventually(lambda: len(receiver.received) > PRODUCTS * CHANGES)


def test_one_that_fails_holds_back_its_own_object_alone(start: Any, receiver: Receiver) -> None:
    server = start(now=NOW)
    client = client_of(server)
    client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"], "metadata": ORDERED}
    )
    failing: list[str] = []
    one_at_a_time = threading.Lock()

    def answer(received: Received) -> int:
        product = json.loads(received.body)["data"]["object"]["id"]
        with one_at_a_time:
            failing[:] = failing or [product]
        return 500 if product in failing else 200

    receiver.answer = answer
    change(client)
    eventually(lambda: len(receiver.received) == (PRODUCTS - 1) * CHANGES + 1)
    # It waits for its time once its answer is written down.
    eventually(lambda: server.system.database.read(lambda connection: connection.query(
        "SELECT 1 FROM delivery WHERE attempts = 1 AND next_attempt_at = ?", (NOW + 300,)
    )))  # fmt: skip
    receiver.answer = lambda _: 200
    server.system.clock.move_to(NOW + 300)
    eventually(lambda: len(receiver.received) == PRODUCTS * CHANGES + 1)
    assert list(told(receiver).values()) == [[str(each) for each in range(CHANGES)]] * PRODUCTS


def test_what_waits_for_its_turn_is_out_of_the_way(
    start: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be looked at each time: the deliveries of all wait meanwhile."""
    looked_at = 3
    for module in (deliveries, delivery):
        monkeypatch.setattr(module, "MOST_LOOKED_AT", looked_at)
    server = start(now=NOW)
    client = client_of(server)
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"], "metadata": ORDERED}
    )

    def due() -> list[Any]:
        return server.system.database.read(lambda connection: connection.query(
            "SELECT event FROM delivery WHERE next_attempt_at <= ?", (NOW,)
        ))  # fmt: skip

    receiver.answer = lambda _: 500
    change(client)
    eventually(lambda: len(receiver.received) == PRODUCTS and not due())
    # Each that arrives calls the next one, before the time of its own.
    receiver.answer = lambda _: 200
    for each in {json.loads(each.body)["id"] for each in receiver.received}:
        client.raw_request("post", f"/v1/events/{each}/retry", webhook_endpoint=endpoint.id)
    eventually(lambda: len(receiver.received) == PRODUCTS * CHANGES + PRODUCTS)
    assert sorted(told(receiver).values()) == [[str(each) for each in range(CHANGES)]] * PRODUCTS


def test_an_endpoint_without_the_wish_is_told_at_once(start: Any, receiver: Receiver) -> None:
    server = start(now=NOW)
    client = client_of(server)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    receiver.answer = lambda _: 500
    change(client)
    eventually(lambda: len(receiver.received) == PRODUCTS * CHANGES)


def test_another_order_is_refused_by_name(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.webhook_endpoints.create({
            "url": "https://example.com", "enabled_events": ["*"],
            "metadata": {"prorata_order": "global"},
        })  # fmt: skip
    assert refusal.value.param == "metadata[prorata_order]"

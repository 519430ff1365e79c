"""Chaos on request: deliveries of a development server that are shuffled, repeated and delayed."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest

from prorata.engine.chaos import Chaos, Fates
from prorata.worker.loop import Worker

from .conftest import client_of, dev
from .receiver import Receiver, eventually

EVENTS = 30


def test_a_seed_repeats_every_fate() -> None:
    def fates(seed: int) -> list[list[float]]:
        chaos = Chaos(Fates(seed, duplicate=0.4, delay=2.0))
        return [chaos.next_waits() for _ in range(200)]

    assert fates(1) == fates(1) != fates(2)
    assert 40 < sum(len(waits) == 2 for waits in fates(1)) < 120
    assert all(0 <= wait <= 2 for waits in fates(1) for wait in waits)


def test_deliveries_come_twice_and_in_another_order(start: Any, receiver: Receiver) -> None:
    server = start(worker=False)
    client = client_of(server)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    stirred = dev(server, "POST chaos", seed=3, duplicate=0.5, shuffle=True, delay=0.2)
    assert stirred == dev(server, "GET chaos") == {"object": "chaos", "fates": {
        "seed": 3, "duplicate": 0.5, "delay": 0.2, "shuffle": True,
    }}  # fmt: skip
    made = [client.v1.products.create({"name": str(number)}).id for number in range(EVENTS)]

    def arrived() -> list[str]:
        return [json.loads(each.body)["data"]["object"]["id"] for each in receiver.received]

    # All of them wait: on a slow machine each would be delivered before the next is made.
    worker = Worker(server.system)
    worker.start()
    try:
        eventually(lambda: set(arrived()) == set(made) and len(arrived()) > EVENTS + 5)
    finally:
        worker.stop()
    assert list(dict.fromkeys(arrived())) != made
    assert dev(server, "DELETE chaos")["fates"] is None


@pytest.mark.parametrize("wish", [
    {"duplicate": 2}, {"delay": "long"}, {"delay": 600}, {"shuffle": "maybe"}, {"seed": -1},
    {"lose": 0.5},
])  # fmt: skip
def test_a_wish_that_makes_no_sense_is_refused_by_name(frozen: Any, wish: dict[str, Any]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        dev(frozen, "POST chaos", **wish)
    with refusal.value as answer:
        assert json.load(answer)["error"]["param"] == next(iter(wish))

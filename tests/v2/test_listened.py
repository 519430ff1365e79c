"""The doctor knows that events are delivered once somebody listens for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from prorata.engine.doctor import examine
from prorata.model.thin_types import PING
from servers import running
from worker.conftest import dev
from worker.receiver import Receiver

from .conftest import terms

GO = "Events go to whoever listens for them"
NAME = "Thin events name an object that there is or was"
LEAD = "Deliveries lead from an event to somebody who was told of events"


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server whose time is moved."""
    with running(now=1_790_000_000) as found:
        yield found


def findings(server: Any, sentence: str) -> tuple[int, list[str]]:
    [found] = [each for each in examine(server.system) if each.name == sentence]
    return found.looked_at, [each.problem for each in found.findings]


def test_what_was_damaged_is_named(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = client.v2.core.event_destinations.create(
        terms(receiver.url(), enabled_events=["v1.product.created", "v1.product.deactivated"])
    )
    dev(server, "POST clock/advance", by="1h")
    product = client.v1.products.create({"name": "Basic"})
    client.v1.products.update(product.id, {"active": False})
    client.v2.core.event_destinations.ping(made.id)
    receiver.wait(3)
    for sentence, least in ((GO, 2), (NAME, 2), (LEAD, 0)):
        looked_at, problems = findings(server, sentence)
        assert looked_at >= least, sentence
        assert problems == []

    database = server.system.database
    database.write(lambda each: each.run("DELETE FROM delivery WHERE endpoint = ?", (made.id,)))
    _, problems = findings(server, GO)
    assert sorted(each.partition(" was ")[0] for each in problems) == [
        "product.created", "v1.product.deactivated",
    ]  # fmt: skip
    strange = json.dumps({"related_object": {"id": "prod_none", "type": "product", "url": "/"}})
    database.write(lambda each: each.run(
        "UPDATE event SET payload = ? WHERE type = ?", (strange, PING)))  # fmt: skip
    assert findings(server, NAME)[1] == ["there never was a product prod_none"]
    database.write(lambda each: each.run(
        "INSERT INTO delivery (event, endpoint, book, next_attempt_at) VALUES (?, ?, 1, ?)",
        ("evt_none", made.id, 4_000_000_000)))  # fmt: skip
    assert findings(server, LEAD)[1] == [
        f"it is to be delivered to {made.id}, but there is no such event"
    ]
    database.write(lambda each: each.run("DELETE FROM delivery WHERE event = 'evt_none'"))

"""Fixtures of /v2: a server with a worker, the SDK's client, and a receiver of deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from badinput.asking import Asker
from servers import running
from worker.receiver import Receiver

Thin = dict[str, Any]


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server that delivers."""
    with running() as found:
        yield found


@pytest.fixture
def client(server: Any) -> stripe.StripeClient:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


@pytest.fixture
def asker(server: Any) -> Iterator[Asker]:
    """Give requests without an SDK between."""
    found = Asker(server.url, server.secret_key)
    yield found
    found.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _no_destinations_left(server: Any) -> Iterator[None]:
    """Delete what a test has made: sixteen are all there can be."""
    yield
    asker = Asker(server.url, server.secret_key)
    for path in ("/v2/core/event_destinations", "/v1/webhook_endpoints"):
        for each in asker.ask("GET", path, {"limit": 100}).body["data"]:
            asker.ask("DELETE", f"{path}/{each['id']}")
    asker.close()


def terms(url: str = "https://example.com/hook", **more: Any) -> dict[str, Any]:
    """Return the parameters of a destination."""
    return {
        "name": "Ours",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["v1.customer.created"],
        "webhook_endpoint": {"url": url},
        **more,
    }

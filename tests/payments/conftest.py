"""Fixtures: a payer who passes challenges, and the events of one test in their order."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clocks import arrived
from payments.world import START, World
from reading import events_about, read_events
from servers import running


@pytest.fixture
def challenge(server: Any) -> Callable[..., dict[str, Any]]:
    """Give the function that passes or fails an intent's challenge as its page does."""

    def answer(intent: Any, success: bool = True) -> dict[str, Any]:
        body = urllib.parse.urlencode(
            {"success": str(success).lower(), "client_secret": intent.client_secret}
        )
        request = urllib.request.Request(
            f"{server.url}/_prorata/challenge/{intent.id}",
            data=body.encode(),
            headers={"Authorization": f"Bearer {server.publishable_key}"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)

    return answer


class Told:
    """The events since this was made or last read, oldest first.

    Those of a test clock carry its time, so what is new is not always what is newest.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._seen: set[str] = set()
        self.read()

    def read(self) -> list[Any]:
        """Return the events that are new."""
        fresh = [each for each in read_events(self._client) if each["id"] not in self._seen]
        self._seen.update(each["id"] for each in fresh)
        return events_about("", fresh)[::-1]

    def types(self) -> list[str]:
        """Return the types of the events that are new."""
        return [event.type for event in self.read()]


@pytest.fixture
def told(client: Any) -> Iterator[Told]:
    """Give the events of this test."""
    yield Told(client)


@pytest.fixture
def customer(client: Any) -> Any:
    return client.v1.customers.create({"email": "ada@example.com", "name": "Ada"})


@pytest.fixture
def pay(client: Any) -> Callable[..., Any]:
    """Give the function that creates and confirms an intent in one request."""

    def create(method: str = "pm_card_visa", amount: int = 2000, **params: Any) -> Any:
        return client.v1.payment_intents.create({
            "amount": amount,
            "currency": "usd",
            "payment_method": method,
            "confirm": True,
            **params,
        })

    return create


@pytest.fixture
def advance(client: Any) -> Callable[[Any, int], None]:
    """Give the function that moves a test clock and waits until it has arrived."""

    def move(clock: Any, to: int) -> None:
        clocks = client.v1.test_helpers.test_clocks
        clocks.advance(clock.id, {"frozen_time": to})
        arrived(clocks, clock.id)

    return move


@pytest.fixture
def world() -> Iterator[World]:
    """Give a server whose gateway fails on demand."""
    with running(worker=False, now=START) as server:
        yield World(server)

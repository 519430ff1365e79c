"""Fixtures of the worker's tests: a receiver, and a server with a store of its own."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import servers

from .receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a web server that takes deliveries."""
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Give a function that starts servers, which are stopped at the end: `start(database, …)`."""
    started: list[Any] = []
    with ExitStack() as databases:

        def begin(*arguments: Any, **options: Any) -> Any:
            started.append(servers.start(databases, *arguments, **options))
            return started[-1]

        yield begin
        for each in started:
            stop(each)


@pytest.fixture(scope="module")
def frozen(store: str) -> Iterator[Any]:
    """Give a server whose time is frozen when a test freezes it, shared by a module's tests."""
    with servers.running() as found:
        yield found


def stop(server: Any) -> None:
    """Stop a server unless it was stopped before."""
    if not getattr(server, "stopped", False):
        server.stopped = True
        server.stop()


def client_of(server: Any) -> Any:
    """Return the official SDK's client of a server."""
    import stripe

    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


def dev(server: Any, call: str, **body: Any) -> Any:
    """Call a development endpoint, such as "POST clock/advance", and return its answer."""
    method, _, path = call.partition(" ")
    request = urllib.request.Request(
        f"{server.url}/_prorata/{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)

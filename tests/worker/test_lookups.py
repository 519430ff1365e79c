"""Names that nobody answers hold up neither other names nor the end of the worker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from prorata.worker.loop import Worker

from .conftest import client_of
from .receiver import Receiver, eventually

# Of all accounts together; one may have sixteen.
NAMES = 80
EVENTS = 3
# After that a worker lets go of what is open; nobody answers before the test is over.
STOP_SECONDS = 30


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Have nobody answer for names in `.example`; gives those asked for."""
    found, asked, ended = socket.getaddrinfo, set(), threading.Event()

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.endswith(".example"):
            asked.add(name)
            ended.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return found(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    ended.set()


def test_nobody_waits_for_a_name_that_nobody_answers(
    start: Any, receiver: Receiver, silent: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prorata.resources.webhooks.webhook_endpoint.MOST_ENDPOINTS", NAMES + 1)
    server = start(worker=False)
    client = client_of(server).v1
    told = {"enabled_events": ["product.created"]}
    for number in range(NAMES):
        client.webhook_endpoints.create({"url": f"http://name{number}.example/", **told})
    # It is looked up too.
    url = receiver.url("/good").replace("127.0.0.1", "localhost")
    client.webhook_endpoints.create({"url": url, **told})
    worker = Worker(server.system)
    worker.start()
    for number in range(EVENTS):
        client.products.create({"name": f"P{number}"})
    eventually(lambda: len(receiver.received) >= EVENTS)
    eventually(lambda: len(silent) == NAMES)
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < STOP_SECONDS

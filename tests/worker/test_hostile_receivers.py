"""Receivers that misbehave: nobody else notices, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import Iterator
from typing import Any

import pytest

from prorata.worker.loop import Worker
from prorata.worker.sender import Sender
from storms.hostile import WAYS, apart

from .conftest import client_of
from .receiver import eventually

NOW = 1_790_000_000
# Of the test mode's schedule.
RETRY_SECONDS, LATER_SECONDS, LAST_SECONDS = 300, 1_800, 7_200
# Within which the good one hears of all; waiting for the others would take minutes.
PROMPT_SECONDS = 30
TIMEOUT_SECONDS = 1.0
EVENTS = 20
# What the answers of all of them together may take, in kilobytes.
ROOM = 120_000


@pytest.fixture
def hostile() -> Iterator[Any]:
    with apart() as found:
        yield found


@pytest.fixture
def good() -> Iterator[Any]:
    """Give a receiver that answers at once, whatever the hostile one is busy with."""
    with apart() as found:
        yield found


@pytest.fixture
def server(start: Any) -> Iterator[Any]:
    """Give a server with a worker that waits for receivers only briefly."""
    found = start(worker=False, now=NOW)
    worker = Worker(found.system, delivery_timeout=TIMEOUT_SECONDS)
    worker.start()
    yield found
    worker.stop()


def waiting(server: Any) -> list[tuple[str, int, str]]:
    return server.system.database.read(lambda connection: connection.query(
        "SELECT endpoint, next_attempt_at, error FROM delivery WHERE next_attempt_at IS NOT NULL"
    ))  # fmt: skip


def test_bad_receivers_are_nobody_elses_trouble(server: Any, hostile: Any, good: Any) -> None:
    endpoints = client_of(server).v1.webhook_endpoints
    hostile.answer({way: way for way in WAYS})
    for way in WAYS:
        endpoints.create({"url": hostile.url(way), "enabled_events": ["product.created"]})
    tls = endpoints.create({
        "url": hostile.url("tls", "https"), "enabled_events": ["product.created"]
    }).id  # fmt: skip
    well = endpoints.create({
        "url": good.url("good"), "enabled_events": ["product.created"]
    }).id  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    for number in range(EVENTS):
        client_of(server).v1.products.create({"name": f"P{number}"})
    eventually(lambda: len(set(good.taken("good"))) == EVENTS, PROMPT_SECONDS)
    assert time.monotonic() - started < PROMPT_SECONDS

    # Each of the others was tried once, and waits for its time. On a busy machine a good answer
    # may come too late as well.
    def tried() -> list[tuple[str, int, str]]:
        return [each for each in waiting(server) if each[0] != well and each[1] > NOW]

    eventually(lambda: len(tried()) == EVENTS * (len(WAYS) + 1))
    assert {at for _, at, _ in tried()} == {NOW + RETRY_SECONDS}
    assert all(error for *_, error in tried())
    assert hostile.tries()["private"] == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < ROOM

    hostile.answer({})
    now = NOW
    for seconds in (RETRY_SECONDS, LATER_SECONDS, LAST_SECONDS):
        now += seconds
        server.system.clock.move_to(now)
        eventually(lambda: all(at > now for _, at, _ in waiting(server)))  # noqa: B023
        if {each[0] for each in waiting(server)} <= {tls}:
            break
    # Only the one that speaks no TLS has not been told; it may have been given up by now.
    assert {each[0] for each in waiting(server)} <= {tls}
    for way in WAYS:
        assert len(set(hostile.taken(way))) == EVENTS


def test_a_connection_that_the_receiver_ended_meanwhile_costs_no_try(
    start: Any, hostile: Any
) -> None:
    # One that waits as long as usual: on a busy machine a second is soon over.
    server = start(now=NOW)
    hostile.answer({"brief": "brief"})
    client = client_of(server).v1
    client.webhook_endpoints.create({"url": hostile.url("brief"), "enabled_events": ["*"]})
    for number in range(EVENTS * 3):
        client.products.create({"name": f"P{number}"})
    eventually(lambda: not waiting(server))
    assert len(set(hostile.taken("brief"))) == EVENTS * 3
    tries = server.system.database.read(lambda connection: connection.query(
        "SELECT DISTINCT attempts FROM delivery"
    ))  # fmt: skip
    assert tries == [(1,)]


def test_a_try_has_one_end_however_many_connections_it_takes() -> None:
    seconds = 2.0
    connections = 0

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await reader.readuntil(b"{}")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            # The next one is taken, and cut off when its time is nearly over.
            await reader.readuntil(b"{}")
            await asyncio.sleep(0.8 * seconds)
            writer.close()
            return
        await reader.read()
        writer.close()

    async def run() -> None:
        receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        sender = Sender("local", seconds)
        assert (await sender.send(url, b"{}", ["whsec_1"])).delivered
        started = time.monotonic()
        reply = await sender.send(url, b"{}", ["whsec_1"])
        assert connections == 2
        assert reply.error == "No answer within 2 seconds."
        assert time.monotonic() - started < 1.6 * seconds
        await sender.close()
        receiver.close()

    asyncio.run(run())


LAST_HEADS = [
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.0 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("head", LAST_HEADS)
def test_what_comes_behind_an_answer_does_not_cost_it(head: bytes, pieces: int) -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"{}")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            while await reader.readuntil(b"{}"):
                writer.write(head if pieces == 2 else head + b"hello")
                await writer.drain()
                if pieces == 2:
                    writer.write(b"hello")
        writer.close()

    async def run() -> None:
        receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        sender = Sender("local")
        for _ in range(40):
            assert (await sender.send(url, b"{}", ["whsec_1"])).delivered
        await sender.close()
        receiver.close()

    asyncio.run(run())


def test_answers_that_never_come_to_one_end_a_try_at_once() -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while True:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)
                await writer.drain()

    async def run() -> None:
        receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        sender = Sender("local", 10.0)
        reply = await sender.send(url, b"{}", ["whsec_1"])
        assert reply.error is not None
        assert "More than one answer" in reply.error
        await sender.close()
        receiver.close()

    asyncio.run(run())


@pytest.mark.parametrize("early", [b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"])
def test_a_second_answer_is_not_taken_for_that_to_the_next_event(early: bytes) -> None:
    connections = 0

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        status = b"200 OK" if connections == 1 else b"500 No"
        gone = contextlib.suppress(asyncio.IncompleteReadError, ConnectionError)
        with gone, contextlib.closing(writer):
            while await reader.readuntil(b"{}"):
                for _ in range(2):
                    writer.write(early + b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
                    await asyncio.sleep(0.2)

    async def run() -> None:
        receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        sender = Sender("local")
        assert (await sender.send(url, b"{}", ["whsec_1"])).delivered
        await asyncio.sleep(0.5)
        assert (await sender.send(url, b"{}", ["whsec_1"])).status == 500
        assert connections == 2
        await sender.close()
        receiver.close()

    asyncio.run(run())

"""What is wrong with the worker itself costs no receiver a try: keys, descriptors, its log."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from asked import queries
from prorata.api import dispatch
from prorata.store.claims import Claims
from prorata.store.connection import Unavailable
from prorata.store.seals import Seals, new_key
from prorata.worker import delivery, loop, payloads, sender
from prorata.worker.loop import Worker

from .conftest import client_of
from .receiver import Receiver, eventually

NOW = 1_790_000_000


def test_a_secret_that_cannot_be_decrypted_costs_no_try(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    ours, another = new_key(), new_key()
    server = start(database_url, worker=False, now=NOW, secret_keys=(ours,))
    client = client_of(server)
    wanted = {"enabled_events": ["product.created"]}
    sealed = client.v1.webhook_endpoints.create({"url": receiver.url("/sealed"), **wanted})
    server.system.seals = Seals([another])
    client.v1.webhook_endpoints.create({"url": receiver.url("/open"), **wanted})
    product = client.v1.products.create({"name": "Basic"})
    worker = Worker(server.system)
    worker.start()
    try:
        receiver.wait(1, "/open")
        eventually(lambda: tries(server) == [0, 1])
        server.system.seals = Seals([another, ours])
        (received,) = receiver.wait(1, "/sealed")
        assert received.event(sealed.secret).data.object.id == product.id
        eventually(lambda: tries(server) == [1, 1])
    finally:
        worker.stop()


def test_a_connection_that_cannot_be_opened_for_want_of_descriptors_costs_no_try(
    database_url: str, start: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialing, refused = sender.dialing, []

    def crowded(reach: Any) -> Callable[[Any], Any]:
        dial = dialing(reach)

        def make(info: Any) -> Any:
            if len(refused) < 3:
                refused.append(info)
                raise OSError(errno.EMFILE, "Too many open files")
            return dial(info)

        return make

    monkeypatch.setattr(sender, "dialing", crowded)
    monkeypatch.setattr(delivery, "ROOM_SECONDS", 0.01)
    server = start(database_url, now=NOW)
    told_of(server, receiver)
    receiver.wait(1)
    eventually(lambda: tries(server) == [1])
    assert len(refused) == 3


def test_a_database_that_fails_while_events_are_read_costs_no_try(
    database_url: str, start: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered, failed = payloads.render_events, []

    def failing(*arguments: Any) -> Any:
        if len(failed) < 3:
            failed.append(arguments)
            raise Unavailable("could not write to a temporary file: No space left on device")
        return rendered(*arguments)

    monkeypatch.setattr(payloads, "render_events", failing)
    server = start(database_url, now=NOW)
    told_of(server, receiver)
    receiver.wait(1)
    eventually(lambda: tries(server) == [1])
    assert len(failed) == 3


class Full(io.StringIO):
    """Standard error on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("stderr", [Full(), None])
def test_a_log_that_cannot_be_written_ends_no_work(
    database_url: str, start: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, stderr: Any
) -> None:
    """Where the disk is full the log has no room either: what fails then is tried again."""

    def failing_once(function: Any) -> Any:
        def fails(*arguments: Any, **named: Any) -> Any:
            asked.append(function)
            if asked.count(function) == 1:
                raise Unavailable("database or disk is full")
            return function(*arguments, **named)

        return fails

    asked: list[Any] = []
    due, waiting = loop.anything_due, delivery.queues
    server = start(database_url, worker=False, now=NOW)
    client = told_of(server, receiver)
    monkeypatch.setattr(loop, "anything_due", failing_once(due))
    monkeypatch.setattr(delivery, "queues", failing_once(waiting))
    monkeypatch.setattr(dispatch, "start", failing_once(dispatch.start))
    monkeypatch.setattr(sys, "stderr", stderr)
    worker = Worker(server.system)
    worker.start()
    try:
        with pytest.raises(stripe.APIError, match="database cannot be used") as refused:
            client.v1.products.create({"name": "Other"}, {"max_network_retries": 0})
        assert refused.value.http_status == 503
        receiver.wait(1)
        eventually(lambda: asked.count(due) > 1)
    finally:
        worker.stop()


def test_where_nothing_is_to_be_delivered_one_query_says_so(start: Any) -> None:
    """It is asked twenty times a second."""
    system = start("sqlite://", worker=False).system
    idle = delivery.Deliveries(system, Claims(system.database))
    with queries() as asked:
        assert idle._take() == []
    assert len(asked) == 1


def told_of(server: Any, receiver: Receiver) -> stripe.StripeClient:
    """Let a receiver hear of a new product, and return the client that made it."""
    client = client_of(server)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    client.v1.products.create({"name": "Basic"})
    return client


def tries(server: Any) -> list[int]:
    """Return how often each endpoint was tried, in the order in which they were made."""
    rows = server.system.database.read(lambda connection: connection.query(
        "SELECT endpoint, attempts FROM delivery ORDER BY endpoint"
    ))  # fmt: skip
    return [attempts for _, attempts in rows]

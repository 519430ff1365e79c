"""Deliveries arrive within a second, signed, once, and never in each other's way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from structlog.testing import capture_logs

from prorata.worker.loop import Worker

from .conftest import client_of, dev, stop
from .receiver import PATIENCE_SECONDS, Received, Receiver, eventually, usually_within

ALL = ["*"]


@pytest.fixture
def server(database_url: str, start: Any) -> Any:
    return start(database_url)


@pytest.fixture
def client(server: Any) -> Any:
    return client_of(server)


def pending(client: Any, event_id: str) -> int:
    return int(client.v1.events.retrieve(event_id).pending_webhooks)


def test_an_event_arrives_within_a_second_and_the_sdk_accepts_it(
    client: Any, receiver: Receiver, assert_shape: Any
) -> None:
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["product.created"]}
    )
    product = client.v1.products.create({"name": "Basic"}, {"idempotency_key": "make it once"})
    (received,) = receiver.wait(1)

    event = received.event(endpoint.secret)
    assert event.type == "product.created"
    assert event.data.object.id == product.id
    assert event.request.idempotency_key == "make it once"
    assert event.pending_webhooks == 1
    assert received.headers["Content-Type"] == "application/json; charset=utf-8"
    assert_shape(json.loads(received.body))
    eventually(lambda: pending(client, event.id) == 0)
    assert usually_within(1, lambda: time_to_arrive(client, receiver))


def time_to_arrive(client: Any, receiver: Receiver) -> float:
    """Return the seconds until somebody is told of a new product."""
    before, started = len(receiver.received), time.monotonic()
    client.v1.products.create({"name": "Basic"})
    return receiver.wait(before + 1)[before].at - started


def test_the_log_of_a_failed_delivery_names_its_host_alone(
    client: Any, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 500
    url = receiver.url("/services/T0/B0/of-this-path?token=of-this-query")
    host = urlsplit(url).netloc
    url = url.replace(host, f"user:of-this-user@{host}")
    with capture_logs() as logged:
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ALL})
        client.v1.products.create({"name": "Basic"})
        eventually(lambda: any(each["event"] == "delivery failed" for each in logged))
    [failed, *_] = [each for each in logged if each["event"] == "delivery failed"]
    assert failed["host"] == host
    assert failed["error"].startswith("HTTP 500")
    assert "of-this" not in str(logged)


def test_a_wrong_secret_is_noticed(client: Any, receiver: Receiver) -> None:
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    with pytest.raises(stripe.SignatureVerificationError):
        received.event("whsec_another")


def test_only_enabled_events_are_sent(client: Any, receiver: Receiver) -> None:
    client.v1.webhook_endpoints.create(
        {"url": receiver.url("/few"), "enabled_events": ["product.updated"]}
    )
    client.v1.webhook_endpoints.create({"url": receiver.url("/all"), "enabled_events": ALL})
    product = client.v1.products.create({"name": "Basic"})
    client.v1.products.update(product.id, {"name": "Better"})
    receiver.wait(2, "/all")
    (received,) = receiver.wait(1, "/few")
    told = json.loads(received.body)
    assert told["data"]["previous_attributes"]["name"] == "Basic"
    assert told["data"]["object"]["name"] == "Better"


def test_each_endpoint_is_told_in_its_own_api_version(client: Any, receiver: Receiver) -> None:
    client.v1.webhook_endpoints.create(
        {"url": receiver.url("/old"), "enabled_events": ALL, "api_version": "2024-06-20"}
    )
    client.v1.webhook_endpoints.create({"url": receiver.url("/new"), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    (old,) = receiver.wait(1, "/old")
    (new,) = receiver.wait(1, "/new")
    assert json.loads(old.body)["api_version"] == "2024-06-20"
    assert json.loads(new.body)["api_version"] == "2026-10-28.endive"


def test_an_event_holds_the_object_as_it_was(client: Any, receiver: Receiver) -> None:
    """The second change is committed before the first delivery is even rendered."""
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.webhook_endpoints.update(endpoint.id, {"url": "http://127.0.0.1:9/"})
    client.v1.webhook_endpoints.update(endpoint.id, {"url": receiver.url()})
    product = client.v1.products.create({"name": "One"})
    for name in ("Two", "Three"):
        client.v1.products.update(product.id, {"name": name})
    told = [json.loads(each.body) for each in receiver.wait(3)]
    told.sort(key=lambda event: event["id"])
    assert [event["data"]["object"]["name"] for event in told] == ["One", "Two", "Three"]


def test_a_receiver_may_read_and_write_while_the_delivery_is_open(
    client: Any, receiver: Receiver
) -> None:
    def react(received: Received) -> int:
        event = json.loads(received.body)
        if event["type"] == "product.created":
            product = client.v1.products.retrieve(event["data"]["object"]["id"])
            client.v1.products.update(product.id, {"metadata": {"seen": "yes"}})
        return 200

    receiver.answer = react
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    product = client.v1.products.create({"name": "Basic"})
    receiver.wait(2)
    eventually(lambda: client.v1.products.retrieve(product.id).metadata["seen"] == "yes")


def test_a_slow_endpoint_does_not_delay_another(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    server = start(database_url, worker=False)
    client = client_of(server)
    released = threading.Event()

    def answer(received: Received) -> int:
        if received.path == "/slow":
            released.wait(PATIENCE_SECONDS)
        return 200

    receiver.answer = answer
    client.v1.webhook_endpoints.create({"url": receiver.url("/slow"), "enabled_events": ALL})
    client.v1.webhook_endpoints.create({"url": receiver.url("/quick"), "enabled_events": ALL})
    for number in range(40):
        client.v1.products.create({"name": f"Number {number}"})
    # What is slow is not given up meanwhile: in its place others would be sent.
    worker = Worker(server.system, delivery_timeout=2 * PATIENCE_SECONDS)
    worker.start()
    try:
        arrived = receiver.wait(40, "/quick")
        assert len({json.loads(each.body)["id"] for each in arrived}) == 40
        assert len(receiver.at("/slow")) <= 16, "an endpoint is not flooded"
        released.set()
        assert len({each.body for each in receiver.wait(40, "/slow")}) == 40
    finally:
        released.set()
        worker.stop()


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_success(client: Any, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: status
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    eventually(lambda: pending(client, json.loads(received.body)["id"]) == 0)


def test_a_success_may_have_a_long_header(client: Any, receiver: Receiver) -> None:
    receiver.answer = lambda _: (200, {"Content-Security-Policy": "a" * 30_000}, b"taken")
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    eventually(lambda: pending(client, json.loads(received.body)["id"]) == 0)


@pytest.mark.parametrize("status", [302, 400, 500])
def test_all_else_is_a_failure_and_stays_pending(
    server: Any, client: Any, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda _: (status, {"Location": receiver.url("/elsewhere")}, b"no " * 50_000)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    rows = eventually(lambda: server.system.database.read(lambda connection: connection.query(
        "SELECT status, error, attempts FROM delivery WHERE attempts > 0"
    )))
    assert rows[0][0] == status
    assert rows[0][1].startswith(f"HTTP {status}: no no")
    assert pending(client, json.loads(received.body)["id"]) == 1
    assert not receiver.at("/elsewhere"), "a redirect is not followed"


def test_an_unanswered_delivery_fails_after_the_timeout(start: Any, receiver: Receiver) -> None:
    server = start("sqlite://", worker=False)
    released = threading.Event()
    receiver.answer = lambda _: 200 if released.wait(PATIENCE_SECONDS) else 500
    worker = Worker(server.system, delivery_timeout=0.2)
    worker.start()
    try:
        client = client_of(server)
        client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
        client.v1.products.create({"name": "Basic"})
        ((error,),) = eventually(lambda: server.system.database.read(
            lambda connection: connection.query("SELECT error FROM delivery WHERE attempts = 1")
        ))
        assert error == "No answer within 0.2 seconds."
    finally:
        released.set()
        worker.stop()


def test_events_wait_for_a_worker_and_survive_a_restart(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    first = start(database_url, worker=False)
    client = client_of(first)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    product = client.v1.products.create({"name": "Basic"})
    stop(first)
    assert not receiver.received

    start(database_url)
    (received,) = receiver.wait(1)
    assert json.loads(received.body)["data"]["object"]["id"] == product.id


def test_a_delivery_that_a_stop_interrupts_is_made_again(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    released = threading.Event()
    receiver.answer = lambda _: 200 if released.wait(PATIENCE_SECONDS) else 500
    first = start(database_url)
    client = client_of(first)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ALL})
    client.v1.products.create({"name": "Basic"})
    receiver.wait(1)
    stop(first)

    receiver.answer = lambda _: 200
    start(database_url)
    again, once_more = receiver.wait(2)
    assert again.body == once_more.body, "the body is the same"
    assert again.headers["Stripe-Signature"] != "", "each try is signed anew"
    released.set()


@pytest.fixture
def failing(frozen: Any, receiver: Receiver) -> Iterator[Any]:
    """Give the client of a frozen server with one endpoint whose deliveries fail."""
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    receiver.answer = lambda _: 500
    client = client_of(frozen)
    client.endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ALL}
    )
    yield client


def test_retries_come_with_growing_pauses_and_then_end(
    failing: Any, frozen: Any, receiver: Receiver
) -> None:
    failing.v1.products.create({"name": "Basic"})
    event = receiver.wait(1)[0].event(failing.endpoint.secret)
    for tries, pause in ((2, "5min"), (3, "30min"), (4, "2h")):
        settled(frozen, tries - 1)
        dev(frozen, "POST clock/advance", by=pause)
        receiver.wait(tries)
    settled(frozen, 4)
    assert pending(failing, event.id) == 0, "in test mode three retries are all"
    assert {each.event(failing.endpoint.secret).id for each in receiver.received} == {event.id}


def test_nothing_is_tried_before_its_pause_is_over(
    failing: Any, frozen: Any, receiver: Receiver
) -> None:
    failing.v1.products.create({"name": "Basic"})
    receiver.wait(1)
    settled(frozen, 1)
    dev(frozen, "POST clock/advance", by="4min")
    time.sleep(0.5)
    assert len(receiver.received) == 1
    receiver.answer = lambda _: 200
    dev(frozen, "POST clock/advance", by="1min")
    receiver.wait(2)
    eventually(lambda: pending(failing, json.loads(receiver.received[0].body)["id"]) == 0)


def test_a_disabled_endpoint_gets_no_more_retries(
    failing: Any, frozen: Any, receiver: Receiver
) -> None:
    failing.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    settled(frozen, 1)
    failing.v1.webhook_endpoints.update(failing.endpoint.id, {"disabled": True})
    dev(frozen, "POST clock/advance", by="5min")
    eventually(lambda: pending(failing, json.loads(received.body)["id"]) == 0)
    assert len(receiver.received) == 1


def test_a_deleted_endpoint_gets_no_more_retries(
    failing: Any, frozen: Any, receiver: Receiver
) -> None:
    failing.v1.products.create({"name": "Basic"})
    (received,) = receiver.wait(1)
    settled(frozen, 1)
    failing.v1.webhook_endpoints.delete(failing.endpoint.id)
    dev(frozen, "POST clock/advance", by="5min")
    eventually(lambda: pending(failing, json.loads(received.body)["id"]) == 0)
    assert len(receiver.received) == 1


def settled(server: Any, attempts: int) -> None:
    """Wait until the outcome of so many tries is written down."""
    eventually(lambda: server.system.database.read(lambda connection: connection.query(
        "SELECT 1 FROM delivery WHERE attempts = ?", (attempts,)
    )))

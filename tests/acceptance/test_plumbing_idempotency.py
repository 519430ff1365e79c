"""Idempotency: the first answer to a key stands, whatever it was, even when the server fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import Answer, Asker

PAYMENT = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}


@pytest.fixture
def asker(server: Any) -> Iterator[Asker]:
    found = Asker(server.url, server.secret_key)
    yield found
    found.close()


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def post(asker: Asker, path: str, tree: Any, key: str) -> Answer:
    return asker.ask("POST", path, tree, {"Idempotency-Key": key})


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the second half of requests fail in a way that nobody foresaw, until it is mended."""

    def fails(*_: Any) -> Any:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("prorata.api.dispatch.settle", fails)
    return monkeypatch


def test_a_fault_of_the_server_is_kept_too(asker, server, broken, key):
    first = post(asker, "/v1/payment_intents", PAYMENT, key)
    assert (first.status, first.error["type"]) == (500, "api_error")
    assert first.headers["stripe-should-retry"] == "true"
    broken.undo()
    again = post(asker, "/v1/payment_intents", PAYMENT, key)
    assert (again.status, again.content) == (500, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    # The payment itself goes on under its own key, once.
    other = post(asker, "/v1/payment_intents", PAYMENT, f"{key}-2")
    assert (other.status, other.body["status"]) == (200, "succeeded")


@pytest.mark.any_shape("made by a function that fails")
def test_so_is_a_fault_before_anything_was_decided(asker, server, monkeypatch, key):
    from prorata.model.operation import OPERATIONS

    create = OPERATIONS["POST /v1/products"]
    works = create.function

    def fails(tx: Any, params: Any) -> Any:
        works(tx, params)
        raise RuntimeError("nobody foresaw this")

    before = len(asker.ask("GET", "/v1/products").body["data"])
    object.__setattr__(create, "function", fails)
    try:
        first = post(asker, "/v1/products", {"name": "Tea"}, key)
    finally:
        object.__setattr__(create, "function", works)
    assert (first.status, "nothing was changed" in first.message) == (500, True)
    again = post(asker, "/v1/products", {"name": "Tea"}, key)
    assert (again.status, again.content) == (500, first.content)
    assert len(asker.ask("GET", "/v1/products").body["data"]) == before


def cut_off(server: Any, key: str, seconds: int) -> None:
    """Leave a key as a process does that died before it could answer."""
    server.system.database.write(
        lambda connection: connection.run(
            "UPDATE idempotency SET status = NULL, body = NULL, created = created - ?"
            " WHERE key = ?",
            (seconds, key),
        )
    )


def test_a_request_that_was_cut_off_is_answered_with_what_became_of_it(asker, server, key):
    first = post(asker, "/v1/payment_intents", PAYMENT, key)
    cut_off(server, key, 5)
    assert post(asker, "/v1/payment_intents", PAYMENT, key).status == 409
    cut_off(server, key, 300)
    again = post(asker, "/v1/payment_intents", PAYMENT, key)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert post(asker, "/v1/payment_intents", PAYMENT, key).content == again.content
    charges = asker.ask("GET", "/v1/charges", {"payment_intent": first.body["id"]}).body["data"]
    assert len(charges) == 1


def test_a_declined_payment_is_kept_with_all_that_it_says(asker, key):
    declined = {**PAYMENT, "payment_method": "pm_card_chargeDeclined"}
    first = post(asker, "/v1/payment_intents", declined, key)
    again = post(asker, "/v1/payment_intents", declined, key)
    assert (first.status, again.status, again.content) == (402, 402, first.content)
    assert first.headers["stripe-should-retry"] == "false"
    intent = first.error["payment_intent"]["id"]
    events = asker.ask("GET", "/v1/events", {"type": "payment_intent.payment_failed"}).body["data"]
    assert [each["data"]["object"]["id"] for each in events].count(intent) == 1


def test_events_name_the_request_and_its_key(asker, key):
    made = post(asker, "/v1/customers", {"name": "Ada"}, key)
    event = asker.ask("GET", "/v1/events", {"type": "customer.created"}).body["data"][0]
    assert event["request"] == {"id": made.headers["request-id"], "idempotency_key": key}

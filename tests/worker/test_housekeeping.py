"""Keys are forgotten after a day and outcomes after thirty; what still waits is never deleted."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.worker.housekeeping import keep_house

from .conftest import client_of, dev
from .receiver import Receiver, eventually


def test_what_has_served_its_time_is_deleted(frozen: Any, receiver: Receiver) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = client_of(frozen)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    first = client.v1.products.create({"name": "Basic"}, {"idempotency_key": "once"})
    receiver.wait(1)
    eventually(lambda: count(frozen, "delivery WHERE delivered_at IS NOT NULL"))

    dev(frozen, "POST clock/advance", by="23h")
    keep_house(frozen.system)
    again = client.v1.products.create({"name": "Basic"}, {"idempotency_key": "once"})
    assert again.id == first.id

    dev(frozen, "POST clock/advance", by="2h")
    keep_house(frozen.system)
    another = client.v1.products.create({"name": "Basic"}, {"idempotency_key": "once"})
    assert another.id != first.id
    assert count(frozen, "delivery") == 2

    receiver.wait(2)
    eventually(lambda: count(frozen, "delivery WHERE delivered_at IS NOT NULL") == 2)
    dev(frozen, "POST clock/advance", by="31d")
    keep_house(frozen.system)
    assert count(frozen, "delivery") == 0
    assert count(frozen, "event") == 2, "events are the audit trail"
    dev(frozen, "POST clock/release")


def test_an_answer_of_yesterday_is_gone_where_nobody_has_kept_house(frozen: Any) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = client_of(frozen)

    def made(key: str, **changed: Any) -> str:
        params = {"name": "Basic", **changed}
        return client.v1.customers.create(params, {"idempotency_key": key}).id

    first, other = made("once"), made("other")
    dev(frozen, "POST clock/advance", by="24h")
    assert made("once") == first
    dev(frozen, "POST clock/advance", by="1s")
    another = made("once")
    assert another != first and made("once") == another
    # What is refused then is kept with the key as well.
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
            made("other", payment_method="pm_none")
    with pytest.raises(stripe.IdempotencyError):
        made("other")
    assert count(frozen, "idempotency") == 2 and other != another
    dev(frozen, "POST clock/release")


def test_what_was_given_up_is_deleted_too(frozen: Any, receiver: Receiver) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = client_of(frozen)
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["product.created"]}
    ).id
    receiver.answer = lambda _: 500
    client.v1.products.create({"name": "Basic"})
    eventually(lambda: count(frozen, "delivery WHERE attempts = 1"))
    client.v1.webhook_endpoints.delete(endpoint)
    eventually(lambda: count(frozen, "delivery WHERE next_attempt_at IS NULL") == 1)

    dev(frozen, "POST clock/advance", by="29d")
    keep_house(frozen.system)
    assert count(frozen, "delivery") == 1, "it is known that it was not delivered"
    dev(frozen, "POST clock/advance", by="2d")
    keep_house(frozen.system)
    assert count(frozen, "delivery") == 0
    dev(frozen, "POST clock/release")


def count(server: Any, table: str) -> int:
    return server.system.database.read(
        lambda connection: connection.query(f"SELECT COUNT(*) FROM {table}")
    )[0][0]

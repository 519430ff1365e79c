"""Keys are forgotten after a day and outcomes after thirty; what still waits is never deleted."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.store.deliveries import forget_deliveries
from prorata.store.kept_answers import forget_answers
from prorata.worker import housekeeping
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


def test_much_is_deleted_little_by_little(
    frozen: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    client = client_of(frozen)
    for _ in range(2):
        client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    for number in range(7):
        client.v1.products.create({"name": f"{number}"}, {"idempotency_key": f"{number}"})
    receiver.wait(14)
    eventually(lambda: count(frozen, "delivery WHERE delivered_at IS NOT NULL") == 14)
    dev(frozen, "POST clock/advance", by="31d")
    client.v1.products.create({"name": "Young"}, {"idempotency_key": "young"})
    receiver.wait(16)

    written: list[Any] = []
    monkeypatch.setattr(housekeeping, "forget_deliveries", noting(written, forget_deliveries))
    monkeypatch.setattr(housekeeping, "forget_answers", noting(written, forget_answers))
    keep_house(frozen.system, stopping=lambda: len(written) == 2)
    assert [len(each) for each in written] == [3, 3], "who is stopped goes no further"
    keep_house(frozen.system)
    assert [len(each) for each in written] == [3, 3, 3, 3, 3, 1], "the endpoints' keys too"
    assert (count(frozen, "delivery"), count(frozen, "idempotency")) == (2, 1)
    dev(frozen, "POST clock/release")


def test_what_a_clock_told_ahead_of_time_is_deleted_after_thirty_days_too(
    frozen: Any, receiver: Receiver
) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = client_of(frozen)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    now = frozen.system.clock.now()
    client.v1.test_helpers.test_clocks.create({"frozen_time": now + 3 * 365 * 86_400})
    receiver.wait(1)
    eventually(lambda: count(frozen, "delivery WHERE delivered_at IS NOT NULL") == 1)
    keep_house(frozen.system)
    assert count(frozen, "delivery") == 1
    dev(frozen, "POST clock/advance", by="31d")
    keep_house(frozen.system)
    assert count(frozen, "delivery") == 0
    dev(frozen, "POST clock/release")


def noting(written: list[Any], forget: Any) -> Any:
    def noted(connection: Any, these: list[Any], **more: Any) -> None:
        written.append(these)
        forget(connection, these, **more)

    return noted


def count(server: Any, table: str) -> int:
    return server.system.database.read(
        lambda connection: connection.query(f"SELECT COUNT(*) FROM {table}")
    )[0][0]

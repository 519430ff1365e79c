"""Keys are forgotten after a day and outcomes after thirty; what still waits is never deleted."""

from __future__ import annotations

from typing import Any

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


def count(server: Any, table: str) -> int:
    return server.system.database.read(
        lambda connection: connection.query(f"SELECT COUNT(*) FROM {table}")
    )[0][0]

"""In live mode deliveries leave this machine's networks alone, and are tried for three days."""

from __future__ import annotations

from typing import Any

from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book

from .conftest import dev
from .receiver import Receiver, eventually

SECRET = "sk_live_" + "0" * 24
PAUSES = (300, 1_800, 7_200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200)


def live_client(server: Any) -> Any:
    import stripe

    def add(connection: Any) -> None:
        book = open_book(connection, DEV_ACCOUNT, livemode=True)
        add_key(connection, book, SECRET, id="key_live", now=0)

    server.system.database.write(add)
    return stripe.StripeClient(SECRET, base_addresses={"api": server.url})


def test_a_live_delivery_to_this_machine_is_refused_at_every_try(
    frozen: Any, receiver: Receiver
) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = live_client(frozen)
    local = receiver.url().replace("http://127.0.0.1", "https://localhost")
    client.v1.webhook_endpoints.create({"url": local, "enabled_events": ["product.created"]})
    client.v1.products.create({"name": "Basic"})

    waited = []
    for tries in range(1, 20):
        error, again = eventually(lambda tries=tries: attempt(frozen, tries))
        assert "may not be sent to the address" in error
        if again is None:
            break
        waited.append(again - dev(frozen, "GET clock")["now"])
        dev(frozen, "POST clock/advance", to=str(again))
    assert tuple(waited[:6]) == PAUSES[:6], "the pauses grow"
    assert 2 * 86_400 < sum(waited) <= 3 * 86_400
    assert receiver.received == []
    dev(frozen, "POST clock/release")


def attempt(server: Any, tries: int) -> tuple[str, int | None] | None:
    rows = server.system.database.read(lambda connection: connection.query(
        "SELECT error, next_attempt_at FROM delivery WHERE attempts = ?", (tries,)
    ))
    return rows[0] if rows else None

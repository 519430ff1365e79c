"""Receivers read what an event tells of, with its relations, while the delivery is open."""

from __future__ import annotations

import json
from typing import Any

from .receiver import Received, Receiver, eventually

START = 1_700_000_000
MONTH = 2_678_400


def test_receivers_read_and_write_while_a_test_clock_advances(
    client: Any, receiver: Receiver
) -> None:
    wrong: list[str] = []

    def react(received: Received) -> int:
        event = json.loads(received.body)
        told = event["data"]["object"]
        try:
            if told["object"] == "invoice" and told.get("id"):
                invoice = client.v1.invoices.retrieve(told["id"], {"expand": ["customer"]})
                assert invoice.customer.id == told["customer"]
                client.v1.subscriptions.list({"customer": told["customer"]})
            elif told["object"] == "subscription":
                client.v1.subscriptions.retrieve(told["id"], {"expand": ["latest_invoice"]})
            elif told["object"] == "customer":
                client.v1.customers.retrieve(told["id"])
        except Exception as error:
            wrong.append(f"{event['type']}: {type(error).__name__}: {error}")
            return 500
        return 200

    receiver.answer = react
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"]}
    )
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    for _ in range(8):
        customer = client.v1.customers.create({
            "test_clock": clock.id, "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })
        client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + 6 * MONTH})
    eventually(lambda: client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready")
    paid = eventually(lambda: len([
        each for each in receiver.received if b'"type":"invoice.paid"' in each.body
    ]) >= 8 * 6)
    assert paid
    assert wrong == []
    client.v1.webhook_endpoints.delete(endpoint.id)


def test_no_event_of_a_change_looks_older_than_the_one_before(
    client: Any, receiver: Receiver
) -> None:
    """Mirrors drop what seems older than what they have: created must not go back, per object."""
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"]}
    )
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    customer = client.v1.customers.create({
        "test_clock": clock.id, "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + 3 * MONTH})
    eventually(lambda: client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready")
    eventually(lambda: len([
        each for each in receiver.received if b'"type":"invoice.paid"' in each.body
    ]) >= 3)
    events = list(client.v1.events.list({"limit": 100}).auto_paging_iter())
    latest: dict[str, int] = {}
    for event in reversed(events):
        id = getattr(event.data.object, "id", None)
        if id is not None:
            assert event.created >= latest.get(id, 0), event.type
            latest[id] = event.created
    client.v1.webhook_endpoints.delete(endpoint.id)

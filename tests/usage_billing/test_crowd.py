"""Events of many senders at once: thresholds and alerts miss none, and bill none twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from servers import running

SENDERS, EACH, LEAST = 6, 25, 40


@pytest.fixture(scope="module")
def client(store: str) -> Any:
    """Give a client of a server whose worker looks at what has come."""
    with running() as server:
        yield stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


def test_events_at_once_reach_every_threshold_and_alert(client):
    v1 = client.v1
    customer = v1.customers.create({}).id
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
    meter = v1.billing.meters.create({
        "display_name": "Calls", "event_name": "crowd", "default_aggregation": {"formula": "sum"}})
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 100, "product_data": {"name": "Calls"},
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id}})
    v1.subscriptions.create({
        "customer": customer, "billing_thresholds": {"amount_gte": LEAST * 100},
        "items": [{"price": price.id}]})
    v1.billing.alerts.create({
        "alert_type": "usage_threshold", "title": "All",
        "usage_threshold": {
            "gte": SENDERS * EACH, "meter": meter.id, "recurrence": "one_time"}})

    def send(_: int) -> None:
        for _ in range(EACH):
            v1.billing.meter_events.create({
                "event_name": "crowd", "payload": {"stripe_customer_id": customer, "value": "1"}})

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, range(SENDERS)))
    told: list[Any] = []
    for _ in range(2_000):
        told = v1.events.list({"type": "billing.alert.triggered"}).data
        invoices = v1.invoices.list({"customer": customer, "limit": 100}).data
        billed = sum(each.total for each in invoices) // 100
        if told and SENDERS * EACH - billed < LEAST:
            break
        time.sleep(0.05)
    assert [each.data.object.value for each in told] == [SENDERS * EACH]
    assert 0 <= SENDERS * EACH - billed < LEAST
    assert all(each.total >= LEAST * 100 for each in invoices)

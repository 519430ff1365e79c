"""Finer thin events: told once somebody listens for them."""

from __future__ import annotations

import json
from typing import Any

import stripe

from worker.receiver import Receiver, eventually

from .conftest import terms


class Heard:
    """What a destination of every thin event has heard, without what is told whole too."""

    def __init__(self, server: Any, client: stripe.StripeClient, receiver: Receiver) -> None:
        self._server, self._receiver = server, receiver
        self._seen: set[str] = set()
        client.v2.core.event_destinations.create(terms(receiver.url(), enabled_events=["*"]))

    def until(self, last: str) -> list[str]:
        """Return the types heard since the last time, with the objects that they are about."""
        told: list[dict[str, Any]] = []

        def arrived() -> bool:
            # A delivery may come twice.
            bodies = {
                (body := json.loads(each.body))["id"]: body
                for each in list(self._receiver.received)
            }
            told[:] = [
                body for id, body in sorted(bodies.items())
                if id not in self._seen and body["snapshot_event"] is None
            ]
            return any(each["type"] == f"v1.{last}" for each in told)

        # They come in any order: it is over when nothing is on its way.
        eventually(lambda: not self._waiting() and arrived())
        self._seen |= {each["id"] for each in told}
        return [each["type"].removeprefix("v1.") for each in told]

    def _waiting(self) -> list[Any]:
        return self._server.system.database.read(lambda connection: connection.query(
            "SELECT event FROM delivery WHERE next_attempt_at IS NOT NULL"
        ))  # fmt: skip


def test_nothing_finer_exists_where_nobody_listens(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Quiet"})
    client.v1.products.update(product.id, {"active": False})
    told = client.v2.core.events.list({"object_id": product.id}).data
    assert [each.type for each in told] == ["v1.product.updated", "v1.product.created"]


def test_a_catalogue_is_told_finely(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    heard = Heard(server, client, receiver)
    product = client.v1.products.create({"name": "Basic"})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "product": product.id,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    client.v1.products.update(product.id, {"default_price": price.id, "tax_code": "txcd_10103001"})
    assert heard.until("product.tax_code_changed") == [
        "product.default_price_changed", "product.tax_code_changed",
    ]  # fmt: skip
    client.v1.prices.update(price.id, {"lookup_key": "basic", "tax_behavior": "exclusive"})
    client.v1.products.update(product.id, {"active": False})
    assert heard.until("product.deactivated") == [
        "price.lookup_key_changed", "price.tax_behavior_changed", "product.deactivated",
    ]  # fmt: skip
    told = client.v2.core.events.list({"types": ["v1.product.deactivated"]}).data[0]
    assert told.fetch_related_object().active is False
    assert told.snapshot_event is None


def test_a_subscription_is_told_finely(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    customer = client.v1.customers.create({
        "name": "Ada", "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    prices = [
        client.v1.prices.create({
            "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }).id
        for amount in (1000, 2000)
    ]  # fmt: skip
    heard = Heard(server, client, receiver)
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": prices[0]}]}
    )
    assert "customer.subscription.active" in heard.until("customer.subscription.active")
    [item] = subscription.items.data
    client.v1.subscriptions.update(subscription.id, {
        "items": [{"id": item.id, "price": prices[1], "quantity": 3}, {"price": prices[0]}],
        "cancel_at_period_end": True,
    })  # fmt: skip
    told = heard.until("customer.subscription.item_quantity_changed")
    assert set(told) == {
        "customer.subscription.cancel_at_changed", "customer.subscription.item_added",
        "customer.subscription.item_price_changed", "customer.subscription.item_quantity_changed",
    }  # fmt: skip


def test_an_invoice_and_its_items_are_told_finely(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    customer = client.v1.customers.create({"name": "Ada"})
    heard = Heard(server, client, receiver)
    item = client.v1.invoice_items.create(
        {"customer": customer.id, "amount": 500, "currency": "usd"}
    )
    client.v1.invoice_items.update(item.id, {"amount": 700})
    assert heard.until("invoiceitem.amount_changed") == ["invoiceitem.amount_changed"]
    invoice = client.v1.invoices.create({
        "customer": customer.id, "collection_method": "send_invoice", "days_until_due": 5,
        "pending_invoice_items_behavior": "include",
    })  # fmt: skip
    client.v1.invoices.add_lines(
        invoice.id, {"lines": [{"amount": 100, "description": "Work"}]}
    )
    assert "invoice.line_item_added" in heard.until("invoice.line_item_added")
    client.v1.invoices.finalize_invoice(invoice.id)
    assert "invoice_payment.open" in heard.until("invoice_payment.open")
    client.v1.invoices.void_invoice(invoice.id)
    assert "invoice_payment.canceled" in heard.until("invoice_payment.canceled")


def test_what_time_does_is_told_finely_at_its_own_second(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    clocks, begin = client.v1.test_helpers.test_clocks, 1_700_000_000
    clock = clocks.create({"frozen_time": begin})
    customer = client.v1.customers.create({"name": "Ada", "test_clock": clock.id})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "day"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price": price.id}], "trial_end": begin + 5_000,
        "collection_method": "send_invoice", "days_until_due": 5,
    })  # fmt: skip
    heard = Heard(server, client, receiver)
    clocks.advance(clock.id, {"frozen_time": begin + 20_000})
    assert "invoice_payment.open" in heard.until("invoice_payment.open")
    eventually(lambda: clocks.retrieve(clock.id).status == "ready")
    [invoice] = client.v1.invoices.list({"customer": customer.id, "status": "open"}).data
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    told = server.system.database.read(lambda connection: connection.query(
        "SELECT created FROM event WHERE type = 'v1.invoice_payment.open' AND object_id = ?",
        (payment.id,),
    ))  # fmt: skip
    assert told == [(payment.created,)]

"""A customer on a clock of its own, and the catalogue it buys from: what these tests tell with."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import stripe

from clocks import arrived
from reading import events_about, read_events

HOUR = 3_600
DAY = 24 * HOUR


def at(moment: str) -> int:
    """Return the second of `2026-01-31` or `2026-01-31 10:30` in UTC."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


class Life:
    """One test clock with one customer on it."""

    def __init__(
        self, client: stripe.StripeClient, on: str = "2026-01-01", card: str | None = "visa"
    ) -> None:
        self.whole_client, self.client = client, client.v1
        self.clock = self.client.test_helpers.test_clocks.create({"frozen_time": at(on)})
        self.customer = self.client.customers.create({"test_clock": self.clock.id})
        if card is not None:
            self.use_card(card)
        self.prices: dict[str, str] = {}
        # The events that are counted for each metered price.
        self.events_of: dict[str, str] = {}

    @property
    def now(self) -> int:
        return self.clock.frozen_time

    def use_card(self, card: str) -> str:
        """Attach a test card and make it the customer's default."""
        method = self.client.payment_methods.attach(
            f"pm_card_{card}", {"customer": self.customer.id}
        )
        self.customer = self.client.customers.update(
            self.customer.id, {"invoice_settings": {"default_payment_method": method.id}}
        )
        return method.id

    def price(self, amount: int | None = 1_000, interval: str = "month", name: str = "Basic",
              **more: Any) -> str:
        """Return the id of a recurring price, made once per name and amount."""
        key = repr((amount, interval, name, more))
        if key not in self.prices:
            count = more.pop("interval_count", 1)
            params: dict[str, Any] = {
                "currency": "usd",
                "product_data": {"name": name},
                "recurring": {"interval": interval, "interval_count": count},
                **more,
            }
            if amount is not None:
                params["unit_amount"] = amount
            self.prices[key] = self.client.prices.create(params).id
        return self.prices[key]

    def metered(self, amount: int = 100, name: str = "Calls") -> str:
        """Return the id of a metered price."""
        meter = self.client.billing.meters.create({
            "display_name": name, "event_name": f"calls_{time.monotonic_ns()}",
            "default_aggregation": {"formula": "sum"},
        })
        price = self.client.prices.create({
            "currency": "usd", "unit_amount": amount, "product_data": {"name": name},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
        }).id
        self.events_of[price] = meter.event_name
        return price

    def use(self, price: str, value: int) -> None:
        """Use so much of a metered price now."""
        self.client.billing.meter_events.create({
            "event_name": self.events_of[price],
            "payload": {"stripe_customer_id": self.customer.id, "value": str(value)},
        })

    def subscribe(self, *prices: str, **params: Any) -> Any:
        items = [{"price": price} for price in prices] or [{"price": self.price()}]
        return self.client.subscriptions.create(
            {"customer": self.customer.id, "items": items, **params}
        )

    def read(self, subscription: Any) -> Any:
        return self.client.subscriptions.retrieve(subscription.id)

    def update(self, subscription: Any, **params: Any) -> Any:
        return self.client.subscriptions.update(subscription.id, params)

    def change(self, subscription: Any, price: str, **params: Any) -> Any:
        """Move the first item to another price."""
        item = subscription["items"].data[0].id
        return self.update(subscription, items=[{"id": item, "price": price}], **params)

    def advance(self, to: str | int) -> None:
        """Move the clock and wait until it is ready."""
        moment = to if isinstance(to, int) else at(to)
        self.client.test_helpers.test_clocks.advance(self.clock.id, {"frozen_time": moment})
        self.clock = arrived(self.client.test_helpers.test_clocks, self.clock.id)

    def invoices(self, subscription: Any | None = None) -> list[Any]:
        """Return the customer's invoices, the oldest first."""
        params: dict[str, Any] = {"customer": self.customer.id, "limit": 100}
        if subscription is not None:
            params["subscription"] = subscription.id
        return list(reversed(self.client.invoices.list(params).data))

    def latest(self, subscription: Any) -> Any:
        return self.client.invoices.retrieve(self.read(subscription).latest_invoice)

    def pending(self) -> list[Any]:
        """Return the pending invoice items, the newest first."""
        return self.client.invoice_items.list(
            {"customer": self.customer.id, "pending": True, "limit": 100}
        ).data

    def events(self) -> list[str]:
        """Return the types of the events about this customer, the oldest first."""
        return [event.type for event in self.events_whole()]

    def events_whole(self) -> list[Any]:
        found = read_events(self.whole_client, created={"lte": self.now})
        return events_about(self.customer.id, found)[::-1]


def lines(invoice: Any) -> list[tuple[str, int]]:
    """Return the (description, amount) of an invoice's lines."""
    return [(line.description, line.amount) for line in invoice.lines.data]


def period(item: Any) -> tuple[int, int]:
    return item.current_period_start, item.current_period_end


def first(subscription: Any) -> Any:
    """Return the first item of a subscription."""
    return subscription["items"].data[0]

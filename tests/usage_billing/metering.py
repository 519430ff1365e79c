"""A customer on a clock whose use is told by meter events: what these tests tell with."""

from __future__ import annotations

import itertools
import json
from typing import Any

from prorata.testing import RunningServer
from subscriptions.life import Life, at

NUMBERS = itertools.count()


class Metered:
    """A meter and a price that bills by it."""

    def __init__(self, life: MeteredLife, meter: Any, price: str) -> None:
        self.life, self.meter, self.price = life, meter, price

    def use(self, value: Any, on: str | int | None = None, **more: Any) -> str:
        """Send an event, of the present unless a moment is named; return its identifier."""
        identifier = f"use_{next(NUMBERS)}"
        params: dict[str, Any] = {
            "event_name": self.meter.event_name,
            "payload": {"stripe_customer_id": self.life.customer.id, "value": str(value)},
            "identifier": identifier,
        }
        if on is not None:
            params["timestamp"] = on if isinstance(on, int) else at(on)
        self.life.client.billing.meter_events.create(params)
        return identifier

    def take_back(self, identifier: str) -> None:
        self.life.client.billing.meter_event_adjustments.create({
            "event_name": self.meter.event_name, "type": "cancel",
            "cancel": {"identifier": identifier},
        })

    def another(self, **terms: Any) -> Metered:
        """Return another price by the same meter."""
        return Metered(self.life, self.meter, self.life.price_by(self.meter, **terms))


class MeteredLife(Life):
    """A life that uses what is metered; with the server, to ask the doctor."""

    server: RunningServer

    def meter(self, formula: str = "sum", *, window: str | None = None, **terms: Any) -> Metered:
        """Make a meter and a price by it, 1.00 a unit unless `terms` say otherwise."""
        params: dict[str, Any] = {
            "display_name": "Calls", "event_name": f"calls_{next(NUMBERS)}",
            "default_aggregation": {"formula": formula},
        }
        if window is not None:
            params["event_time_window"] = window
        meter = self.client.billing.meters.create(params)
        return Metered(self, meter, self.price_by(meter, **terms))

    def price_by(self, meter: Any, *, interval: str = "month", **terms: Any) -> str:
        if not terms.keys() & {"unit_amount", "unit_amount_decimal", "tiers"}:
            terms["unit_amount"] = 100
        return self.client.prices.create({
            "currency": "usd", "product_data": {"name": "Calls"},
            "recurring": {"interval": interval, "usage_type": "metered", "meter": meter.id},
            **terms,
        }).id

    def settings(self, **settings: Any) -> None:
        """Change how the account bills."""
        self.ask("post", "/v1/prorata/settings", **settings)

    def ask(self, method: str, path: str, **params: Any) -> Any:
        """Ask what only Prorata has."""
        answer = self.whole_client.raw_request(method, path, **params)
        return json.loads(answer.data) if isinstance(answer.data, str) else answer.data


def tiers(*steps: tuple[Any, int], mode: str = "graduated") -> dict[str, Any]:
    """Return the terms of a tiered price: (up_to, unit amount) of each tier."""
    return {
        "billing_scheme": "tiered", "tiers_mode": mode,
        "tiers": [{"up_to": up_to, "unit_amount": amount} for up_to, amount in steps],
    }


def quantities(invoice: Any) -> list[tuple[int, int]]:
    """Return the (quantity, amount) of an invoice's lines."""
    return [(line.quantity, line.amount) for line in invoice.lines.data]

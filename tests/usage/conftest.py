"""Fixtures of usage: a meter of its own for each test, and a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import stripe

from prorata.engine.doctor import examine

_numbers = count(1)


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that usage adds up."""
    yield
    found = [each for check in examine(server.system) for each in check.findings]
    assert not found, "\n".join(f"{each.check}: {each.id}: {each.problem}" for each in found)


class Metering:
    """One meter and one customer, and what is sent for them."""

    def __init__(self, client: stripe.StripeClient, formula: str = "sum", **params: Any) -> None:
        self.client = client
        self.name = f"event_{next(_numbers)}"
        self.meter = client.v1.billing.meters.create({
            "display_name": "Calls", "event_name": self.name,
            "default_aggregation": {"formula": formula}, **params,
        })  # fmt: skip
        self.customer = client.v1.customers.create({"name": "User"}).id

    def payload(self, value: object | None = 1, **more: str) -> dict[str, str]:
        payload = {"stripe_customer_id": self.customer, **more}
        return payload if value is None else {**payload, "value": str(value)}

    def send(self, value: object | None = 1, at: int | None = None, **params: Any) -> Any:
        if at is not None:
            params["timestamp"] = at
        params.setdefault("payload", self.payload(value))
        return self.client.v1.billing.meter_events.create({"event_name": self.name, **params})

    def used(self, start: int, end: int, **params: Any) -> float:
        [summary] = self.summaries(start, end, **params).data
        return summary.aggregated_value

    def summaries(self, start: int, end: int, **params: Any) -> Any:
        return self.client.v1.billing.meters.event_summaries.list(
            self.meter.id,
            {"customer": self.customer, "start_time": start, "end_time": end, **params},
        )

    def cancel(self, identifier: str) -> Any:
        return self.client.v1.billing.meter_event_adjustments.create({
            "event_name": self.name, "type": "cancel", "cancel": {"identifier": identifier},
        })  # fmt: skip

    def reports(self) -> list[tuple[str, str]]:
        """Return what was reported of this meter's events, and of those without one."""
        events = self.client.v2.core.events.list({"limit": 100}).data
        found = []
        for each in events:
            if each.type == "v1.billing.meter.error_report_triggered":
                if each.related_object.id != self.meter.id:
                    continue
            elif each.type != "v1.billing.meter.no_meter_found":
                continue
            found += [(each.type.rpartition(".")[2], kind.code)
                      for kind in each.data.reason.error_types]
        return found


@pytest.fixture
def metering(client: stripe.StripeClient) -> Callable[..., Metering]:
    """Give the maker of meters: `metering("last", event_time_window="hour")`."""
    return lambda *args, **params: Metering(client, *args, **params)


@pytest.fixture
def calls(client: stripe.StripeClient) -> Metering:
    """Give a meter that adds up, and a customer."""
    return Metering(client)

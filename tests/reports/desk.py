"""Desk: a seller's finance department; reports are asked for as anybody would."""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime
from typing import Any

import requests
import stripe

CARD = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}


def at(day: str) -> int:
    """Return the first second of a day UTC."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


class Desk:
    """A test clock of its own and customers on it; `get` asks for one of our own reports."""

    def __init__(self, server: Any, day: str = "2026-01-15") -> None:
        self._server = server
        self.v1 = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url, "files": server.url}
        ).v1
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": at(day)}).id
        self.product = self.v1.products.create({"name": "Pro"}).id

    def price(self, amount: int, interval: str = "month", **params: Any) -> str:
        currency = params.pop("currency", "usd")
        return self.v1.prices.create({
            "product": self.product, "currency": currency, "unit_amount": amount,
            "recurring": {"interval": interval, **params.pop("recurring", {})}, **params,
        }).id  # fmt: skip

    def customer(self, **params: Any) -> str:
        return self.v1.customers.create({"test_clock": self.clock, **CARD, **params}).id

    def subscribe(self, customer: str, price: str, **params: Any) -> Any:
        item = {"price": price} | params.pop("item", {"quantity": 1})
        return self.v1.subscriptions.create({"customer": customer, "items": [item], **params})

    def advance(self, day: str) -> None:
        clocks = self.v1.test_helpers.test_clocks
        clocks.advance(self.clock, {"frozen_time": at(day)})
        while clocks.retrieve(self.clock).status != "ready":
            time.sleep(0.02)

    def get(self, report: str, **params: Any) -> Any:
        """Return the answer of one of our own reports about this desk's clock."""
        answer = self.ask(report, test_clock=self.clock, **params)
        assert answer.status_code == 200, answer.text
        return answer.text if params.get("format") == "csv" else answer.json()

    def ask(self, report: str, **params: Any) -> requests.Response:
        return requests.get(
            f"{self._server.url}/v1/prorata/reports/{report}", params=params,
            auth=(self._server.secret_key, ""), timeout=60,
        )  # fmt: skip

    def ask_old(self, method: str, path: str, **params: Any) -> None:
        """Ask as programs did that speak an older version."""
        answer = requests.request(
            method, f"{self._server.url}{path}", data=params, auth=(self._server.secret_key, ""),
            headers={"Stripe-Version": "2024-06-20"}, timeout=60,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text

    def months(self, **params: Any) -> dict[str, dict[str, int]]:
        """Return the figures of revenue in dollars by month."""
        [row] = self.get("revenue", interval_start=at("2026-01-01"), **params)["data"]
        return {each.pop("month"): each for each in row["months"]}

    def recognized(self, **params: Any) -> dict[str, int]:
        months = self.months(**params)
        return {month: each["recognized"] for month, each in months.items()}

    def run(self, report_type: str, **parameters: Any) -> list[dict[str, str]]:
        """Run one of Stripe's reports and return the rows of its file."""
        made = self.v1.reporting.report_runs.create(
            {"report_type": report_type, "parameters": parameters}
        )
        while made.status == "pending":
            time.sleep(0.02)
            made = self.v1.reporting.report_runs.retrieve(made.id)
        assert made.status == "succeeded", made
        text = requests.get(
            made.result.url, auth=(self._server.secret_key, ""), timeout=60
        ).text  # fmt: skip
        assert len(text.encode()) == made.result.size
        return list(csv.DictReader(io.StringIO(text)))


def every(desk: Desk, report: str, **params: Any) -> list[dict[str, Any]]:
    """Return all pages of a list, two at a time."""
    found: list[dict[str, Any]] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = desk.get(report, limit=2, **params, **after)
        found += page["data"]
        if not page["has_more"]:
            return found

"""Seller: an account that bills by the official SDK, and the mails that its customers get."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import stripe

from prorata.testing import RunningServer

NOW = 1_800_000_000
DAY = 86_400
PATIENCE_SECONDS = 60.0


class Seller:
    """Sells a plan at 20.00 a month."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        )
        self.v1 = self.client.v1
        account = self.v1.accounts.retrieve_current()
        profile = {"name": "Lumen", "support_email": "help@lumen.example"}
        self.v1.accounts.update(account.id, {"business_profile": profile})

    def settings(self, **emails: Any) -> Any:
        """Change which mails are sent."""
        return self.client.raw_request("post", "/v1/prorata/settings", emails=emails)

    def customer(
        self, *, clocked: bool = True, card: str | None = "pm_card_visa", **params: Any
    ) -> str:
        """Make a customer with an address; clocked: on a test clock of its own."""
        if clocked:
            clock = self.v1.test_helpers.test_clocks.create({"frozen_time": NOW})
            params["test_clock"] = clock.id
        made = self.v1.customers.create({"email": "ada@example.com", "name": "Ada", **params})
        if card:
            self.pay_with(made.id, card)
        return made.id

    def pay_with(self, customer: str, card: str) -> str:
        method = self.v1.payment_methods.attach(card, {"customer": customer})
        self.v1.customers.update(
            customer, {"invoice_settings": {"default_payment_method": method.id}}
        )
        return method.id

    def subscribe(self, customer: str, **params: Any) -> Any:
        product = self.v1.products.create({"name": "Pro"})
        price = self.v1.prices.create(
            {"product": product.id, "unit_amount": 2000, "currency": "usd",
             "recurring": {"interval": "month"}}
        )  # fmt: skip
        return self.v1.subscriptions.create(
            {"customer": customer, "items": [{"price": price.id}], **params}
        )

    def invoice(self, customer: str, amount: int = 12_000, **params: Any) -> Any:
        """Make a draft that is to be sent, of one line."""
        made = self.v1.invoices.create(
            {"customer": customer, "collection_method": "send_invoice", "days_until_due": 10,
             **params}
        )  # fmt: skip
        self.v1.invoice_items.create(
            {"customer": customer, "invoice": made.id, "amount": amount, "currency": "usd",
             "description": "Album"}
        )  # fmt: skip
        return made

    def advance(self, customer: str, days: float) -> None:
        """Let a clocked customer live so many days since the beginning."""
        clock = self.v1.customers.retrieve(customer).test_clock
        self.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": int(NOW + days * DAY)})
        eventually(
            lambda: self.v1.test_helpers.test_clocks.retrieve(clock).status == "ready"
        )

    def mails(self, *kinds: str, **query: str) -> list[dict[str, Any]]:
        """Return the mails of the outbox, oldest first."""
        found = read_json(self.server.url, "/_prorata/mails", query)["data"]
        return [each for each in reversed(found) if not kinds or each["kind"] in kinds]

    def mail(self, kind: str, state: str = "kept") -> dict[str, Any]:
        """Return the one mail of a kind that is in a state."""
        found = [each for each in self.mails(kind) if each["state"] == state]
        assert len(found) == 1, [(each["subject"], each["state"]) for each in self.mails()]
        return found[0]


def read_json(url: str, path: str, query: dict[str, str] | None = None) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in (query or {}).items())
    with urllib.request.urlopen(f"{url}{path}?{asked}") as answer:
        return json.load(answer)


def eventually(holds: Callable[[], Any]) -> Any:
    """Return what holds in the end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
    return found

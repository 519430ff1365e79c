"""A seller of photo storage, as the portal's tests see it: plans, customers, sessions."""

from __future__ import annotations

from typing import Any

import stripe

from prorata.testing import RunningServer

BACK = "https://shop.example/account"
CARD, OTHER_CARD = "4242424242424242", "5555555555554444"
DECLINED, NEEDS_BANK = "4000000000000341", "4000002500003155"


class Seller:
    """Basic for 10 and Pro for 30 a month, Pro for 300 a year, seats from 1 to 10."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        )
        self.v1 = self.client.v1
        account = self.v1.accounts.retrieve_current().id
        self.client.raw_request(
            "post", f"/v1/accounts/{account}", business_profile={"name": "Lumen"}
        )
        self.basic = self._price("Basic", 1000, "month", description="For you and your pictures.")
        self.pro = self._price("Pro", 3000, "month", description="For those who live from them.")
        self.pro_year = self._more(self.pro, 30000, "year")
        self.seats = self._price("Seats", 500, "month")

    def _price(self, name: str, amount: int, interval: str, **more: Any) -> Any:
        product = self.v1.products.create({"name": name, **more})
        return self._new(product.id, amount, interval)

    def _more(self, price: Any, amount: int, interval: str) -> Any:
        return self._new(price.product, amount, interval)

    def _new(self, product: str, amount: int, interval: str) -> Any:
        return self.v1.prices.create({
            "product": product, "currency": "usd", "unit_amount": amount,
            "recurring": {"interval": interval},
        })  # fmt: skip

    @property
    def default(self) -> str:
        """Return the id of the default configuration."""
        return self.v1.billing_portal.configurations.list({"is_default": True}).data[0].id

    def allow(self, **features: Any) -> Any:
        """Change what the default configuration lets customers do."""
        return self.v1.billing_portal.configurations.update(self.default, {"features": features})

    def allow_updates(self, **more: Any) -> Any:
        """Let customers change their plan in every way."""
        return self.allow(subscription_update={
            "enabled": True,
            "default_allowed_updates": ["price", "quantity", "promotion_code"],
            "products": [
                {"product": self.basic.product, "prices": [self.basic.id]},
                {"product": self.pro.product, "prices": [self.pro.id, self.pro_year.id]},
                {"product": self.seats.product, "prices": [self.seats.id],
                 "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 10}},
            ],
            "proration_behavior": "always_invoice",
            **more,
        })  # fmt: skip

    def customer(self, card: str | None = "pm_card_visa", **more: Any) -> Any:
        """Create Ada, who pays with a card."""
        tree: dict[str, Any] = {"name": "Ada Lovelace", "email": "ada@example.com", **more}
        if card is not None:
            tree["payment_method"] = card
            tree["invoice_settings"] = {"default_payment_method": card}
        return self.v1.customers.create(tree)

    def subscribe(self, customer: Any, price: Any = None, quantity: int = 1, **more: Any) -> Any:
        """Subscribe a customer, to Basic unless another price is named."""
        return self.v1.subscriptions.create({
            "customer": customer.id,
            "items": [{"price": (price or self.basic).id, "quantity": quantity}], **more,
        })  # fmt: skip

    def session(self, customer: Any, **more: Any) -> Any:
        """Open the portal for a customer."""
        return self.v1.billing_portal.sessions.create(
            {"customer": customer.id, "return_url": BACK, **more}
        )

    def flow(self, customer: Any, type: str, after: Any = None, **more: Any) -> Any:
        """Open the portal for one thing only; more: what it is about."""
        flow: dict[str, Any] = {"type": type}
        if more:
            flow[type] = more
        if after is not None:
            flow["after_completion"] = after
        return self.session(customer, flow_data=flow)

    def events(self, *types: str) -> list[str]:
        """Return the types of the newest events, the oldest of them first."""
        found = [each.type for each in self.v1.events.list({"limit": 100}).data]
        return [each for each in reversed(found) if not types or each in types]

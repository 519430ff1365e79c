"""A shop with one product of each model of pricing, and customers on clocks who buy from it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from acceptance.lives import SeenLife
from subscriptions.life import first

MONTHLY = {"interval": "month"}
Tiers = tuple[tuple[int | str, str | int | None, str | int | None], ...]


class Shopper(SeenLife):
    """A customer on a clock of its own, and what it is billed for quantities of a price."""

    def sell(self, name: str = "P", **terms: Any) -> str:
        """Make a price of a new product and return its id; monthly dollars unless told."""
        terms.setdefault("currency", "usd")
        terms.setdefault("recurring", MONTHLY)
        if terms["recurring"] is None:
            del terms["recurring"]
        label = terms.pop("unit_label", None)
        product = {"name": name, **({"unit_label": label} if label else {})}
        return self.client.prices.create({"product_data": product, **terms}).id

    def buy(self, *items: Any, **params: Any) -> Any:
        """Subscribe to prices, or to (price, quantity) pairs."""
        wanted = [
            {"price": each} if isinstance(each, str) else {"price": each[0], "quantity": each[1]}
            for each in items
        ]
        return self.client.subscriptions.create(
            {"customer": self.customer.id, "items": wanted, **params}
        )

    def cost(self, price: str, quantity: int, **params: Any) -> int:
        """Return what the first invoice of a quantity comes to; the subscription ends again."""
        bought = self.buy((price, quantity), **params)
        total = int(self.latest(bought).total)
        self.client.subscriptions.cancel(bought.id)
        return total

    def shown(self, price: str, quantity: int, **params: Any) -> int:
        """Return what a preview says that a quantity would cost."""
        items = [{"price": price, "quantity": quantity}]
        found = self.preview(
            None, customer=self.customer.id, subscription_details={"items": items}, **params
        )
        return int(found.total)

    def shown_alone(self, price: str, quantity: int) -> int:
        """Return what a quantity would cost a stranger, who owes and is owed nothing."""
        found = self.preview(None, currency="usd", customer_details={"address": {"country": "US"}},
                             subscription_details={"items": [
                                 {"price": price, "quantity": quantity}]})  # fmt: skip
        return int(found.total)

    def requantify(self, subscription: Any, quantity: int, **params: Any) -> Any:
        """Change the quantity of the first item and bill the change at once."""
        params.setdefault("proration_behavior", "always_invoice")
        return self.change_as_seen(
            subscription, items=[{"id": first(subscription).id, "quantity": quantity}], **params
        )


def tiered(mode: str, tiers: Tiers) -> dict[str, Any]:
    """Return the terms of tiers that are given as (up_to, unit amount, flat amount)."""
    return {
        "billing_scheme": "tiered", "tiers_mode": mode,
        "tiers": [
            {"up_to": up_to, **_amount("unit_amount", unit), **_amount("flat_amount", flat)}
            for up_to, unit, flat in tiers
        ],
    }  # fmt: skip


def _amount(name: str, amount: str | int | None) -> dict[str, Any]:
    if amount is None:
        return {}
    return {f"{name}_decimal": amount} if isinstance(amount, str) else {name: amount}


def package(divide_by: int, round: str, **terms: Any) -> dict[str, Any]:
    return {"transform_quantity": {"divide_by": divide_by, "round": round}, **terms}


def whole(invoice: Any) -> list[tuple[str, int, int]]:
    """Return the (description, quantity, amount) of an invoice's lines."""
    return [(each.description, each.quantity, each.amount) for each in invoice.lines.data]


def plain(value: Decimal | None) -> str | None:
    """Return a decimal as the wire has it, without an exponent."""
    return None if value is None else f"{value:f}"

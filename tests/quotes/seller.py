"""A seller: who makes quotes through the SDK, and what is sold."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest
import stripe

DAY = 86_400
MONTH = {"interval": "month"}


class Seller:
    """Quotes, and whom they are for."""

    def __init__(self, client: Any) -> None:
        self.client, self.quotes = client, client.quotes

    @cached_property
    def product(self) -> str:
        return self.client.products.create({"name": "Work"}).id

    def price(self, amount: int = 1000, **params: Any) -> str:
        """Make a price; monthly unless it says `recurring=None`."""
        wanted = {"product": self.product, "currency": "usd", "recurring": MONTH,
                  "unit_amount": amount, **params}  # fmt: skip
        return self.client.prices.create(
            {name: value for name, value in wanted.items() if value is not None}
        ).id

    def once(self, amount: int = 500, **params: Any) -> str:
        return self.price(amount, recurring=None, **params)

    def customer(self, **params: Any) -> str:
        return self.client.customers.create({"name": "Ann", **params}).id

    def payer(self, **params: Any) -> str:
        """Make a customer with a card that pays."""
        return self.customer(
            payment_method="pm_card_visa",
            invoice_settings={"default_payment_method": "pm_card_visa"}, **params,
        )  # fmt: skip

    def coupon(self, percent: int = 10, duration: str = "once", **params: Any) -> str:
        return self.client.coupons.create(
            {"percent_off": percent, "duration": duration, **params}
        ).id

    def rate(self, percentage: float = 20, *, inclusive: bool = False) -> str:
        return self.client.tax_rates.create(
            {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
        ).id

    def quote(self, *items: Any, **params: Any) -> Any:
        """Make a draft of prices, or of line items as the API has them; for somebody new."""
        params.setdefault("customer", None)
        if params["customer"] is None:
            params["customer"] = self.customer()
        if items:
            params["line_items"] = [
                {"price": each, "quantity": 1} if isinstance(each, str) else each for each in items
            ]
        return self.quotes.create(params)

    def open(self, *items: Any, **params: Any) -> Any:
        return self.quotes.finalize_quote(self.quote(*items, **params).id)

    def accepted(self, *items: Any, **params: Any) -> Any:
        return self.quotes.accept(self.open(*items, **params).id)

    def first_invoice(self, quote: Any) -> Any:
        """Return the invoice that acceptance has made."""
        if quote.invoice is not None:
            return self.client.invoices.retrieve(quote.invoice)
        found = self.client.subscriptions.retrieve(
            quote.subscription, {"expand": ["latest_invoice"]}
        )
        return found.latest_invoice

    def clock(self, at: int) -> str:
        return self.client.test_helpers.test_clocks.create({"frozen_time": at}).id

    def advance(self, clock: str, to: int) -> None:
        clocks = self.client.test_helpers.test_clocks
        clocks.advance(clock, {"frozen_time": to})
        while clocks.retrieve(clock).status == "advancing":
            pass

    def events(self, about: str) -> list[str]:
        """Return what was told of something, the oldest first."""
        found = self.client.events.list({"type": "quote.*", "limit": 100}).data
        return [
            each.type for each in reversed(found) if each.data.object.to_dict().get("id") == about
        ]


def refused(call: Any, *args: Any) -> stripe.InvalidRequestError:
    """Return how a call is refused."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*args)
    return caught.value

"""Catalogue: what a simulated company sells: plans and seats in several currencies, and terms."""

from random import Random
from typing import Any, ClassVar

from prorata.simulation.shop import Shop

TIERS = [
    {"up_to": 5, "unit_amount": 1_000, "flat_amount": 300},
    {"up_to": 20, "unit_amount_decimal": "812.5"},
    {"up_to": "inf", "unit_amount": 550},
]
SHAPES: tuple[dict[str, Any], ...] = (
    {"unit_amount": 1_500},
    {"unit_amount": 4_999},
    {"unit_amount": 1_200},
    {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS},
    {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS},
    {"unit_amount": 2_500, "transform_quantity": {"divide_by": 5, "round": "up"}},
    {"unit_amount": 900, "tax_behavior": "inclusive"},
)
MONTH, YEAR = {"interval": "month"}, {"interval": "year"}
WEEK, QUARTER = {"interval": "week"}, {"interval": "month", "interval_count": 3}
INTERVALS = (MONTH, MONTH, MONTH, MONTH, YEAR, WEEK, QUARTER)


class Catalogue:
    """Prices made when they are first wanted, coupons and tax rates made at once."""

    CURRENCIES: ClassVar = ("usd", "usd", "eur", "jpy")

    def __init__(self, shop: Shop, source: Random) -> None:
        self._shop = shop
        self._source = source
        self._prices: dict[str, str] = {}
        self.product = self._made("/v1/products", name="Simulated work")
        self._coupons = [
            self._made("/v1/coupons", percent_off=20, duration="forever"),
            self._made("/v1/coupons", percent_off="33.3", duration="repeating",
                       duration_in_months=4),
            self._made("/v1/coupons", percent_off=100, duration="once"),
        ]  # fmt: skip
        self._rates = [
            self._made("/v1/tax_rates", display_name="VAT", percentage=share, inclusive=inside)
            for share, inside in ((19, False), ("8.875", False), ("7.5", True))
        ]

    def price(self, currency: str, interval: dict[str, Any] | None = None) -> str:
        """Return the id of a price of chance."""
        terms = self._source.choice(SHAPES)
        recurring = self._source.choice(INTERVALS) if interval is None else interval
        key = repr((currency, terms, recurring))
        if key not in self._prices:
            self._prices[key] = self._made(
                "/v1/prices", product=self.product, currency=currency, recurring=recurring, **terms
            )
        return self._prices[key]

    def items(self, currency: str) -> list[dict[str, Any]]:
        """Return the items of a new subscription."""
        interval = self._source.choice(INTERVALS)
        return [
            {"price": price, "quantity": self._source.choice((1, 1, 2, 3, 7, 24))}
            for price in dict.fromkeys(
                self.price(currency, interval) for _ in range(self._source.choice((1, 1, 1, 2)))
            )
        ]

    def terms(self) -> dict[str, Any]:
        """Return a discount and taxes, or neither."""
        found: dict[str, Any] = {}
        if self._source.random() < 0.25:
            found["discounts"] = [{"coupon": self.coupon()}]
        if self._source.random() < 0.3:
            found["default_tax_rates"] = [self._source.choice(self._rates)]
        return found

    def coupon(self) -> str:
        return self._source.choice(self._coupons)

    def _made(self, path: str, **params: Any) -> str:
        reply = self._shop.ask("POST", path, **params)
        assert reply.status == 200, reply.refusal
        return str(reply.body["id"])

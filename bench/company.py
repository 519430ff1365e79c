"""Company: subscribers of every sort, lived through by the engine until a renewal is due."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prorata.engine.advance import run_due
from prorata.engine.runtime import System
from prorata.rules.calendar import DAY_SECONDS, add_intervals, next_boundary
from prorata.simulation.desk import Desk

CURRENCIES = ("usd", "usd", "usd", "eur", "eur", "gbp", "jpy")
AUTHENTICATED = "pm_card_authenticationRequired"
# The shares of subscribers, in percent: of each hundred, so many in turn.
CARDS = (
    (3, "pm_card_chargeCustomerFail"),
    (1, AUTHENTICATED),
    (12, "pm_card_mastercard"),
    (84, "pm_card_visa"),
)
DEBITS = ("pm_usBankAccount_success", "pm_usBankAccount_insufficientFunds")
# One subscriber of so many who pay in dollars pays by delayed debit.
DEBIT_EVERY = 12
INTERVALS: tuple[tuple[int, str, int], ...] = (
    (76, "month", 1), (12, "year", 1), (6, "month", 3), (6, "week", 1),
)  # fmt: skip
MONTH_ENDS = (31, 31, 30, 29)
TIERS = [
    {"up_to": 10, "unit_amount": 900, "flat_amount": 500},
    {"up_to": 50, "unit_amount": 750},
    {"up_to": "inf", "unit_amount": 600},
]
SHAPES: tuple[dict[str, Any], ...] = (
    {"unit_amount": 1_500},
    {"unit_amount": 4_900},
    {"unit_amount": 1_200, "seats": True},
    {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS, "seats": True},
    {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS, "seats": True},
    {"unit_amount": 2_500, "transform_quantity": {"divide_by": 5, "round": "up"}, "seats": True},
)
# Who is renewed at a moment is not renewed again within this.
MARGIN_SECONDS = 2 * DAY_SECONDS
# No renewal has been due for longer than this.
LATEST_SECONDS = 31 * DAY_SECONDS


@dataclass(slots=True)
class Sort:
    """One sort of subscriber: what is paid, how, and between which moments (seconds UTC)."""

    number: int
    currency: str
    items: list[dict[str, Any]]
    method: str
    terms: dict[str, Any]
    begins: int
    ends: int


@dataclass(slots=True)
class Life:
    """A subscriber just before a renewal: the ids of what is its own, by kind."""

    documents: dict[str, list[str]]
    name: str
    email: str
    prefix: str


class Company:
    """A shop on a system without a worker; its time is moved here."""

    def __init__(self, system: System, secret_key: str, seed: int) -> None:
        self.system = system
        self.desk = Desk(system, secret_key)
        self._random = random.Random(f"company {seed}")
        self._prices: dict[tuple[int, str, str, int], str] = {}
        self._coupons: list[str] = []
        self._rates: list[str] = []
        self._product = ""

    def live(self, lives: int, due_at: int, capture: Callable[[Life], None]) -> None:
        """Live through so many subscriptions; each is captured a second before its renewal."""
        sorts = [self._moments(number, due_at) for number in range(lives)]
        moments = sorted(
            [(begins, 0, number) for number, _, begins, _ in sorts]
            + [(ends - 1, 1, number) for number, _, _, ends in sorts]
        )
        self.system.clock.move_to(moments[0][0])
        self._catalogue()
        living: dict[int, tuple[Sort, str, str]] = {}
        for moment, ending, number in moments:
            self.system.clock.move_to(moment)
            run_due(self.system, moment, virtual=True)
            if ending:
                capture(self._life(*living[number]))
            else:
                living[number] = self._begin(self._sort(*sorts[number]))

    def _moments(self, number: int, due_at: int) -> tuple[int, tuple[str, int], int, int]:
        """Return when a subscription begins and its due renewal is: the last one by `due_at`."""
        source = self._random
        interval, count = _turn(number, [(share, (name, n)) for share, name, n in INTERVALS])
        while True:
            begins = due_at - source.randrange(2, 400) * DAY_SECONDS - source.randrange(86_400)
            if interval == "month" and number % 4 == 0:
                begins = _on_day(begins, source.choice(MONTH_ENDS))
            following = next_boundary(due_at, begins, interval, count)
            steps = 1
            while add_intervals(begins, interval, count, steps) < following:
                steps += 1
            ends = add_intervals(begins, interval, count, steps - 1)
            # A few lived periods are as good as many.
            recent = ends > due_at - LATEST_SECONDS
            if recent and steps in (2, 3, 4) and following > due_at + MARGIN_SECONDS:
                return number, (interval, count), begins, ends

    def _sort(self, number: int, interval: tuple[str, int], begins: int, ends: int) -> Sort:
        source = self._random
        currency = CURRENCIES[number % len(CURRENCIES)]
        terms: dict[str, Any] = {}
        if source.random() < 0.15:
            terms["discounts"] = [{"coupon": source.choice(self._coupons)}]
        if source.random() < 0.3:
            terms["default_tax_rates"] = [source.choice(self._rates)]
        method = _turn(number, CARDS)
        if currency == "usd" and source.randrange(DEBIT_EVERY) == 0:
            method = DEBITS[source.random() < 0.2]
        shapes = source.sample(range(len(SHAPES)), 2 if source.random() < 0.1 else 1)
        items = [self._item(shape, currency, interval) for shape in shapes]
        return Sort(number, currency, items, method, terms, begins, ends)

    def _catalogue(self) -> None:
        desk = self.desk
        self._product = desk.post("/v1/products", name="Workshop")["id"]
        self._coupons = [
            desk.post("/v1/coupons", percent_off=20, duration="forever")["id"],
            desk.post("/v1/coupons", percent_off="12.5", duration="repeating",
                      duration_in_months=36)["id"],
        ]  # fmt: skip
        self._rates = [
            desk.post("/v1/tax_rates", display_name="VAT", percentage=share, inclusive=inside)["id"]
            for share, inside in ((19, False), ("8.875", False), (20, True))
        ]

    def _item(self, shape: int, currency: str, interval: tuple[str, int]) -> dict[str, Any]:
        key = (shape, currency, *interval)
        params = dict(SHAPES[shape])
        seats = params.pop("seats", False)
        if key not in self._prices:
            self._prices[key] = self.desk.post(
                "/v1/prices", product=self._product, currency=currency,
                recurring={"interval": interval[0], "interval_count": interval[1]}, **params,
            )["id"]  # fmt: skip
        quantity = self._random.choice((1, 2, 3, 5, 8, 12, 25, 60)) if seats else 1
        return {"price": self._prices[key], "quantity": quantity}

    def _begin(self, sort: Sort) -> tuple[Sort, str, str]:
        customer = self.desk.post(
            "/v1/customers", name=f"Lived life number {sort.number}",
            email=f"life-{sort.number}@company.example",
            address={"line1": "1 Mill Lane", "city": "Ulm", "postal_code": "89073",
                     "country": "DE"},
        )["id"]  # fmt: skip
        self._pay_with(customer, "pm_card_visa")
        subscription = self.desk.post(
            "/v1/subscriptions", customer=customer, items=sort.items,
            metadata={"sort": sort.number}, **sort.terms,
        )  # fmt: skip
        assert subscription["status"] == "active", subscription
        return sort, customer, subscription["id"]

    def _pay_with(self, customer: str, method: str) -> str:
        made: str = self.desk.post(f"/v1/payment_methods/{method}/attach", customer=customer)["id"]
        self.desk.post(
            f"/v1/customers/{customer}", invoice_settings={"default_payment_method": made}
        )
        return made

    def _life(self, sort: Sort, customer: str, subscription: str) -> Life:
        method = self._pay_with(customer, sort.method)
        if sort.method not in (AUTHENTICATED, *DEBITS):
            # A card that has paid before: the renewal is not the first to be charged.
            self.desk.post(
                "/v1/setup_intents", customer=customer, payment_method=method, confirm=True,
                automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
            )  # fmt: skip
        who = self.desk.get(f"/v1/customers/{customer}")
        found = self.desk.get(f"/v1/subscriptions/{subscription}")
        items = [each["id"] for each in found["items"]["data"]]
        assert found["items"]["data"][0]["current_period_end"] == sort.ends, found
        return Life(
            {
                "customer": [customer],
                "payment_method": [method],
                "subscription": [subscription],
                "subscription_item.home": items,
                "discount": found["discounts"],
            },
            who["name"], who["email"], who["invoice_prefix"],
        )  # fmt: skip


def _turn(number: int, shares: Any) -> Any:
    """Return whose turn it is when each has its share of a hundred, spread over them."""
    place = number * 37 % 100
    for share, choice in shares:
        if place < share:
            return choice
        place -= share
    raise AssertionError("the shares make a hundred")


def _on_day(moment: int, day: int) -> int:
    """Return the same time on a day of the month, in the nearest month before that has it."""
    found = datetime.fromtimestamp(moment, UTC)
    while True:
        try:
            return int(found.replace(day=day).timestamp())
        except ValueError:
            found = found.replace(day=1)
            found = datetime.fromtimestamp(int(found.timestamp()) - DAY_SECONDS, UTC)

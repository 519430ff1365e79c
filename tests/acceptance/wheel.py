"""A wheel of fortune: what may befall a subscription, by dice whose seed tells it again."""

from __future__ import annotations

import random
from typing import Any

import stripe

from acceptance.lives import DAY, HOUR, SeenLife, seen_line
from schedules.plans import resent

STARTS = ("2026-01-31 09:30", "2027-12-30", "2028-02-29 23:59", "2026-03-15", "2026-10-31")
FAMILIES = (
    (("month", 1),), (("month", 1), ("month", 3), ("year", 1)), (("day", 1), ("week", 1)),
    (("week", 2), ("week", 4)), (("year", 1),), (("month", 2), ("month", 4)),
)  # fmt: skip
TIERS = [{"up_to": 2, "unit_amount": 500}, {"up_to": 5, "unit_amount": 433, "flat_amount": 99},
         {"up_to": "inf", "unit_amount_decimal": "300.5"}]  # fmt: skip
SCHEMES: tuple[dict[str, Any], ...] = (
    {"unit_amount": 0}, {"unit_amount": 333}, {"unit_amount": 12_345},
    {"unit_amount_decimal": "1033.335"},
    {"unit_amount": 777, "transform_quantity": {"divide_by": 3, "round": "up"}},
    {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS},
    {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": TIERS},
)
SUMS = ("subtotal", "total", "currency", "period_start", "period_end")
PRORATIONS = ("always_invoice", "create_prorations", "none")


class Wheel:
    """Dice, and the catalogue that they choose from."""

    def __init__(self, client: Any, seed: int) -> None:
        self.dice = random.Random(seed)
        self.life = SeenLife(client, on=self.dice.choice(STARTS))
        self.client = self.life.client
        self.coupons = [self.client.coupons.create({"currency": "usd", **each}).id for each in (
            {"percent_off": 15, "duration": "forever"},
            {"percent_off": 33.3, "duration": "repeating", "duration_in_months": 3},
            {"amount_off": 250, "duration": "forever"},
            {"percent_off": 50, "duration": "once"},
            {"amount_off": 999, "duration": "once"},
        )]  # fmt: skip
        self.rates = [
            self.client.tax_rates.create(
                {"display_name": "VAT", "percentage": share, "inclusive": inclusive}).id
            for share, inclusive in ((19, False), (7.5, True), (8.875, False))
        ]  # fmt: skip
        self.mode = self.dice.choice(("classic", "flexible", "flexible"))
        family = self.dice.choice(FAMILIES)
        self.intervals = (self.dice.choice(family),) if self.mode == "classic" else family

    def chance(self, odds: float) -> bool:
        return self.dice.random() < odds

    def coupon(self) -> list[dict[str, str]]:
        return [{"coupon": self.dice.choice(self.coupons)}]

    def price(self) -> str:
        interval, count = self.dice.choice(self.intervals)
        scheme = self.dice.choice(SCHEMES)
        name = f"P{count}{interval}{SCHEMES.index(scheme)}"
        return self.life.price(None, interval, name=name, interval_count=count, **scheme)

    def one_time(self) -> list[dict[str, str]]:
        return [{"price": self.client.prices.create(
            {"currency": "usd", "unit_amount": 1_234, "product_data": {"name": "Setup"}}).id}]

    def items(self) -> list[dict[str, Any]]:
        prices = dict.fromkeys(self.price() for _ in range(self.dice.randrange(1, 4)))
        found = [{"price": each, "quantity": self.dice.choice((1, 1, 2, 3, 7))} for each in prices]
        for item in found:
            if self.chance(0.2):
                item["tax_rates"] = [self.dice.choice(self.rates)]
            if self.chance(0.15):
                item["discounts"] = [{"coupon": self.dice.choice(self.coupons[:2])}]
        return found

    def beginning(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return how a subscription begins, for a preview and for the creation."""
        now, dice = self.life.now, self.dice
        mode: dict[str, Any] = {"type": self.mode}
        if self.mode == "flexible" and self.chance(0.4):
            mode["flexible"] = {"proration_discounts": dice.choice(("itemized", "included"))}
        shared: dict[str, Any] = {"items": self.items(), "billing_mode": mode}
        shown: dict[str, Any] = {}
        made: dict[str, Any] = {}
        start = dice.randrange(7)
        if start in (0, 1):
            shared["trial_end"] = now + dice.randrange(1, 40) * DAY
        if start in (1, 2, 3):
            anchor = now + dice.randrange(1, 25) * DAY + HOUR
            made["billing_cycle_anchor"] = anchor
            shown["billing_cycle_anchor"] = {"type": "timestamp", "timestamp": anchor}
        if start in (3, 4):
            shown["start_date"] = now - dice.randrange(1, 100) * DAY
            made["backdate_start_date"] = shown["start_date"]
        if start == 5:
            shared["cancel_at"] = now + dice.randrange(1, 80) * DAY
        if self.chance(0.3):
            shared["proration_behavior"] = dice.choice(("none", "create_prorations"))
        if self.chance(0.4):
            shared["default_tax_rates"] = [dice.choice(self.rates)]
        more = {"discounts": self.coupon()} if self.chance(0.5) else {}
        customer = {"customer": self.life.customer.id, **more}
        return {**customer, "subscription_details": {**shared, **shown}}, {
            **customer, **shared, **made}  # fmt: skip

    def change(self, found: Any) -> dict[str, Any]:
        """Return the parameters of a change that a preview can show too."""
        items, dice = found["items"].data, self.dice
        item = dice.choice(items)
        later = self.life.now + dice.randrange(1, 90) * DAY
        change: dict[str, Any] = dice.choice((
            {"items": [{"id": item.id, "quantity": dice.randrange(0, 9)}]},
            {"items": [{"id": item.id, "price": self.price(), "quantity": dice.randrange(1, 5)}]},
            {"items": [{"price": self.price(), "quantity": dice.randrange(1, 5)}]},
            {"items": [{"id": item.id, "deleted": True}]},
            {"items": [{"id": each.id, "quantity": dice.randrange(1, 4)} for each in items]},
            {"items": [{"id": item.id, "price": self.price()}], "trial_end": later},
            {"billing_cycle_anchor": {"type": "now"}},
            {"trial_end": dice.choice(("now", later))},
            {"cancel_at": dice.choice(("", later, "min_period_end", "max_period_end"))},
            {"cancel_at_period_end": self.chance(0.5)},
        ))  # fmt: skip
        if self.chance(0.2):
            change["default_tax_rates"] = [dice.choice(self.rates)]
        if self.chance(0.3):
            began = max(each.current_period_start for each in items)
            change["proration_date"] = max(self.life.now - dice.randrange(3 * DAY), began)
        return {**change, "proration_behavior": dice.choice(PRORATIONS)}

    def other(self) -> dict[str, Any]:
        """Return the parameters of a change that no preview shows."""
        return self.dice.choice((
            {"discounts": self.coupon()}, {"discounts": ""},
            {"default_tax_rates": [self.dice.choice(self.rates)]},
            {"pause_collection": {"behavior": self.dice.choice(
                ("void", "keep_as_draft", "mark_uncollectible"))}},
            {"pause_collection": ""},
            {"add_invoice_items": self.one_time(), "proration_behavior": "none"},
        ))  # fmt: skip

    def plan(self, schedule: Any) -> dict[str, Any]:
        """Return the present phase of a schedule and up to three more."""
        start = schedule.current_phase.start_date
        phases = [resent(next(each for each in schedule.phases if each.start_date == start))]
        for _ in range(self.dice.randrange(1, 4)):
            phases.append(self.phase())
        ends = self.dice.choice(("release", "cancel"))
        return {"phases": phases, "end_behavior": ends}

    def phase(self) -> dict[str, Any]:
        interval = self.dice.choice(("week", self.dice.choice(self.intervals)[0]))
        found: dict[str, Any] = {
            "items": self.items(), "proration_behavior": self.dice.choice(PRORATIONS),
            "duration": {"interval": interval, "interval_count": self.dice.randrange(1, 4)},
        }  # fmt: skip
        if self.chance(0.3):
            found["billing_cycle_anchor"] = "phase_start"
        elif self.chance(0.2) and interval != "year":
            found["trial"] = True
        if self.chance(0.3):
            found["add_invoice_items"] = self.one_time()
        if self.chance(0.3):
            found["discounts"] = self.coupon()
        if self.chance(0.2):
            found["default_tax_rates"] = [self.dice.choice(self.rates)]
        return found


def tried(call: Any, *args: Any) -> Any:
    """Return what a call answers, None where it is refused; a failing server fails the test."""
    try:
        return call(*args)
    except stripe.APIError:
        raise
    except stripe.StripeError as refusal:
        assert refusal.http_status in (400, 402, 404)
        return None


def expect_same(shown: Any, billed: Any) -> None:
    """Expect that an invoice bills what was shown; its balance is taken when it is finalized."""
    if 0 < shown.amount_due < 50:
        return
    assert [seen_line(each) for each in shown.lines.data] == [
        seen_line(each) for each in billed.lines.data
    ]
    assert {name: shown[name] for name in SUMS} == {name: billed[name] for name in SUMS}

"""Models by use: what is metered is billed when its time has passed, beside what is licensed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import stripe

from acceptance.lives import assert_same
from acceptance.till import refused
from pricing.shop import MONTHLY, Shopper, package, plain, tiered, whole
from subscriptions.life import at, first, period


class Caller(Shopper):
    """A customer whose calls are counted."""

    def meter(self, **more: Any) -> Any:
        self.meters = getattr(self, "meters", 0) + 1
        return self.client.billing.meters.create({
            "display_name": "Calls", "event_name": f"calls_{self.customer.id}_{self.meters}",
            "default_aggregation": {"formula": "sum"}, **more,
        })  # fmt: skip

    def sell_by_use(self, name: str, meter: Any, **terms: Any) -> str:
        interval = terms.pop("interval", MONTHLY)
        return self.sell(
            name, recurring={**interval, "usage_type": "metered", "meter": meter.id}, **terms
        )

    def use(self, meter: Any, value: int | str, on: str | None = None) -> None:
        self.client.billing.meter_events.create({
            "event_name": meter.event_name,
            "payload": {"stripe_customer_id": self.customer.id, "value": str(value)},
            "timestamp": self.now if on is None else at(on),
        })  # fmt: skip


@pytest.fixture
def caller(client) -> Caller:
    return Caller(client)


STEPS = ((100, "0.5", None), ("inf", "0.25", None))
FLATS = ((10, 50, None), ("inf", 40, 100))

# Terms, what is used in January, and the lines of February's first invoice.
MODELS = (
    ({"unit_amount": 30}, (2, 3), [("5 × Calls (at $0.30 / month)", 5, 150)]),
    ({"unit_amount": 30}, (), [("0 × Calls (at $0.30 / month)", 0, 0)]),
    # 1010 × 0.05 = 50.5
    ({"unit_amount_decimal": "0.05"}, (1000, 10),
     [("1010 × Calls (at $0.0005 / month)", 1010, 51)]),
    # 9892 ÷ 60 begins 165 packages, and fills 164.
    (package(60, "up", unit_amount=8), (9892,),
     [("9892 × Calls (at $0.08 per 60 units / month)", 9892, 1320)]),
    (package(60, "down", unit_amount=8), (9892,),
     [("9892 × Calls (at $0.08 per 60 units / month)", 9892, 1312)]),
    # 100 × 0.5 + 31 × 0.25 = 50 + 7.75
    (tiered("graduated", STEPS), (131,),
     [("100 × Calls (Tier 1 at $0.005 / month)", 100, 50),
      ("31 × Calls (Tier 2 at $0.0025 / month)", 31, 8)]),
    # 131 × 0.25 = 32.75
    (tiered("volume", STEPS), (131,), [("131 × Calls (Tier 2 at $0.0025 / month)", 131, 33)]),
    (tiered("volume", FLATS), (4, 8),
     [("12 × Calls (Tier 2 at $0.40 / month)", 12, 480),
      ("Calls (Tier 2 at $1.00 / month)", 0, 100)]),
    # What was told too much is taken back; less than nothing is nothing.
    ({"unit_amount": 30}, (5, -2), [("3 × Calls (at $0.30 / month)", 3, 90)]),
    ({"unit_amount": 30}, (5, -9), [("0 × Calls (at $0.30 / month)", 0, 0)]),
    # Parts of a unit: 2.5 × 0.30, and 60.5 begins a second package.
    ({"unit_amount": 30}, ("1.25", "1.25"), [("2.5 × Calls (at $0.30 / month)", 2, 75)]),
    (package(60, "up", unit_amount=8), ("60.5",),
     [("60.5 × Calls (at $0.08 per 60 units / month)", 60, 16)]),
    # 100 × 0.5 + 0.5 × 0.25 = 50 + 0.125
    (tiered("graduated", STEPS), ("100.5",),
     [("100 × Calls (Tier 1 at $0.005 / month)", 100, 50),
      ("0.5 × Calls (Tier 2 at $0.0025 / month)", 0, 0)]),
)  # fmt: skip


@pytest.mark.parametrize(("terms", "used", "lines"), MODELS)
def test_what_was_used_is_billed_by_every_model(caller, terms, used, lines):
    meter = caller.meter()
    bought = caller.buy(caller.sell_by_use("Calls", meter, **terms))
    assert bought.latest_invoice is None
    for value in used:
        caller.use(meter, value)
    shown = caller.preview(bought)
    assert whole(shown) == lines
    caller.advance("2026-02-01 02:00")
    invoice = caller.latest(bought)
    assert_same(shown, invoice)
    assert invoice.total == sum(amount for _, _, amount in lines)
    assert {(each.period.start, each.period.end) for each in invoice.lines.data} == {
        (at("2026-01-01"), at("2026-02-01"))
    }
    # And the next month begins at nothing.
    caller.advance("2026-03-01 02:00")
    assert caller.latest(bought).total == 0


def test_decimal_usage_is_told_exactly(caller):
    meter = caller.meter()
    bought = caller.buy(caller.sell_by_use("Calls", meter, unit_amount=30))
    caller.use(meter, "0.1")
    caller.use(meter, "0.2")
    [line] = caller.preview(bought).lines.data
    assert (plain(line.quantity_decimal), line.quantity, line.amount) == ("0.3", 0, 9)


# A fee of 20.00 includes 100,000 calls; each one more costs a tenth of a cent.
OVERAGE = tiered("graduated", ((100_000, 0, None), ("inf", "0.1", None)))


@pytest.mark.parametrize(("used", "overage"), [
    (0, 0), (100_000, 0), (100_004, 0), (100_005, 1), (150_000, 5_000),
])  # fmt: skip
def test_a_fixed_fee_and_what_goes_beyond_it(caller, used, overage):
    meter = caller.meter()
    fee = caller.sell("Plan", unit_amount=2_000)
    calls = caller.sell_by_use("Calls", meter, **OVERAGE)
    bought = caller.buy(fee, calls)
    assert whole(caller.latest(bought)) == [("1 × Plan (at $20.00 / month)", 1, 2_000)]
    if used:
        caller.use(meter, used)
    caller.advance("2026-02-01 02:00")
    invoice = caller.latest(bought)
    assert invoice.total == 2_000 + overage
    # The fee is for the month ahead, the calls were made in the month before.
    spans = {
        line.pricing.price_details.price: (line.period.start, line.period.end)
        for line in invoice.lines.data
    }
    assert spans == {
        fee: (at("2026-02-01"), at("2026-03-01")),
        calls: (at("2026-01-01"), at("2026-02-01")),
    }


def test_seats_and_what_they_use_on_one_subscription(caller):
    meter = caller.meter()
    seats = caller.sell("Seats", unit_amount=1_000)
    calls = caller.sell_by_use("Calls", meter, unit_amount=2)
    bought = caller.buy((seats, 3), calls)
    caller.use(meter, 100)
    caller.advance("2026-01-16 12:00")
    more = caller.update(
        bought, items=[{"id": first(bought).id, "quantity": 5}], proration_behavior="always_invoice"
    )
    # Seats are prorated; what is counted never is.
    assert [each.amount for each in caller.latest(more).lines.data] == [-1_500, 2_500]
    caller.use(meter, 50)
    caller.advance("2026-02-01 02:00")
    assert sorted(whole(caller.latest(more))) == [
        ("150 × Calls (at $0.02 / month)", 150, 300),
        ("5 × Seats (at $10.00 / month)", 5, 5_000),
    ]


def test_a_year_ahead_and_each_month_by_use(caller):
    meter = caller.meter()
    yearly = caller.sell("Support", unit_amount=120_000, recurring={"interval": "year"})
    calls = caller.sell_by_use("Calls", meter, unit_amount=2)
    bought = caller.buy(yearly, calls)
    assert caller.latest(bought).total == 120_000
    assert {period(item) for item in bought["items"].data} == {
        (at("2026-01-01"), at("2027-01-01")),
        (at("2026-01-01"), at("2026-02-01")),
    }
    for month, used in ((2, 100), (3, 250)):
        caller.use(meter, used)
        caller.advance(f"2026-0{month}-01 02:00")
        assert whole(caller.latest(bought)) == [
            (f"{used} × Calls (at $0.02 / month)", used, 2 * used)
        ]


def test_by_use_in_the_currency_of_the_subscription(caller):
    meter = caller.meter()
    calls = caller.sell_by_use(
        "Calls",
        meter,
        **tiered("graduated", STEPS),
        currency_options={
            "jpy": {
                "tiers": [
                    {"up_to": 10, "unit_amount": 0},
                    {"up_to": "inf", "unit_amount_decimal": "2.5"},
                ]
            }
        },
    )
    bought = caller.buy(calls, currency="jpy")
    caller.use(meter, 31)
    caller.advance("2026-02-01 02:00")
    assert whole(caller.latest(bought)) == [
        ("10 × Calls (Tier 1 at ¥0 / month)", 10, 0),
        ("21 × Calls (Tier 2 at ¥2.5 / month)", 21, 53),
    ]
    assert caller.latest(bought).amount_paid == 53


def test_usage_too_small_to_charge_is_collected_later(caller):
    meter = caller.meter()
    bought = caller.buy(caller.sell_by_use("Calls", meter, unit_amount=1))
    caller.use(meter, 49)
    caller.advance("2026-02-01 02:00")
    invoice = caller.latest(bought)
    assert (invoice.status, invoice.total, invoice.amount_due, invoice.ending_balance) == (
        "paid",
        49,
        0,
        49,
    )
    caller.use(meter, 1)
    caller.advance("2026-03-01 02:00")
    assert caller.latest(bought).amount_paid == 50


def test_what_a_price_by_use_cannot_be(caller):
    meter = caller.meter()
    calls = caller.sell_by_use("Calls", meter, unit_amount=2)
    assert refused(caller.buy, (calls, 3))[::2] == (400, "items[0][quantity]")
    metered = {**MONTHLY, "usage_type": "metered"}
    assert refused(caller.sell, unit_amount=2, recurring=metered)[3] == (
        "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters."
    )
    for wrong in ({**metered, "meter": "mtr_x"}, {**MONTHLY, "meter": meter.id}):
        assert refused(caller.sell, unit_amount=2, recurring=wrong)[::2] == (
            400,
            "recurring[meter]",
        )
    bought = caller.buy(calls)
    item = first(bought)
    assert "quantity" not in item and item.price.recurring.meter == meter.id
    assert refused(caller.update, bought, items=[{"id": item.id, "quantity": 3}])[::2] == (
        400,
        "items[0][quantity]",
    )
    listed = caller.client.prices.list({"recurring": {"meter": meter.id}})
    assert [each.id for each in listed] == [calls]
    assert Decimal(item.price.unit_amount_decimal) == 2


def test_usage_records_of_older_versions_are_refused_by_name(caller):
    """They were billed without a meter, which no version can any more."""
    metered = {**MONTHLY, "usage_type": "metered"}
    for terms, param in (
        ({"aggregate_usage": "max"}, "recurring[aggregate_usage]"),
        ({}, "recurring[meter]"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="usage records") as caught:
            caller.whole_client.v1.prices.create(
                {"currency": "usd", "unit_amount": 2, "product_data": {"name": "P"},
                 "recurring": {**metered, **terms}},
                {"stripe_version": "2025-02-24.acacia"},
            )  # fmt: skip
        assert caught.value.param == param

"""Flat rates and seats: the same amount each interval, times the quantity."""

from __future__ import annotations

from decimal import Decimal

import pytest

from acceptance.till import refused
from pricing.shop import plain, whole
from subscriptions.life import at, first

# What a price says of its interval, when it first renews, and how the line is worded.
INTERVALS = (
    ("day", 1, "2026-01-02", "/ day"),
    ("day", 10, "2026-01-11", "every 10 days"),
    ("week", 1, "2026-01-08", "/ week"),
    ("week", 2, "2026-01-15", "every 2 weeks"),
    ("month", 1, "2026-02-01", "/ month"),
    ("month", 3, "2026-04-01", "every 3 months"),
    ("month", 6, "2026-07-01", "every 6 months"),
    ("year", 1, "2027-01-01", "/ year"),
    ("year", 3, "2029-01-01", "every 3 years"),
)


@pytest.mark.parametrize(("interval", "count", "renews", "words"), INTERVALS)
def test_each_interval_bills_the_same_amount_again(shopper, interval, count, renews, words):
    price = shopper.sell(
        "Host", unit_amount=1500, recurring={"interval": interval, "interval_count": count}
    )
    bought = shopper.buy(price)
    item = first(bought)
    assert (item.current_period_start, item.current_period_end) == (at("2026-01-01"), at(renews))
    line = (f"1 × Host (at $15.00 {words})", 1, 1500)
    assert whole(shopper.latest(bought)) == [line]
    shopper.advance(at(renews) + 7200)
    again = shopper.latest(bought)
    assert whole(again) == [line]
    assert (again.amount_paid, again.lines.data[0].period.start) == (1500, at(renews))


def test_three_years_are_the_longest_interval(shopper):
    for interval, most in (("day", 1095), ("week", 156), ("month", 36), ("year", 3)):
        shopper.sell(unit_amount=5, recurring={"interval": interval, "interval_count": most})
        over = {"interval": interval, "interval_count": most + 1}
        status, _, param, _ = refused(shopper.sell, unit_amount=5, recurring=over)
        assert (status, param) == (400, "recurring[interval_count]")


# What the guide's photo host sells: two products, each with a price a month.
@pytest.mark.parametrize(("seats", "total"), [(0, 0), (1, 1500), (3, 4500), (250, 375000)])
def test_seats_multiply(shopper, seats, total):
    price = shopper.sell("Basic", unit_amount=1500, unit_label="seat")
    assert shopper.shown(price, seats) == total
    bought = shopper.buy((price, seats))
    assert whole(shopper.latest(bought)) == [
        (f"{seats} seat × Basic (at $15.00 / month)", seats, total)
    ]


def test_seats_that_come_and_go_are_prorated_for_the_whole_item(shopper):
    price = shopper.sell("Seat", unit_amount=1000)
    bought = shopper.buy((price, 3))
    shopper.advance(at("2026-01-16 12:00"))  # half of January
    more = shopper.requantify(bought, 5)
    assert whole(shopper.latest(more)) == [
        ("Unused time on 3 × Seat after 16 Jan 2026", 3, -1500),
        ("Remaining time on 5 × Seat after 16 Jan 2026", 5, 2500),
    ]
    none = shopper.requantify(more, 0)
    assert whole(shopper.latest(none)) == [
        ("Unused time on 5 × Seat after 16 Jan 2026", 5, -2500),
        ("Remaining time on 0 × Seat after 16 Jan 2026", 0, 0),
    ]
    assert shopper.client.customers.retrieve(shopper.customer.id).balance == -2500
    shopper.advance("2026-02-01 02:00")
    assert whole(shopper.latest(none)) == [("0 × Seat (at $10.00 / month)", 0, 0)]
    assert shopper.read(none).status == "active"


# Amounts below a cent: (unit, quantity, billed). A half cent is rounded up, once for the line.
PARTS_OF_A_CENT = (
    ("0.05", 1_000, 50),  # 50
    ("0.05", 1_010, 51),  # 50.5
    ("0.05", 1_009, 50),  # 50.45
    ("3.6", 31, 112),  # 111.6
    ("0.333333333333", 3, 1),  # 0.999999999999
    ("0.000000000001", 500_000_000_000, 1),  # 0.5
    ("0.000000000001", 499_999_999_999, 0),  # 0.499999999999
    ("99999999", 1, 99_999_999),
    ("12.5", 3, 38),  # 37.5
    ("0", 7, 0),
)


@pytest.mark.parametrize(("unit", "quantity", "billed"), PARTS_OF_A_CENT)
def test_a_line_is_rounded_once(shopper, unit, quantity, billed):
    price = shopper.sell(unit_amount_decimal=Decimal(unit))
    found = shopper.client.prices.retrieve(price)
    assert plain(found.unit_amount_decimal) == unit
    assert found.unit_amount == (int(unit) if "." not in unit else None)
    assert shopper.shown(price, quantity) == billed
    assert shopper.cost(price, quantity) == billed


def test_tiny_amounts_are_read_however_a_client_writes_them(shopper):
    for written in ("0.0000001", Decimal("0.0000001"), "1E-7", "1e-07"):
        found = shopper.client.prices.retrieve(shopper.sell(unit_amount_decimal=written))
        assert plain(found.unit_amount_decimal) == "0.0000001"
    raw = shopper.whole_client.raw_request("get", f"/v1/prices/{found.id}")
    assert '"unit_amount_decimal":"0.0000001"' in raw.body.replace(" ", "")


@pytest.mark.parametrize("written", ["0.0000000000001", "-1", "much", "1e30", "NaN", "Infinity"])
def test_what_is_no_amount(shopper, written):
    status, _, param, _ = refused(shopper.sell, unit_amount_decimal=written)
    assert (status, param) == (400, "unit_amount_decimal")


def test_what_a_month_is_worth_is_the_same_amount_however_the_price_is_given(shopper):
    """A price made beforehand, with its product, or on the spot bills the same."""
    product = shopper.client.products.create(
        {
            "name": "Host",
            "default_price_data": {
                "currency": "usd",
                "unit_amount": 1500,
                "recurring": {"interval": "month"},
            },
        }
    )
    inline = {
        "currency": "usd",
        "product": product.id,
        "unit_amount_decimal": "1500",
        "recurring": {"interval": "month"},
    }
    line = [("1 × Host (at $15.00 / month)", 1, 1500)]
    assert whole(shopper.latest(shopper.buy(product.default_price))) == line
    made = shopper.client.subscriptions.create(
        {"customer": shopper.customer.id, "items": [{"price_data": inline}]}
    )
    assert whole(shopper.latest(made)) == line
    planned = shopper.plan(
        {"items": [{"price_data": inline}], "duration": {"interval": "month", "interval_count": 1}}
    )
    assert whole(shopper.latest(shopper.subscription(planned))) == line

"""Packages: a quantity is divided into packages, and part of one counts as one or as none."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import package, tiered, whole
from subscriptions.life import at, first

# (divide_by, round, unit amount) and what each quantity costs.
PACKAGES = (
    # Groups of five seats at 10.00, begun groups count whole.
    ((5, "up", 1000), {0: 0, 1: 1000, 4: 1000, 5: 1000, 6: 2000, 10: 2000, 11: 3000}),
    # The same groups, only full ones count.
    ((5, "down", 1000), {0: 0, 1: 0, 4: 0, 5: 1000, 6: 1000, 10: 2000, 11: 2000}),
    # A dime for each thousand.
    ((1000, "down", 10), {999: 0, 1000: 10, 1999: 10, 2000: 20}),
    ((1000, "up", 10), {1: 10, 1000: 10, 1001: 20}),
    # Packages of one are units.
    ((1, "up", 700), {0: 0, 1: 700, 3: 2100}),
    ((1, "down", 700), {0: 0, 1: 700, 3: 2100}),
)


@pytest.mark.parametrize(("terms", "table"), PACKAGES)
def test_what_packages_cost(shopper, terms, table):
    divide_by, round, unit = terms
    price = shopper.sell(**package(divide_by, round, unit_amount=unit))
    assert {each: shopper.shown(price, each) for each in table} == table
    assert {each: shopper.cost(price, each) for each in table} == table


def test_parts_of_a_cent_are_rounded_after_the_packages_are_counted(shopper):
    price = shopper.sell(**package(60, "up", unit_amount_decimal="0.8"))
    # 9892 units are 165 packages: 132 cents, and not 9892 ÷ 60 × 0.8 = 131.89.
    assert shopper.cost(price, 9892) == 132


def test_a_line_shows_the_raw_quantity_and_the_price_of_a_package(shopper):
    price = shopper.sell("Voice", unit_label="minute", **package(60, "up", unit_amount=8))
    [line] = shopper.latest(shopper.buy((price, 9892))).lines.data
    assert line.description == "9892 minute × Voice (at $0.08 per 60 units / month)"
    assert (line.quantity, line.amount, str(line.pricing.unit_amount_decimal)) == (9892, 1320, "8")


def test_changes_inside_a_package_cost_nothing(shopper):
    price = shopper.sell("Pack", **package(5, "up", unit_amount=1000))
    bought = shopper.buy((price, 6))
    shopper.advance(at("2026-01-16 12:00"))  # half of January
    same = shopper.requantify(bought, 10)
    assert whole(shopper.latest(same)) == [
        ("Unused time on 6 × Pack after 16 Jan 2026", 6, -1000),
        ("Remaining time on 10 × Pack after 16 Jan 2026", 10, 1000),
    ]
    more = shopper.requantify(same, 11)
    assert shopper.latest(more).total == 500
    less = shopper.requantify(more, 5)
    assert shopper.latest(less).total == -1000
    shopper.advance("2026-02-01 02:00")
    # 10.00 for one package, of which the balance has 10.00.
    assert (shopper.latest(less).total, shopper.latest(less).amount_due) == (1000, 0)


def test_one_off_packages(shopper):
    eggs = shopper.sell("Eggs", recurring=None, **package(12, "up", unit_amount=500))
    item = shopper.client.invoice_items.create(
        {"customer": shopper.customer.id, "pricing": {"price": eggs}, "quantity": 13}
    )
    assert (item.amount, item.quantity, item.description) == (1000, 13, "Eggs")
    monthly = shopper.sell("Farm", unit_amount=200)
    bought = shopper.buy(monthly, add_invoice_items=[{"price": eggs, "quantity": 24}])
    assert sorted(whole(shopper.latest(bought))) == [
        ("1 × Farm (at $2.00 / month)", 1, 200),
        ("Eggs", 13, 1000),
        ("Eggs", 24, 1000),
    ]


def test_packages_are_shown_by_price_and_plan(shopper):
    price = shopper.sell(**package(5, "up", unit_amount=1000))
    item = first(shopper.buy(price))
    assert item.price.transform_quantity.to_dict() == {"divide_by": 5, "round": "up"}
    assert item.plan.transform_usage.to_dict() == {"divide_by": 5, "round": "up"}


def test_packages_have_one_amount_and_no_tiers(shopper):
    tiers = tiered("volume", (("inf", 5, None),))
    halves = {"divide_by": 2, "round": "down"}
    assert refused(shopper.sell, transform_quantity=halves, **tiers)[0] == 400
    for wrong in (
        {"divide_by": 0, "round": "up"},
        {"divide_by": 5},
        {"round": "up"},
        {"divide_by": 5, "round": "half"},
    ):
        assert refused(shopper.sell, unit_amount=5, transform_quantity=wrong)[0] == 400, wrong
    assert (
        refused(
            shopper.sell,
            recurring=None,
            transform_quantity=halves,
            custom_unit_amount={"enabled": True},
        )[0]
        == 400
    )

"""Tiers: volume puts all units into one tier, graduated each unit into its own."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import plain, tiered, whole

# (up to, unit amount, flat amount); texts are decimal amounts.
SEATS = ((5, 700, None), (10, 650, None), ("inf", 600, None))
FIVES = ((5, 500, None), (10, 400, None), (15, 300, None), (20, 200, None), ("inf", 100, None))
FLATS = ((5, 500, 1000), (10, 400, 2000), (15, 300, 3000), (20, 200, 4000), ("inf", 100, 5000))
FEES = ((5, None, 1000), ("inf", None, 2500))
ONE_FREE = ((1, 900, None), ("inf", 100, None))
CLOUD = ((100_000, 0, None), ("inf", "0.1", None))
MIXED = ((10, "0.5", 100), ("inf", "0.25", None))

# What each quantity costs, worked by hand.
TABLES = (
    # 5 × 7.00; 6 × 6.50; 10 × 6.50; 11 × 6.00; 20 × 6.00; 25 × 6.00
    ("volume", SEATS, {0: 0, 1: 700, 5: 3500, 6: 3900, 10: 6500, 11: 6600, 20: 12000, 25: 15000}),
    # 35.00 + 6.50; 35.00 + 32.50; 67.50 + 6.00
    ("graduated", SEATS, {0: 0, 5: 3500, 6: 4150, 10: 6750, 11: 7350}),
    ("volume", FIVES, {1: 500, 5: 2500, 6: 2400, 20: 4000, 25: 2500}),
    # 25 + 4; 25 + 20 + 15 + 10; 70 + 5
    ("graduated", FIVES, {6: 2900, 20: 7000, 25: 7500}),
    # 12 × 3.00 + 30.00. Nothing is still in the first tier, and its flat amount is due.
    ("volume", FLATS, {0: 1000, 1: 1500, 12: 6600, 21: 7100}),
    # 5 × 5 + 10 + 5 × 4 + 20 + 2 × 3 + 30; all five flat amounts from 21 on.
    ("graduated", FLATS, {0: 1000, 5: 3500, 6: 5900, 12: 11100, 21: 22100}),
    # Flat amounts alone: by volume that of the tier, graduated those of every tier reached.
    ("volume", FEES, {0: 1000, 1: 1000, 5: 1000, 6: 2500, 900: 2500}),
    ("graduated", FEES, {0: 1000, 1: 1000, 5: 1000, 6: 3500, 900: 3500}),
    # A first tier of one unit charges nothing for nothing.
    ("graduated", ONE_FREE, {0: 0, 1: 900, 2: 1000, 10: 1800}),
    ("volume", ONE_FREE, {0: 0, 1: 900, 2: 200}),
    ("graduated", CLOUD, {0: 0, 100_000: 0, 100_001: 0, 100_005: 1, 101_000: 100}),
    # 3 × 0.5 = 1.5 → 2, and 1.00. 10 × 0.5 = 5; 3 × 0.25 = 0.75 → 1.
    ("graduated", MIXED, {3: 102, 10: 105, 11: 105, 12: 106, 13: 106}),
    # 13 × 0.25 = 3.25 → 3, without the first tier's flat amount.
    ("volume", MIXED, {3: 102, 13: 3}),
    # One tier is a plain price.
    ("volume", (("inf", 700, None),), {0: 0, 3: 2100}),
    ("graduated", (("inf", 700, None),), {0: 0, 3: 2100}),
)


@pytest.mark.parametrize(("mode", "tiers", "table"), TABLES)
def test_what_tiers_cost(shopper, mode, tiers, table):
    price = shopper.sell(**tiered(mode, tiers))
    assert {each: shopper.shown(price, each) for each in table} == table
    assert {each: shopper.cost(price, each) for each in table} == table


def test_graduated_lines_go_tier_by_tier(shopper):
    price = shopper.sell(
        "Mail", unit_label="credit", **tiered("graduated", ((1000, 0, 900), ("inf", "3.6", 0)))
    )
    invoice = shopper.latest(shopper.buy((price, 1031)))
    assert whole(invoice) == [
        ("1000 credit × Mail (Tier 1 at $0.00 / month)", 1000, 0),
        ("Mail (Tier 1 at $9.00 / month)", 0, 900),
        ("31 credit × Mail (Tier 2 at $0.036 / month)", 31, 112),
        ("Mail (Tier 2 at $0.00 / month)", 0, 0),
    ]
    units = [plain(line.pricing.unit_amount_decimal) for line in invoice.lines.data]
    assert units == ["0", "900", "3.6", "0"]
    assert invoice.total == 1012


def test_volume_has_the_line_of_its_tier(shopper):
    price = shopper.sell("Bulk", **tiered("volume", ((5, 700, None), ("inf", 600, 1000))))
    assert whole(shopper.latest(shopper.buy((price, 5)))) == [
        ("5 × Bulk (Tier 1 at $7.00 / month)", 5, 3500)
    ]
    other = shopper.sell("Bulk", **tiered("volume", ((5, 700, None), ("inf", 600, 1000))))
    assert whole(shopper.latest(shopper.buy((other, 6)))) == [
        ("6 × Bulk (Tier 2 at $6.00 / month)", 6, 3600),
        ("Bulk (Tier 2 at $10.00 / month)", 0, 1000),
    ]


def test_tiers_are_shown_when_they_are_expanded(shopper):
    made = shopper.sell(**tiered("graduated", MIXED))
    prices = shopper.client.prices
    assert "tiers" not in prices.retrieve(made)
    wanted = [("0.5", None, "100", 100, 10), ("0.25", None, None, None, None)]
    bought = shopper.buy(made)
    for shown in (
        prices.retrieve(made, {"expand": ["tiers"]}),
        prices.list({"product": prices.retrieve(made).product, "expand": ["data.tiers"]}).data[0],
        shopper.client.subscriptions.retrieve(bought.id, {"expand": ["items.data.price.tiers"]})[
            "items"
        ]
        .data[0]
        .price,
        shopper.client.plans.retrieve(made, {"expand": ["tiers"]}),
        shopper.client.subscriptions.retrieve(bought.id, {"expand": ["items.data.plan.tiers"]})[
            "items"
        ]
        .data[0]
        .plan,
    ):
        assert [
            (plain(each.unit_amount_decimal), each.unit_amount, plain(each.flat_amount_decimal),
             each.flat_amount, each.up_to)
            for each in shown.tiers
        ] == wanted  # fmt: skip


LAST = {"up_to": "inf", "unit_amount": 1}


@pytest.mark.parametrize(
    ("tiers", "param"),
    [
        ([{"up_to": 5, "unit_amount": 1}], "tiers"),
        ([{"up_to": 5, "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}, LAST], "tiers"),
        ([{"up_to": 5, "unit_amount": 1}, {"up_to": 4, "unit_amount": 1}, LAST], "tiers"),
        ([{"up_to": 0, "unit_amount": 1}, LAST], "tiers"),
        ([{"up_to": -3, "unit_amount": 1}, LAST], "tiers"),
        ([LAST, {"up_to": 5, "unit_amount": 1}], "tiers"),
        ([LAST, LAST], "tiers"),
        ([{"up_to": 5}, LAST], "tiers"),
        ([{"unit_amount": 1}, LAST], "tiers[0][up_to]"),
        (
            [{"up_to": 5, "unit_amount": 1, "unit_amount_decimal": "1"}, LAST],
            "tiers[0][unit_amount]",
        ),
        (
            [{"up_to": 5, "flat_amount": 1, "flat_amount_decimal": "1"}, LAST],
            "tiers[0][flat_amount]",
        ),
        ([{"up_to": 5, "unit_amount": -1}, LAST], "tiers[0][unit_amount]"),
        ([{"up_to": 5, "flat_amount": 100_000_000}, LAST], "tiers[0][flat_amount]"),
        (
            [{"up_to": 5, "unit_amount_decimal": "0.0000000000001"}, LAST],
            "tiers[0][unit_amount_decimal]",
        ),
    ],
)
def test_tiers_that_are_none(shopper, tiers, param):
    terms = {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": tiers}
    assert refused(shopper.sell, **terms)[::2] == (400, param)


def test_what_goes_with_tiers(shopper):
    tiers = tiered("volume", SEATS)
    for name in tiers:
        missing = {key: value for key, value in tiers.items() if key != name}
        assert refused(shopper.sell, **missing)[0] == 400, name
    assert refused(shopper.sell, unit_amount=5, **tiers)[0] == 400
    assert refused(shopper.sell, recurring=None, **tiers) == (
        400,
        None,
        "interval",
        "Prices with `type=one_time` are not supported with tiered billing.",
    )


def test_a_quantity_whose_cost_no_line_can_say_is_refused_by_its_name(shopper):
    dear = shopper.sell(**tiered("volume", ((1, 100, None), ("inf", 99_999_999, None))))
    assert refused(shopper.buy, (dear, 20_000))[:3] == (
        400,
        "amount_too_large",
        "items[0][quantity]",
    )
    bought = shopper.buy((dear, 1))
    item = bought["items"].data[0].id
    for behavior in ("none", "create_prorations", "always_invoice"):
        assert refused(
            shopper.update,
            bought,
            items=[{"id": item, "quantity": 20_000}],
            proration_behavior=behavior,
        )[:3] == (400, "amount_too_large", "items[0][quantity]")
    assert refused(shopper.client.subscription_items.update, item, {"quantity": 20_000})[:2] == (
        400,
        "amount_too_large",
    )
    later = {"items": [{"price": dear, "quantity": 20_000}]}
    assert refused(shopper.plan, later, start_date=shopper.now + 86400)[:3] == (
        400,
        "amount_too_large",
        "phases[0][items][0][quantity]",
    )

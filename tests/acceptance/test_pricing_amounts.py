"""Pricing: what quantities cost under every model, shown by invoices and their descriptions."""

import pytest

from acceptance.till import Till


@pytest.fixture(scope="module")
def api(server):
    import stripe

    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


@pytest.fixture
def till(api):
    return Till(api)


def price(api, name="P", unit_label=None, currency="usd", interval="month", count=1, **terms):
    product = {"name": name} | ({"unit_label": unit_label} if unit_label else {})
    return api.v1.prices.create(
        {"currency": currency, "product_data": product,
         "recurring": {"interval": interval, "interval_count": count}, **terms}
    ).id  # fmt: skip


def bill(api, till, price, quantity):
    """Subscribe to a quantity and return the first invoice's lines."""
    api.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price, "quantity": quantity}]}
    )
    return till.invoices()[-1].lines.data


def total(api, till, price, quantity):
    return sum(line.amount for line in bill(api, till, price, quantity))


def tiered(mode, *tiers):
    """Return terms of tiers given as (up_to, unit, flat)."""
    return {
        "billing_scheme": "tiered", "tiers_mode": mode,
        "tiers": [
            {"up_to": up_to}
            | ({} if unit is None else {"unit_amount_decimal": unit})
            | ({} if flat is None else {"flat_amount": flat})
            for up_to, unit, flat in tiers
        ],
    }  # fmt: skip


SEATS = ((5, "700", None), (10, "650", None), ("inf", "600", None))
FIVES = ((5, "5", None), (10, "4", None), (15, "3", None), (20, "2", None), ("inf", "1", None))
FLATS = tuple(
    (up_to, unit, flat)
    for (up_to, unit, _), flat in zip(FIVES, (10, 20, 30, 40, 50), strict=True)
)


def test_seats_and_parts_of_a_cent(api, till):
    assert total(api, till, price(api, unit_amount=1000), 3) == 3000
    assert total(api, till, price(api, unit_amount_decimal="0.05"), 1000) == 50
    assert total(api, till, price(api, unit_amount_decimal="0.5"), 3) == 2  # 1.5
    assert total(api, till, price(api, unit_amount_decimal="0.3"), 3) == 1  # 0.9


@pytest.mark.parametrize(("round", "divide_by", "unit", "expected"), [
    ("up", 5, 1000, {1: 1000, 5: 1000, 6: 2000}),
    ("down", 1000, 10, {999: 0, 1000: 10, 1999: 10, 2000: 20}),
])  # fmt: skip
def test_packages(api, till, round, divide_by, unit, expected):
    package = price(
        api, unit_amount=unit, transform_quantity={"divide_by": divide_by, "round": round}
    )
    assert {each: total(api, till, package, each) for each in expected} == expected


@pytest.mark.parametrize(("mode", "tiers", "expected"), [
    ("volume", SEATS, {5: 3500, 6: 3900, 20: 12000, 25: 15000}),
    ("graduated", SEATS, {6: 4150}),
    ("graduated", FIVES, {6: 29, 20: 70, 25: 75}),
    ("volume", FIVES, {1: 5, 5: 25, 6: 24, 20: 40, 25: 25}),
    ("volume", FLATS, {12: 66, 0: 10}),
    ("graduated", FLATS, {12: 111, 0: 10}),
    ("graduated", ((1, "900", None), ("inf", "100", None)), {0: 0, 1: 900, 2: 1000}),
])  # fmt: skip
def test_tiers(api, till, mode, tiers, expected):
    id = price(api, **tiered(mode, *tiers))
    assert {each: total(api, till, id, each) for each in expected} == expected


def test_the_recorded_tiered_invoice(api, till):
    id = price(
        api, unit_label="credit",
        **tiered("graduated", (1000, "0", 900), ("inf", "3.6", 0)),
    )  # fmt: skip

    lines = bill(api, till, id, 1031)

    assert [(line.description, line.amount, line.quantity) for line in lines] == [
        ("1000 credit × P (Tier 1 at $0.00 / month)", 0, 1000),
        ("P (Tier 1 at $9.00 / month)", 900, 0),
        ("31 credit × P (Tier 2 at $0.036 / month)", 112, 31),
        ("P (Tier 2 at $0.00 / month)", 0, 0),
    ]
    assert [str(line.quantity_decimal) for line in lines] == ["1000", "0", "31", "0"]
    assert [str(line.pricing.unit_amount_decimal) for line in lines] == ["0", "900", "3.6", "0"]


def test_volume_shows_one_line_of_its_tier_and_its_flat_part(api, till):
    id = price(api, **tiered("volume", (5, "700", None), ("inf", "600", 1000)))

    assert [(each.description, each.amount) for each in bill(api, till, id, 7)] == [
        ("7 × P (Tier 2 at $6.00 / month)", 4200), ("P (Tier 2 at $10.00 / month)", 1000)
    ]  # fmt: skip
    assert [(each.description, each.amount) for each in bill(api, till, id, 2)] == [
        ("2 × P (Tier 1 at $7.00 / month)", 1400)
    ]  # fmt: skip


@pytest.mark.parametrize(("terms", "quantity", "description"), [
    ({"name": "Basic", "unit_amount": 2000}, 1, "1 × Basic (at $20.00 / month)"),
    ({"unit_amount": 10000, "count": 3}, 1, "1 × P (at $100.00 every 3 months)"),
    ({"unit_amount": 150000, "interval": "year"}, 2, "2 × P (at $1,500.00 / year)"),
    ({"unit_amount": 700, "interval": "week"}, 1, "1 × P (at $7.00 / week)"),
    ({"unit_amount": 700, "interval": "day", "count": 10}, 1, "1 × P (at $7.00 every 10 days)"),
    ({"unit_amount": 1000, "unit_label": "seat"}, 1, "1 seat × P (at $10.00 / month)"),
    ({"unit_amount": 1000, "unit_label": "seat"}, 5, "5 seat × P (at $10.00 / month)"),
    ({"unit_amount_decimal": "3.6"}, 100, "100 × P (at $0.036 / month)"),
    ({"unit_amount_decimal": "0.000381"}, 900000, "900000 × P (at $0.00000381 / month)"),
    ({"unit_amount": 0}, 1, "1 × P (at $0.00 / month)"),
    ({"unit_amount": 1000, "currency": "eur"}, 1, "1 × P (at €10.00 / month)"),
    ({"unit_amount": 1000, "currency": "gbp"}, 1, "1 × P (at £10.00 / month)"),
    ({"unit_amount": 1000, "currency": "jpy"}, 1, "1 × P (at ¥1,000 / month)"),
    ({"name": "Voice", "unit_amount": 8, "transform_quantity": {"divide_by": 60, "round": "up"}},
     9892, "9892 × Voice (at $0.08 per 60 units / month)"),
    ({"name": "Pro", "unit_label": "seat",
      **tiered("graduated", (5, "1800", None), ("inf", "1500", None))},
     1, "1 seat × Pro (Tier 1 at $18.00 / month)"),
])  # fmt: skip
def test_descriptions(api, till, terms, quantity, description):
    [line] = bill(api, till, price(api, **terms), quantity)

    assert line.description == description
    assert line.quantity == quantity and str(line.quantity_decimal) == str(quantity)


def test_a_line_names_the_price_it_bills(api, till):
    id = price(api, unit_amount=1000)

    line = bill(api, till, id, 2)[0].to_dict()

    assert line["pricing"]["price_details"]["price"] == id
    details = line["parent"]["subscription_item_details"]
    assert line["parent"]["type"] == "subscription_item_details"
    assert (details["proration"], details["invoice_item"]) == (False, None)
    assert details["subscription"] == line["subscription"]
    assert details["subscription_item"].startswith("si_")
    assert details["proration_details"] == {"credited_items": None}


def test_trials_are_named_by_billing_mode(api, till):
    id = price(api, name="Basic", unit_amount=1000)
    for mode, expected in {
        "flexible": "Free trial for 2 × Basic", "classic": "Trial period for Basic"
    }.items():  # fmt: skip
        api.v1.subscriptions.create(
            {"customer": till.customer, "items": [{"price": id, "quantity": 2}],
             "trial_period_days": 7, "billing_mode": {"type": mode}}
        )  # fmt: skip
        [line] = till.invoices()[-1].lines.data
        assert (line.description, line.amount) == (expected, 0)
        api.v1.subscriptions.cancel(till.invoices()[-1].parent.subscription_details.subscription)

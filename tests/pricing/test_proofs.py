"""The doctor's proofs of prices name what somebody has changed behind the books' back."""

from __future__ import annotations

import msgspec
import pytest

from pricing.shop import Shopper, tiered
from prorata.engine.doctor import examine
from prorata.store.names import table_name
from servers import running
from subscriptions.life import at

PRICES = "Every price has one amount of its kind in each of its currencies"
PRICED = "Every subscription's prices can be billed in its currency"
LINES = "Every line bills what its price asks for its quantity"


@pytest.fixture
def shop():
    """Give a server of its own, whose books are damaged, with a customer on it."""
    import stripe

    with running() as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        yield server.system, Shopper(client)


def damage(system, kind, id, change, column="document"):
    """Change a stored document by hand."""

    def work(connection):
        where = f"FROM {table_name(kind)} WHERE id = ?"
        [(text,)] = connection.query(f"SELECT {column} {where}", (id,))
        found = msgspec.json.decode(text)
        change(found)
        connection.run(
            f"UPDATE {table_name(kind)} SET {column} = ? WHERE id = ?",
            (msgspec.json.encode(found).decode(), id),
        )

    system.database.write(work)


def findings(system):
    return {(each.check, each.id) for check in examine(system) for each in check.findings}


def test_what_is_sound_has_no_findings(shop):
    system, shopper = shop
    price = shopper.sell(
        **tiered("graduated", ((5, 700, 100), ("inf", 600, None))),
        currency_options={"eur": {"tiers": [{"up_to": "inf", "unit_amount": 5}]}},
    )
    shopper.buy((price, 7), trial_period_days=3)
    shopper.advance("2026-01-04 02:00")
    shopper.advance("2026-02-04 02:00")
    assert {name for name, _ in findings(system)}.isdisjoint({PRICES, PRICED, LINES})
    looked = {each.name: each.looked_at for each in examine(system)}
    assert (looked[PRICES], looked[PRICED], looked[LINES]) == (1, 1, 3)


def test_a_part_of_a_month_that_looks_like_a_whole_one_is_sound(shop):
    """From February 28 to March 28 are 28 of 31 days, where the 31st is the day of billing."""
    system, shopper = shop
    shopper.advance("2026-01-31")
    bought = shopper.buy((shopper.sell(unit_amount=3100), 1), cancel_at=at("2026-03-28"))
    shopper.advance("2026-02-28 02:00")
    [line] = shopper.latest(bought).lines.data
    assert (line.amount, line.period.end) == (2800, at("2026-03-28"))
    assert {name for name, _ in findings(system)}.isdisjoint({PRICES, PRICED, LINES})


def test_a_part_of_a_month_before_the_end_of_february_is_sound(shop):
    """From January 31 to February 28 are 28 of 31 days, where the 28th is the day of billing."""
    system, shopper = shop
    shopper.advance("2026-01-31")
    bought = shopper.buy(
        (shopper.sell(unit_amount=3100), 1), billing_cycle_anchor_config={"day_of_month": 28})
    [line] = shopper.latest(bought).lines.data
    assert (line.amount, line.period.end) == (2800, at("2026-02-28"))
    assert {name for name, _ in findings(system)}.isdisjoint({PRICES, PRICED, LINES})


def test_what_was_billed_before_a_price_changed_is_sound(shop):
    """A currency that no subscription has any more may cost something else, or nothing."""
    system, shopper = shop
    terms = {"unit_amount": 1000, "currency_options": {"eur": {"unit_amount": 900}}}
    price, other = shopper.sell(**terms), shopper.sell(**terms)
    for change in ({"eur": {"unit_amount": 800}}, ""):
        bought = shopper.buy((price, 2), currency="eur")
        item = {"id": bought["items"].data[0].id, "price": other}
        shopper.client.subscriptions.update(bought.id, {"items": [item]})
        shopper.client.prices.update(price, {"currency_options": change})
    assert {name for name, _ in findings(system)}.isdisjoint({PRICES, PRICED, LINES})


@pytest.mark.parametrize(
    "change",
    [
        {"unit_amount": 501},
        {"unit_amount_decimal": "500.5"},
        {"unit_amount_decimal": None},
        {"billing_scheme": "tiered"},
        {"custom_unit_amount": {"preset": 5}},
        {"currency": "xyz"},
        {"unit_amount": -5, "unit_amount_decimal": "-5"},
    ],
)
def test_an_odd_price_is_named(shop, change):
    system, shopper = shop
    price = shopper.sell(unit_amount=500)
    damage(system, "price", price, lambda found: found.update(change))
    assert (PRICES, price) in findings(system)


def test_odd_tiers_and_options_are_named(shop):
    system, shopper = shop
    steps = shopper.sell(**tiered("volume", ((5, 700, None), ("inf", 600, None))))
    damage(system, "price", steps, lambda facts: facts["tiers"].reverse(), column="private")
    euros = shopper.sell(unit_amount=500, currency_options={"eur": {"unit_amount": 5}})
    damage(
        system,
        "price",
        euros,
        lambda facts: facts["currency_options"]["eur"].update(unit_amount=6),
        column="private",
    )
    assert {(PRICES, steps), (PRICES, euros)} <= findings(system)


def test_a_subscription_without_a_price_in_its_currency_is_named(shop):
    system, shopper = shop
    price = shopper.sell(unit_amount=500, currency_options={"eur": {"unit_amount": 400}})
    bought = shopper.buy(price, currency="eur")
    damage(
        system, "price", price, lambda facts: facts["currency_options"].clear(), column="private"
    )
    assert (PRICED, bought.id) in findings(system)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 4},
        {"quantity": 2},
        {"pricing": {"type": "price_details", "unit_amount_decimal": "400"}},
    ],
)
def test_a_line_that_bills_something_else_is_named(shop, change):
    system, shopper = shop
    invoice = shopper.latest(shopper.buy((shopper.sell(unit_amount=500), 3)))

    def edit(found):
        [line] = found["lines"]["data"]
        details = line["pricing"]["price_details"]
        line.update(change)
        line["pricing"]["price_details"] = details

    damage(system, "invoice", invoice.id, edit)
    assert (LINES, invoice.id) in findings(system)

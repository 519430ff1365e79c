"""Currency options: one price in several currencies, of which a subscription fixes one."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import MONTHLY, plain, tiered, whole
from subscriptions.life import first


def options_of(shopper, price):
    found = shopper.client.prices.retrieve(price, {"expand": ["currency_options"]})
    return found.currency_options.to_dict()


def change(shopper, price, **options):
    return shopper.client.prices.update(price, {"currency_options": options})


# The forms of an option: what is sent for euros, and what one and seven units cost then.
FORMS = (
    ({"unit_amount": 1000}, {"unit_amount": 900}, {1: 900, 7: 6300}),
    ({"unit_amount": 1000}, {"unit_amount_decimal": "900.5"}, {1: 901, 7: 6304}),
    (
        {"unit_amount": 1000, "transform_quantity": {"divide_by": 5, "round": "up"}},
        {"unit_amount": 900},
        {1: 900, 7: 1800},
    ),
    (
        tiered("graduated", ((5, 700, 100), ("inf", 600, None))),
        {
            "tiers": [
                {"up_to": 3, "unit_amount": 500, "flat_amount": 50},
                {"up_to": "inf", "unit_amount_decimal": "0.5"},
            ]
        },
        {1: 550, 7: 1552},
    ),
    (
        tiered("volume", ((5, 700, 100), ("inf", 600, None))),
        {
            "tiers": [
                {"up_to": 3, "unit_amount": 500, "flat_amount": 50},
                {"up_to": "inf", "unit_amount": 400},
            ]
        },
        {1: 550, 7: 2800},
    ),
)


@pytest.mark.parametrize(("terms", "euros", "table"), FORMS)
def test_a_subscription_chooses_the_currency(shopper, terms, euros, table):
    price = shopper.sell(**terms, currency_options={"eur": {**euros, "tax_behavior": "inclusive"}})
    assert options_of(shopper, price)["eur"]["tax_behavior"] == "inclusive"
    assert set(options_of(shopper, price)) == {"eur", "usd"}
    shown = {each: shopper.shown(price, each, currency="eur") for each in table}
    assert shown == table
    for quantity, amount in table.items():
        assert shopper.cost(price, quantity, currency="eur") == amount
    bought = shopper.buy((price, 7), currency="eur")
    assert bought.currency == "eur" and "€" in shopper.latest(bought).lines.data[0].description
    # The item shows the price, in the price's own currency.
    assert first(bought).price.currency == "usd"
    shopper.advance("2026-02-01 02:00")
    assert (shopper.latest(bought).currency, shopper.latest(bought).total) == ("eur", table[7])


def test_without_a_choice_it_is_the_price_s_own(shopper):
    price = shopper.sell(unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    bought = shopper.buy(price)
    assert (bought.currency, shopper.latest(bought).total) == ("usd", 1000)


def test_changes_and_prorations_are_in_the_subscription_s_currency(shopper):
    basic = shopper.sell("Basic", unit_amount=1000, currency_options={"jpy": {"unit_amount": 1500}})
    pro = shopper.sell("Pro", unit_amount=2000, currency_options={"jpy": {"unit_amount": 3100}})
    bought = shopper.buy(basic, currency="jpy")
    shopper.advance("2026-01-16 12:00")
    raised = shopper.change_as_seen(
        bought, items=[{"id": first(bought).id, "price": pro}], proration_behavior="always_invoice"
    )
    assert whole(shopper.latest(raised)) == [
        ("Unused time on Basic after 16 Jan 2026", 1, -750),
        ("Remaining time on Pro after 16 Jan 2026", 1, 1550),
    ]
    assert shopper.latest(raised).currency == "jpy"


def test_all_items_have_the_chosen_currency(shopper):
    both = shopper.sell(unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    dollars = shopper.sell(unit_amount=500)
    euros = shopper.sell(unit_amount=400, currency="eur")
    assert shopper.latest(shopper.buy(euros, both)).total == 1300
    message = (
        "The price specified only supports `usd`. This doesn't match the expected currency: `eur`."
    )
    assert refused(shopper.buy, both, dollars, currency="eur")[3] == message
    fee = shopper.sell(recurring=None, unit_amount=5000)
    assert refused(shopper.buy, both, currency="eur", add_invoice_items=[{"price": fee}])[3] == (
        message
    )
    later = {"items": [{"price": both}], "currency": "eur", "add_invoice_items": [{"price": fee}]}
    assert refused(shopper.plan, later)[3] == message


def test_fees_and_one_off_items_follow_the_currency_of_what_they_are_for(shopper):
    fee = shopper.sell(
        "Fee",
        recurring=None,
        unit_amount=500,
        currency_options={"eur": {"unit_amount_decimal": "450.5"}},
    )
    monthly = shopper.sell("P", unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    bought = shopper.buy(monthly, currency="eur", add_invoice_items=[{"price": fee}])
    assert sorted(whole(shopper.latest(bought))) == [
        ("1 × P (at €9.00 / month)", 1, 900),
        ("Fee", 1, 451),
    ]
    items = shopper.client.invoice_items
    of_it = {"customer": shopper.customer.id, "pricing": {"price": fee}}
    pinned = items.create({**of_it, "subscription": bought.id})
    of_customer = items.create({**of_it, "quantity": 3})
    invoice = shopper.client.invoices.create({"customer": shopper.customer.id, "currency": "usd"})
    on_invoice = items.create({**of_it, "invoice": invoice.id})
    assert [(each.currency, each.amount) for each in (pinned, of_customer, on_invoice)] == [
        ("eur", 451),
        ("eur", 1352),
        ("usd", 500),
    ]
    assert refused(items.create, {**of_it, "subscription": bought.id, "currency": "usd"})[::2] == (
        400,
        "currency",
    )


def test_what_an_option_cannot_be(shopper):
    def refuses(options, **terms):
        terms.setdefault("unit_amount", 1000)
        return refused(shopper.sell, currency_options=options, **terms)[::2]

    assert refuses({"eur": {"tax_behavior": "exclusive"}}) == (400, "currency_options[eur]")
    assert refuses({"eur": {"unit_amount": 1, "unit_amount_decimal": "1"}}) == (
        400,
        "currency_options[eur][unit_amount]",
    )
    assert refuses({"eur": {"unit_amount": -1}}) == (400, "currency_options[eur][unit_amount]")
    assert refuses({"eur": {"unit_amount": 100_000_000}})[0] == 400
    assert refuses({"kwd": {"unit_amount": 5}}) == (400, "currency_options[kwd][unit_amount]")
    assert refuses({"xyz": {"unit_amount": 5}}) == (400, "currency_options[xyz]")
    # Each has the price's own kind of amount.
    assert refuses({"eur": {"tiers": [{"up_to": "inf", "unit_amount": 5}]}}) == (
        400,
        "currency_options[eur][tiers]",
    )
    assert refuses({"eur": {"custom_unit_amount": {"enabled": True}}}) == (
        400,
        "currency_options[eur][custom_unit_amount]",
    )
    tiers = tiered("volume", (("inf", 5, None),))
    assert refused(shopper.sell, currency_options={"eur": {"unit_amount": 5}}, **tiers)[::2] == (
        400,
        "currency_options[eur][tiers]",
    )
    bad = {"eur": {"tiers": [{"up_to": 5, "unit_amount": 1}]}}
    assert refused(shopper.sell, currency_options=bad, **tiers)[::2] == (
        400,
        "currency_options[eur][tiers]",
    )
    # The price's own currency says what the price says, or nothing.
    assert refuses({"usd": {"unit_amount": 5}}) == (400, "currency_options[usd]")
    same = shopper.sell(
        unit_amount=1000,
        currency_options={"usd": {"unit_amount": 1000, "tax_behavior": "exclusive"}},
    )
    assert shopper.client.prices.retrieve(same).tax_behavior == "exclusive"
    assert list(options_of(shopper, same)) == ["usd"]


def test_options_are_added_and_change_until_somebody_has_the_price(shopper):
    price = shopper.sell(unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    change(shopper, price, gbp={"unit_amount": 800}, eur={"unit_amount": 850})
    shown = options_of(shopper, price)
    assert {code: each["unit_amount"] for code, each in shown.items()} == {
        "eur": 850,
        "gbp": 800,
        "usd": 1000,
    }
    shopper.client.subscriptions.cancel(shopper.buy(price).id)
    change(shopper, price, eur={"unit_amount": 850}, jpy={"unit_amount": 1500})
    assert refused(change, shopper, price, eur={"unit_amount": 900})[::2] == (
        400,
        "currency_options[eur]",
    )
    assert refused(shopper.client.prices.update, price, {"currency_options": ""})[::2] == (
        400,
        "currency_options",
    )
    assert set(options_of(shopper, price)) == {"eur", "gbp", "jpy", "usd"}
    unused = shopper.sell(unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    shopper.client.prices.update(unused, {"currency_options": ""})
    assert list(options_of(shopper, unused)) == ["usd"]


def test_the_tax_behavior_of_each_currency_is_set_once(shopper):
    price = shopper.sell(unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    change(shopper, price, eur={"tax_behavior": "inclusive"})
    assert options_of(shopper, price)["eur"]["tax_behavior"] == "inclusive"
    assert refused(change, shopper, price, eur={"tax_behavior": "exclusive"})[::2] == (
        400,
        "currency_options[eur][tax_behavior]",
    )
    # An amount that comes along leaves it as it is.
    change(shopper, price, eur={"unit_amount": 901})
    assert options_of(shopper, price)["eur"]["tax_behavior"] == "inclusive"


def test_options_come_with_a_product_s_price_too(shopper):
    product = shopper.client.products.create(
        {
            "name": "P",
            "expand": ["default_price.currency_options"],
            "default_price_data": {
                "currency": "usd",
                "unit_amount_decimal": "0.5",
                "tax_behavior": "inclusive",
                "recurring": {"interval": "week", "interval_count": 2},
                "metadata": {"a": "b"},
                "currency_options": {"jpy": {"unit_amount": 3}},
            },
        }
    )
    made = product.default_price
    assert (made.recurring.interval, made.recurring.interval_count) == ("week", 2)
    assert (plain(made.unit_amount_decimal), made.tax_behavior) == ("0.5", "inclusive")
    assert made.currency_options["jpy"].unit_amount == 3 and made.metadata["a"] == "b"
    wrong = {
        "currency": "usd",
        "unit_amount": 5,
        "recurring": MONTHLY,
        "currency_options": {"jpy": {"tax_behavior": "exclusive"}},
    }
    assert refused(shopper.client.products.create, {"name": "P", "default_price_data": wrong})[
        ::2
    ] == (400, "default_price_data[currency_options][jpy]")


def test_a_preview_is_in_the_customer_s_currency_unless_another_is_asked_for(shopper):
    price = shopper.sell("P", unit_amount=1000, currency_options={"eur": {"unit_amount": 900}})
    fee = shopper.sell(
        "Fee", recurring=None, unit_amount=500, currency_options={"eur": {"unit_amount": 400}}
    )
    dollars = shopper.sell(unit_amount=1000)
    shopper.buy(price, currency="eur")

    def shown(*prices, **params):
        items = [{"price": each} for each in prices]
        return shopper.preview(
            None, customer=shopper.customer.id, subscription_details={"items": items}, **params
        )

    seen = shown(price, invoice_items=[{"price": fee}])
    assert (seen.currency, seen.total) == ("eur", 1300)
    alone = shopper.preview(None, customer=shopper.customer.id, invoice_items=[{"price": fee}])
    assert (alone.currency, alone.total) == ("eur", 400)
    for call in (lambda: shown(price, currency="usd"), lambda: shown(dollars)):
        assert "You cannot combine currencies" in refused(call)[3]

"""The life of a price: its keys, what of it may change, who lists it, who shows it."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import MONTHLY, tiered
from subscriptions.life import first


@pytest.fixture
def prices(shopper):
    return shopper.client.prices


def test_a_lookup_key_moves_and_its_holders_are_told(shopper, prices):
    held = shopper.sell(unit_amount=500, lookup_key="standard-1")
    bought = shopper.buy(held)
    assert first(bought).price.lookup_key == "standard-1"
    assert refused(shopper.sell, unit_amount=600, lookup_key="standard-1") == (
        400,
        None,
        "lookup_key",
        f"A price (`{held}`) already uses that lookup key.",
    )
    taken = shopper.sell(unit_amount=600, lookup_key="standard-1", transfer_lookup_key=True)
    assert prices.retrieve(held).lookup_key is None and prices.retrieve(held).active
    # Who subscribes to it sees so.
    assert first(shopper.read(bought)).price.lookup_key is None
    assert [each.id for each in prices.list({"lookup_keys": ["standard-1", "x"]})] == [taken]
    told = [
        each
        for each in shopper.client.events.list({"limit": 10}).data
        if each.type == "price.updated"
    ]
    assert told[0].data.object["id"] == held
    assert told[0].data.previous_attributes.to_dict() == {"lookup_key": "standard-1"}
    prices.update(taken, {"lookup_key": ""})
    assert prices.list({"lookup_keys": ["standard-1"]}).data == []
    prices.update(held, {"lookup_key": "standard-1"})
    assert refused(prices.update, taken, {"lookup_key": "standard-1"})[2] == "lookup_key"
    back = prices.update(taken, {"lookup_key": "standard-1", "transfer_lookup_key": True})
    assert back.lookup_key == "standard-1" and prices.retrieve(held).lookup_key is None
    assert prices.update(taken, {"lookup_key": "standard-1"}).lookup_key == "standard-1"


def test_an_archived_price_keeps_its_key(shopper, prices):
    held = shopper.sell(unit_amount=500, lookup_key="old-1")
    prices.update(held, {"active": False})
    assert refused(shopper.sell, unit_amount=600, lookup_key="old-1")[2] == "lookup_key"
    assert [each.id for each in prices.list({"lookup_keys": ["old-1"]})] == [held]
    assert prices.list({"lookup_keys": ["old-1"], "active": True}).data == []


def test_keys_have_limits(shopper, prices):
    shopper.sell(unit_amount=5, lookup_key="k" * 200)
    assert refused(shopper.sell, unit_amount=5, lookup_key="k" * 201)[2] == "lookup_key"
    assert refused(prices.list, {"lookup_keys": ["k"] * 11})[2] == "lookup_keys"
    # No two prices without a key are in each other's way.
    assert shopper.sell(unit_amount=5) != shopper.sell(unit_amount=5)


CONSTANT = {
    "billing_scheme": "tiered",
    "currency": "eur",
    "product": "prod_x",
    "unit_amount": 5,
    "unit_amount_decimal": "5",
    "recurring": {"interval": "year"},
    "tiers_mode": "volume",
    "tiers": [{"up_to": "inf", "unit_amount": 1}],
    "custom_unit_amount": {"enabled": True},
    "transform_quantity": {"divide_by": 5, "round": "up"},
    "product_data": {"name": "x"},
}


def test_what_a_price_costs_never_changes(shopper, prices):
    price = shopper.sell(unit_amount=500)
    for name, value in CONSTANT.items():
        status, code, param, message = refused(prices.update, price, {name: value})
        assert (status, code) == (400, "parameter_unknown"), name
        assert param.startswith(name) and message.startswith("Received unknown parameter")
    assert refused(prices.update, price, {"active": ""})[0] == 400


def test_subscriptions_show_a_price_as_it_is_by_now(shopper, prices):
    price = shopper.sell(unit_amount=500)
    bought = shopper.buy(price)
    told = len(shopper.events())
    prices.update(
        price,
        {
            "nickname": "Old",
            "active": False,
            "metadata": {"a": "b"},
            "tax_behavior": "exclusive",
            "lookup_key": "shown-1",
        },
    )
    item = first(shopper.read(bought))
    listed = shopper.client.subscriptions.list({"customer": shopper.customer.id}).data[0]
    alone = shopper.client.subscription_items.retrieve(item.id)
    for shown in (item, first(listed), alone):
        assert (shown.price.nickname, shown.price.active, shown.price.tax_behavior) == (
            "Old",
            False,
            "exclusive",
        )
        assert (shown.price.lookup_key, shown.price.metadata["a"]) == ("shown-1", "b")
        assert (shown.plan.nickname, shown.plan.active) == ("Old", False)
    # Nothing of the subscription has changed.
    assert len(shopper.events()) == told
    shopper.client.plans.update(price, {"nickname": "Older"})
    assert first(shopper.read(bought)).price.nickname == "Older"


def test_whoever_has_an_archived_price_keeps_it_and_may_take_more(shopper, prices):
    price = shopper.sell(unit_amount=500)
    bought = shopper.buy(price)
    prices.update(price, {"active": False})
    more = shopper.requantify(bought, 3)
    assert first(more).quantity == 3
    assert refused(shopper.buy, price)[::2] == (400, "items[0][price]")
    shopper.advance("2026-02-01 02:00")
    assert shopper.latest(more).lines.data[0].amount == 1500
    # Nor can anything new begin with an active price of an archived product.
    other = shopper.sell(unit_amount=700)
    shopper.client.products.update(prices.retrieve(other).product, {"active": False})
    assert refused(shopper.buy, other)[0] == 400
    assert prices.retrieve(other).active


def test_prices_made_on_the_spot_can_be_read_but_are_not_listed(shopper, prices):
    product = shopper.client.products.create({"name": "P"}).id
    normal = prices.create({"product": product, "currency": "usd", "unit_amount": 5}).id
    data = {"product": product, "currency": "usd", "unit_amount": 800, "tax_behavior": "inclusive"}
    bought = shopper.client.subscriptions.create(
        {
            "customer": shopper.customer.id,
            "items": [{"price_data": {**data, "recurring": MONTHLY}}],
            "add_invoice_items": [{"price_data": data}],
        }
    )
    made = first(bought).price
    assert (made.active, made.tax_behavior, made.unit_amount) == (False, "inclusive", 800)
    assert prices.retrieve(made.id).id == made.id
    for more in ({}, {"active": False}, {"active": True}, {"type": "recurring"}):
        listed = [each.id for each in prices.list({"product": product, "limit": 100, **more})]
        assert listed == ([normal] if more in ({}, {"active": True}) else [])
    assert refused(shopper.buy, made.id)[0] == 400
    assert shopper.client.products.retrieve(product).active
    assert refused(shopper.client.products.delete, product)[0] == 400
    # Deleting asks for all of them, also when the one that is listed were gone.
    lonely = shopper.client.products.create({"name": "Q"}).id
    shopper.client.invoice_items.create(
        {"customer": shopper.customer.id, "price_data": {**data, "product": lonely}}
    )
    assert refused(shopper.client.products.delete, lonely)[3] == (
        "This product cannot be deleted because it has one or more user-created prices."
    )


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"unit_amount": 5, "unit_amount_decimal": "5"}, "items[0][price_data][unit_amount]"),
        ({"unit_amount": -5}, "items[0][price_data][unit_amount]"),
        ({"unit_amount": 5, "recurring": None}, "items[0][price_data][recurring]"),
        ({"unit_amount": 5, "currency": None}, "items[0][price_data][currency]"),
        ({"unit_amount": 5, "product": None}, "items[0][price_data][product]"),
        ({"unit_amount": 5, "product": "prod_x"}, "items[0][price_data][product]"),
        (
            {"unit_amount": 5, "recurring": {"interval": "hour"}},
            "items[0][price_data][recurring][interval]",
        ),
        (
            {"unit_amount": 5, "recurring": {"interval": "year", "interval_count": 4}},
            "items[0][price_data][recurring][interval_count]",
        ),
        ({}, None),
    ],
)
def test_what_a_price_made_on_the_spot_cannot_be(shopper, sent, param):
    product = shopper.client.products.create({"name": "P"}).id
    data = {"product": product, "currency": "usd", "recurring": MONTHLY, **sent}
    data = {name: value for name, value in data.items() if value is not None}
    items = [{"price_data": data}]
    status, _, named, _ = refused(
        shopper.client.subscriptions.create, {"customer": shopper.customer.id, "items": items}
    )
    assert (status, named) == (400, param)


def test_lists_filter_by_what_a_price_is(shopper, prices):
    product = shopper.client.products.create({"name": "P"}).id

    def make(**terms):
        return prices.create({"product": product, "currency": "usd", **terms}).id

    once = make(unit_amount=5)
    weekly = make(unit_amount=5, recurring={"interval": "week"})
    yearly = make(
        currency="eur",
        recurring={"interval": "year"},
        **tiered("volume", (("inf", 5, None),)),
    )
    gone = make(unit_amount=5)
    prices.update(gone, {"active": False})

    def listed(**filters):
        return [each.id for each in prices.list({"product": product, **filters})]

    assert listed() == [gone, yearly, weekly, once]
    assert listed(active=True) == [yearly, weekly, once]
    assert listed(active=False) == [gone]
    assert listed(currency="eur") == [yearly]
    assert listed(type="one_time") == [gone, once]
    assert listed(type="recurring") == [yearly, weekly]
    assert listed(recurring={"interval": "week"}) == [weekly]
    assert listed(recurring={"usage_type": "licensed"}) == [yearly, weekly]
    assert listed(recurring={"usage_type": "metered"}) == []
    assert listed(created={"gt": 9_999_999_999}) == []
    assert listed(limit=1) == [gone] and listed(starting_after=weekly) == [once]
    assert refused(prices.list, {"type": "twice"})[2] == "type"
    assert refused(prices.list, {"recurring": {"interval": "hour"}})[2] == "recurring[interval]"


def test_a_default_price_is_one_of_the_product_s_own(shopper, prices):
    products = shopper.client.products
    product = products.create({"name": "P"}).id
    one, two = (
        prices.create({"product": product, "currency": "usd", "unit_amount": each}).id
        for each in (1, 2)
    )
    assert products.update(product, {"default_price": one}).default_price == one
    assert refused(prices.update, one, {"active": False})[3] == (
        "This price cannot be archived because it is the default price of its product."
    )
    products.update(product, {"default_price": two})
    assert prices.update(one, {"active": False}).active is False
    assert refused(products.update, product, {"default_price": one})[2] == "default_price"
    other = shopper.sell(unit_amount=5)
    assert refused(products.update, product, {"default_price": other})[2] == "default_price"
    assert products.update(product, {"default_price": ""}).default_price is None

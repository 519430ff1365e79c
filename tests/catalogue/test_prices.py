"""Prices: every way of pricing, what may change later, and what is refused."""

from decimal import Decimal

import pytest
import stripe

from .errors import refused


@pytest.fixture
def product(client):
    return client.v1.products.create({"name": "Thing"}).id


def test_a_recurring_price_has_the_documented_defaults(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "USD", "unit_amount": 2000,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    assert price.to_dict() == {
        "id": price.id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": price.created,
        "currency": "usd",
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": {
            "interval": "month", "interval_count": 1, "meter": None, "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": 2000,
        "unit_amount_decimal": Decimal("2000"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "whole", "exact"),
    [("500", 500, "500"), ("0.05", None, "0.05"), ("3.60", None, "3.6"), ("7.000", 7, "7"),
     ("0.000000000009", None, "0.000000000009")],
)  # fmt: skip
def test_a_decimal_amount_is_kept_exactly(client, product, sent, whole, exact):
    price = client.v1.prices.create({
        "product": product, "currency": "usd", "unit_amount_decimal": sent,
    })  # fmt: skip
    assert price.unit_amount == whole
    assert price.unit_amount_decimal == Decimal(exact)
    assert price.type == "one_time"


def test_tiers_show_when_they_are_expanded(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "usd", "billing_scheme": "tiered",
        "tiers_mode": "graduated", "recurring": {"interval": "month"},
        "tiers": [
            {"up_to": 5, "unit_amount": 700, "flat_amount": 0},
            {"up_to": "inf", "unit_amount_decimal": "6.5"},
        ],
    })  # fmt: skip
    assert "tiers" not in price
    assert (price.unit_amount, price.unit_amount_decimal) == (None, None)
    tiers = client.v1.prices.retrieve(price.id, {"expand": ["tiers"]}).tiers
    assert [(each.up_to, each.unit_amount, each.flat_amount) for each in tiers] == [
        (5, 700, 0), (None, None, None),
    ]  # fmt: skip
    assert tiers[1].unit_amount_decimal == Decimal("6.5")
    listed = client.v1.prices.list({"product": product, "expand": ["data.tiers"]}).data
    assert len(listed[0].tiers) == 2


def test_currencies_show_when_they_are_expanded(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "usd", "unit_amount": 1000, "tax_behavior": "exclusive",
        "currency_options": {
            "eur": {"unit_amount": 900}, "JPY": {"unit_amount": 1500, "tax_behavior": "inclusive"},
        },
        "expand": ["currency_options"],
    })  # fmt: skip
    shown = {code: (each["unit_amount"], each["tax_behavior"])
             for code, each in price.currency_options.to_dict().items()}  # fmt: skip
    assert shown == {
        "eur": (900, "unspecified"), "jpy": (1500, "inclusive"), "usd": (1000, "exclusive"),
    }  # fmt: skip
    more = client.v1.prices.update(price.id, {
        "currency_options": {"gbp": {"unit_amount": 800}}, "expand": ["currency_options"],
    })  # fmt: skip
    assert set(more.currency_options.to_dict()) == {"eur", "gbp", "jpy", "usd"}
    other = client.v1.prices.update(price.id, {
        "currency_options": {"eur": {"unit_amount": 1}}, "expand": ["currency_options"],
    })  # fmt: skip
    assert other.currency_options["eur"].unit_amount == 1


def test_the_payer_may_name_the_amount(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "usd",
        "custom_unit_amount": {"enabled": True, "minimum": 100, "preset": 500},
    })  # fmt: skip
    assert price.custom_unit_amount.to_dict() == {"maximum": None, "minimum": 100, "preset": 500}
    assert (price.unit_amount, price.unit_amount_decimal) == (None, None)


def test_a_metered_price_names_an_active_meter(client, product):
    meter = client.v1.billing.meters.create({
        "display_name": "Calls", "event_name": "calls_priced",
        "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    params = {
        "product": product, "currency": "usd", "unit_amount_decimal": "0.05",
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
        "transform_quantity": {"divide_by": 100, "round": "up"},
    }  # fmt: skip
    price = client.v1.prices.create(params)
    assert price.recurring.meter == meter.id
    assert price.transform_quantity.divide_by == 100
    found = client.v1.prices.list({"recurring": {"usage_type": "metered", "meter": meter.id}})
    assert [each.id for each in found] == [price.id]
    client.v1.billing.meters.deactivate(meter.id)
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        client.v1.prices.create(params)


def test_a_product_can_be_made_with_its_price(client):
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 100, "product_data": {"name": "Inline"},
        "expand": ["product"],
    })  # fmt: skip
    assert price.product.name == "Inline"


def test_lookup_keys_are_unique_and_move(client, product):
    def price(**more):
        return client.v1.prices.create({
            "product": product, "currency": "usd", "unit_amount": 1, **more,
        })  # fmt: skip

    first = price(lookup_key="standard")
    with refused(
        f"A price (`{first.id}`) already uses that lookup key.", param="lookup_key"
    ):
        price(lookup_key="standard")
    second = price(lookup_key="standard", transfer_lookup_key=True)
    told = client.v1.events.list({"limit": 2}).data
    assert [each.type for each in told] == ["price.created", "price.updated"]
    assert told[1].data.object["id"] == first.id
    assert told[1].data.previous_attributes.to_dict() == {"lookup_key": "standard"}
    assert client.v1.prices.retrieve(first.id).lookup_key is None
    assert client.v1.prices.retrieve(first.id).active is True
    found = client.v1.prices.list({"lookup_keys": ["standard", "other"]})
    assert [each.id for each in found] == [second.id]
    back = client.v1.prices.update(
        first.id, {"lookup_key": "standard", "transfer_lookup_key": True}
    )
    assert back.lookup_key == "standard"
    assert client.v1.prices.retrieve(second.id).lookup_key is None


def test_little_changes_once_a_price_exists(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "year"},
    })  # fmt: skip
    changed = client.v1.prices.update(
        price.id, {"nickname": "Yearly", "tax_behavior": "exclusive", "active": False}
    )
    assert (changed.nickname, changed.tax_behavior, changed.active) == (
        "Yearly", "exclusive", False,
    )  # fmt: skip
    told = client.v1.events.list({"limit": 2}).data
    assert {each.type for each in told} == {"plan.updated", "price.updated"}
    plan = next(each for each in told if each.type == "plan.updated")
    assert plan.data.previous_attributes.to_dict() == {"active": True, "nickname": None}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        client.v1.prices.update(price.id, {"tax_behavior": "inclusive"})
    with refused("Received unknown parameter: unit_amount", code="parameter_unknown",
                 param="unit_amount"):  # fmt: skip
        client.v1.prices.update(price.id, {"unit_amount": 2})


def test_a_default_price_cannot_be_archived(client):
    product = client.v1.products.create({
        "name": "A", "default_price_data": {"currency": "usd", "unit_amount": 1},
    })  # fmt: skip
    with refused("This price cannot be archived because it is the default price of its product."):
        client.v1.prices.update(product.default_price, {"active": False})


def test_prices_are_searched(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "sek", "unit_amount": 1, "lookup_key": "searched",
        "metadata": {"a": "b"},
    })  # fmt: skip

    def searched(query):
        return [each.id for each in client.v1.prices.search({"query": query})]

    assert searched("lookup_key:'searched'") == [price.id]
    assert searched(f"product:'{product}' AND type:'one_time' AND currency:'sek'") == [price.id]
    assert searched(f"product:'{product}' AND -active:'true'") == []


TIERED = {"billing_scheme": "tiered", "tiers_mode": "volume", "recurring": {"interval": "month"}}


@pytest.mark.parametrize(
    ("params", "message", "code", "param"),
    [
        ({"unit_amount": 1, "product": None},
         "You must specify either `product` or `product_data` when creating a price.", None, None),
        ({"unit_amount": 1, "product_data": {"name": "A"}},
         "You may only specify one of these parameters: product, product_data.", None, "product"),
        ({}, "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
         None, None),
        ({"unit_amount": 1, "unit_amount_decimal": "1"},
         "You may only specify one of these parameters: unit_amount, unit_amount_decimal.", None,
         "unit_amount"),
        ({"unit_amount": -1}, "Invalid non-negative integer", None, "unit_amount"),
        ({"unit_amount": "1.5"}, "Invalid integer: 1.5", "parameter_invalid_integer",
         "unit_amount"),
        ({"unit_amount": 100_000_000}, "This value must be less than or equal to 99999999.",
         "parameter_invalid_integer", "unit_amount"),
        ({"unit_amount_decimal": "0.0000000000001"},
         "Invalid decimal: 0.0000000000001; must contain at maximum 12 decimal places.", None,
         "unit_amount_decimal"),
        ({"unit_amount": 1, "currency": "xyz"}, "Invalid currency: xyz.", None, "currency"),
        ({"unit_amount": 1, "product": "prod_x"}, "No such product: 'prod_x'", "resource_missing",
         "product"),
        ({"unit_amount": 1, "recurring": {"interval": "decade"}},
         "Invalid recurring[interval]: must be one of day, month, week, or year", None,
         "recurring[interval]"),
        ({"unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4}},
         "A price can recur at most every three years: 3 years, 36 months, 156 weeks or 1095"
         " days.", None, "recurring[interval_count]"),
        ({"unit_amount": 1, "recurring": {"interval": "month", "usage_type": "metered"}},
         "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by"
         " meters.", None, None),
        ({"unit_amount": 1, "recurring": {"interval": "month", "usage_type": "metered",
                                          "meter": "mtr_x"}},
         "No such meter: 'mtr_x'", "resource_missing", "recurring[meter]"),
        ({"billing_scheme": "tiered", "tiers_mode": "volume",
          "tiers": [{"up_to": "inf", "unit_amount": 1}]},
         "Prices with `type=one_time` are not supported with tiered billing.", None, "interval"),
        ({**TIERED}, "Missing required param: tiers.", "parameter_missing", "tiers"),
        ({**TIERED, "tiers": [{"up_to": 5, "unit_amount": 1}]},
         "Invalid tiers: the last tier must be open (up_to=inf).", None, "tiers"),
        ({**TIERED, "tiers": [{"up_to": "inf"}]},
         "Invalid tiers: each tier needs a unit_amount or a flat_amount.", None, "tiers"),
        ({"unit_amount": 1, "tiers_mode": "volume"},
         "`tiers_mode` can only be set when `billing_scheme=tiered`.", None, "tiers_mode"),
        ({"unit_amount": 1, "currency_options": {"eur": {"tax_behavior": "exclusive"}}},
         "Give exactly one of unit_amount, unit_amount_decimal, custom_unit_amount and tiers in"
         " currency_options[eur].", None, "currency_options[eur]"),
        ({"custom_unit_amount": {"enabled": True}, "recurring": {"interval": "month"}},
         "Prices with `custom_unit_amount` are one-time: leave out `recurring`.", None,
         "custom_unit_amount"),
        ({"unit_amount": 1, "lookup_key": "k" * 201},
         "Invalid string: kkkkkkkkkk...kkkkkkkkkk; must be at most 200 characters", None,
         "lookup_key"),
        ({"unit_amount": 1, "transform_quantity": {"divide_by": 0, "round": "up"}},
         "This value must be greater than or equal to 1.", "parameter_invalid_integer",
         "transform_quantity[divide_by]"),
    ],
)  # fmt: skip
def test_what_a_price_refuses(client, product, params, message, code, param):
    sent = {"product": product, "currency": "usd", **params}
    if sent["product"] is None:
        del sent["product"]
    with refused(message, code=code, param=param):
        client.v1.prices.create(sent)


def test_an_unknown_price_is_named_as_such(client):
    with refused("No such price: 'price_x'", code="resource_missing", param="price", status=404):
        client.v1.prices.retrieve("price_x")

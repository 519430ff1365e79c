"""The catalogue: products and prices as they are created, changed, refused and retired."""

from decimal import Decimal

import pytest

from acceptance.till import Till, refused


@pytest.fixture
def product(client):
    return client.v1.products.create({"name": "Basic"}).id


@pytest.fixture
def price(client, product):
    def make(**params):
        if "product_data" not in params:
            params.setdefault("product", product)
        return client.v1.prices.create({"currency": "usd", **params})

    return make


MONTHLY = {"interval": "month"}


def decimal(value):
    return None if value is None else f"{Decimal(value):f}"


def test_a_product_with_nothing_but_a_name(client):
    product = client.v1.products.create({"name": "Basic"}).to_dict()

    assert product == {
        "id": product["id"], "object": "product", "active": True, "attributes": [],
        "created": product["created"], "default_price": None, "description": None, "images": [],
        "livemode": False, "marketing_features": [], "metadata": {}, "name": "Basic",
        "package_dimensions": None, "shippable": None, "statement_descriptor": None,
        "tax_code": None, "tax_details": None, "type": "service", "unit_label": None,
        "updated": product["created"], "url": None,
    }  # fmt: skip
    assert product["id"].startswith("prod_") and len(product["id"]) == 19


def test_a_recurring_price_with_nothing_but_an_amount(price, product):
    made = price(unit_amount=500, recurring=MONTHLY).to_dict()

    made["unit_amount_decimal"] = str(made["unit_amount_decimal"])
    assert made == {
        "id": made["id"], "object": "price", "active": True, "billing_scheme": "per_unit",
        "created": made["created"], "currency": "usd", "custom_unit_amount": None,
        "livemode": False, "lookup_key": None, "metadata": {}, "nickname": None,
        "product": product,
        "recurring": {"interval": "month", "interval_count": 1, "meter": None,
                      "trial_period_days": None, "usage_type": "licensed"},
        "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None,
        "type": "recurring", "unit_amount": 500, "unit_amount_decimal": "500",
    }  # fmt: skip


def test_amounts_whole_decimal_and_in_tiers(price):
    one_time = price(unit_amount=500)
    assert (one_time.type, one_time.recurring) == ("one_time", None)
    part = price(unit_amount_decimal="0.05", recurring=MONTHLY)
    assert (part.unit_amount, decimal(part.unit_amount_decimal)) == (None, "0.05")
    whole = price(unit_amount_decimal="12", recurring=MONTHLY)
    assert (whole.unit_amount, decimal(whole.unit_amount_decimal)) == (12, "12")
    fine = price(unit_amount_decimal="0.000000000001", recurring=MONTHLY)
    assert decimal(fine.unit_amount_decimal) == "0.000000000001"
    assert refused(price, unit_amount_decimal="0.0000000000001", recurring=MONTHLY)[0] == 400
    tiers = price(
        billing_scheme="tiered", tiers_mode="volume", recurring=MONTHLY,
        tiers=[{"up_to": 5, "unit_amount": 10}, {"up_to": "inf", "unit_amount": 7}],
    )  # fmt: skip
    assert (tiers.unit_amount, tiers.unit_amount_decimal) == (None, None)
    assert (tiers.billing_scheme, tiers.tiers_mode) == ("tiered", "volume")


def test_tiers_and_currencies_are_shown_when_asked_for(client, price):
    made = price(
        billing_scheme="tiered", tiers_mode="graduated", recurring=MONTHLY,
        tiers=[{"up_to": 5, "unit_amount": 10, "flat_amount": 100},
               {"up_to": "inf", "unit_amount_decimal": "0.5"}],
    )  # fmt: skip
    assert "tiers" not in made and "currency_options" not in made
    shown = client.v1.prices.retrieve(made.id, {"expand": ["tiers", "currency_options"]}).to_dict()
    tiers = [
        {name: str(value) if "decimal" in name and value is not None else value
         for name, value in tier.items()}
        for tier in shown["tiers"]
    ]  # fmt: skip
    assert tiers == [
        {"flat_amount": 100, "flat_amount_decimal": "100", "unit_amount": 10,
         "unit_amount_decimal": "10", "up_to": 5},
        {"flat_amount": None, "flat_amount_decimal": None, "unit_amount": None,
         "unit_amount_decimal": "0.5", "up_to": None},
    ]  # fmt: skip
    assert list(shown["currency_options"]) == ["usd"]
    listed = client.v1.prices.list({"product": made.product, "expand": ["data.tiers"]}).data[0]
    assert len(listed.tiers) == 2


def test_other_currencies(client, price):
    made = price(
        unit_amount=1000, recurring=MONTHLY,
        currency_options={"eur": {"unit_amount": 900, "tax_behavior": "inclusive"}},
    )  # fmt: skip
    options = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]}).currency_options
    assert set(options.to_dict()) == {"usd", "eur"}
    assert (options["eur"].unit_amount, options["eur"].tax_behavior) == (900, "inclusive")
    assert options["usd"].unit_amount == 1000
    till = Till(client, currency="eur")
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "currency": "eur", "items": [{"price": made.id}]}
    )
    assert subscription.currency == "eur" and till.invoices()[0].total == 900
    assert client.v1.customers.retrieve(till.customer).currency == "eur"


def test_what_a_price_cannot_be(client, price, product):
    create = client.v1.prices.create
    amount = {"currency": "usd", "unit_amount": 5}
    neither = "You must specify either `product` or `product_data` when creating a price."
    assert refused(create, amount) == (400, None, None, neither)
    assert refused(create, {**amount, "product": product, "product_data": {"name": "x"}}) == (
        400, None, "product",
        "You may only specify one of these parameters: product, product_data.",
    )  # fmt: skip
    assert refused(create, {"currency": "usd", "product": product}) == (
        400, None, None,
        "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
    )  # fmt: skip
    tiers = {"billing_scheme": "tiered", "tiers_mode": "volume",
             "tiers": [{"up_to": "inf", "unit_amount": 5}]}  # fmt: skip
    assert refused(price, **tiers) == (
        400, None, "interval",
        "Prices with `type=one_time` are not supported with tiered billing.",
    )  # fmt: skip
    assert refused(price, unit_amount=5, recurring={**MONTHLY, "usage_type": "metered"}) == (
        400, None, None,
        "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by"
        " meters.",
    )  # fmt: skip
    both = {"unit_amount": 5, "unit_amount_decimal": "5"}
    for params in (
        both, {"unit_amount": 100_000_000}, {"unit_amount": -1},
        {"unit_amount": 5, "recurring": {"interval": "month", "interval_count": 0}},
        {"unit_amount": 5, "recurring": {"interval": "month", "interval_count": 37}},
        {"unit_amount": 5, "recurring": {"interval": "year", "interval_count": 4}},
        {"unit_amount": 5, "recurring": {"interval": "hour"}},
        {"unit_amount": 5, "lookup_key": "x" * 201},
        {"unit_amount": 5, "product": "prod_none"},
        {"unit_amount": 5, "currency": "xyz"},
    ):  # fmt: skip
        assert refused(price, **params)[0] == 400, params
    assert refused(client.v1.prices.retrieve, "price_none") == (
        404, "resource_missing", "price", "No such price: 'price_none'"
    )  # fmt: skip


@pytest.mark.parametrize("tiers", [
    [], [{"up_to": 5, "unit_amount": 1}],
    [{"up_to": 5, "unit_amount": 1}, {"up_to": 5, "unit_amount": 1},
     {"up_to": "inf", "unit_amount": 1}],
    [{"up_to": 5, "unit_amount": 1}, {"up_to": 3, "unit_amount": 1},
     {"up_to": "inf", "unit_amount": 1}],
    [{"up_to": "inf", "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}],
    [{"up_to": 5}, {"up_to": "inf", "unit_amount": 1}],
])  # fmt: skip
def test_tiers_that_do_not_make_a_price(price, tiers):
    params = {"billing_scheme": "tiered", "tiers_mode": "graduated", "recurring": MONTHLY}
    assert refused(price, **params, tiers=tiers)[0] == 400


def test_packages_do_not_go_with_tiers(price):
    assert refused(
        price, billing_scheme="tiered", tiers_mode="volume", recurring=MONTHLY,
        tiers=[{"up_to": "inf", "unit_amount": 5}],
        transform_quantity={"divide_by": 5, "round": "up"},
    )[0] == 400  # fmt: skip


def test_what_of_a_price_may_change(client, price):
    made = price(unit_amount=500, recurring=MONTHLY)

    changed = client.v1.prices.update(
        made.id,
        {"nickname": "n", "metadata": {"a": "b"}, "lookup_key": "k1", "tax_behavior": "exclusive",
         "active": False, "currency_options": {"eur": {"unit_amount": 400}}},
    )  # fmt: skip

    assert (changed.nickname, changed.lookup_key, changed.active) == ("n", "k1", False)
    assert changed.tax_behavior == "exclusive"
    assert refused(client.v1.prices.update, made.id, {"tax_behavior": "inclusive"})[0] == 400
    for name, value in {
        "unit_amount": 5, "currency": "eur", "recurring": {"interval": "year"}, "product": "x",
        "billing_scheme": "tiered",
    }.items():  # fmt: skip
        assert refused(client.v1.prices.update, made.id, {name: value})[:2] == (
            400, "parameter_unknown"
        ), name  # fmt: skip


def test_a_lookup_key_is_unique_and_may_be_moved(client, price):
    holder = price(unit_amount=5, lookup_key="main")
    client.v1.prices.update(holder.id, {"active": False})
    assert refused(price, unit_amount=6, lookup_key="main") == (
        400, None, "lookup_key", f"A price (`{holder.id}`) already uses that lookup key."
    )  # fmt: skip
    till = Till(client)
    before = till.mark()

    taker = price(unit_amount=6, lookup_key="main", transfer_lookup_key=True)

    shown = client.v1.prices.retrieve(holder.id)
    assert (shown.lookup_key, shown.active, taker.lookup_key) == (None, False, "main")
    first, *_ = [each for each in till.events(since=before) if "price" in each.type]
    assert (first.type, first.data.object.id) == ("price.updated", holder.id)
    assert first.data.previous_attributes.to_dict() == {"lookup_key": "main"}
    found = client.v1.prices.list({"lookup_keys": ["main", "other"]}).data
    assert [each.id for each in found] == [taker.id]
    assert refused(client.v1.prices.list, {"lookup_keys": ["x"] * 11})[0] == 400


def test_archived_prices_and_products_go_on_but_are_not_begun(client, price):
    till = Till(client, on="2026-01-01")
    made = price(unit_amount=700, recurring=MONTHLY)
    items = {"customer": till.customer, "items": [{"price": made.id}]}
    client.v1.subscriptions.create(items)

    client.v1.prices.update(made.id, {"active": False})

    assert refused(client.v1.subscriptions.create, items) == (
        400, None, "items[0][price]",
        "The price specified is inactive. This field only accepts active prices.",
    )  # fmt: skip
    till.advance(to="2026-02-02")
    assert [invoice.total for invoice in till.invoices()] == [700, 700]
    other = price(unit_amount=700, recurring=MONTHLY)
    client.v1.products.update(other.product, {"active": False})
    late = {"customer": till.customer, "items": [{"price": other.id}]}
    assert refused(client.v1.subscriptions.create, late)[0] == 400


def test_a_product_is_deleted_only_without_prices(client, price, product):
    price(unit_amount=5)
    assert refused(client.v1.products.delete, product) == (
        400, None, None,
        "This product cannot be deleted because it has one or more user-created prices.",
    )  # fmt: skip
    alone = client.v1.products.create({"name": "Alone"}).id
    assert client.v1.products.delete(alone).to_dict() == {
        "id": alone, "object": "product", "deleted": True
    }  # fmt: skip
    assert refused(client.v1.products.retrieve, alone) == (
        404, "resource_missing", "id", f"No such product: '{alone}'"
    )  # fmt: skip


def test_limits_of_a_product(client):
    create = client.v1.products.create
    made = create(
        {"name": "Full", "images": ["https://example.com/x"] * 8, "unit_label": "x" * 12,
         "marketing_features": [{"name": "f" * 80}] * 15, "statement_descriptor": "x" * 22,
         "default_price_data": {"currency": "usd", "unit_amount": 500, "recurring": MONTHLY}}
    )  # fmt: skip
    assert client.v1.prices.retrieve(made.default_price).unit_amount == 500
    for params in (
        {"images": ["https://example.com/x"] * 9}, {"unit_label": "x" * 13},
        {"marketing_features": [{"name": "f"}] * 16}, {"marketing_features": [{"name": "f" * 81}]},
        {"statement_descriptor": "x" * 23},
    ):  # fmt: skip
        assert refused(create, {"name": "Over", **params})[0] == 400, params


def test_prices_where_the_customer_names_the_amount(client, price):
    free = price(custom_unit_amount={"enabled": True, "minimum": 100, "preset": 500})
    assert free.custom_unit_amount.to_dict() == {"maximum": None, "minimum": 100, "preset": 500}
    assert free.unit_amount is None and free.unit_amount_decimal is None
    assert refused(price, custom_unit_amount={"enabled": True}, recurring=MONTHLY)[0] == 400
    assert refused(price, custom_unit_amount={"enabled": True, "minimum": 10})[0] == 400
    till = Till(client)
    assert refused(till.item, pricing={"price": free.id})[0] == 400


def test_a_price_made_on_the_spot_is_archived(client, product):
    till = Till(client)
    data = {"currency": "usd", "product": product, "unit_amount": 800, "recurring": MONTHLY}

    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price_data": data}]}
    )

    made = client.v1.prices.retrieve(subscription["items"].data[0].price.id)
    assert (made.active, made.product, made.unit_amount) == (False, product, 800)
    assert till.invoices()[0].total == 800

"""Products: their life, their default price, and what they refuse."""

import pytest
import stripe

from .errors import refused


def test_a_product_has_the_documented_defaults(client):
    product = client.v1.products.create({"name": "Basic"})
    assert product.to_dict() == {
        "id": product.id,
        "object": "product",
        "active": True,
        "attributes": [],
        "created": product.created,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "Basic",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": product.created,
        "url": None,
    }


def test_everything_can_be_said_changed_and_unset(client):
    product = client.v1.products.create({
        "id": "prod_gold",
        "name": "Gold",
        "description": "The best",
        "images": ["https://example.com/a.png"],
        "marketing_features": [{"name": "Fast"}, {"name": "Quiet"}],
        "metadata": {"tier": "3", "gone": "soon"},
        "package_dimensions": {"height": 1, "length": 2, "weight": 3.5, "width": 4},
        "shippable": True,
        "statement_descriptor": "GOLD",
        "tax_code": "txcd_10103001",
        "unit_label": "seat",
        "url": "https://example.com/gold",
    })  # fmt: skip
    assert product.id == "prod_gold"
    assert [each.name for each in product.marketing_features] == ["Fast", "Quiet"]
    assert product.package_dimensions.weight == 3.5
    expanded = client.v1.products.retrieve("prod_gold", {"expand": ["tax_code"]})
    assert expanded.tax_code.name == "Software as a service (SaaS) - business use"

    changed = client.v1.products.update("prod_gold", {
        "description": "", "images": "", "marketing_features": "", "tax_code": "", "url": "",
        "package_dimensions": "", "unit_label": "", "metadata": {"gone": ""}, "name": "Golden",
    })  # fmt: skip
    assert (changed.name, changed.description, changed.url) == ("Golden", None, None)
    assert (changed.images, changed.marketing_features) == ([], [])
    assert changed.metadata.to_dict() == {"tier": "3"}


def test_the_default_price_comes_with_the_product(client):
    product = client.v1.products.create({
        "name": "Pro",
        "default_price_data": {
            "currency": "usd", "unit_amount": 2500, "recurring": {"interval": "month"},
            "currency_options": {"eur": {"unit_amount": 2400}},
        },
        "expand": ["default_price"],
    })  # fmt: skip
    assert product.default_price.product == product.id
    assert product.default_price.unit_amount == 2500
    told = client.v1.events.list({"limit": 3}).data
    assert [each.type for each in told] == ["price.created", "plan.created", "product.created"]
    assert told[2].data.object["default_price"] == product.default_price.id
    assert told[1].data.object["id"] == product.default_price.id


def test_the_default_price_must_be_an_active_one_of_its_own(client):
    mine = client.v1.products.create({"name": "Mine"})
    other = client.v1.products.create({"name": "Other"})
    price = client.v1.prices.create({"product": other.id, "currency": "usd", "unit_amount": 1})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to another product"):
        client.v1.products.update(mine.id, {"default_price": price.id})
    client.v1.prices.update(price.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="is inactive"):
        client.v1.products.update(other.id, {"default_price": price.id})
    with refused("No such price: 'price_x'", code="resource_missing", param="default_price"):
        client.v1.products.update(mine.id, {"default_price": "price_x"})


def test_only_a_product_without_prices_is_deleted(client):
    product = client.v1.products.create({"name": "Kept"})
    client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1})
    with refused("This product cannot be deleted because it has one or more user-created prices."):
        client.v1.products.delete(product.id)

    gone = client.v1.products.create({"name": "Gone"})
    assert client.v1.products.delete(gone.id).to_dict() == {
        "id": gone.id, "object": "product", "deleted": True,
    }  # fmt: skip
    told = client.v1.events.list({"limit": 1}).data[0]
    assert (told.type, told.data.object["active"]) == ("product.deleted", False)
    with refused(
        f"No such product: '{gone.id}'", code="resource_missing", param="id", status=404
    ):
        client.v1.products.retrieve(gone.id)


def test_products_are_found_by_filters_and_search(client):
    first = client.v1.products.create({"name": "Findable tea", "url": "https://tea.example"})
    second = client.v1.products.create({
        "name": "Findable cup", "shippable": True, "metadata": {"kind": "cup"},
    })  # fmt: skip
    client.v1.products.update(first.id, {"active": False})

    def listed(**filters):
        return [each.id for each in client.v1.products.list(filters)]

    assert listed(ids=[first.id, second.id]) == [second.id, first.id]
    assert second.id in listed(shippable=True, active=True)
    assert listed(url="https://tea.example") == [first.id]
    assert first.id in listed(active=False)
    assert listed(type="good") == []

    def searched(query):
        return [each.id for each in client.v1.products.search({"query": query})]

    assert set(searched('name~"findable"')) == {first.id, second.id}
    assert searched('metadata["kind"]:"cup"') == [second.id]
    assert searched('name~"findable" AND active:"false"') == [first.id]


@pytest.mark.parametrize(
    ("params", "message", "code", "param"),
    [
        ({}, "Missing required param: name.", "parameter_missing", "name"),
        ({"name": "A", "colour": "red"}, "Received unknown parameter: colour",
         "parameter_unknown", "colour"),
        ({"name": "A", "type": "thing"}, "Invalid type: must be one of good or service", None,
         "type"),
        ({"name": "A", "url": "nowhere"}, "Not a valid URL", "url_invalid", "url"),
        ({"name": "A", "shippable": "maybe"}, "Invalid boolean: maybe", None, "shippable"),
        ({"name": "A", "images": [str(n) for n in range(9)]},
         "Array too long: at most 8 elements can be given.", None, "images"),
        ({"name": "A", "unit_label": "thirteen char"},
         "Invalid string: thirteen char; must be at most 12 characters", None, "unit_label"),
        ({"name": "A", "default_price_data": {"currency": "usd"}},
         "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
         None, None),
    ],
)  # fmt: skip
def test_what_a_product_refuses(client, params, message, code, param):
    with refused(message, code=code, param=param):
        client.v1.products.create(params)


def test_a_taken_id_is_refused(client):
    client.v1.products.create({"id": "prod_taken", "name": "A"})
    with refused("Product already exists.", code="resource_already_exists", param="id"):
        client.v1.products.create({"id": "prod_taken", "name": "B"})


def test_an_update_tells_what_changed(client):
    product = client.v1.products.create({"name": "Before", "metadata": {"a": "1"}})
    client.v1.products.update(product.id, {"name": "After", "metadata": {"b": "2"}})
    told = client.v1.events.list({"limit": 1}).data[0]
    assert told.type == "product.updated"
    previous = told.data.previous_attributes
    assert previous["name"] == "Before"
    assert previous["metadata"].to_dict() == {"b": None}


def test_tax_codes_are_listed_and_found(client):
    codes = client.v1.tax_codes.list({"limit": 3})
    assert codes.has_more is True
    rest = client.v1.tax_codes.list({"limit": 100, "starting_after": codes.data[-1].id})
    assert "txcd_99999999" in {each.id for each in rest}
    assert client.v1.tax_codes.retrieve("txcd_20030000").name == "General - Services"
    with pytest.raises(stripe.InvalidRequestError, match="No such tax code"):
        client.v1.tax_codes.retrieve("txcd_1")

"""Tax rates and shipping rates."""

import pytest
import stripe

from .errors import refused


def test_a_tax_rate_has_the_documented_defaults(client):
    rate = client.v1.tax_rates.create({
        "display_name": "VAT", "percentage": 19, "inclusive": True, "country": "de",
        "jurisdiction": "DE", "tax_type": "vat",
    })  # fmt: skip
    assert rate.to_dict() == {
        "id": rate.id, "object": "tax_rate", "active": True, "country": "DE",
        "created": rate.created, "description": None, "display_name": "VAT",
        "effective_percentage": 19.0, "flat_amount": None, "inclusive": True,
        "jurisdiction": "DE", "jurisdiction_level": None, "livemode": False, "metadata": {},
        "percentage": 19.0, "rate_type": "percentage", "state": None, "tax_type": "vat",
    }  # fmt: skip
    changed = client.v1.tax_rates.update(rate.id, {"active": False, "description": "Old"})
    assert (changed.active, changed.description) == (False, "Old")
    listed = client.v1.tax_rates.list({"active": False, "inclusive": True})
    assert rate.id in [each.id for each in listed]
    assert client.v1.events.list({"limit": 1}).data[0].type == "tax_rate.updated"


@pytest.mark.parametrize(
    ("params", "message", "code", "param"),
    [
        ({"percentage": 101},
         "This value must be less than or equal to 100 (it currently is '101.0').", None,
         "percentage"),
        ({"percentage": "1.23456"},
         "Invalid decimal: 1.23456; must contain at maximum 4 decimal places.", None,
         "percentage"),
        ({"percentage": "ten"}, "Invalid decimal: ten", None, "percentage"),
        ({"percentage": 1, "inclusive": "si"}, "Invalid boolean: si", None, "inclusive"),
    ],
)  # fmt: skip
def test_what_a_tax_rate_refuses(client, params, message, code, param):
    with refused(message, code=code, param=param):
        client.v1.tax_rates.create({"display_name": "A", "inclusive": False, **params})


def test_what_a_tax_rate_misses(client):
    with refused("Missing required param: percentage.", code="parameter_missing",
                 param="percentage"):  # fmt: skip
        client.v1.tax_rates.create({"display_name": "A", "inclusive": False})
    with refused("No such tax rate: 'txr_x'", code="resource_missing", param="tax_rate",
                 status=404):  # fmt: skip
        client.v1.tax_rates.retrieve("txr_x")


def test_a_shipping_rate(client):
    rate = client.v1.shipping_rates.create({
        "display_name": "Post", "type": "fixed_amount", "tax_code": "txcd_92010001",
        "fixed_amount": {"amount": 500, "currency": "usd",
                         "currency_options": {"eur": {"amount": 450}}},
        "delivery_estimate": {"minimum": {"unit": "business_day", "value": 2}},
        "expand": ["tax_code"],
    })  # fmt: skip
    assert rate.tax_code.name == "Shipping"
    assert rate.fixed_amount.currency_options["eur"]["amount"] == 450
    assert rate.delivery_estimate.minimum.value == 2
    assert rate.delivery_estimate.maximum is None
    client.v1.shipping_rates.update(rate.id, {"active": False, "tax_behavior": "exclusive"})
    assert client.v1.shipping_rates.list({"active": False, "currency": "usd"}).data[0].id == rate.id
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        client.v1.shipping_rates.update(rate.id, {"tax_behavior": "inclusive"})
    with pytest.raises(stripe.InvalidRequestError, match="own amount is 500"):
        client.v1.shipping_rates.update(
            rate.id, {"fixed_amount": {"currency_options": {"usd": {"amount": 900}}}}
        )
    late = {"unit": "day", "value": 5}, {"unit": "day", "value": 2}
    with pytest.raises(stripe.InvalidRequestError, match="below its minimum"):
        client.v1.shipping_rates.create({
            "display_name": "Post", "fixed_amount": {"amount": 500, "currency": "usd"},
            "delivery_estimate": dict(zip(("minimum", "maximum"), late, strict=True)),
        })  # fmt: skip

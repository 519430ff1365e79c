"""Coupons: terms, ends and refusals."""

import time
import urllib.request

import pytest
import stripe

from servers import running

from .errors import refused

DAY = 86_400


def test_a_coupon_has_the_documented_defaults(client):
    coupon = client.v1.coupons.create({"percent_off": 25.5})
    assert len(coupon.id) == 8
    assert coupon.id.isalnum()
    assert coupon.to_dict() == {
        "id": coupon.id, "object": "coupon", "amount_off": None, "created": coupon.created,
        "currency": None, "duration": "once", "duration_in_months": None, "livemode": False,
        "max_redemptions": None, "metadata": {}, "name": None, "percent_off": 25.5,
        "redeem_by": None, "times_redeemed": 0, "valid": True,
    }  # fmt: skip


def test_a_coupon_of_an_amount_has_currencies_and_products(client):
    product = client.v1.products.create({"name": "Only this"})
    coupon = client.v1.coupons.create({
        "amount_off": 500, "currency": "USD", "duration": "repeating", "duration_in_months": 3,
        "currency_options": {"eur": {"amount_off": 450}}, "applies_to": {"products": [product.id]},
        "expand": ["applies_to", "currency_options"],
    })  # fmt: skip
    assert coupon.currency == "usd"
    assert coupon.applies_to.products == [product.id]
    assert coupon.currency_options["usd"]["amount_off"] == 500
    more = client.v1.coupons.update(coupon.id, {
        "currency_options": {"gbp": {"amount_off": 400}}, "expand": ["currency_options"],
    })  # fmt: skip
    assert set(more.currency_options.to_dict()) == {"eur", "gbp", "usd"}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        client.v1.coupons.update(coupon.id, {"currency_options": {"eur": {"amount_off": 1}}})


def test_only_names_change(client):
    coupon = client.v1.coupons.create({"percent_off": 10, "name": "Spring"})
    changed = client.v1.coupons.update(coupon.id, {"name": "Summer", "metadata": {"a": "b"}})
    assert (changed.name, changed.metadata["a"]) == ("Summer", "b")
    assert client.v1.events.list({"limit": 1}).data[0].type == "coupon.updated"
    with refused("Received unknown parameter: percent_off", code="parameter_unknown",
                 param="percent_off"):  # fmt: skip
        client.v1.coupons.update(coupon.id, {"percent_off": 20})


def test_a_deleted_coupon_is_gone_and_its_id_is_free(client):
    client.v1.coupons.create({"id": "SAVE10", "percent_off": 10})
    with refused("Coupon already exists.", code="resource_already_exists"):
        client.v1.coupons.create({"id": "SAVE10", "percent_off": 20})
    client.v1.coupons.delete("SAVE10")
    told = client.v1.events.list({"limit": 1}).data[0]
    assert (told.type, told.data.object["valid"]) == ("coupon.deleted", False)
    with refused("No such coupon: 'SAVE10'", code="resource_missing", param="coupon", status=404):
        client.v1.coupons.retrieve("SAVE10")
    again = client.v1.coupons.create({"id": "SAVE10", "percent_off": 20})
    assert (again.percent_off, again.valid) == (20, True)
    assert client.v1.events.list({"limit": 1}).data[0].type == "coupon.created"
    assert "SAVE10" in [each.id for each in client.v1.coupons.list({"limit": 100})]


@pytest.mark.parametrize(
    ("params", "message", "code", "param"),
    [
        ({}, "Must provide percent_off or amount_off.", "parameter_missing", None),
        ({"amount_off": 1}, "You must pass currency when passing amount_off", None, "currency"),
        ({"percent_off": 10, "currency_options": {"eur": {"amount_off": 1}}},
         "You may only specify one of these parameters: currency_options, percent_off.", None,
         "currency_options"),
        ({"percent_off": 10, "amount_off": 5, "currency": "usd"},
         "You may only specify one of these parameters: amount_off, percent_off.", None,
         "amount_off"),
        ({"percent_off": 10, "duration": "repeating"},
         "The duration_in_months param must be set when creating a coupon with a repeating"
         " duration", None, "duration"),
        ({"percent_off": 0},
         "This value must be greater than or equal to 0.01 (it currently is '0.0').", None,
         "percent_off"),
        ({"percent_off": 101},
         "This value must be less than or equal to 100 (it currently is '101.0').", None,
         "percent_off"),
        ({"percent_off": 10, "redeem_by": 1000},
         "The parameter `redeem_by` expects a unix timestamp representing a date and time in the"
         " future. You specified the value `1000` which is in the past.", None, "redeem_by"),
        ({"percent_off": 10, "redeem_by": 9_999_999_999},
         "Invalid timestamp: can be no more than five years in the future.", None, "redeem_by"),
        ({"percent_off": 10, "duration": "always"},
         "Invalid duration: must be one of forever, once, or repeating", None, "duration"),
        ({"percent_off": 10, "applies_to": {"products": ["prod_x"]}}, "No such product: 'prod_x'",
         "resource_missing", "applies_to[products][0]"),
        ({"percent_off": 10, "name": "n" * 41},
         "Invalid string: nnnnnnnnnn...nnnnnnnnnn; must be at most 40 characters", None, "name"),
        ({"amount_off": 10, "currency": "zzz"}, "Invalid currency: zzz.", None, "currency"),
    ],
)  # fmt: skip
def test_what_a_coupon_refuses(client, params, message, code, param):
    with refused(message, code=code, param=param):
        client.v1.coupons.create(params)


def test_a_promotion_code_ends_no_later_than_its_coupon(client):
    soon = int(time.time()) + DAY
    coupon = client.v1.coupons.create({"percent_off": 10, "redeem_by": soon})
    with pytest.raises(stripe.InvalidRequestError, match="redeem_by"):
        client.v1.promotion_codes.create({
            "promotion": {"type": "coupon", "coupon": coupon.id}, "expires_at": soon + 1,
        })  # fmt: skip


def test_coupons_and_codes_end_at_their_time():
    with running() as server:
        client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url, "files": server.url}
        )
        soon = int(time.time()) + DAY
        coupon = client.v1.coupons.create({"percent_off": 10, "redeem_by": soon})
        promotion = client.v1.promotion_codes.create({
            "promotion": {"type": "coupon", "coupon": coupon.id},
        })  # fmt: skip
        other = client.v1.promotion_codes.create({
            "promotion": {"type": "coupon", "coupon": client.v1.coupons.create({
                "percent_off": 5}).id},
            "expires_at": soon,
        })  # fmt: skip
        assert (coupon.valid, promotion.active, other.active) == (True, True, True)

        request = urllib.request.Request(
            f"{server.url}/_prorata/clock/advance", data=f"to={soon}".encode()
        )
        urllib.request.urlopen(request).close()

        assert client.v1.coupons.retrieve(coupon.id).valid is False
        assert client.v1.promotion_codes.retrieve(promotion.id).active is False
        assert client.v1.promotion_codes.retrieve(other.id).active is False
        assert client.v1.events.list({"type": "coupon.updated"}).data != []

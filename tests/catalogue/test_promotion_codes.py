"""Promotion codes: unique words in front of a coupon."""

import pytest
import stripe

from .errors import refused


@pytest.fixture
def coupon(client):
    return client.v1.coupons.create({"percent_off": 10}).id


def promotion(coupon, **more):
    return {"promotion": {"type": "coupon", "coupon": coupon}, **more}


def test_a_promotion_code_has_the_documented_defaults(client, coupon):
    code = client.v1.promotion_codes.create(promotion(coupon))
    assert len(code.code) == 8
    assert code.code == code.code.upper()
    assert code.to_dict() == {
        "id": code.id, "object": "promotion_code", "active": True, "code": code.code,
        "created": code.created, "customer": None, "customer_account": None, "expires_at": None,
        "livemode": False, "max_redemptions": None, "metadata": {},
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {"first_time_transaction": False, "minimum_amount": None,
                         "minimum_amount_currency": None},
        "times_redeemed": 0,
    }  # fmt: skip
    expanded = client.v1.promotion_codes.retrieve(code.id, {"expand": ["promotion.coupon"]})
    assert expanded.promotion.coupon.percent_off == 10


def test_a_code_is_read_in_any_case_and_active_once(client, coupon):
    first = client.v1.promotion_codes.create(promotion(coupon, code="Spring_2026-a"))
    with refused("An active promotion code with `code: SPRING_2026-A` already exists."):
        client.v1.promotion_codes.create(promotion(coupon, code="SPRING_2026-A"))
    found = client.v1.promotion_codes.list({"code": "spring_2026-A"})
    assert [each.id for each in found] == [first.id]

    client.v1.promotion_codes.update(first.id, {"active": False})
    second = client.v1.promotion_codes.create(promotion(coupon, code="SPRING_2026-A"))
    with refused("An active promotion code with `code: Spring_2026-a` already exists."):
        client.v1.promotion_codes.update(first.id, {"active": True})
    listed = client.v1.promotion_codes.list({"coupon": coupon, "active": True})
    assert [each.id for each in listed] == [second.id]


def test_restrictions_have_currencies(client, coupon):
    code = client.v1.promotion_codes.create(promotion(coupon, restrictions={
        "minimum_amount": 5000, "minimum_amount_currency": "usd", "first_time_transaction": True,
        "currency_options": {"eur": {"minimum_amount": 4500}},
    }))  # fmt: skip
    assert code.restrictions.minimum_amount == 5000
    more = client.v1.promotion_codes.update(
        code.id, {"restrictions": {"currency_options": {"gbp": {"minimum_amount": 4000}}}}
    )
    options = more.to_dict()["restrictions"]["currency_options"]
    assert {code: each["minimum_amount"] for code, each in options.items()} == {
        "eur": 4500, "gbp": 4000,
    }  # fmt: skip


def test_a_code_dies_with_its_coupon(client, coupon):
    code = client.v1.promotion_codes.create(promotion(coupon))
    client.v1.coupons.delete(coupon)
    assert client.v1.promotion_codes.retrieve(code.id).active is False
    with pytest.raises(stripe.InvalidRequestError, match="cannot be activated"):
        client.v1.promotion_codes.update(code.id, {"active": True})


def test_what_a_promotion_code_refuses(client, coupon):
    create = client.v1.promotion_codes.create
    with refused("Missing required param: promotion.", code="parameter_missing",
                 param="promotion"):  # fmt: skip
        create({"code": "A"})
    with refused("You must pass promotion.coupon when passing promotion",
                 param="promotion.coupon"):  # fmt: skip
        create({"promotion": {"type": "coupon"}})
    with refused("No such coupon: 'nope'", code="resource_missing", param="promotion[coupon]"):
        create(promotion("nope"))
    with refused(
        r"This value must match the regex pattern. (/\A[a-zA-Z0-9\-_]+\z/ does not match for the"
        " value spaced out).",
        param="code",
    ):
        create(promotion(coupon, code="spaced out"))
    with refused("No such customer: 'cus_x'", code="resource_missing", param="customer"):
        create(promotion(coupon, customer="cus_x"))
    with refused(
        "Missing required param: restrictions[minimum_amount_currency].",
        code="parameter_missing", param="restrictions[minimum_amount_currency]",
    ):  # fmt: skip
        create(promotion(coupon, restrictions={"minimum_amount": 1}))
    limited = client.v1.coupons.create({"percent_off": 10, "max_redemptions": 5})
    with refused("max_redemptions must not be greater than the coupon's, 5.",
                 param="max_redemptions"):  # fmt: skip
        create(promotion(limited.id, max_redemptions=6))
    with refused("No such promotion code: 'promo_x'", code="resource_missing",
                 param="promotion_code", status=404):  # fmt: skip
        client.v1.promotion_codes.retrieve("promo_x")

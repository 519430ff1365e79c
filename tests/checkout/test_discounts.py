"""Discounts: given by the seller, or by a code that the visitor enters."""

from __future__ import annotations

import pytest

from checkout.desk import refused_by_api


def code(desk, name, coupon=None, **params):
    coupon = coupon or desk.client.coupons.create({"percent_off": 50, "duration": "once"}).id
    return desk.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon}, "code": name, **params}
    )


@pytest.mark.parametrize("mode", ["subscription", "payment"])
def test_a_coupon_of_the_sellers(desk, mode):
    coupon = desk.client.coupons.create(
        {"amount_off": 500, "currency": "usd", "duration": "once"}
    ).id
    make = desk.subscribe if mode == "subscription" else desk.sell
    session = make(1500, discounts=[{"coupon": coupon}], expand=["total_details.breakdown"])
    assert (session.amount_subtotal, session.amount_total) == (1500, 1000)
    assert session.total_details.amount_discount == 500
    assert session.total_details.breakdown.discounts[0].discount.source.coupon == coupon
    assert session.discounts[0].coupon == coupon
    page = desk.page(session)
    assert (page["discounts"][0]["amount"], page["discounts"][0]["removable"]) == (500, False)
    desk.confirm(session, expected_amount=1000)
    assert desk.client.coupons.retrieve(coupon).times_redeemed == 1


def test_a_code_is_entered_and_taken_off(desk):
    code(desk, "HALF")
    session = desk.subscribe(1500, allow_promotion_codes=True)
    page = desk.change(session, promotion_code=" half ")
    assert (page["total"]["due"], page["discounts"][0]["code"]) == (750, "HALF")
    assert page["recurring"]["next"]["total"] == 1500
    assert desk.read(session).amount_total == 750
    page = desk.change(session, promotion_code="")
    assert (page["total"]["due"], page["discounts"]) == (1500, [])
    desk.change(session, promotion_code="HALF")
    desk.confirm(session, expected_amount=750)
    assert desk.read(session, "invoice").invoice.amount_paid == 750


def test_an_unknown_code(desk):
    session = desk.subscribe(allow_promotion_codes=True)
    error = desk.refused("change", session, promotion_code="NOPE")
    assert (error.status, error.code, error.param) == (
        400,
        "promotion_code_invalid",
        "promotion_code",
    )
    # What else was said in the same breath stays unsaid no more than it must.
    assert desk.page(session)["total"]["due"] == 1500


def test_codes_only_where_they_are_taken(desk):
    code(desk, "WHERE")
    session = desk.subscribe()
    assert desk.refused("change", session, promotion_code="WHERE").param == "promotion_code"
    coupon = desk.client.coupons.create({"percent_off": 5, "duration": "once"}).id
    error = refused_by_api(
        desk.subscribe, allow_promotion_codes=True, discounts=[{"coupon": coupon}]
    )
    assert error.param == "allow_promotion_codes"
    two = [{"coupon": coupon}, {"coupon": coupon}]
    assert refused_by_api(desk.subscribe, discounts=two).param == "discounts"
    assert (
        refused_by_api(
            desk.subscribe, discounts=[{"coupon": coupon, "promotion_code": "promo_x"}]
        ).param
        == "discounts[0][coupon]"
    )
    assert (
        refused_by_api(desk.subscribe, discounts=[{"coupon": "none"}]).param
        == "discounts[0][coupon]"
    )


def test_a_minimum_amount(desk):
    code(desk, "BIG", restrictions={"minimum_amount": 2000, "minimum_amount_currency": "usd"})
    small = desk.sell(1500, allow_promotion_codes=True)
    assert desk.refused("change", small, promotion_code="BIG").code == (
        "promotion_code_amount_insufficient"
    )
    large = desk.sell(2500, allow_promotion_codes=True)
    assert desk.change(large, promotion_code="BIG")["total"]["due"] == 1250


def test_a_coupon_for_other_products(desk):
    other = desk.client.products.create({"name": "Other"}).id
    coupon = desk.client.coupons.create(
        {"percent_off": 50, "duration": "once", "applies_to": {"products": [other]}}
    ).id
    code(desk, "OTHER", coupon)
    session = desk.subscribe(allow_promotion_codes=True)
    assert desk.refused("change", session, promotion_code="OTHER").code == (
        "coupon_applies_to_nothing"
    )


def test_codes_for_one_customer_and_first_purchases(desk):
    mine = desk.client.customers.create({"email": "m@example.com"}).id
    code(desk, "MINE", customer=mine)
    code(desk, "FIRST", restrictions={"first_time_transaction": True})
    stranger = desk.subscribe(allow_promotion_codes=True)
    assert desk.refused("change", stranger, promotion_code="MINE").code == "promotion_code_invalid"
    session = desk.subscribe(customer=mine, allow_promotion_codes=True)
    assert desk.change(session, promotion_code="MINE")["total"]["due"] == 750
    assert desk.change(session, promotion_code="FIRST")["total"]["due"] == 750
    desk.confirm(session)
    again = desk.subscribe(customer=mine, allow_promotion_codes=True)
    assert desk.refused("change", again, promotion_code="FIRST").code == (
        "promotion_code_customer_not_first_time"
    )


def test_a_code_that_is_used_up_meanwhile(desk):
    code(desk, "ONCE", max_redemptions=1)
    first = desk.subscribe(allow_promotion_codes=True)
    second = desk.subscribe(allow_promotion_codes=True)
    for each in (first, second):
        desk.change(each, promotion_code="ONCE")
    desk.confirm(first, expected_amount=750)
    page = desk.page(second)
    assert (page["can_confirm"], page["last_error"]["message"][:18]) == (
        False,
        "The promotion code",
    )
    assert desk.refused("confirm", second).status == 400
    desk.change(second, promotion_code="")
    assert desk.confirm(second, expected_amount=1500)["status"] == "complete"


def test_a_code_of_one_redemption_outlives_a_decline(desk):
    made = code(desk, "SINGLE", max_redemptions=1)
    session = desk.subscribe(allow_promotion_codes=True)
    desk.change(session, promotion_code="SINGLE")
    desk.refused("confirm", session, "chargeDeclined")
    desk.client.checkout.sessions.expire(session.id)
    freed = desk.client.promotion_codes.retrieve(made.id)
    assert (freed.active, freed.times_redeemed) == (True, 0)
    other = desk.subscribe(allow_promotion_codes=True)
    desk.change(other, promotion_code="SINGLE")
    desk.confirm(other, expected_amount=750)


def test_codes_are_not_guessed(desk):
    session = desk.subscribe(allow_promotion_codes=True)
    answers = [desk.refused("change", session, promotion_code=f"TRY{n}").status for n in range(11)]
    assert answers == [400] * 10 + [429]


def test_confirmations_are_limited(desk):
    session = desk.sell()
    answers = [desk.refused("confirm", session, "chargeDeclined").status for _ in range(21)]
    assert answers == [402] * 20 + [429]


@pytest.mark.parametrize("invoiced", [False, True])
def test_a_payment_redeems_when_it_is_confirmed(desk, invoiced):
    made = code(desk, "LAST", max_redemptions=1)
    creation = {"enabled": invoiced}
    first, second = (
        desk.sell(allow_promotion_codes=True, invoice_creation=creation) for _ in range(2)
    )
    for each in (first, second):
        desk.change(each, promotion_code="LAST")
    waiting = desk.confirm(first, "authenticationRequired", expected_amount=1000)
    assert waiting["intent"]["status"] == "requires_action"
    assert desk.refused("confirm", second, expected_amount=1000).status == 400
    desk.pass_challenge(waiting)
    used = desk.client.promotion_codes.retrieve(made.id)
    assert (used.active, used.times_redeemed) == (False, 1)
    assert desk.client.coupons.retrieve(made.promotion.coupon).times_redeemed == 1
    shown = desk.read(first)
    assert (shown.payment_status, shown.amount_total) == ("paid", 1000)


def test_what_a_payment_redeemed_is_given_back(desk):
    made = code(desk, "BACK", max_redemptions=1)
    declined, dropped = (desk.sell(allow_promotion_codes=True) for _ in range(2))
    desk.change(declined, promotion_code="BACK")
    desk.refused("confirm", declined, "chargeDeclined")
    assert desk.page(declined)["total"]["due"] == 1000
    desk.refused("confirm", declined, "chargeDeclined", expected_amount=1000)
    assert desk.client.promotion_codes.retrieve(made.id).times_redeemed == 1
    desk.client.checkout.sessions.expire(declined.id)
    desk.change(dropped, promotion_code="BACK")
    desk.refused("confirm", dropped, "chargeDeclined", expected_amount=1000)
    desk.change(dropped, promotion_code="")
    desk.confirm(dropped, expected_amount=2000)
    freed = desk.client.promotion_codes.retrieve(made.id)
    assert (freed.active, freed.times_redeemed) == (True, 0)


def test_a_coupon_that_is_given_back_revives_its_other_codes(desk):
    coupon = desk.client.coupons.create({"percent_off": 50, "max_redemptions": 1}).id
    codes = desk.client.promotion_codes
    made = [code(desk, name, coupon) for name in ("OWN1", "OWN2", "OWN3", "OWN4")]
    mine, _, off, _ = made
    codes.update(off.id, {"active": False})
    session = desk.subscribe(allow_promotion_codes=True)
    desk.change(session, promotion_code="OWN1")
    desk.refused("confirm", session, "chargeDeclined")
    assert not any(codes.retrieve(each.id).active for each in made)
    code(desk, "OWN4")
    desk.client.checkout.sessions.expire(session.id)
    shown = [codes.retrieve(each.id).active for each in made]
    assert shown == [True, True, False, False]
    assert codes.update(off.id, {"active": True}).active
    again = desk.subscribe(allow_promotion_codes=True)
    desk.change(again, promotion_code="OWN2")
    desk.confirm(again, expected_amount=750)
    assert not codes.retrieve(mine.id).active

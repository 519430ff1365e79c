"""What a phase promises may be gone when it begins: it begins all the same."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, SeenLife
from acceptance.till import refused
from schedules.plans import phase, resent
from subscriptions.life import at, lines

PRO = ("1 × Pro (at $30.00 / month)", 3_000)


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def coupon(life, **more):
    return life.client.coupons.create({"percent_off": 50, "duration": "forever", **more}).id


def delete(life, id):
    life.client.coupons.delete(id)


def use_up(life, id):
    other = life.client.customers.create({"test_clock": life.clock.id})
    life.client.subscriptions.create({
        "customer": other.id, "items": [{"price": life.price()}], "trial_end": life.now + 3 * DAY,
        "discounts": [{"coupon": id}]})




@pytest.mark.parametrize("spoil", [delete, use_up])
@pytest.mark.parametrize("begins", ["the subscription", "a later phase"])
def test_a_coupon_that_is_gone_is_left_out(life, spoil, begins):
    id = coupon(life, max_redemptions=1)
    price = life.price(3_000, name="Pro")
    pro = phase({"price": price}, months=1, discounts=[{"coupon": id}])
    if begins == "the subscription":
        schedule = life.plan(pro, start_date=at("2026-02-01"))
    else:
        schedule = life.plan(phase(life.price(), months=1), pro)
    spoil(life, id)
    life.advance("2026-02-01 02:00")
    found = life.subscription(schedule)
    assert (lines(life.latest(found)), life.latest(found).total, found.discounts) == (
        [PRO], 3_000, [])
    assert life.schedule(schedule).status == "active"


def test_an_items_coupon_and_a_code_that_are_gone_are_left_out(life):
    ids = [coupon(life), coupon(life)]
    code = life.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": ids[1]}}).id
    item = {"price": life.price(3_000, name="Pro"), "discounts": [{"coupon": ids[0]}]}
    schedule = life.plan(
        phase(life.price(), months=1), phase(item, discounts=[{"promotion_code": code}]))
    delete(life, ids[0])
    life.client.promotion_codes.update(code, {"active": False})
    life.advance("2026-02-01 02:00")
    assert life.latest(life.subscription(schedule)).total == 3_000


def test_what_cannot_be_given_cannot_be_planned(life):
    id = coupon(life, max_redemptions=1)
    use_up(life, id)
    plan = phase(life.price(), discounts=[{"coupon": id}])
    assert refused(life.plan, plan)[:3] == (
        400, "coupon_expired", "phases[0][discounts][0][coupon]")
    euros = life.client.coupons.create({"amount_off": 5, "currency": "eur", "duration": "once"})
    item = {"price": life.price(), "discounts": [{"coupon": euros.id}]}
    assert refused(life.plan, phase(item))[2] == "phases[0][items][0][discounts][0][coupon]"


def test_a_promise_is_kept_when_a_phase_is_sent_back(life):
    id = coupon(life, max_redemptions=1)
    schedule = life.plan(phase(life.price(), months=1, discounts=[{"coupon": id}]))
    assert life.client.coupons.retrieve(id).valid is False
    again = [resent(schedule.phases[0], discounts=[{"coupon": id}]), phase(life.price(), months=1)]
    schedule = life.replan(schedule, phases=again)
    assert schedule.phases[0].discounts[0].coupon == id
    assert len(life.subscription(schedule).discounts) == 1


@pytest.mark.parametrize("begins", ["the subscription", "a later phase"])
def test_a_method_that_was_detached_is_none(life, begins):
    method = life.client.payment_methods.attach(
        "pm_card_mastercard", {"customer": life.customer.id}).id
    pro = phase(life.price(3_000, name="Pro"), months=1, default_payment_method=method)
    if begins == "the subscription":
        schedule = life.plan(pro, start_date=at("2026-02-01"))
    else:
        schedule = life.plan(phase(life.price(), months=1), pro)
    life.client.payment_methods.detach(method)
    life.advance("2026-02-01 02:00")
    found = life.subscription(schedule)
    # The customer's own default pays.
    assert (found.status, found.default_payment_method, life.latest(found).status) == (
        "active", None, "paid")

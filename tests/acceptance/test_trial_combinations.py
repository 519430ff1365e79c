"""Trials together with what else may be asked for: ends, anchors, coupons, taxes, one-off items."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import at, first, lines, period

MODES = pytest.mark.parametrize("mode", ["classic", "flexible"])


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def begin(life, mode, **more):
    more.setdefault("trial_end", at("2026-01-21"))
    return life.subscribe(life.price(1_000), billing_mode={"type": mode}, **more)


@MODES
def test_an_end_inside_the_trial(life, mode):
    found = life.update(begin(life, mode), cancel_at=at("2026-01-11"))
    trial_end = at("2026-01-11") if mode == "classic" else at("2026-01-21")
    assert (found.trial_end, found.cancel_at) == (trial_end, at("2026-01-11"))
    assert life.pending() == []
    life.advance("2026-01-12")
    found = life.read(found)
    assert (found.status, found.ended_at) == ("canceled", at("2026-01-11"))
    assert len(life.invoices()) == 1


@MODES
def test_an_end_with_the_period_moves_with_the_trial(life, mode):
    found = life.update(begin(life, mode), cancel_at_period_end=True)
    assert found.cancel_at == at("2026-01-21")
    found = life.update(found, trial_end=at("2026-01-25"))
    assert (found.trial_end, found.cancel_at) == (at("2026-01-25"), at("2026-01-25"))
    assert found.billing_cycle_anchor == found.trial_end == first(found).current_period_end
    life.advance("2026-01-26")
    assert life.read(found).ended_at == at("2026-01-25")


@MODES
def test_a_coupon_and_a_tax_on_the_stub_after_a_trial(client, mode):
    life = SeenLife(client, on="2026-04-15")
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"}).id
    tax = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}).id
    found = life.subscribe(
        life.price(3_000), billing_mode={"type": mode}, trial_end=at("2026-04-22"),
        billing_cycle_anchor=at("2026-05-01"), discounts=[{"coupon": coupon}],
        default_tax_rates=[tax])
    free = life.latest(found)
    assert (free.total, free.status, free.lines.data[0].discount_amounts[0].amount) == (
        0, "paid", 0)
    life.advance("2026-04-22 02:00")
    stub = life.latest(found)
    # 9 of 30 days, half of it, and a tenth of that.
    assert (stub.subtotal, stub.total, stub.billing_reason) == (900, 495, "subscription_cycle")
    assert period(first(life.read(found))) == (at("2026-04-22"), at("2026-05-01"))
    life.advance("2026-05-01 02:00")
    assert (life.latest(found).subtotal, life.latest(found).total) == (3_000, 3_300)


@MODES
def test_what_is_billed_once_is_billed_in_a_trial(life, mode):
    setup = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}).id
    found = begin(life, mode, add_invoice_items=[{"price": setup}])
    assert (life.latest(found).total, life.latest(found).status) == (500, "paid")
    assert found.status == "trialing"


@MODES
def test_more_in_a_trial_is_free_until_it_ends(life, mode):
    found = begin(life, mode)
    life.advance("2026-01-05")
    found = life.update(found, items=[{"id": first(found).id, "quantity": 3}],
                        proration_behavior="always_invoice")
    assert (len(life.invoices()), life.pending()) == (1, [])
    found = life.update(found, trial_end="now")
    billed = life.latest(found)
    assert (lines(billed), billed.billing_reason) == (
        [("3 × Basic (at $10.00 / month)", 3_000)], "subscription_update")
    assert period(first(found)) == (at("2026-01-05"), at("2026-02-05"))


@MODES
def test_a_trial_that_leaves_the_anchor_ends_in_a_stub(client, mode):
    life = SeenLife(client, on="2026-04-10")
    found = life.subscribe(life.price(3_000), billing_mode={"type": mode})
    life.advance("2026-04-15")
    found = life.update(
        found, trial_end=at("2026-04-22"), billing_cycle_anchor={"type": "unchanged"})
    assert life.latest(found).total == -2_500
    life.advance("2026-04-22 02:00")
    stub = life.latest(found)
    # 18 of 30 days, taken from what was given back.
    assert (stub.total, stub.amount_due, stub.ending_balance) == (1_800, 0, -700)
    life.advance("2026-05-10 02:00")
    assert (life.latest(found).amount_due, life.read(found).billing_cycle_anchor) == (
        2_300, at("2026-04-10"))

"""Combinations: fees beside what recurs, and several models on one subscription."""

from __future__ import annotations

from acceptance.till import refused
from pricing.shop import whole
from subscriptions.life import at


def test_a_fee_up_front_and_a_monthly_rate(shopper):
    fee = shopper.sell("Setup", recurring=None, unit_amount=4_900)
    monthly = shopper.sell("Host", unit_amount=1_500)
    shown = shopper.preview(
        None,
        customer=shopper.customer.id,
        subscription_details={"items": [{"price": monthly}]},
        invoice_items=[{"price": fee}],
    )
    bought = shopper.buy(monthly, add_invoice_items=[{"price": fee}])
    first_invoice = shopper.latest(bought)
    assert (
        sorted(whole(first_invoice))
        == sorted(whole(shown))
        == [("1 × Host (at $15.00 / month)", 1, 1_500), ("Setup", 1, 4_900)]
    )
    assert (first_invoice.amount_paid, first_invoice.billing_reason) == (
        6_400,
        "subscription_create",
    )
    shopper.advance("2026-02-01 02:00")
    assert whole(shopper.latest(bought)) == [("1 × Host (at $15.00 / month)", 1, 1_500)]


def test_a_fee_is_billed_at_once_though_the_rest_is_tried_for_free(shopper):
    fee = shopper.sell("Setup", recurring=None, unit_amount=4_900)
    monthly = shopper.sell("Host", unit_amount=1_500)
    bought = shopper.buy(
        (monthly, 2), trial_period_days=14, add_invoice_items=[{"price": fee, "quantity": 2}]
    )
    assert sorted(whole(shopper.latest(bought))) == [
        ("Free trial for 2 × Host", 2, 0),
        ("Setup", 2, 9_800),
    ]
    assert (bought.status, shopper.latest(bought).amount_paid) == ("trialing", 9_800)
    shopper.advance("2026-01-15 02:00")
    assert whole(shopper.latest(bought)) == [("2 × Host (at $15.00 / month)", 2, 3_000)]


def test_a_fee_in_the_middle_waits_or_is_billed_with_the_change(shopper):
    fee = shopper.sell("Training", recurring=None, unit_amount=9_900)
    monthly = shopper.sell("Host", unit_amount=1_500)
    bought = shopper.buy(monthly)
    shopper.advance("2026-01-16 12:00")
    shopper.update(bought, add_invoice_items=[{"price": fee}])
    assert [each.amount for each in shopper.pending()] == [9_900]
    shopper.advance("2026-02-01 02:00")
    assert sorted(whole(shopper.latest(bought))) == [
        ("1 × Host (at $15.00 / month)", 1, 1_500),
        ("Training", 1, 9_900),
    ]


def test_fees_of_a_schedule_come_with_their_phase(shopper):
    fee = shopper.sell("Setup", recurring=None, unit_amount=4_900)
    monthly = shopper.sell("Host", unit_amount=1_500)
    month = {"duration": {"interval": "month", "interval_count": 1}}
    planned = shopper.plan(
        {"items": [{"price": monthly}], **month},
        {
            "items": [{"price": monthly, "quantity": 2}],
            **month,
            "add_invoice_items": [{"price": fee, "quantity": 3}],
            "proration_behavior": "none",
        },
    )
    assert shopper.latest(shopper.subscription(planned)).total == 1_500
    shopper.advance("2026-02-01 02:00")
    assert sorted(whole(shopper.latest(shopper.subscription(planned)))) == [
        ("2 × Host (at $15.00 / month)", 2, 3_000),
        ("Setup", 3, 14_700),
    ]


def test_what_recurs_and_what_does_not_have_their_own_places(shopper):
    fee = shopper.sell("Setup", recurring=None, unit_amount=4_900)
    monthly = shopper.sell("Host", unit_amount=1_500)
    assert refused(shopper.buy, fee)[::2] == (400, "items[0][price]")
    assert refused(shopper.buy, monthly, add_invoice_items=[{"price": monthly}])[::2] == (
        400,
        "add_invoice_items[0][price]",
    )
    item = {"customer": shopper.customer.id, "pricing": {"price": monthly}}
    assert refused(shopper.client.invoice_items.create, item)[::2] == (400, "pricing[price]")
    huge = [{"price": fee, "quantity": 1_000_000_000}]
    assert refused(shopper.buy, monthly, add_invoice_items=huge)[::2] == (
        400,
        "add_invoice_items[0][quantity]",
    )


def test_a_fee_too_small_to_charge_waits_on_the_balance(shopper):
    fee = shopper.sell("Sticker", recurring=None, unit_amount=20)
    free = shopper.sell("Free", unit_amount=0)
    bought = shopper.buy(free, add_invoice_items=[{"price": fee}])
    invoice = shopper.latest(bought)
    assert (invoice.status, invoice.total, invoice.ending_balance) == ("paid", 20, 20)
    shopper.advance(at("2026-02-01") + 7_200)
    assert (shopper.latest(bought).total, shopper.latest(bought).ending_balance) == (0, 20)

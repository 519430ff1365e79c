"""Usage in changes: other prices, items that go, pauses, schedules, trials, last periods."""

from __future__ import annotations

from decimal import Decimal

import pytest

from subscriptions.life import DAY, HOUR, at, first, lines, period
from usage_billing.metering import quantities, tiers


def test_flexible_bills_each_part_at_the_price_of_its_time(life):
    """The published example: 1000 at .10 a hundred, then 500 at .15 a hundred."""
    package = {"transform_quantity": {"divide_by": 100, "round": "up"}}
    calls = life.meter(unit_amount=10, **package)
    subscription = life.subscribe(calls.price)
    calls.use(1_000)
    life.advance("2026-01-16")
    dearer = calls.another(unit_amount=15, **package)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    assert life.pending()[0].pricing.unit_amount_decimal == Decimal(10)
    calls.use(500)
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert sorted(quantities(invoice)) == [(500, 75), (1_000, 100)]
    assert {line.amount: line.pricing.unit_amount_decimal for line in invoice.lines.data} == {
        75: Decimal(15), 100: Decimal(10)}
    assert invoice.total == 175


def test_what_a_change_bills_keeps_its_tiers_taxes_and_discounts(life):
    own, usual = [
        life.client.tax_rates.create({
            "display_name": "VAT", "percentage": each, "inclusive": False,
        })
        for each in (20, 5)
    ]
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    calls = life.meter(**tiers((10, 100), ("inf", 50)))
    item = {"price": calls.price, "tax_rates": [own.id], "discounts": [{"coupon": coupon.id}]}
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id, "items": [item], "default_tax_rates": [usual.id]})
    calls.use(12)
    life.advance("2026-01-16")
    life.update(
        subscription, proration_behavior="always_invoice",
        items=[{"id": first(subscription).id, "price": calls.another().price}],
    )
    invoice = life.latest(subscription)
    assert quantities(invoice) == [(10, 1_000), (2, 100)]
    assert [line.taxes[0].amount for line in invoice.lines.data] == [180, 18]
    assert {line.taxes[0].tax_rate_details.tax_rate for line in invoice.lines.data} == {own.id}
    assert (invoice.subtotal, invoice.total) == (990, 990 + 198)


@pytest.mark.parametrize("mode", ["flexible", "classic"])
def test_while_an_item_is_not_metered_nothing_that_is_used_is_its_own(life, mode):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_mode={"type": mode})
    calls.use(3)
    life.advance("2026-01-16")
    life.change(subscription, life.price(), proration_behavior="always_invoice")
    assert [each.amount for each in life.pending()] == []
    billed = life.invoices(subscription)[-1]
    assert (300 in [line.amount for line in billed.lines.data]) == (mode == "flexible")
    calls.use(50)
    life.advance("2026-02-10")
    life.change(subscription, calls.price)
    calls.use(2)
    life.advance("2026-03-01 02:00")
    assert (2, 200) in quantities(life.latest(subscription))


def test_classic_bills_what_was_used_since_the_change(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_mode={"type": "classic"})
    calls.use(1_000)
    life.advance("2026-01-16")
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    calls.use(5)
    assert life.pending() == []
    life.advance("2026-02-01 02:00")
    assert quantities(life.latest(subscription)) == [(5, 1_000)]


@pytest.mark.parametrize(("mode", "behavior", "billed"), [
    ("flexible", "create_prorations", 300), ("flexible", "none", 0),
    ("flexible", "always_invoice", 300), ("classic", "create_prorations", 0),
])
def test_usage_of_a_removed_item(life, mode, behavior, billed):
    calls = life.meter()
    subscription = life.subscribe(life.price(), calls.price, billing_mode={"type": mode})
    calls.use(1)
    life.advance("2026-01-11")
    calls.use(2)
    metered = next(item for item in subscription["items"].data if "quantity" not in item)
    life.update(subscription, items=[{"id": metered.id, "deleted": True}],
                proration_behavior=behavior)
    if behavior == "always_invoice":
        assert life.latest(subscription).total == billed
    calls.use(50)
    life.advance("2026-02-01 02:00")
    assert sum(each.amount_paid for each in life.invoices(subscription)) == 2_000 + billed


def test_a_cycle_that_begins_now_bills_usage_so_far(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-01-11")
    found = life.update(subscription, billing_cycle_anchor={"type": "now"},
                        proration_behavior="always_invoice")
    assert life.latest(found).total == 300
    assert period(first(found)) == (at("2026-01-11"), at("2026-02-11"))
    calls.use(4)
    life.advance(at("2026-02-11") + 2 * HOUR)
    assert life.latest(found).total == 400


def test_usage_of_a_pause_is_recorded_and_free(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-01-11")
    life.client.subscriptions.pause(subscription.id)
    assert [item.amount for item in life.pending()] == [300]
    life.advance("2026-01-21")
    calls.use(90)
    life.advance("2026-02-11")
    life.client.subscriptions.resume(subscription.id)
    calls.use(4)
    life.advance("2026-03-11 02:00")
    assert life.latest(subscription).total == 300 + 400


def test_what_a_paused_subscription_used_is_not_billed_as_it_ends(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    life.client.subscriptions.pause(subscription.id)
    life.advance("2026-01-21")
    calls.use(90)
    life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    life.advance("2026-01-21 02:00")
    assert sum(each.total for each in life.invoices(subscription)) == 0


def test_a_migrated_subscription_goes_on_counting(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_mode={"type": "classic"})
    calls.use(3)
    life.advance("2026-01-11")
    life.client.subscriptions.migrate(subscription.id, {"billing_mode": {"type": "flexible"}})
    calls.use(4)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 700


def test_phases_of_a_schedule_bill_their_usage(life):
    calls = life.meter()
    dearer = calls.another(unit_amount=200)
    schedule = life.client.subscription_schedules.create({
        "customer": life.customer.id, "start_date": "now", "end_behavior": "release",
        "phases": [
            {"items": [{"price": calls.price}],
             "duration": {"interval": "month", "interval_count": 1}},
            {"items": [{"price": dearer.price}],
             "duration": {"interval": "month", "interval_count": 1}},
        ],
    })
    calls.use(3)
    life.advance("2026-02-02")
    assert life.invoices()[-1].total == 300
    calls.use(4)
    life.advance("2026-03-01 02:00")
    assert life.invoices()[-1].total == 800
    assert schedule.id


def test_a_change_that_is_not_paid_for_loses_the_usage_on_its_invoice(life):
    calls = life.meter()
    subscription = life.subscribe(life.price(), calls.price)
    calls.use(3)
    life.advance("2026-01-11")
    life.use_card("chargeCustomerFail")
    metered = next(item for item in subscription["items"].data if "quantity" not in item)
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": metered.id, "price": dearer.price}],
                proration_behavior="always_invoice", payment_behavior="pending_if_incomplete")
    life.advance(life.now + DAY)
    assert life.read(subscription).pending_update is None
    life.use_card("visa")
    calls.use(5)
    life.advance("2026-02-01 02:00")
    assert sorted(quantities(life.latest(subscription))) == [(1, 1_000), (5, 500)]
    # Lost, but not silently.
    found = life.ask("get", "/v1/prorata/usage_billings", subscription=subscription.id)["data"]
    assert [(each["used"], each["quantity"], each["late"], each["billed"] == [])
            for each in found] == [("5", "5", "0", False), ("3", "0", "3", True)]


def test_what_was_sent_before_a_change_in_its_second_has_the_price_of_then(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(1_000)
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    calls.use(5)
    life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    calls.use(7)
    life.advance("2026-01-01 02:00")
    assert sorted(quantities(life.latest(subscription))) == [(5, 1_000), (1_000, 100_000)]
    found = life.ask("get", "/v1/prorata/usage_billings", subscription=subscription.id)["data"]
    assert [(each["used"], each["late"]) for each in found] == [("5", "0"), ("1000", "0")]


def test_the_usage_of_a_last_period_is_seen_beforehand(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, life.price())
    calls.use(62)
    life.update(subscription, cancel_at_period_end=True)
    seen = life.client.invoices.create_preview({"subscription": subscription.id})
    assert lines(seen) == [("62 × Calls (at $1.00 / month)", 6_200)]
    life.advance("2026-02-01 02:00")
    billed = life.latest(subscription)
    assert (lines(billed), billed.total) == (lines(seen), seen.total)


@pytest.mark.parametrize("by", ["cancel", "pause", "price", "anchor"])
def test_what_is_used_in_the_second_after_a_trial_is_billed(life, by):
    calls = life.meter()
    subscription = life.subscribe(calls.price, trial_end=at("2026-01-11"))
    calls.use(50)
    life.advance("2026-01-11")
    calls.use(3)
    if by == "cancel":
        life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    elif by == "pause":
        life.client.subscriptions.pause(subscription.id, {"invoicing_behavior": "invoice"})
    elif by == "price":
        dearer = calls.another(unit_amount=200)
        life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}],
                    proration_behavior="always_invoice")
    else:
        life.update(subscription, billing_cycle_anchor={"type": "now"},
                    proration_behavior="always_invoice")
    life.advance(life.now + 2 * HOUR)
    assert sum(each.amount_paid for each in life.invoices(subscription)) == 300


def test_flat_fees_of_a_trial_are_free(life):
    calls = life.meter(
        billing_scheme="tiered", tiers_mode="graduated",
        tiers=[{"up_to": "inf", "unit_amount": 10, "flat_amount": 500}])
    subscription = life.subscribe(calls.price, trial_end=at("2026-01-11"))
    calls.use(3)
    life.advance("2026-01-11 02:00")
    assert life.latest(subscription).total == 0
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).total == 500


@pytest.mark.parametrize("how", ["price", "removed", "anchor", "canceled"])
def test_flat_fees_of_no_time_are_not_billed(life, how):
    flat = [{"up_to": "inf", "unit_amount": 10, "flat_amount": 500}]
    terms = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": flat}
    calls = life.meter(**terms)
    subscription = life.subscribe(calls.price, life.price())
    item = next(each.id for each in subscription["items"].data if each.price.id == calls.price)
    if how == "canceled":
        life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
        life.advance(life.now + 2 * HOUR)
    elif how == "anchor":
        life.update(subscription, billing_cycle_anchor={"type": "now"})
    elif how == "removed":
        life.update(subscription, items=[{"id": item, "deleted": True}])
    else:
        life.update(subscription, items=[{"id": item, "price": calls.another(**terms).price}])
    assert life.pending() == []
    assert sum(each.total for each in life.invoices()) == 1_000
    if how in ("anchor", "price"):
        calls.use(3)
        life.advance("2026-02-01 02:00")
        assert life.latest(subscription).total == 1_000 + 530


def test_what_was_used_before_a_trial_is_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-01-11")
    life.update(subscription, trial_end=at("2026-01-21"))
    calls.use(40)
    life.advance("2026-01-21 02:00")
    calls.use(2)
    life.advance("2026-02-21 02:00")
    assert sum(each.amount_paid for each in life.invoices(subscription)) == 500

"""Billing thresholds: a period is billed before its end, once enough has been used."""

from __future__ import annotations

import pytest
import stripe

from subscriptions.life import HOUR, at, first, lines, period
from usage_billing.metering import quantities, tiers


def reached(life):
    """Return the invoices that thresholds have made, the oldest first."""
    return [each for each in life.invoices() if each.billing_reason == "subscription_threshold"]


def test_the_published_example(life):
    """Up to 10 000 at .50, then all at .40, by 5 000.00: at 10 000 units, and at 25 000."""
    calls = life.meter(**tiers((10_000, 50), ("inf", 40), mode="volume"))
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 500_000})
    calls.use(9_999)
    assert reached(life) == []
    calls.use(1)
    [one] = reached(life)
    assert (one.status, quantities(one), one.total) == ("draft", [(10_000, 500_000)], 500_000)
    assert one.threshold_reason.to_dict() == {"amount_gte": 500_000, "item_reasons": []}
    life.advance("2026-01-05")
    assert reached(life)[0].status == "paid"
    calls.use(14_999)
    assert len(reached(life)) == 1
    calls.use(1)
    _, two = reached(life)
    assert lines(two) == [
        ("25000 × Calls (Tier 2 at $0.40 / month)", 1_000_000),
        ("10000 × Calls (previously billed)", -500_000),
    ]
    assert two.total == 500_000
    life.advance("2026-01-20")
    calls.use(1_000)
    life.advance("2026-02-01 02:00")
    last = life.latest(subscription)
    assert (last.billing_reason, quantities(last)) == (
        "subscription_cycle", [(26_000, 1_040_000), (25_000, -1_000_000)])
    assert last.amount_paid == 40_000
    life.advance("2026-02-02")
    calls.use(9_999)
    assert len(reached(life)) == 2


def test_volume_may_fall_below_what_was_billed(life):
    calls = life.meter(**tiers((10, 100), ("inf", 50), mode="volume"))
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(10)
    life.advance("2026-01-20")
    calls.use(2)
    life.advance("2026-02-01 02:00")
    last = life.latest(subscription)
    assert (quantities(last), last.total, last.status) == (
        [(12, 600), (10, -1_000)], -400, "paid")
    assert life.client.customers.retrieve(life.customer.id).balance == -400


def test_tiers_go_on_through_the_period(life):
    calls = life.meter(**tiers((10, 100), ("inf", 50)))
    life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(10)
    calls.use(20)
    one, two = reached(life)
    assert (one.total, two.total) == (1_000, 1_000)
    assert quantities(two) == [(10, 1_000), (20, 1_000), (10, -1_000)]


def test_an_items_own_threshold(life):
    calls, bytes_ = life.meter(), life.meter(unit_amount=1)
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id,
        "items": [{"price": calls.price, "billing_thresholds": {"usage_gte": 5}},
                  {"price": bytes_.price}],
    })
    bytes_.use(1_000)
    calls.use(4)
    assert reached(life) == []
    calls.use(2)
    [one] = reached(life)
    assert sorted(quantities(one)) == [(6, 600), (1_000, 1_000)]
    [why] = one.threshold_reason.item_reasons
    assert one.threshold_reason.amount_gte is None
    line = next(each for each in one.lines.data if each.quantity == 6)
    assert (why.usage_gte, why.line_item_ids) == (5, [line.id])
    calls.use(4)
    assert len(reached(life)) == 1
    calls.use(1)
    assert [each.total for each in reached(life)] == [1_600, 500]
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == 0


def test_an_item_of_another_kind_leaves_its_threshold_behind(life):
    calls = life.meter()
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id,
        "items": [{"price": calls.price, "billing_thresholds": {"usage_gte": 5}}],
    })
    [item] = life.change(subscription, life.price())["items"].data
    assert (item.quantity, item.billing_thresholds) == (1, None)


def test_what_is_compared(life):
    """Tax does not count, discounts and credits do."""
    calls = life.meter()
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 25, "inclusive": False})
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    life.client.billing.credit_grants.create({
        "customer": life.customer.id, "category": "promotional",
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 300}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    })
    subscription = life.subscribe(
        calls.price, billing_thresholds={"amount_gte": 1_000}, default_tax_rates=[rate.id],
        discounts=[{"coupon": coupon.id}])
    calls.use(25)
    assert reached(life) == []
    calls.use(1)
    [one] = reached(life)
    assert (one.subtotal, one.total_excluding_tax, one.total) == (2_600, 1_000, 1_250)
    life.advance("2026-01-03")
    assert reached(life)[0].amount_paid == 1_250
    calls.use(19)
    assert len(reached(life)) == 1
    calls.use(1)
    _, two = reached(life)
    assert quantities(two) == [(46, 4_600), (26, -2_600)]
    assert (two.total_excluding_tax, two.total) == (1_000, 1_250)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == 0


def test_not_in_a_trial(life):
    calls = life.meter()
    life.subscribe(calls.price, trial_end=at("2026-01-11"),
                   billing_thresholds={"amount_gte": 1_000})
    calls.use(50)
    life.advance("2026-01-11 02:00")
    assert reached(life) == []
    calls.use(9)
    assert reached(life) == []
    calls.use(1)
    assert [each.total for each in reached(life)] == [1_000]


def test_not_in_the_last_day(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    life.advance("2026-01-31 00:00")
    calls.use(50)
    assert reached(life) == []
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 5_000


def test_not_in_the_last_day_before_its_end(life):
    calls = life.meter()
    life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000},
                   cancel_at=at("2026-01-10"))
    life.advance("2026-01-09 12:00")
    calls.use(50)
    assert reached(life) == []
    life.advance("2026-01-10 02:00")
    assert [each.amount_paid for each in life.invoices()] == [5_000]


def test_the_anchor_may_begin_anew(life):
    calls = life.meter(**tiers((10, 100), ("inf", 50)))
    subscription = life.subscribe(
        calls.price,
        billing_thresholds={"amount_gte": 1_000, "reset_billing_cycle_anchor": True})
    life.advance("2026-01-11")
    calls.use(10)
    found = life.read(subscription)
    assert (found.billing_cycle_anchor, period(first(found))) == (
        at("2026-01-11"), (at("2026-01-11"), at("2026-02-11")))
    calls.use(10)
    one, two = reached(life)
    assert quantities(one) == quantities(two) == [(10, 1_000)]
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).total == 0


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_licensed_time_begins_anew_with_the_anchor(life, mode):
    calls = life.meter()
    subscription = life.subscribe(
        life.price(3_100), calls.price, billing_mode={"type": mode},
        billing_thresholds={"amount_gte": 1_000, "reset_billing_cycle_anchor": True})
    life.advance("2026-01-11")
    calls.use(10)
    [one] = reached(life)
    assert one.total == 1_000 + 3_100 - 2_100
    assert life.pending() == []
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).total == 3_100


def test_a_threshold_that_is_set_later_looks_at_what_was_used(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(30)
    life.update(subscription, billing_thresholds={"amount_gte": 2_000})
    assert [each.total for each in reached(life)] == [3_000]
    life.update(subscription, billing_thresholds="")
    calls.use(30)
    assert len(reached(life)) == 1


def test_what_a_canceled_period_was_billed_stays_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(12)
    life.advance("2026-01-05")
    calls.use(3)
    life.client.subscriptions.cancel(subscription.id)
    assert [each.amount_paid for each in life.invoices()] == [1_200]
    found = life.ask("get", "/v1/prorata/usage_billings", subscription=subscription.id)["data"]
    assert [(each["outcome"], each["used"], each["quantity"]) for each in found] == [
        ("canceled", "3", "0"), ("billed", "12", "12")]


def test_the_last_invoice_takes_off_what_was_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(12)
    life.advance("2026-01-05")
    calls.use(3)
    life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    life.advance(life.now + 2 * HOUR)
    assert [each.amount_paid for each in life.invoices()] == [1_200, 300]


def test_another_price_settles_what_was_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(12)
    life.advance("2026-01-05")
    calls.use(3)
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    calls.use(1)
    life.advance("2026-02-01 02:00")
    assert [each.amount_paid for each in life.invoices()] == [1_200, 300 + 200]


def test_another_price_gives_back_what_was_billed_with_its_discount(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    calls = life.meter()
    subscription = life.subscribe(
        calls.price, billing_thresholds={"amount_gte": 1_000}, discounts=[{"coupon": coupon.id}])
    calls.use(20)
    life.advance("2026-01-10")
    calls.use(5)
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    life.advance("2026-02-01 02:00")
    assert quantities(life.latest(subscription)) == [(25, 2_500), (20, -2_000), (0, 0)]
    assert [each.amount_paid for each in life.invoices()] == [1_000, 250]


def test_a_waiting_update_is_dropped(life):
    calls = life.meter()
    subscription = life.subscribe(
        life.price(), calls.price, billing_thresholds={"amount_gte": 1_000})
    life.advance("2026-01-05")
    life.use_card("chargeCustomerFail")
    licensed = next(item for item in subscription["items"].data if "quantity" in item)
    life.update(subscription, items=[{"id": licensed.id, "quantity": 3}],
                proration_behavior="always_invoice", payment_behavior="pending_if_incomplete")
    assert life.read(subscription).pending_update is not None
    calls.use(10)
    assert len(reached(life)) == 1
    assert life.read(subscription).pending_update is None


def test_what_arrives_late_is_on_the_periods_last_invoice(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    life.advance("2026-01-05")
    calls.use(10)
    calls.use(2, "2026-01-02")
    life.advance("2026-02-01 00:10")
    calls.use(1, "2026-01-03")
    life.advance("2026-02-01 02:00")
    assert [each.amount_paid for each in life.invoices()] == [1_000, 300]
    assert quantities(life.latest(subscription)) == [(13, 1_300), (10, -1_000)]


def test_a_preview_takes_off_what_was_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_thresholds={"amount_gte": 1_000})
    calls.use(10)
    calls.use(1)
    preview = life.client.invoices.create_preview({"subscription": subscription.id})
    assert (quantities(preview), preview.total) == ([(11, 1_100), (10, -1_000)], 100)


@pytest.mark.parametrize(("terms", "thresholds", "param"), [
    ({}, {"amount_gte": 49}, "billing_thresholds[amount_gte]"),
    ({"transform_quantity": {"divide_by": 10, "round": "up"}}, {"amount_gte": 100},
     "billing_thresholds"),
    ({"billing_scheme": "tiered", "tiers_mode": "graduated",
      "tiers": [{"up_to": "inf", "unit_amount": 1, "flat_amount": 100}]}, {"amount_gte": 100},
     "billing_thresholds[amount_gte]"),
])
def test_thresholds_that_are_refused(life, terms, thresholds, param):
    calls = life.meter(**terms)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        life.subscribe(calls.price, billing_thresholds=thresholds)
    assert caught.value.param == param


def test_another_classic_price_bills_from_then_on(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_mode={"type": "classic"},
                                  billing_thresholds={"amount_gte": 1_000})
    calls.use(12)
    life.advance("2026-01-05")
    calls.use(3)
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    calls.use(1)
    life.advance("2026-02-01 02:00")
    assert [each.amount_paid for each in life.invoices()] == [0, 1_200, 200]

"""Trials: free time, how it ends, and what it leaves to be billed."""

from __future__ import annotations

import pytest

from subscriptions.life import DAY, at, first, lines, period
from subscriptions.test_subscribe import NO_METHOD, refused


def test_a_trial_starts_with_a_paid_invoice_of_nothing(life):
    subscription = life.subscribe(life.price(2_000), trial_period_days=14)
    assert subscription.status == "trialing"
    assert (subscription.trial_start, subscription.trial_end) == (
        at("2026-01-01"), at("2026-01-15"))
    assert subscription.billing_cycle_anchor == subscription.trial_end
    assert period(first(subscription)) == (at("2026-01-01"), at("2026-01-15"))
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.total, invoice.attempt_count) == ("paid", 0, 0)
    assert lines(invoice) == [("Free trial for 1 × Basic", 0)]
    assert subscription.pending_setup_intent is None


def test_classic_words_for_a_trial(life):
    subscription = life.subscribe(trial_period_days=14, billing_mode={"type": "classic"})
    assert lines(life.latest(subscription)) == [("Trial period for Basic", 0)]


def test_a_trial_asks_for_a_method_when_there_is_none(live):
    life = live(card=None)
    subscription = life.subscribe(
        trial_period_days=14, expand=["pending_setup_intent"]
    )
    intent = subscription.pending_setup_intent
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    method = life.client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    life.client.setup_intents.confirm(intent.id, {"payment_method": method.id})
    found = life.read(subscription)
    assert found.pending_setup_intent is None
    assert found.default_payment_method == method.id


def test_a_trial_becomes_a_paid_period(life):
    subscription = life.subscribe(life.price(2_000), trial_period_days=14)
    life.advance("2026-01-15")
    found = life.read(subscription)
    assert found.status == "active"
    assert period(first(found)) == (at("2026-01-15"), at("2026-02-15"))
    assert life.latest(subscription).billing_reason == "subscription_cycle"
    life.advance("2026-01-16")
    assert life.latest(subscription).amount_paid == 2_000


@pytest.mark.parametrize(("days", "said"), [(14, at("2026-01-12")), (2, at("2026-01-01"))])
def test_its_end_is_announced_three_days_before_or_at_once(life, days, said):
    life.subscribe(trial_period_days=days)
    life.advance("2026-01-20")
    moments = [
        each.created for each in life.events_whole()
        if each.type == "customer.subscription.trial_will_end"
    ]
    assert moments == [said]


@pytest.mark.parametrize(("behavior", "status"), [
    ("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due"),
])
def test_a_trial_that_ends_without_a_method(live, behavior, status):
    life = live(card=None)
    subscription = life.subscribe(
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    life.advance("2026-01-09")
    found = life.read(subscription)
    assert found.status == status
    if behavior == "cancel":
        assert found.cancellation_details.reason == "cancellation_requested"
        assert "customer.subscription.deleted" in life.events()
    if behavior == "pause":
        assert found.status_details.paused.subscription.type == "trial_end_without_payment_method"
        assert "customer.subscription.paused" in life.events()
        assert len(life.invoices(subscription)) == 1


def test_resuming_after_a_paused_trial_waits_for_the_payment(live):
    life = live(card=None)
    subscription = life.subscribe(
        trial_period_days=7, trial_settings={"end_behavior": {"missing_payment_method": "pause"}}
    )
    life.advance("2026-01-09")
    resumed = life.client.subscriptions.resume(subscription.id)
    assert resumed.status == "paused"
    assert resumed.pending_setup_intent == subscription.pending_setup_intent
    assert resumed.pending_update.expires_at == life.now + 23 * 3_600
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.attempted, invoice.billing_reason) == (
        "open", False, "subscription_cycle")
    life.use_card("visa")
    life.client.invoices.pay(invoice.id)
    found = life.read(subscription)
    assert (found.status, found.pending_update) == ("active", None)
    assert found.billing_cycle_anchor == at("2026-01-09")
    assert "customer.subscription.resumed" in life.events()


def test_ending_a_trial_now_charges_at_once(life):
    subscription = life.subscribe(life.price(2_000), trial_period_days=14)
    life.advance("2026-01-05")
    found = life.update(subscription, trial_end="now")
    assert found.status == "active"
    assert found.trial_end == at("2026-01-05")
    assert period(first(found)) == (at("2026-01-05"), at("2026-02-05"))
    invoice = life.latest(found)
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == (
        "paid", "subscription_update", 2_000)


def test_ending_a_trial_now_needs_a_method(live):
    life = live(card=None)
    subscription = life.subscribe(trial_period_days=14)
    assert refused(
        lambda: life.update(subscription, trial_end="now"), code="resource_missing"
    ).startswith(NO_METHOD)
    assert life.read(subscription).status == "trialing"


def test_a_trial_added_later_gives_back_unused_time(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    found = life.update(subscription, trial_end=at("2026-01-25"))
    assert found.status == "trialing"
    assert (found.trial_start, found.trial_end) == (at("2026-01-11"), at("2026-01-25"))
    assert found.billing_cycle_anchor == at("2026-01-25")
    assert period(first(found)) == (at("2026-01-11"), at("2026-01-25"))
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100), ("Free trial for 1 × Basic", 0)
    ]
    assert (invoice.status, invoice.billing_reason, invoice.attempt_count) == (
        "paid", "subscription_update", 0)
    life.advance("2026-01-26")
    assert life.latest(found).amount_due == 3_100 - 2_100


def test_a_trial_then_a_stub_then_whole_months(live):
    life = live(on="2026-04-15")
    subscription = life.subscribe(
        life.price(3_000), trial_end=at("2026-04-22"), billing_cycle_anchor=at("2026-05-01")
    )
    life.advance("2026-04-23")
    assert life.latest(subscription).amount_paid == 900
    assert period(first(life.read(subscription))) == (at("2026-04-22"), at("2026-05-01"))
    life.advance("2026-05-02")
    assert life.latest(subscription).amount_paid == 3_000


def test_an_anchor_before_the_trials_end(life):
    refused(
        lambda: life.subscribe(
            trial_end=at("2026-01-20"), billing_cycle_anchor=at("2026-01-10")
        ),
        code="subscription_update_trial_after_billing_cycle_anchor", param="billing_cycle_anchor",
    )


def test_a_price_may_bring_a_trial_where_that_is_asked_for(life):
    price = life.client.prices.create({
        "currency": "usd", "unit_amount": 100, "product_data": {"name": "Tried"},
        "recurring": {"interval": "month", "trial_period_days": 5},
    }).id
    assert life.subscribe(price).status == "active"
    tried = life.subscribe(price, trial_from_plan=True)
    assert tried.trial_end == life.now + 5 * DAY


def test_a_once_coupon_waits_for_the_first_paid_invoice(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"})
    subscription = life.subscribe(
        life.price(2_000), trial_period_days=7, discounts=[{"coupon": coupon.id}]
    )
    assert len(subscription.discounts) == 1
    life.advance("2026-01-09")
    assert life.latest(subscription).amount_paid == 1_000
    assert life.read(subscription).discounts == []


@pytest.mark.parametrize(("params", "param"), [
    ({"trial_end": at("2025-01-01")}, "trial_end"),
    ({"trial_end": at("2029-01-01")}, "trial_end"),
    ({"trial_period_days": 731}, "trial_period_days"),
])
def test_trials_out_of_reach(life, params, param):
    refused(lambda: life.subscribe(**params), param=param)


def test_items_of_a_trial_may_change_freely(life):
    subscription = life.subscribe(life.price(1_000), trial_period_days=14)
    life.advance("2026-01-05")
    found = life.change(subscription, life.price(5_000, name="Pro"))
    assert life.pending() == []
    assert found.latest_invoice == subscription.latest_invoice
    life.advance("2026-01-16")
    assert life.latest(found).amount_paid == 5_000


@pytest.mark.parametrize(("behavior", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_ending_a_trial_now_without_a_method(live, behavior, status):
    life = live(card=None)
    subscription = life.subscribe(
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    found = life.update(subscription, trial_end="now")
    assert found.status == status
    assert len(life.invoices(subscription)) == 1


@pytest.mark.parametrize("told", ["at once", "later"])
@pytest.mark.parametrize(("mode", "ends"), [("classic", "2026-01-06"), ("flexible", "2026-01-15")])
def test_a_classic_trial_ends_no_later_than_its_subscription(life, mode, ends, told):
    end = {"cancel_at": at("2026-01-06")}
    terms = {"trial_period_days": 14, "billing_mode": {"type": mode}}
    subscription = life.subscribe(**terms, **(end if told == "at once" else {}))
    if told == "later":
        subscription = life.update(subscription, **end)
    assert subscription.trial_end == at(ends)
    assert period(first(subscription)) == (at("2026-01-01"), at(ends))
    life.advance("2026-01-20")
    assert life.read(subscription).ended_at == at("2026-01-06")
    assert [each.total for each in life.invoices(subscription)] == [0]


@pytest.mark.parametrize("mode", ["flexible", "classic"])
def test_without_prorations_the_days_from_a_trial_to_the_anchor_are_free(life, mode):
    seats, calls = life.price(3_100), life.metered(100)
    subscription = life.subscribe(
        seats, calls, billing_mode={"type": mode}, proration_behavior="none",
        trial_end=at("2026-01-11"), billing_cycle_anchor=at("2026-02-01"),
    )
    shown = life.client.invoices.create_preview({"subscription": subscription.id})
    life.advance("2026-01-11 02:00")
    stub = life.latest(subscription)
    assert (shown.total, stub.total, stub.status) == (0, 0, "paid")
    assert life.read(subscription).status == "active"
    life.use(calls, 4)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == 3_100 + 400


def test_a_trial_that_is_moved_ends_before_a_stub_as_the_change_says(life):
    subscription = life.subscribe(
        life.price(3_100), proration_behavior="none",
        trial_end=at("2026-01-11"), billing_cycle_anchor=at("2026-02-01"),
    )
    life.update(
        subscription, trial_end=at("2026-01-22"),
        trial_settings={"end_behavior": {"billing_cycle_anchor": "unchanged"}},
    )
    life.advance("2026-01-22 02:00")
    assert life.latest(subscription).total == 1_000

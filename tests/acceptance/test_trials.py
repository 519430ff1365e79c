"""Trials: how they begin, are told of, end, and what they ask for."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife, assert_same
from acceptance.payer import Payer
from acceptance.till import refused
from subscriptions.life import at, first, lines, period

NO_METHOD_CODE = "resource_missing"


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


@pytest.fixture
def poor(client) -> SeenLife:
    return SeenLife(client, card=None)


def ending(behavior):
    return {"end_behavior": {"missing_payment_method": behavior}}


@pytest.mark.parametrize("params", [
    {"trial_end": at("2026-01-15")}, {"trial_period_days": 14}])
def test_a_trial_begins(life, params):
    found = life.subscribe(**params)
    assert (found.status, found.trial_start, found.trial_end) == (
        "trialing", at("2026-01-01"), at("2026-01-15"))
    assert period(first(found)) == (at("2026-01-01"), at("2026-01-15"))
    assert found.billing_cycle_anchor == at("2026-01-15")
    assert (life.latest(found).total, life.latest(found).status) == (0, "paid")


def test_every_items_period_is_the_trial(life):
    found = life.subscribe(life.price(100), life.price(1_000, "year", name="Year"), life.metered(),
                           trial_period_days=14)
    assert {period(item) for item in found["items"].data} == {
        (at("2026-01-01"), at("2026-01-15"))}
    assert sorted(lines(life.latest(found))) == sorted([
        ("Free trial for 1 × Basic", 0), ("Free trial for 1 × Year", 0),
        ("Free trial for 0 × Calls", 0)]) or len(lines(life.latest(found))) == 3


def test_a_trial_that_ends_now_is_none(life):
    found = life.subscribe(trial_end="now")
    assert (found.status, found.trial_end, life.latest(found).total) == ("active", None, 1_000)


def test_a_trial_from_the_plan_and_another_are_refused(life):
    for other in ({"trial_end": at("2026-01-15")}, {"trial_period_days": 3}):
        assert refused(life.subscribe, trial_from_plan=True, **other) == (
            400, None, None,
            "You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`.")


def test_added_items_are_billed_at_once(life):
    once = life.client.prices.create(
        {"currency": "usd", "unit_amount": 2_000, "product_data": {"name": "Setup"}}).id
    found = life.subscribe(trial_period_days=14, add_invoice_items=[{"price": once}])
    invoice = life.latest(found)
    assert (found.status, invoice.total, invoice.status) == ("trialing", 2_000, "paid")
    assert lines(invoice) == [("Setup", 2_000), ("Free trial for 1 × Basic", 0)]


def test_the_end_is_told_three_days_before(life):
    found = life.subscribe(trial_period_days=14)
    life.advance(at("2026-01-12") - 1)
    assert "customer.subscription.trial_will_end" not in life.told()
    life.advance(at("2026-01-12"))
    assert life.told().count("customer.subscription.trial_will_end") == 1
    event = life.told_whole()[-1]
    assert (event.type, event.created) == (
        "customer.subscription.trial_will_end", at("2026-01-12"))
    assert event.data.object.id == found.id
    life.advance("2026-01-16")
    assert life.told().count("customer.subscription.trial_will_end") == 1


def test_a_short_or_shortened_trial_is_told_of_at_once(life):
    life.subscribe(trial_period_days=2)
    assert life.told().count("customer.subscription.trial_will_end") == 1
    long = life.subscribe(life.price(5, name="Long"), trial_period_days=30)
    assert life.told().count("customer.subscription.trial_will_end") == 1
    life.update(long, trial_end=life.now + 2 * DAY)
    assert life.told().count("customer.subscription.trial_will_end") == 2


def test_a_trial_ended_now_is_told_of_too(life):
    found = life.subscribe(trial_period_days=14)
    life.update(found, trial_end="now")
    assert life.told().count("customer.subscription.trial_will_end") == 1


def test_the_end_without_a_method_is_past_due(poor):
    found = poor.subscribe(trial_period_days=5, trial_settings=ending("create_invoice"))
    poor.advance("2026-01-06")
    assert (poor.read(found).status, poor.latest(found).status) == ("active", "draft")
    poor.advance("2026-01-06 02:00")
    assert poor.read(found).status == "past_due"
    assert "invoice.payment_failed" in poor.told()


def test_the_end_without_a_method_cancels(poor):
    found = poor.subscribe(trial_period_days=5, trial_settings=ending("cancel"))
    since = poor.last_event()
    poor.advance("2026-01-06")
    gone = poor.read(found)
    assert (gone.status, gone.ended_at) == ("canceled", at("2026-01-06"))
    assert gone.cancellation_details.reason == "cancellation_requested"
    assert len(poor.invoices()) == 1
    assert poor.told(since)[-1] == "customer.subscription.deleted"


def test_the_end_without_a_method_pauses(poor):
    found = poor.subscribe(trial_period_days=5, trial_settings=ending("pause"))
    poor.advance("2026-01-06")
    assert poor.read(found).status == "paused" and len(poor.invoices()) == 1
    assert "customer.subscription.paused" in poor.told()


@pytest.mark.parametrize("slot", ["subscription", "customer", "source"])
def test_any_of_the_slots_is_a_method(poor, slot):
    found = poor.subscribe(trial_period_days=5, trial_settings=ending("cancel"))
    customer = poor.customer.id
    if slot == "source":
        poor.client.customers.payment_sources.create(customer, {"source": "tok_visa"})
    else:
        method = poor.client.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        if slot == "subscription":
            poor.update(found, default_payment_method=method)
        else:
            poor.client.customers.update(
                customer, {"invoice_settings": {"default_payment_method": method}})
    poor.advance("2026-01-06 02:00")
    assert poor.read(found).status == "active" and poor.latest(found).amount_paid == 1_000


def test_an_attached_method_that_is_no_default_does_not_count(poor):
    found = poor.subscribe(trial_period_days=5, trial_settings=ending("cancel"))
    poor.client.payment_methods.attach("pm_card_visa", {"customer": poor.customer.id})
    poor.advance("2026-01-06")
    assert poor.read(found).status == "canceled"


def test_ending_it_by_hand_without_a_method_is_refused(poor):
    found = poor.subscribe(trial_period_days=5)
    status, code, param, message = refused(poor.update, found, trial_end="now")
    assert (status, code, param) == (400, NO_METHOD_CODE, None)
    assert message.startswith("This customer has no attached payment source or default payment")
    assert poor.read(found).status == "trialing"


def test_a_setup_intent_waits_for_a_method(poor):
    found = poor.subscribe(trial_period_days=5)
    setup = poor.client.setup_intents.retrieve(found.pending_setup_intent)
    assert (setup.status, setup.usage, setup.customer) == (
        "requires_payment_method", "off_session", poor.customer.id)
    poor.client.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    ready = poor.read(found)
    assert ready.pending_setup_intent is None
    poor.advance("2026-01-06 02:00")
    assert poor.latest(found).status == "paid"


def test_no_setup_intent_with_a_known_method(life):
    assert life.subscribe(trial_period_days=5).pending_setup_intent is None


def test_a_method_whose_bank_wants_its_owner_is_made_ready_meanwhile(client, server):
    life = SeenLife(client, card="authenticationRequiredOnSetup")
    found = life.subscribe(trial_period_days=5)
    assert found.status == "trialing"
    setup = life.client.setup_intents.retrieve(found.pending_setup_intent)
    assert (setup.status, setup.usage) == ("requires_action", "off_session")
    assert setup.payment_method == life.customer.invoice_settings.default_payment_method
    assert Payer(server).answer(setup)["status"] == "succeeded"
    ready = life.read(found)
    assert (ready.pending_setup_intent, ready.default_payment_method) == (None, None)
    life.advance("2026-01-06 02:00")
    assert life.latest(found).status == "paid"


def test_a_once_coupon_waits_for_the_first_paid_invoice(life):
    coupon = life.client.coupons.create({"percent_off": 25, "duration": "once"})
    found = life.subscribe(trial_period_days=5, discounts=[{"coupon": coupon.id}])
    trial = life.latest(found)
    assert [each.amount for each in trial.total_discount_amounts] == [0]
    assert len(life.read(found).discounts) == 1
    life.advance("2026-01-06 02:00")
    assert life.latest(found).total == 750
    assert life.read(found).discounts == []
    life.advance("2026-02-06 02:00")
    assert life.latest(found).total == 1_000


def test_trial_start_is_the_latest_for_flexible_and_the_first_for_classic(client):
    for mode, start in (("flexible", "2026-01-20"), ("classic", "2026-01-01")):
        life = SeenLife(client)
        found = life.subscribe(trial_period_days=5, billing_mode={"type": mode})
        life.advance("2026-01-20")
        again = life.update(found, trial_end=at("2026-01-25"))
        assert (again.status, again.trial_start) == ("trialing", at(start))


def test_the_anchor_may_stay_where_it_is(life):
    found = life.subscribe(trial_settings={"end_behavior": {
        "missing_payment_method": "create_invoice", "billing_cycle_anchor": "unchanged"}})
    life.advance("2026-01-11")
    changed = life.change_as_seen(found, trial_end=at("2026-01-21"))
    assert changed.billing_cycle_anchor == at("2026-01-01")
    assert first(changed).current_period_end == at("2026-01-21")
    shown = life.preview(changed)
    life.advance("2026-01-21")
    stub = life.latest(changed)
    assert_same(shown, stub)
    [line] = stub.lines.data
    assert (line.amount, line.period.end) == (round(1_000 * 11 / 31), at("2026-02-01"))


def test_a_longer_trial_is_shown_and_free(life):
    found = life.subscribe(trial_period_days=5)
    longer = life.change_as_seen(found, trial_end=at("2026-01-21"))
    assert (longer.status, longer.trial_end) == ("trialing", at("2026-01-21"))
    assert longer.billing_cycle_anchor == at("2026-01-21")
    assert life.latest(longer).total == 0


def test_a_free_price_lives_without_a_method(poor):
    found = poor.subscribe(poor.price(0, name="Free"))
    assert (found.status, poor.latest(found).total, poor.latest(found).status) == (
        "active", 0, "paid")
    poor.advance("2026-03-02")
    renewals = [(each.billing_reason, each.total, each.status) for each in poor.invoices()]
    assert renewals == [("subscription_create", 0, "paid"),
                        ("subscription_cycle", 0, "paid"), ("subscription_cycle", 0, "paid")]
    assert poor.read(found).status == "active"
    poor.advance(poor.now + HOUR)
    poor.use_card("visa")
    raised = poor.change_as_seen(
        poor.read(found), items=poor.item(found, price=poor.price(2_800)),
        proration_behavior="always_invoice")
    assert poor.latest(raised).status == "paid" and poor.latest(raised).total > 2_000


def test_a_trial_ends_with_events_in_order(life):
    found = life.subscribe(trial_period_days=14)
    since = life.last_event()
    life.advance("2026-01-15 02:00")
    told = life.told(since)
    assert told[:4] == ["invoice.upcoming", "customer.subscription.trial_will_end",
                        "invoice.created", "customer.subscription.updated"] or told[:4] == [
        "customer.subscription.trial_will_end", "invoice.upcoming", "invoice.created",
        "customer.subscription.updated"]
    updated = next(each for each in life.told_whole(since)
                   if each.type == "customer.subscription.updated")
    assert updated.data.previous_attributes.status == "trialing"
    assert told[-1] == "invoice.payment_succeeded" or told[-1] == "invoice_payment.paid"
    assert life.read(found).status == "active"

"""Pausing for real: time stands still, unused time comes back, and payment resumes it."""

from __future__ import annotations

from prorata.engine.doctor import examine
from subscriptions.life import HOUR, at, first, lines, period
from subscriptions.test_subscribe import refused


def pause(life, subscription, **params):
    return life.client.subscriptions.pause(subscription.id, params)


def resume(life, subscription, **params):
    return life.client.subscriptions.resume(subscription.id, params)


def test_pausing_credits_unused_time_and_stops_renewals(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    paused = pause(life, subscription)
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "pause_requested"
    assert paused.status_details.paused.transitioned_at == life.now
    assert period(first(paused)) == (at("2026-01-01"), at("2026-01-11"))
    assert [item.amount for item in life.pending()] == [-2_100]
    life.advance("2026-04-01")
    assert len(life.invoices(subscription)) == 1
    types = life.events()
    assert types[-2:] == ["customer.subscription.updated", "customer.subscription.paused"]


def test_unused_time_may_be_kept(life):
    subscription = life.subscribe()
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    assert life.pending() == []


def test_the_credit_may_be_invoiced_at_once(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    paused = pause(life, subscription, invoicing_behavior="invoice")
    assert life.latest(paused).total == -2_100


def test_resuming_by_a_payment_in_the_request(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    pause(life, subscription)
    life.advance("2026-03-05")
    resumed = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert resumed.status == "active"
    assert resumed.billing_cycle_anchor == at("2026-03-05")
    assert period(first(resumed)) == (at("2026-03-05"), at("2026-04-05"))
    assert lines(life.latest(resumed)) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100),
        ("1 × Basic (at $31.00 / month)", 3_100),
    ]
    assert "status_details" not in resumed
    assert "customer.subscription.resumed" in life.events()


def test_resuming_waits_for_the_payers_payment(life):
    subscription = life.subscribe(life.price(3_100))
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.advance("2026-03-05")
    resumed = resume(life, subscription)
    assert resumed.status == "paused"
    assert life.latest(resumed).attempted is False
    life.client.invoices.pay(resumed.latest_invoice)
    assert life.read(subscription).status == "active"


def test_a_payment_that_fails_resumes_it_past_due(life):
    subscription = life.subscribe(life.price(3_100))
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.use_card("chargeCustomerFail")
    resumed = resume(life, subscription)
    refused(lambda: life.client.invoices.pay(resumed.latest_invoice),
            code="card_declined", status=402)
    assert life.read(subscription).status == "past_due"


def test_nobody_pays_so_it_stays_paused(life):
    subscription = life.subscribe(life.price(3_100))
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    resumed = resume(life, subscription)
    life.advance(life.now + 23 * HOUR)
    found = life.read(subscription)
    assert (found.status, found.pending_update) == ("paused", None)
    assert life.client.invoices.retrieve(resumed.latest_invoice).status == "void"


def test_a_resumption_partly_paid_gives_way_to_another(life, server):
    subscription = life.subscribe(life.price(3_100))
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.advance("2026-03-05")
    first_bill = resume(life, subscription).latest_invoice
    part = life.client.payment_intents.create(
        {"amount": 1_000, "currency": "usd", "customer": life.customer, "confirm": True,
         "payment_method": "pm_card_visa", "off_session": True},
    )
    life.client.invoices.attach_payment(first_bill, {"payment_intent": part.id})
    resumed = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert resumed.status == "active"
    assert life.client.invoices.retrieve(first_bill).status != "void"
    assert life.latest(resumed).total == 3_100
    assert [each for check in examine(server.system) for each in check.findings] == []


def test_resuming_on_the_old_anchor_prorates(life):
    subscription = life.subscribe(life.price(3_100))
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.advance("2026-03-11")
    resumed = resume(life, subscription, billing_cycle_anchor={"type": "unchanged"})
    assert resumed.status == "active"
    assert period(first(resumed)) == (at("2026-03-01"), at("2026-04-01"))
    [debit] = life.pending()
    assert (debit.description, debit.amount) == ("Remaining time on Basic after 11 Mar 2026", 2_100)


def test_what_cannot_be_paused(life, live):
    classic = life.subscribe(billing_mode={"type": "classic"})
    refused(lambda: pause(life, classic))
    trial = life.subscribe(life.price(5), trial_period_days=3)
    refused(lambda: pause(life, trial))
    sent = live(card=None).subscribe(collection_method="send_invoice", days_until_due=3)
    refused(lambda: pause(life, sent))
    assert refused(lambda: resume(life, classic)) == (
        "You can only resume a subscription if it is `paused`.")
    paused = life.subscribe(life.price(7))
    pause(life, paused)
    assert refused(lambda: life.update(paused, trial_end=at("2026-02-01"))) == (
        "You cannot set `trial_end` while a subscription is `paused`. Resume the subscription first"
        " before setting `trial_end`.")


def test_a_paused_subscription_does_not_end_with_a_period_that_is_over(life):
    subscription = life.subscribe(billing_mode={"type": "flexible"})
    life.client.subscriptions.pause(subscription.id)
    message = refused(
        lambda: life.update(subscription, cancel_at_period_end=True), param="cancel_at_period_end"
    )
    assert "`paused`" in message
    assert life.read(subscription).cancel_at is None


def test_a_pause_of_collection_ends_in_its_time_while_the_subscription_stands_still(life):
    subscription = life.subscribe(life.price(3_100))
    life.client.subscriptions.update(subscription.id, {
        "pause_collection": {"behavior": "keep_as_draft", "resumes_at": at("2026-02-01")},
    })  # fmt: skip
    pause(life, subscription)
    life.advance("2026-03-05")
    found = life.client.subscriptions.retrieve(subscription.id)
    assert found.status == "paused" and found.pause_collection is None
    told = life.client.events.list({"type": "customer.subscription.updated", "limit": 100}).data
    [ends, _] = [
        each for each in told
        if each.data.object.id == subscription.id
        and "pause_collection" in each.data.previous_attributes
    ]  # fmt: skip
    assert ends.created == at("2026-02-01")

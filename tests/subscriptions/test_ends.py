"""What an end leaves behind: nothing is pinned to what is gone, nothing of it can be paid for."""

from __future__ import annotations

import pytest
import stripe

from subscriptions.life import DAY, HOUR
from subscriptions.test_cancel import cancel
from subscriptions.test_pending_update import WAIT, waiting


def add_item(life, amount, **params):
    return life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": amount, "currency": "usd", **params})


def test_items_of_one_that_was_never_paid_for_wait_for_the_next_invoice(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    add_item(life, 500, subscription=subscription.id)
    life.advance(life.now + DAY)
    assert life.read(subscription).status == "incomplete_expired"
    [item] = life.pending()
    assert item.parent is None
    life.use_card("visa")
    assert life.latest(life.subscribe()).total == 1_500


def test_items_of_one_whose_retries_are_exhausted(life):
    subscription = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-02")
    life.change(subscription, life.price(500, name="Lesser"))
    add_item(life, 444, subscription=subscription.id)
    assert len(life.pending()) == 3
    life.advance("2026-03-01")
    assert life.read(subscription).status == "canceled"
    [item] = life.pending()
    assert (item.amount, item.parent) == (444, None)


@pytest.mark.parametrize("prorate", [True, False])
def test_a_change_that_waits_is_given_up_at_the_end(life, prorate):
    found = waiting(life)
    assert found.pending_update is not None
    cancel(life, found, prorate=prorate)
    assert life.client.invoices.retrieve(found.latest_invoice).status == "void"
    assert [item.amount for item in life.pending()] == ([-500] if prorate else [])


def test_what_its_invoice_had_collected_is_on_the_last_one(life):
    subscription = life.subscribe()
    life.advance("2026-01-16 12:00")
    add_item(life, 300)
    life.use_card("chargeCustomerFail")
    found = life.change(subscription, life.price(3_000, name="Pro"), **WAIT)
    assert life.pending() == []
    last = life.client.invoices.retrieve(cancel(life, found, invoice_now=True).latest_invoice)
    assert (last.total, life.pending()) == (300, [])


@pytest.mark.parametrize("end", ["now", "planned"])
def test_a_resumption_that_waits_is_given_up_at_the_end(life, end):
    subscription = life.subscribe(life.price(3_100))
    life.client.subscriptions.pause(
        subscription.id, {"type": "subscription", "bill_for": {"unused_time_from": {
            "type": "none"}}})
    life.advance("2026-01-11")
    if end == "planned":
        life.update(subscription, cancel_at=life.now + 5 * HOUR)
        add_item(life, 900)
    resumed = life.client.subscriptions.resume(subscription.id)
    assert (resumed.status, resumed.pending_update is not None) == ("paused", True)
    if end == "now":
        cancel(life, resumed)
    else:
        life.advance("2026-01-12")
    ended = life.read(resumed)
    assert ended.status == "canceled"
    assert "status_details" not in ended
    assert life.client.invoices.retrieve(resumed.latest_invoice).status == "void"


def test_a_trial_that_ends_all_keeps_what_was_asked_for_besides(live, server):
    life = live(card=None)
    trial = life.subscribe(
        trial_period_days=10,
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}})
    setup = life.client.products.create({"name": "Setup"}).id
    ended = life.update(
        trial, trial_end="now", cancel_at_period_end=True, add_invoice_items=[{
            "price_data": {"currency": "usd", "unit_amount": 900, "product": setup}}])
    assert (ended.status, ended.ended_at) == ("canceled", life.now)
    assert (ended.cancel_at, ended.cancel_at_period_end) == (None, False)
    [item] = life.pending()
    assert (item.amount, item.parent) == (900, None)
    assert life.events_whole()[-1].data.object.status == "canceled"


@pytest.mark.parametrize("card", ["visa", "chargeCustomerFail"])
def test_what_has_ended_names_no_time_at_which_pending_items_are_billed(live, card):
    life = live(card=card)
    subscription = life.subscribe(pending_invoice_item_interval={"interval": "week"})
    assert subscription.next_pending_invoice_item_invoice == life.now + 7 * DAY
    if card == "visa":
        life.client.subscriptions.cancel(subscription.id)
    life.advance(life.now + DAY)
    ended = life.read(subscription)
    assert ended.status == ("canceled" if card == "visa" else "incomplete_expired")
    assert ended.next_pending_invoice_item_invoice is None


def test_a_last_invoice_below_zero_takes_no_payment(live):
    life = live()
    subscription = life.subscribe()
    life.advance("2026-01-10")
    ended = life.client.subscriptions.cancel(
        subscription.id, {"invoice_now": True, "prorate": True})
    last = life.client.invoices.retrieve(ended.latest_invoice)
    assert (last.status, last.amount_remaining) == ("uncollectible", 0)
    intent = life.client.payment_intents.create(
        {"amount": 500, "currency": "usd", "customer": life.customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="asks for nothing"):
        life.client.invoices.attach_payment(last.id, {"payment_intent": intent.id})
    assert life.client.invoice_payments.list({"invoice": last.id}).data == []

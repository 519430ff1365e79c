"""Invoices that were paid in part when their time is over: what was paid is the customer's."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from subscriptions.life import DAY, Life, first


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life(client)


def pay_part(life: Life, invoice: Any, amount: int) -> None:
    """Pay a part of an open invoice by a payment that was made beside it."""
    paid = life.client.payment_intents.create({
        "amount": amount, "currency": "usd", "customer": life.customer.id, "confirm": True,
        "payment_method": "pm_card_visa",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}})
    life.client.invoices.attach_payment(invoice.id, {"payment_intent": paid.id})


def test_a_subscription_expires_though_a_part_was_paid(life: Life) -> None:
    subscription = life.subscribe(life.price(1_000), payment_behavior="default_incomplete")
    pay_part(life, life.latest(subscription), 400)
    life.advance(life.now + DAY)
    invoice = life.latest(subscription)
    assert life.read(subscription).status == "incomplete_expired"
    credited(life, invoice, 1_000)


def test_a_change_is_given_up_though_a_part_was_paid(life: Life) -> None:
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    waiting = life.update(
        subscription, items=[{"id": first(subscription).id, "quantity": 3}],
        payment_behavior="pending_if_incomplete", proration_behavior="always_invoice")
    assert waiting.pending_update is not None
    pay_part(life, life.latest(waiting), 400)
    life.advance(life.now + DAY)
    after = life.read(subscription)
    assert (after.status, after.pending_update, first(after).quantity) == ("active", None, 1)
    credited(life, life.latest(after), life.latest(after).total)
    # It is not paid for later by what was given back.
    assert "customer.subscription.pending_update_applied" not in life.events()


def test_another_change_gives_up_one_that_was_paid_in_part(life: Life) -> None:
    """What a late renewal owes is not settled by a change that came to nothing."""
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    waiting = life.update(
        subscription, items=[{"id": first(subscription).id, "quantity": 3}],
        payment_behavior="pending_if_incomplete", proration_behavior="always_invoice")
    pay_part(life, life.latest(waiting), 400)
    life.update(subscription, description="other", metadata={"a": "b"})
    assert life.read(subscription).pending_update is None
    credited(life, life.latest(waiting), life.latest(waiting).total)


def credited(life: Life, invoice: Any, total: int) -> None:
    """Find an invoice credited in whole, and the 400 that were paid of it on the balance."""
    [note] = life.client.credit_notes.list({"invoice": invoice.id}).data
    assert (note.total, note.pre_payment_amount, note.post_payment_amount) == (
        total, total - 400, 400)
    assert (invoice.status, invoice.amount_paid, invoice.amount_remaining) == ("paid", 400, 0)
    assert life.client.customers.retrieve(life.customer.id).balance == -400

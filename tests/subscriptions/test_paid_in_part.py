"""Invoices that were paid in part when their time is over: they are given up, not voided."""

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
    assert (invoice.status, invoice.amount_paid, invoice.amount_remaining) == (
        "uncollectible", 400, 600)


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
    assert life.latest(after).status == "uncollectible"

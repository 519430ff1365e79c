"""Invoices of a subscription with more lines than are put on an invoice by hand."""

from __future__ import annotations

import pytest

from subscriptions.life import first

TIERS = [{"up_to": to, "unit_amount": 100} for to in (*range(1, 260), "inf")]


@pytest.fixture
def many_pending(life):
    """A subscription of a customer for whom 251 small items wait already."""
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    for _ in range(251):
        life.client.invoice_items.create(
            {"customer": life.customer.id, "amount": 1, "currency": "usd"})
    return subscription


def test_a_change_bills_both_its_prorations_whatever_else_waits(life, many_pending):
    pro = life.price(3_000, name="Pro")
    wanted = {"items": [{"id": first(many_pending).id, "price": pro}],
              "proration_behavior": "always_invoice"}
    shown = life.client.invoices.create_preview(
        {"subscription": many_pending.id, "subscription_details": wanted})
    found = life.change(many_pending, pro, proration_behavior="always_invoice")
    # Half a month: 15.00 - 5.00, and 248 of the small items.
    assert shown.total == life.latest(found).total == 1_248
    assert [item.amount for item in life.pending()] == [1, 1, 1]


def test_prorations_of_a_subscription_are_billed_as_it_ends(life, many_pending):
    life.change(many_pending, life.price(3_000, name="Pro"))
    found = life.client.subscriptions.cancel(many_pending.id, {"invoice_now": True})
    assert life.latest(found).total == 1_248
    assert [item.amount for item in life.pending()] == [1, 1, 1]


def test_a_renewal_over_more_than_250_tiers_is_billed(life):
    price = life.price(None, billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    subscription = life.subscribe(price)
    life.client.subscriptions.update(
        subscription.id,
        {"items": [{"id": first(subscription).id, "quantity": 260}], "proration_behavior": "none"})
    assert life.client.invoices.create_preview({"subscription": subscription.id}).total == 26_000
    life.advance("2026-02-01 02:00")
    found = life.latest(life.read(subscription))
    assert (found.status, found.amount_paid) == ("paid", 26_000)


def test_a_first_invoice_over_more_than_250_tiers_is_billed(life):
    price = life.price(None, billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    subscription = life.subscribe(items=[{"price": price, "quantity": 300}])
    assert life.latest(subscription).amount_paid == 30_000

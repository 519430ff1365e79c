"""Pending updates: changes that wait until they are paid for."""

from __future__ import annotations

import pytest
import stripe

from subscriptions.life import HOUR, at, first
from subscriptions.test_subscribe import refused

WAIT = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}


def waiting(life):
    """Return a subscription whose upgrade could not be paid."""
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    return life.change(subscription, life.price(3_000, name="Pro"), **WAIT)


def test_a_change_that_is_paid_is_made(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(3_000, name="Pro"), **WAIT)
    assert found.pending_update is None
    assert first(found).price.id == life.price(3_000, name="Pro")
    assert life.latest(found).amount_paid == 1_000


def test_a_change_that_is_not_paid_waits(life):
    found = waiting(life)
    assert found.status == "active"
    assert first(found).price.id == life.price(1_000)
    assert found.pending_update.expires_at == life.now + 23 * HOUR
    assert found.pending_update.subscription_items[0].price.id == life.price(3_000, name="Pro")
    assert life.latest(found).status == "open"


def test_paying_makes_the_change(life):
    found = waiting(life)
    life.use_card("visa")
    life.client.invoices.pay(found.latest_invoice)
    changed = life.read(found)
    assert (changed.pending_update, changed.status) == (None, "active")
    assert first(changed).price.id == life.price(3_000, name="Pro")
    assert "customer.subscription.pending_update_applied" in life.events()
    # The new price is what the next change credits.
    life.change(changed, life.price(1_000))
    assert [item.amount for item in life.pending()] == [-1_500, 500]


def test_it_expires_after_23_hours(life):
    found = waiting(life)
    life.advance(life.now + 23 * HOUR)
    kept = life.read(found)
    assert (kept.pending_update, kept.status) == (None, "active")
    assert first(kept).price.id == life.price(1_000)
    assert life.client.invoices.retrieve(found.latest_invoice).status == "void"
    assert "customer.subscription.pending_update_expired" in life.events()
    life.use_card("visa")
    life.change(kept, life.price(3_000, name="Pro"))
    assert len(life.pending()) == 2


def test_voiding_the_invoice_gives_it_up(life):
    found = waiting(life)
    life.client.invoices.void_invoice(found.latest_invoice)
    assert life.read(found).pending_update is None


@pytest.mark.parametrize("end", ["expires", "voided", "another"])
def test_what_its_invoice_had_collected_waits_again(life, end):
    subscription = life.subscribe(life.price(3_000, name="Pro"))
    life.advance("2026-01-16 12:00")
    lowered = life.change(subscription, life.price(1_000))
    credits = sorted(item.amount for item in life.pending())
    life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": -200, "currency": "usd"})
    setup = life.client.products.create({"name": "Setup"}).id
    life.use_card("chargeCustomerFail")
    found = life.change(
        lowered, life.price(9_000, name="Max"),
        add_invoice_items=[{"price_data": {
            "currency": "usd", "unit_amount": 700, "product": setup}}], **WAIT)
    assert (found.pending_update is not None, life.pending()) == (True, [])
    if end == "expires":
        life.advance(life.now + 23 * HOUR)
    elif end == "voided":
        life.client.invoices.void_invoice(found.latest_invoice)
    else:
        life.update(found, cancel_at_period_end=True)
    assert sorted(item.amount for item in life.pending()) == sorted([*credits, -200])
    assert life.client.invoices.retrieve(found.latest_invoice).status == "void"


def test_another_change_takes_its_place(life):
    found = waiting(life)
    life.use_card("visa")
    changed = life.change(found, life.price(5_000, name="Max"))
    assert changed.pending_update is None
    assert life.client.invoices.retrieve(found.latest_invoice).status == "void"
    assert [item.amount for item in life.pending()] == [-500, 2_500]


def test_what_can_not_wait(life):
    subscription = life.subscribe()
    refused(lambda: life.update(subscription, description="x", **WAIT), param="description")


def test_renewals_go_on_meanwhile(life):
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-31 20:00")
    found = life.change(subscription, life.price(310_000, name="Pro"), **WAIT)
    assert found.pending_update.expires_at == at("2026-02-01")
    life.use_card("visa")
    life.advance("2026-02-01 02:00")
    assert life.latest(found).amount_paid == 1_000


def with_discounts(life):
    """Return a discounted subscription, and what becomes of it by a change of its discounts."""
    before, after = (
        life.client.coupons.create({"percent_off": off, "duration": "forever"}).id
        for off in (50, 20)
    )
    subscription = life.subscribe(discounts=[{"coupon": before}])
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), discounts=[{"coupon": after}], **WAIT)
    assert found.pending_update is not None
    return subscription, found


@pytest.mark.parametrize("end", ["expires", "voided", "another"])
def test_discounts_stay_where_their_change_is_given_up(life, end):
    subscription, found = with_discounts(life)
    assert found.discounts == subscription.discounts
    if end == "expires":
        life.advance("2026-01-18")
    elif end == "voided":
        life.client.invoices.void_invoice(found.latest_invoice)
    else:
        life.update(found, metadata={"seen": "yes"})
    assert life.read(found).discounts == subscription.discounts
    life.use_card("visa")
    life.advance("2026-02-02")
    assert life.latest(found).total == 500


def test_discounts_go_where_their_change_is_paid(life):
    subscription, found = with_discounts(life)
    coming = found.pending_update.discounts
    assert "customer.discount.deleted" not in life.events()
    life.use_card("visa")
    life.client.invoices.pay(found.latest_invoice)
    assert life.read(found).discounts == coming != subscription.discounts
    assert "customer.discount.deleted" in life.events()
    life.advance("2026-02-02")
    assert life.latest(found).total == 2_400


def test_a_discount_that_was_taken_away_meanwhile_does_not_come_back(life):
    off = life.client.coupons.create({"percent_off": 50, "duration": "forever"}).id
    subscription = life.subscribe(discounts=[{"coupon": off}])
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(3_000, name="Pro"), **WAIT)
    life.client.subscriptions.delete_discount(found.id)
    life.use_card("visa")
    life.client.invoices.pay(found.latest_invoice)
    changed = life.read(found)
    assert (changed.discounts, first(changed).price.unit_amount) == ([], 3_000)
    assert at("2026-02-01") == first(changed).current_period_end


@pytest.mark.parametrize("paid", [True, False])
def test_items_that_it_takes_away_can_be_found_until_it_is_made(life, paid):
    subscription = life.subscribe(life.price(1_000), life.price(300, name="Extra"))
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    basic, extra = (each.id for each in subscription["items"].data)
    pro = life.price(3_000, name="Pro")
    items = [{"id": basic, "deleted": True}, {"id": extra, "price": pro}]
    found = life.update(subscription, items=items, **WAIT)
    assert found.pending_update is not None

    of = life.client.subscription_items
    assert of.retrieve(basic).price.id == life.price(1_000)
    listed = life.client.subscriptions.list({
        "customer": life.customer.id, "price": life.price(300, name="Extra"),
    }).data  # fmt: skip
    assert [each.id for each in listed] == [found.id]
    life.use_card("visa")
    if paid:
        life.client.invoices.pay(found.latest_invoice)
        with pytest.raises(stripe.InvalidRequestError):
            of.retrieve(basic)
        assert of.retrieve(extra).price.id == pro
    else:
        life.advance(life.now + 23 * HOUR)
        assert of.update(basic, {"quantity": 2}).quantity == 2


@pytest.mark.parametrize("paid", [True, False])
def test_discounts_that_it_takes_away_go_on_until_it_is_made(life, paid):
    half = life.client.coupons.create({"percent_off": 50, "duration": "forever"}).id
    subscription = life.subscribe(life.price(1_000), discounts=[{"coupon": half}])
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), **WAIT, discounts=""
    )
    assert found.pending_update is not None
    assert "customer.discount.deleted" not in life.events()

    life.use_card("visa")
    if paid:
        life.client.invoices.pay(found.latest_invoice)
        assert "customer.discount.deleted" in life.events()
    life.advance("2026-02-02")
    assert life.latest(found).total == (3_000 if paid else 500)
    assert len(life.read(found).discounts) == (not paid)


@pytest.mark.parametrize("whose", ["subscription", "customer"])
@pytest.mark.parametrize("end", ["expires", "voided", "another", "paid"])
def test_a_coupon_for_one_invoice_is_used_by_the_change_if_it_is_made(life, end, whose):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"}).id
    subscription = life.subscribe(life.price(3_000, name="Pro"))
    life.advance("2026-01-16 12:00")
    if whose == "customer":
        older = {"stripe_version": "2025-02-24.acacia"}
        life.client.customers.update(life.customer.id, {"coupon": coupon}, older)
    else:
        life.client.subscriptions.update(subscription.id, {"discounts": [{"coupon": coupon}]})
    life.use_card("chargeCustomerFail")
    found = life.change(subscription, life.price(7_000, name="Max"), **WAIT)
    assert life.latest(found).total == -1_500 + 1_750
    # It is not another's meanwhile.
    life.use_card("visa")
    other = life.subscribe(life.price(1_000))
    assert life.latest(other).total == 1_000
    if end == "expires":
        life.advance(life.now + 23 * HOUR)
    elif end == "voided":
        life.client.invoices.void_invoice(found.latest_invoice)
    elif end == "paid":
        life.client.invoices.pay(found.latest_invoice)
    else:
        life.client.subscriptions.update(
            subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}, "metadata": {"a": "b"}}
        )
    kept = len(life.read(found).discounts) == 1
    assert kept is (whose == "subscription" and end != "paid")
    life.advance("2026-02-02")
    assert life.latest(found).total == (7_000 if end == "paid" else 1_500)

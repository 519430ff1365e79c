"""Previews: the next invoice, and what a change would cost, without anything being kept."""

from __future__ import annotations

from subscriptions.life import HOUR, at, first, lines
from subscriptions.test_subscribe import refused


def preview(life, **params):
    return life.client.invoices.create_preview(params)


def plain(invoice):
    return [(line.description, line.amount, line.period.start, line.period.end)
            for line in invoice.lines.data]


def test_the_next_renewal(life):
    subscription = life.subscribe(life.price(2_000))
    shown = preview(life, subscription=subscription.id)
    assert shown.id.startswith("upcoming_in_")
    assert (shown.status, shown.billing_reason, shown.number) == ("draft", "upcoming", None)
    assert (shown.amount_due, shown.period_end) == (2_000, at("2026-02-01"))
    assert shown.next_payment_attempt == at("2026-02-01") + HOUR
    assert shown.lines.data[0].id.startswith("il_tmp_")
    assert len(life.invoices(subscription)) == 1
    life.advance("2026-02-01")
    assert plain(life.latest(subscription)) == plain(shown)


def test_what_an_upgrade_would_cost_is_what_it_costs(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    change = {
        "items": [{"id": first(subscription).id, "price": life.price(3_000, name="Pro")}],
        "proration_date": life.now, "proration_behavior": "always_invoice",
    }
    shown = preview(life, subscription=subscription.id, subscription_details=change)
    assert shown.amount_due == 1_000
    assert life.pending() == []
    assert first(life.read(subscription)).price.id == life.price(1_000)
    found = life.update(subscription, **change)
    assert plain(life.latest(found)) == plain(shown)


def test_a_change_without_an_invoice_shows_the_next_renewal_with_it(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    items = [{"id": first(subscription).id, "price": life.price(3_000, name="Pro")}]
    shown = preview(life, subscription=subscription.id, subscription_details={"items": items})
    assert [line.amount for line in shown.lines.data] == [-500, 1_500, 3_000]
    recurring = preview(life, subscription=subscription.id, preview_mode="recurring",
                        subscription_details={"items": items})
    assert [line.amount for line in recurring.lines.data] == [3_000]


def test_a_subscription_that_does_not_exist_yet(life):
    shown = preview(life, customer=life.customer.id, subscription_details={
        "items": [{"price": life.price(1_000), "quantity": 2}]})
    assert lines(shown) == [("2 × Basic (at $10.00 / month)", 2_000)]
    assert life.client.subscriptions.list({"customer": life.customer.id}).data == []


def test_nobody_in_particular_may_ask(life):
    shown = preview(life, subscription_details={"items": [{"price": life.price(1_000)}]})
    assert shown.total == 1_000


def test_items_alone(life):
    shown = preview(life, customer=life.customer.id, invoice_items=[
        {"amount": 700, "currency": "usd", "description": "Setup"}])
    assert lines(shown) == [("Setup", 700)]
    assert life.pending() == []


def test_pending_items_and_discounts_are_shown(life):
    subscription = life.subscribe(life.price(1_000))
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"})
    life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 700, "currency": "usd", "description": "Setup"})
    shown = preview(life, subscription=subscription.id, discounts=[{"coupon": coupon.id}])
    assert (shown.subtotal, shown.total) == (1_700, 850)
    assert life.client.coupons.retrieve(coupon.id).times_redeemed == 0


def test_a_change_of_items_and_discounts_costs_what_its_preview_says(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    coupon = life.client.coupons.create(
        {"percent_off": 50, "duration": "repeating", "duration_in_months": 3,
         "max_redemptions": 1})
    change = {
        "items": [{"id": first(subscription).id, "price": life.price(3_000, name="Pro")}],
        "proration_date": life.now,
    }
    discounts = [{"coupon": coupon.id}]
    once = {**change, "proration_behavior": "always_invoice"}
    shown = preview(
        life, subscription=subscription.id, subscription_details=once, discounts=discounts)
    assert [line.amount for line in shown.lines.data] == [-500, 750]
    later = preview(
        life, subscription=subscription.id, subscription_details=change, discounts=discounts)
    assert [line.amount for line in later.lines.data] == [-500, 750, 3_000]
    assert later.total == 1_750
    found = life.update(subscription, **once, discounts=discounts)
    assert plain(life.latest(found)) == plain(shown)
    assert life.latest(found).total == shown.total == 250


def test_nothing_is_coming(life):
    subscription = life.subscribe()
    life.update(subscription, cancel_at_period_end=True)
    refused(lambda: preview(life, subscription=subscription.id),
            code="invoice_upcoming_none", status=404)
    life.client.subscriptions.cancel(subscription.id)
    refused(lambda: preview(life, subscription=subscription.id),
            code="invoice_upcoming_none", status=404)


def test_cancelling_now_and_later(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    shown = preview(life, subscription=subscription.id,
                    subscription_details={"cancel_now": True})
    assert lines(shown) == [("Unused time on Basic after 11 Jan 2026", -2_100)]
    later = preview(life, subscription=subscription.id,
                    subscription_details={"cancel_at": at("2026-02-11")})
    assert [line.period.end for line in later.lines.data] == [at("2026-02-11")]
    assert life.read(subscription).cancel_at is None


def test_something_must_be_asked_for(life):
    refused(lambda: preview(life, customer=life.customer.id), code="parameter_missing")


def test_ending_a_trial(life):
    subscription = life.subscribe(life.price(2_000), trial_period_days=14)
    shown = preview(life, subscription=subscription.id,
                    subscription_details={"trial_end": "now"})
    assert lines(shown) == [("1 × Basic (at $20.00 / month)", 2_000)]
    assert life.read(subscription).status == "trialing"

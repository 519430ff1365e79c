"""The guide's ways to sell: pay up front, try for free, freemium; and its ways to price."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import DAY, at, first, lines


@pytest.fixture
def host(client) -> SeenLife:
    """Give a photo host's new customer, of whom no payment details are known."""
    return SeenLife(client, card=None)


def levels(host) -> tuple[str, str]:
    """Return the prices of the basic and the premium level, two products."""
    prices = []
    for name, amount in (("Basic", 1_500), ("Premium", 2_500)):
        product = host.client.products.create({"name": name})
        prices.append(host.client.prices.create({
            "product": product.id, "currency": "usd", "unit_amount": amount,
            "recurring": {"interval": "month"}}).id)
    return prices[0], prices[1]


def access(host) -> list[str]:
    """Return what gives or takes access, in order."""
    telling = ("customer.subscription.created", "customer.subscription.deleted",
               "customer.subscription.trial_will_end", "invoice.paid", "invoice.payment_failed")
    return [each for each in host.told() if each in telling]


def test_pay_up_front_with_a_form_of_ones_own(host):
    basic, premium = levels(host)
    started = host.subscribe(
        basic, payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        expand=["latest_invoice.confirmation_secret"])
    assert started.status == "incomplete" and "invoice.paid" not in access(host)
    secret = started.latest_invoice.confirmation_secret.client_secret
    host.client.payment_intents.confirm(
        secret.partition("_secret_")[0], {"payment_method": "pm_card_visa"})
    assert host.read(started).status == "active"
    assert access(host) == ["customer.subscription.created", "invoice.paid"]
    host.advance("2026-02-01 02:00")
    assert host.latest(started).amount_paid == 1_500
    assert access(host)[-1] == "invoice.paid"
    host.advance(at("2026-03-01") - 28 * DAY // 2)
    raised = host.change_as_seen(
        host.read(started), items=host.item(started, price=premium),
        proration_behavior="always_invoice")
    assert lines(host.latest(raised)) == [
        ("Unused time on Basic after 15 Feb 2026", -750),
        ("Remaining time on Premium after 15 Feb 2026", 1_250)]
    host.advance("2026-03-01 02:00")
    assert host.latest(raised).amount_paid == 2_500


def test_access_ends_when_nobody_pays(host):
    basic, _ = levels(host)
    host.use_card("visa")
    started = host.subscribe(basic)
    host.use_card("chargeCustomerFail")
    host.advance("2026-02-01 02:00")
    assert (access(host)[-1], host.read(started).status) == (
        "invoice.payment_failed", "past_due")
    host.advance("2026-02-20")
    assert (access(host)[-1], host.read(started).status) == (
        "customer.subscription.deleted", "canceled")


def test_a_free_trial_with_payment_details(host):
    basic, _ = levels(host)
    host.use_card("visa")
    tried = host.subscribe(basic, trial_period_days=30)
    assert tried.status == "trialing"
    host.advance(at("2026-01-31") - 3 * DAY)
    assert access(host)[-1] == "customer.subscription.trial_will_end"
    host.advance("2026-01-31 02:00")
    assert access(host)[-1] == "invoice.paid"
    assert (host.read(tried).status, host.latest(tried).amount_paid) == ("active", 1_500)


@pytest.mark.parametrize(("setting", "status"), [
    ("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")])
def test_a_free_trial_without_payment_details(host, setting, status):
    basic, _ = levels(host)
    tried = host.subscribe(basic, trial_period_days=30, trial_settings={
        "end_behavior": {"missing_payment_method": setting}})
    host.advance("2026-01-31 02:00")
    assert host.read(tried).status == status


def test_freemium(host):
    free = host.price(0, name="Free")
    basic, _ = levels(host)
    joined = host.subscribe(free)
    assert joined.status == "active"
    assert access(host)[0] == "customer.subscription.created"
    host.advance("2026-02-15")
    assert host.client.payment_methods.list({"customer": host.customer.id}).data == []
    method = host.client.payment_methods.attach("pm_card_visa", {"customer": host.customer.id})
    raised = host.update(
        host.read(joined), items=host.item(joined, price=basic),
        default_payment_method=method.id, proration_behavior="always_invoice")
    invoice = host.latest(raised)
    assert (invoice.status, invoice.amount_paid) == ("paid", 750)
    assert access(host)[-1] == "invoice.paid"
    assert first(raised).price.id == basic


# Ways to price


def test_a_flat_rate_per_seat_and_tiers(host):
    host.use_card("visa")
    seat = host.price(1_000, name="Seat")
    tiers = {"billing_scheme": "tiered", "tiers": [
        {"up_to": 5, "unit_amount": 500}, {"up_to": "inf", "unit_amount": 400}]}
    graduated = host.price(None, name="Steps", tiers_mode="graduated", **tiers)
    volume = host.price(None, name="Bulk", tiers_mode="volume", **tiers)
    found = host.client.subscriptions.create({"customer": host.customer.id, "items": [
        {"price": host.price(2_000, name="Flat")}, {"price": seat, "quantity": 4},
        {"price": graduated, "quantity": 7}, {"price": volume, "quantity": 7}]})
    assert sorted(lines(host.latest(found)), key=lambda line: line[1]) == [
        ("2 × Steps (Tier 2 at $4.00 / month)", 800),
        ("1 × Flat (at $20.00 / month)", 2_000),
        ("5 × Steps (Tier 1 at $5.00 / month)", 2_500),
        ("7 × Bulk (Tier 2 at $4.00 / month)", 2_800),
        ("4 × Seat (at $10.00 / month)", 4_000)]


def test_usage_is_chosen_with_the_price(host):
    host.use_card("visa")
    metered = host.metered(20, name="Calls")
    assert host.client.prices.retrieve(metered).recurring.usage_type == "metered"
    found = host.subscribe(metered)
    assert (found.status, found.latest_invoice) == ("active", None)

"""One currency at a time: what fixes a customer's currency, and when it may be another."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from acceptance.till import refused
from schedules.plans import phase
from subscriptions.life import at, first, lines


def cannot(currency: str) -> str:
    return ("You cannot combine currencies on a single customer. This customer has an active"
            " subscription, subscription schedule, discount, quote, or invoice item with currency"
            f" {currency}")


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


@pytest.fixture
def price(life) -> str:
    return life.price(1_000, name="Multi", currency_options={
        "eur": {"unit_amount": 900}, "jpy": {"unit_amount": 1_500}})


def says(call, *args, **params) -> str:
    return refused(call, *args, **params)[3]


def test_a_subscription_fixes_the_currency_until_it_ends(life, price):
    euros = life.subscribe(price, currency="eur")
    assert life.latest(euros).total == 900
    assert says(life.subscribe, price) == cannot("eur")
    assert says(life.plan, phase(price), start_date=at("2026-03-01")) == cannot("eur")
    life.client.subscriptions.cancel(euros.id)
    yen = life.subscribe(price, currency="jpy")
    assert (yen.currency, life.latest(yen).total) == ("jpy", 1_500)
    assert life.client.customers.retrieve(life.customer.id).currency == "jpy"
    life.advance("2026-01-16")
    yen = life.update(
        yen, items=[{"id": first(yen).id, "quantity": 2}], proration_behavior="always_invoice")
    assert lines(life.latest(yen)) == [
        ("Unused time on Multi after 16 Jan 2026", -774),
        ("Remaining time on 2 × Multi after 16 Jan 2026", 1_548)]


def test_a_schedule_fixes_the_currency_before_it_begins(life, price):
    schedule = life.plan(phase(price, currency="eur"), start_date=at("2026-02-01"))
    assert says(life.subscribe, price) == cannot("eur")
    life.advance("2026-02-01 02:00")
    assert life.latest(life.subscription(schedule)).currency == "eur"
    life.client.subscription_schedules.cancel(schedule.id)
    life.client.customers.update(life.customer.id, {"balance": 0})
    assert [life.client.invoice_items.delete(each.id).deleted for each in life.pending()] == []
    assert life.subscribe(price).currency == "usd"


def test_what_waits_in_a_currency_fixes_it(life, price):
    euros = life.subscribe(price, currency="eur")
    item = life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 500, "currency": "usd"})
    life.client.subscriptions.cancel(euros.id)
    assert says(life.subscribe, price, currency="jpy") == cannot("usd")
    life.client.invoice_items.delete(item.id)
    assert life.subscribe(price, currency="jpy").currency == "jpy"


def test_an_item_in_another_currency_waits_for_an_invoice_of_its_own(life, price):
    euros = life.subscribe(price, currency="eur")
    life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 500, "currency": "usd"})
    life.advance("2026-02-01 02:00")
    assert lines(life.latest(euros)) == [("1 × Multi (at €9.00 / month)", 900)]
    alone = life.client.invoices.create({
        "customer": life.customer.id, "currency": "usd",
        "pending_invoice_items_behavior": "include"})
    assert (alone.currency, alone.total) == ("usd", 500)

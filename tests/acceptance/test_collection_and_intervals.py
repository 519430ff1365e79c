"""Sent invoices, intervals side by side, and the two billing modes."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife, assert_same
from acceptance.till import refused
from subscriptions.life import at, first, lines, period


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def monthly(life, count, name):
    return life.price(1_000, "month", name=name, interval_count=count)


# Sent invoices


def test_days_until_due_belong_to_sent_invoices(life):
    assert refused(life.subscribe, collection_method="send_invoice") == (
        400, None, None,
        "If invoice collection method is 'send_invoice', you must specify 'days_until_due'.")
    assert refused(life.subscribe, days_until_due=3) == (
        400, None, None,
        "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.")
    assert life.subscribe(collection_method="send_invoice", days_until_due=0).days_until_due == 0


def test_a_sent_renewal_is_drafted_sent_and_overdue(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(collection_method="send_invoice", days_until_due=10)
    life.advance("2026-01-01 02:00")
    life.client.invoices.pay(life.latest(found).id, {"paid_out_of_band": True})
    since = life.last_event()
    life.advance("2026-02-01 02:00")
    invoice = life.latest(found)
    finalized = invoice.status_transitions.finalized_at
    assert invoice.due_date == finalized + 10 * DAY
    told = life.told(since)
    assert "invoice.upcoming" not in told
    assert told[:2] == ["invoice.created", "customer.subscription.updated"]
    assert told.index("invoice.finalized") < told.index("invoice.sent")
    since = life.last_event()
    life.advance(invoice.due_date + HOUR)
    assert life.read(found).status == "past_due"
    assert "customer.subscription.updated" in life.told(since)
    since = life.last_event()
    life.client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert life.read(found).status == "active"
    told = life.told(since)
    assert told.index("invoice.paid") < told.index("customer.subscription.updated")
    assert "invoice.payment_succeeded" not in told


def test_a_sent_invoice_without_days_to_pay_is_overdue_at_once(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(collection_method="send_invoice", days_until_due=0)
    life.advance("2026-01-01 02:00")
    invoice = life.latest(found)
    assert (invoice.status, invoice.due_date) == (
        "open", invoice.status_transitions.finalized_at)
    assert life.read(found).status == "past_due"
    assert life.told().index("invoice.sent") < life.told().index("invoice.overdue")
    life.client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert life.read(found).status == "active"


def test_a_draft_that_is_sent_after_its_due_date_is_overdue_then(client):
    life = SeenLife(client, card=None)
    life.client.invoice_items.create(
        {"customer": life.customer.id, "currency": "usd", "amount": 900})
    draft = life.client.invoices.create({
        "customer": life.customer.id, "collection_method": "send_invoice",
        "due_date": life.now + HOUR // 2, "auto_advance": True,
        "pending_invoice_items_behavior": "include"})
    life.advance("2026-01-01 02:00")
    overdue = [each for each in life.events_whole() if each.type == "invoice.overdue"]
    assert [each.created for each in overdue] == [
        life.client.invoices.retrieve(draft.id).status_transitions.finalized_at]


def test_a_subscription_may_change_to_sent_invoices_and_back(life):
    found = life.subscribe()
    sent = life.update(found, collection_method="send_invoice", days_until_due=4)
    assert (sent.collection_method, sent.days_until_due) == ("send_invoice", 4)
    life.advance("2026-02-01")
    draft = life.latest(found)
    assert (draft.collection_method, draft.next_payment_attempt) == ("send_invoice", None)
    back = life.update(found, collection_method="charge_automatically")
    assert (back.collection_method, back.days_until_due) == ("charge_automatically", None)


# Intervals side by side


@pytest.mark.parametrize("pair", [
    [("month", 1), ("month", 3)], [("month", 1), ("year", 1)], [("day", 1), ("week", 1)],
    [("week", 2), ("week", 4)], [("month", 2), ("month", 4), ("month", 6)]])
def test_multiples_of_the_shortest_fit(life, pair):
    prices = [life.price(1_000, interval, name=f"{count}{interval}", interval_count=count)
              for interval, count in pair]
    found = life.subscribe(*prices)
    assert found.status == "active"
    assert life.latest(found).total == 1_000 * len(pair)
    assert len({item.current_period_end for item in found["items"].data}) == len(pair)


@pytest.mark.parametrize("pair", [
    [("month", 2), ("month", 3)], [("week", 1), ("month", 1)], [("day", 2), ("week", 1)],
    [("month", 5), ("year", 1)]])
def test_others_are_refused(life, pair):
    prices = [life.price(1_000, interval, name=f"{count}{interval}", interval_count=count)
              for interval, count in pair]
    assert refused(life.subscribe, *prices)[0] == 400
    found = life.subscribe(prices[0])
    assert refused(life.update, found, items=[{"price": prices[1]}])[0] == 400


def test_classic_wants_one_interval_and_count(life):
    classic = {"billing_mode": {"type": "classic"}}
    assert refused(
        life.subscribe, monthly(life, 1, "One"), monthly(life, 3, "Three"), **classic)[0] == 400
    found = life.subscribe(monthly(life, 1, "One"), **classic)
    assert refused(life.update, found, items=[{"price": monthly(life, 3, "Three")}])[0] == 400


def test_items_due_at_the_same_second_share_an_invoice(life):
    found = life.subscribe(monthly(life, 1, "One"), monthly(life, 3, "Three"))
    life.advance("2026-02-01")
    assert lines(life.latest(found)) == [("1 × One (at $10.00 / month)", 1_000)]
    life.advance("2026-03-31")
    shown = life.preview(life.read(found))
    life.advance("2026-04-01")
    renewal = life.latest(found)
    assert_same(shown, renewal)
    assert sorted(lines(renewal)) == [
        ("1 × One (at $10.00 / month)", 1_000),
        ("1 × Three (at $10.00 every 3 months)", 1_000)]
    ends = [period(item) for item in life.read(found)["items"].data]
    assert ends == [(at("2026-04-01"), at("2026-05-01")), (at("2026-04-01"), at("2026-07-01"))]


def test_a_trial_sets_every_end(life):
    found = life.subscribe(monthly(life, 1, "One"), monthly(life, 3, "Three"))
    tried = life.update(found, trial_end=at("2026-01-20"))
    assert {item.current_period_end for item in tried["items"].data} == {at("2026-01-20")}
    life.advance("2026-01-20")
    assert sorted(period(item) for item in life.read(found)["items"].data) == [
        (at("2026-01-20"), at("2026-02-20")), (at("2026-01-20"), at("2026-04-20"))]


def test_an_item_of_another_interval_joins_at_the_anchor(life):
    found = life.subscribe(monthly(life, 1, "One"))
    life.advance("2026-01-11")
    found = life.change_as_seen(found, items=[{"price": life.price(36_500, "year", name="Year")}],
                                proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [("Remaining time on Year after 11 Jan 2026", 35_500)]
    assert found["items"].data[1].current_period_end == at("2027-01-01")


def test_billing_ahead_is_refused_by_name(life):
    status, _, param, _ = refused(life.subscribe, billing_schedules=[{
        "bill_until": {"type": "timestamp", "timestamp": at("2027-01-01")}}])
    assert (status, param) == (400, "billing_schedules")


# Modes


def test_flexible_is_the_default_and_classic_can_be_had(life):
    assert life.subscribe().billing_mode.type == "flexible"
    classic = life.subscribe(billing_mode={"type": "classic"})
    assert classic.billing_mode.type == "classic"
    itemized = life.subscribe(billing_mode={
        "type": "flexible", "flexible": {"proration_discounts": "itemized"}})
    assert itemized.billing_mode.flexible.proration_discounts == "itemized"


def test_classic_words_for_a_trial(life):
    found = life.subscribe(trial_period_days=3, billing_mode={"type": "classic"})
    assert lines(life.latest(found)) == [("Trial period for Basic", 0)]
    metered = life.subscribe(
        life.metered(), trial_period_days=3, billing_mode={"type": "classic"})
    assert lines(life.latest(metered)) == [("0 × Calls (Free trial)", 0)]


def test_one_currency_for_a_customer(life):
    life.subscribe()
    euro = life.client.prices.create({
        "currency": "eur", "unit_amount": 900, "product_data": {"name": "Euro"},
        "recurring": {"interval": "month"}}).id
    assert refused(life.subscribe, euro) == (
        400, None, None,
        "You cannot combine currencies on a single customer. This customer has an active"
        " subscription, subscription schedule, discount, quote, or invoice item with currency usd")


def test_mixed_and_unfitting_currencies(life):
    euro = life.client.prices.create({
        "currency": "eur", "unit_amount": 900, "product_data": {"name": "Euro"},
        "recurring": {"interval": "month"}}).id
    assert refused(life.subscribe, life.price(), euro) == (
        400, None, "items[1][price]",
        "This `price` has `currency=eur`, but other items use `currency=usd`. All items must have"
        " pricing in the same currency. When using multi-currency prices, you can specify"
        " `currency` at the top level, to be used by all items.")
    found = life.subscribe()
    assert refused(life.update, found, items=[{"price": euro}]) == (
        400, None, "price",
        "The price specified only supports `eur`. This doesn't match the expected currency:"
        " `usd`.")


def test_other_messages_of_a_start(life):
    price = life.price()
    items = [{"price": price}, {"price": price}]
    assert refused(life.client.subscriptions.create, {
        "customer": life.customer.id, "items": items}) == (
        400, None, "plan",
        "Cannot create a Subscription with multiple Subscription Items with the same Price:"
        f" {price}")
    life.client.prices.update(price, {"active": False})
    assert refused(life.subscribe, price) == (
        400, None, "items[0][price]",
        "The price specified is inactive. This field only accepts active prices.")
    assert refused(life.client.subscriptions.create, {
        "customer": "cus_none", "items": [{"price": price}]})[:3] == (
        404, "resource_missing", "customer")
    assert refused(life.subscribe, "price_none")[:3] == (
        400, "resource_missing", "items[0][price]")
    assert refused(life.client.subscriptions.create, {"customer": life.customer.id})[:3] == (
        400, "parameter_missing", "items")


def test_first_item_of_a_renewed_one_keeps_its_id(life):
    found = life.subscribe()
    life.advance("2026-03-01")
    assert first(life.read(found)).id == first(found).id

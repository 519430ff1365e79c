"""Proration lines: what their items and lines look like, and which changes make them."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import DAY, at, first, lines

HALF = at("2026-02-01") - 31 * DAY // 2


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def halfway(life, **params):
    """Return a subscription of 10.00 in the middle of January."""
    found = life.subscribe(life.price(1_000), **params)
    life.advance(HALF)
    return found


def test_the_pending_pair(life):
    found = halfway(life)
    bought = life.latest(found)
    pro = life.price(3_000, name="Pro")
    life.update(found, items=life.item(found, price=pro, quantity=2))
    credit, debit = life.pending()
    for item in (credit, debit):
        assert (item.proration, item.discountable) == (True, False)
        assert item.frozen_fields == ["pricing", "quantity", "discounts"]
        assert item.parent.type == "subscription_details"
        assert item.parent.subscription_details.subscription == found.id
        assert item.parent.subscription_details.subscription_item == first(found).id
        assert item.pricing.unit_amount_decimal is None
        assert item.net_amount == item.amount
        assert (item.period.start, item.period.end) == (HALF, at("2026-02-01"))
        assert (item.invoice, item.discounts, item.tax_rates) == (None, [], [])
        assert (item.date, item.customer) == (HALF, life.customer.id)
        assert item.proration_details.discount_amounts == []
    assert credit.pricing.price_details.price == life.price(1_000)
    assert debit.pricing.price_details.price == pro
    assert (credit.quantity, debit.quantity) == (1, 2)
    assert debit.proration_details.credited_items is None
    credited = credit.proration_details.credited_items
    assert credited.type == "invoice_line_items"
    assert credited.invoice_line_item_details.invoice == bought.id
    assert credited.invoice_line_item_details.invoice_line_items == [bought.lines.data[0].id]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_the_lines_on_the_invoice(client, mode):
    life = SeenLife(client)
    found = halfway(life, billing_mode={"type": mode})
    bought = life.latest(found)
    pro = life.price(3_000, name="Pro")
    found = life.change_as_seen(found, items=life.item(found, price=pro),
                                proration_behavior="always_invoice")
    credit, debit = life.latest(found).lines.data
    items = [life.client.invoice_items.retrieve(
        line.parent.subscription_item_details.invoice_item) for line in (credit, debit)]
    assert [item.amount for item in items] == [-500, 1_500]
    for line in (credit, debit):
        assert line.parent.type == "subscription_item_details"
        assert line.parent.subscription_item_details.proration is True
        assert line.parent.subscription_item_details.subscription_item == first(found).id
        assert line.discountable is False
        assert line.pricing.unit_amount_decimal is None
        assert (line.period.start, line.period.end) == (HALF, at("2026-02-01"))
    credited = credit.parent.subscription_item_details.proration_details.credited_items
    assert credited.invoice == bought.id
    assert credited.invoice_line_items == [bought.lines.data[0].id]
    assert debit.parent.subscription_item_details.proration_details.credited_items is None
    assert life.latest(found).parent.subscription_details.subscription_proration_date == HALF


def test_a_credit_of_a_debit_that_is_still_pending_names_the_item(life):
    found = halfway(life)
    life.update(found, items=life.item(found, price=life.price(3_000, name="Pro")))
    debit = life.pending()[1]
    life.advance(HALF + 3 * DAY)
    life.update(found, items=life.item(found, price=life.price(5_000, name="Max")))
    credit = life.pending()[0]
    assert credit.proration_details.credited_items.type == "invoice_item"
    assert credit.proration_details.credited_items.invoice_item == debit.id


def test_credits_come_before_debits_and_the_newest_first(life):
    found = halfway(life)
    life.update(found, items=life.item(found, price=life.price(3_000, name="Pro")))
    life.advance(HALF + 3 * DAY)
    life.update(found, items=life.item(found, price=life.price(5_000, name="Max")))
    texts = [item.description for item in life.pending()]
    expected = [
        "Unused time on Pro after 19 Jan 2026", "Remaining time on Max after 19 Jan 2026",
        "Unused time on Basic after 16 Jan 2026", "Remaining time on Pro after 16 Jan 2026"]
    assert texts == expected
    life.advance("2026-02-01")
    assert [line.description for line in life.latest(found).lines.data] == [
        *expected, "1 × Max (at $50.00 / month)"]


def test_pending_prorations_wait_for_the_renewal_as_seen(life):
    found = halfway(life)
    found = life.change_seen_at_renewal(
        found, items=life.item(found, price=life.price(3_000, name="Pro")))
    assert lines(life.latest(found)) == [
        ("Unused time on Basic after 16 Jan 2026", -500),
        ("Remaining time on Pro after 16 Jan 2026", 1_500),
        ("1 × Pro (at $30.00 / month)", 3_000)]


def test_a_change_that_bills_now_takes_what_was_pending_too(life):
    found = halfway(life)
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 77, "currency": "usd", "description": "Extra"})
    life.update(found, items=life.item(found, price=life.price(3_000, name="Pro")))
    found = life.change_as_seen(found, items=life.item(found, price=life.price(5_000, name="Max")),
                                proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(found).lines.data] == [
        -1_500, 2_500, -500, 1_500, 77]


def test_flexible_gives_one_credit_for_each_original_debit(life):
    found = life.subscribe(life.price(1_000))
    life.advance("2026-01-11")
    life.update(found, items=life.item(found, quantity=2), proration_behavior="none")
    life.update(found, items=[{"price": life.price(600, name="Side")}],
                proration_behavior="always_invoice")
    life.advance(HALF)
    found = life.update(found, items=life.item(found, quantity=3),
                        proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [
        ("Unused time on 2 × Basic after 16 Jan 2026", -500),
        ("Remaining time on 3 × Basic after 16 Jan 2026", 1_500)]


def test_adding_a_trial_credits_unused_time(life):
    found = halfway(life)
    found = life.change_as_seen(found, trial_end=at("2026-02-10"))
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 16 Jan 2026", -500), ("Free trial for 1 × Basic", 0)]
    assert (invoice.billing_reason, invoice.status, invoice.attempt_count) == (
        "subscription_update", "paid", 0)
    assert (found.status, found.trial_start, found.billing_cycle_anchor) == (
        "trialing", HALF, at("2026-02-10"))
    item = first(found)
    assert (item.current_period_start, item.current_period_end) == (HALF, at("2026-02-10"))
    assert life.client.customers.retrieve(life.customer.id).balance == -500


def test_adding_a_trial_without_proration_gives_nothing_back(life):
    found = halfway(life)
    found = life.change_as_seen(
        found, trial_end=at("2026-02-10"), proration_behavior="none")
    assert lines(life.latest(found)) == [("Free trial for 1 × Basic", 0)]


def test_a_cycle_that_begins_now_as_recorded(life):
    """Four seconds into the period; flexible asks only for the time behind the old end."""
    found = life.subscribe(life.price(1_000))
    bought = found.latest_invoice
    life.advance(life.now + 4)
    found = life.update(found, billing_cycle_anchor={"type": "now"})
    assert (found.billing_cycle_anchor, found.latest_invoice) == (life.now, bought)
    item = first(found)
    assert (item.current_period_start, item.current_period_end) == (
        life.now, at("2026-02-01") + 4)
    [debit] = life.pending()
    assert (debit.description, debit.amount) == ("Remaining time on Basic after 01 Jan 2026", 0)
    assert (debit.period.start, debit.period.end) == (at("2026-02-01"), at("2026-02-01") + 4)


def test_a_flexible_cycle_that_begins_now_is_billed_with_always_invoice(life):
    found = halfway(life)
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 77, "currency": "usd", "description": "Extra"})
    found = life.change_as_seen(
        found, billing_cycle_anchor={"type": "now"}, proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert first(found).current_period_start == HALF
    assert lines(invoice) == [("Remaining time on Basic after 16 Jan 2026", 500), ("Extra", 77)]


@pytest.mark.parametrize(("behavior", "billed"), [
    ("create_prorations", [-500, 1_000]), ("none", [1_000])])
def test_a_classic_cycle_that_begins_now_is_billed_at_once(client, behavior, billed):
    life = SeenLife(client)
    found = halfway(life, billing_mode={"type": "classic"})
    found = life.change_as_seen(
        found, billing_cycle_anchor={"type": "now"}, proration_behavior=behavior)
    assert [line.amount for line in life.latest(found).lines.data] == billed
    item = first(found)
    assert found.billing_cycle_anchor == item.current_period_start == HALF


def test_an_end_inside_the_period_gives_back_the_rest(life):
    found = halfway(life)
    end = at("2026-01-24") + 21_600
    found = life.update(found, cancel_at=end)
    [credit] = life.pending()
    assert (credit.period.start, credit.period.end) == (end, at("2026-02-01"))
    assert (credit.amount, first(found).current_period_end) == (-250, end)
    assert found.billing_cycle_anchor == at("2026-01-01")


@pytest.mark.parametrize(("mode", "behavior", "swept"), [
    ("flexible", "always_invoice", True), ("classic", "create_prorations", True),
    ("classic", "always_invoice", False)])
def test_what_a_cycle_that_begins_now_sweeps_in(client, mode, behavior, swept):
    life = SeenLife(client)
    found = halfway(life, billing_mode={"type": mode})
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 77, "currency": "usd", "description": "Extra"})
    found = life.change_as_seen(
        found, billing_cycle_anchor={"type": "now"}, proration_behavior=behavior)
    assert (("Extra", 77) in lines(life.latest(found))) is swept
    assert [item.amount for item in life.pending()] == ([] if swept else [77])

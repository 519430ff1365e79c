"""Previews look ahead: what has run out by the renewal is not shown."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, SeenLife, assert_same
from acceptance.till import refused
from schedules.plans import phase
from subscriptions.life import at, first, lines


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


@pytest.fixture
def three_months(client) -> list[dict[str, str]]:
    made = client.v1.coupons.create(
        {"percent_off": 50, "duration": "repeating", "duration_in_months": 3})
    return [{"coupon": made.id}]


@pytest.mark.parametrize("own", [True, False], ids=["of its item", "of the subscription"])
def test_a_discount_that_ends_before_the_renewal_is_not_in_its_preview(life, three_months, own):
    item = {"price": life.price(9_000, interval="year")}
    more = {} if own else {"discounts": three_months}
    if own:
        item["discounts"] = three_months
    found = life.client.subscriptions.create(
        {"customer": life.customer.id, "items": [item], **more})
    assert life.latest(found).total == 4_500
    shown = life.preview(found)
    assert (shown.total, shown.total_discount_amounts) == (9_000, [])
    assert shown.next_payment_attempt == at("2027-01-01 01:00")
    life.advance("2027-01-01")
    assert_same(shown, life.latest(found))


def test_a_discount_that_ends_at_the_very_renewal_is_not_in_it(life, three_months):
    found = life.client.subscriptions.create({
        "customer": life.customer.id,
        "items": [{"price": life.price(900), "discounts": three_months}]})
    life.advance("2026-03-15")
    shown = life.preview(found)
    assert shown.total == 900
    life.advance("2026-04-01")
    assert_same(shown, life.latest(found))


def test_a_sent_invoice_is_due_days_after_its_renewal(life):
    found = life.subscribe(collection_method="send_invoice", days_until_due=7)
    assert life.preview(found).due_date == at("2026-02-08")


def test_the_end_that_a_schedule_decides_cannot_be_previewed_as_changed(life):
    found = life.subscribe()
    life.adopt(found)
    for change in ({"cancel_at": life.now + 5 * DAY}, {"cancel_at_period_end": True}):
        made = refused(life.update, found, **change)
        seen = refused(life.preview, found, subscription_details=change)
        assert made == seen
        assert seen[0] == 400


def test_what_the_next_phase_takes_back_is_not_in_a_preview(life):
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    monthly = life.price(1_000)
    schedule = life.plan(phase(monthly, months=1), phase(monthly, months=1))
    found = life.subscription(schedule)
    change = {"default_tax_rates": [rate]}
    shown = life.preview(found, subscription_details=change)
    assert shown.total == 1_000
    life.update(found, **change)
    life.advance("2026-02-01")
    assert_same(shown, life.latest(found))
    assert len(life.schedule(schedule).phases) == 2


def test_a_phase_is_no_longer_free_than_two_years(life):
    price = life.price(900, interval="year")
    free = phase(price, duration={"interval": "year", "interval_count": 3}, trial=True)
    status, _, param, _ = refused(life.plan, free)
    assert (status, param) == (400, "phases[0][trial]")
    far = phase(price, duration={"interval": "year", "interval_count": 3},
                trial_end=life.now + (365 + 731) * DAY)
    assert refused(life.plan, phase(price), far)[2] == "phases[1][trial_end]"
    free["duration"]["interval_count"] = 1
    assert life.plan(free).phases[0].trial_end == at("2027-01-01")


def test_a_cycle_that_begins_anew_before_it_ever_ends_has_no_next_invoice(life):
    again = phase(
        life.price(900), duration={"interval": "week"}, billing_cycle_anchor="phase_start",
        proration_behavior="none")
    schedule = life.plan(again, end_behavior="renew")
    assert refused(life.preview, schedule=schedule.id)[:2] == (404, "invoice_upcoming_none")
    life.advance("2026-03-01")
    assert len(life.invoices(life.subscription(schedule))) == 1


def test_phases_that_renew_more_often_than_they_bill_show_the_renewal(life):
    schedule = life.plan(phase(life.price(900), duration={"interval": "day"}), end_behavior="renew")
    shown = life.preview(schedule=schedule.id)
    life.advance("2026-02-01")
    billed = life.latest(life.subscription(schedule))
    assert lines(shown) == lines(billed)
    assert first(life.subscription(schedule)).current_period_end == at("2026-03-01")


def test_the_last_invoice_of_a_trial_that_ends_before_its_time(life):
    found = life.subscribe(trial_end=at("2026-01-21"), cancel_at=at("2026-01-11"))
    life.client.invoice_items.create({
        "customer": life.customer.id, "subscription": found.id, "amount": 300, "currency": "usd"})
    shown = life.preview(found)
    assert (shown.total, shown.period_end, shown.created) == (
        300, at("2026-01-11"), at("2026-01-11"))
    life.advance("2026-01-11")
    assert_same(shown, life.latest(found))

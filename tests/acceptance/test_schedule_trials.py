"""Trials of schedules that began in the past: their days are free, and time is billed from then."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife, assert_same, plain
from schedules.plans import phase
from subscriptions.life import at, first

TEN = 1_000


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def begun(life, price, *, start="2025-12-01", trial="2025-12-15", **params):
    return life.plan(
        phase(price, months=6, trial_end=at(trial)), start_date=at(start), **params
    )


def test_the_days_of_a_trial_that_has_ended_are_free(life):
    schedule = begun(life, life.price(TEN))
    found = life.subscription(schedule)
    assert (found.status, found.start_date) == ("active", at("2025-12-01"))
    assert (found.trial_start, found.trial_end) == (at("2025-12-01"), at("2025-12-15"))
    assert found.billing_cycle_anchor == at("2025-12-15")
    assert plain(life.latest(found)) == [
        ("1 × Basic (at $10.00 / month)", TEN, at("2025-12-15"), at("2026-01-15"))]
    item = first(found)
    assert (item.current_period_start, item.current_period_end) == (
        at("2025-12-15"), at("2026-01-15"))
    assert "customer.subscription.trial_will_end" not in life.told()
    life.advance("2026-01-15")
    assert plain(life.latest(found)) == [
        ("1 × Basic (at $10.00 / month)", TEN, at("2026-01-15"), at("2026-02-15"))]
    assert life.read(found).status == "active"


def test_every_period_since_the_trial_has_a_line(life):
    schedule = begun(life, life.price(TEN), start="2025-10-01", trial="2025-10-20")
    lines = plain(life.latest(life.subscription(schedule)))
    assert [line[1:] for line in lines] == [
        (TEN, at("2025-10-20"), at("2025-11-20")),
        (TEN, at("2025-11-20"), at("2025-12-20")),
        (TEN, at("2025-12-20"), at("2026-01-20")),
    ]


def test_classic_bills_the_days_since_the_trial_and_begins_anew(life):
    schedule = begun(life, life.price(3_100), billing_mode={"type": "classic"})
    found = life.subscription(schedule)
    assert found.billing_cycle_anchor == at("2026-01-01")
    # 17 of the 31 days of an imagined month from the trial's end.
    assert [line[1:] for line in plain(life.latest(found))] == [
        (1_700, at("2025-12-15"), at("2026-01-01")), (3_100, at("2026-01-01"), at("2026-02-01"))]


def test_a_trial_that_ends_this_second_is_over(life):
    schedule = begun(life, life.price(TEN), trial="2026-01-01")
    found = life.subscription(schedule)
    assert (found.status, found.trial_end) == ("active", at("2026-01-01"))
    assert [line[1:] for line in plain(life.latest(found))] == [
        (TEN, at("2026-01-01"), at("2026-02-01"))]


def test_a_trial_that_still_runs_is_free_until_its_end(life):
    schedule = begun(life, life.price(TEN), trial="2026-01-10")
    found = life.subscription(schedule)
    assert (found.status, found.start_date) == ("trialing", at("2025-12-01"))
    assert life.latest(found).total == 0
    life.advance("2026-01-10")
    assert [line[1:] for line in plain(life.latest(found))] == [
        (TEN, at("2026-01-10"), at("2026-02-10"))]


def test_without_prorations_the_elapsed_time_is_free_too(life):
    schedule = life.plan(
        phase(life.price(TEN), months=6, trial_end=at("2025-12-15"), proration_behavior="none"),
        start_date=at("2025-12-01"))  # fmt: skip
    found = life.subscription(schedule)
    assert found.latest_invoice is None
    life.advance("2026-01-15")
    assert life.latest(found).total == TEN


def test_usage_of_the_trial_is_not_billed(life):
    meter = life.client.billing.meters.create({
        "display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}})
    price = life.client.prices.create({
        "currency": "usd", "unit_amount": 5, "product_data": {"name": "Calls"},
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id}})
    schedule = begun(life, price.id)
    found = life.subscription(schedule)
    assert (first(found).current_period_start, found.latest_invoice) == (at("2025-12-15"), None)


def test_the_preview_shows_what_is_billed(life):
    price = life.price(TEN)
    wanted = phase(price, months=6, trial_end=at("2025-12-15"))
    shown = life.preview(
        customer=life.customer.id,
        schedule_details={"phases": [{**wanted, "start_date": at("2025-12-01")}]},
    )
    found = life.subscription(begun(life, price))
    assert_same(shown, life.latest(found))


def test_a_mail_before_a_trial_ends_only_looks_at_the_phase_to_come(life):
    life.client.customers.update(life.customer.id, {"email": "ada@example.com"})
    schedule = life.plan(
        phase(life.price(1_000), months=1, trial_end=at("2026-02-01")),
        phase(life.price(2_000), months=1))
    life.advance("2026-01-31")
    item = first(life.subscription(schedule))
    assert (item.price.unit_amount, item.current_period_end) == (1_000, at("2026-02-01"))

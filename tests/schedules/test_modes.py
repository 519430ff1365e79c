"""Modes: classic billing and mixed intervals in phases."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase
from subscriptions.life import at, first, lines, period

CLASSIC = {"billing_mode": {"type": "classic"}}


def test_a_classic_phase_of_another_interval_begins_its_own_cycle(life):
    yearly = life.price(10_000, "year", name="Pro")
    schedule = life.plan(phase(life.price(), months=1), phase(yearly), **CLASSIC)
    assert schedule.billing_mode.type == "classic"
    life.advance("2026-02-02")
    subscription = life.subscription(schedule)
    assert subscription.billing_mode.type == "classic"
    assert subscription.billing_cycle_anchor == at("2026-02-01")
    assert period(first(subscription)) == (at("2026-02-01"), at("2027-02-01"))
    assert lines(life.invoices()[-1]) == [("1 × Pro (at $100.00 / year)", 10_000)]
    assert life.schedule(schedule).phases[1].end_date == at("2027-02-01")


def test_a_classic_phase_change_within_a_period(life):
    schedule = life.plan(
        phase(life.price(), end_date=at("2026-01-16")),
        phase(life.price(3_000, name="Pro"), months=1, proration_behavior="always_invoice"),
        **CLASSIC,
    )
    life.advance("2026-01-17")
    assert first(life.subscription(schedule)).price.id == life.price(3_000, name="Pro")
    assert lines(life.invoices()[-1]) == [
        ("Unused time on Basic after 16 Jan 2026", -516),
        ("Remaining time on Pro after 16 Jan 2026", 1_548),
    ]


def test_a_flexible_phase_of_another_interval_keeps_the_anchor(life):
    yearly = life.price(12_000, "year", name="Pro")
    schedule = life.plan(phase(life.price(), months=1), phase(yearly))
    life.advance("2026-02-02")
    subscription = life.subscription(schedule)
    assert subscription.billing_cycle_anchor == at("2026-01-01")
    assert period(first(subscription)) == (at("2026-02-01"), at("2027-01-01"))


def test_a_flexible_phase_can_begin_a_full_year(life):
    yearly = life.price(12_000, "year", name="Pro")
    schedule = life.plan(
        phase(life.price(), months=1), phase(yearly, billing_cycle_anchor="phase_start")
    )
    life.advance("2026-02-02")
    assert period(first(life.subscription(schedule))) == (at("2026-02-01"), at("2027-02-01"))
    assert life.invoices()[-1].total == 12_000


def test_mixed_intervals_need_a_length(life):
    mixed = (life.price(), life.price(10_000, "year", name="Year"))
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.plan(phase(*mixed))
    assert error.value.param == "phases[0][duration]"
    schedule = life.plan(phase(*mixed, months=3))
    assert schedule.phases[0].end_date == at("2026-04-01")


def test_items_of_mixed_intervals_are_prorated_where_their_own_period_goes_on(life):
    year = life.price(36_500, "year", name="Year")
    schedule = life.plan(
        phase(life.price(), year, months=1), phase(life.price(3_000, name="Pro"), months=1)
    )
    life.advance("2026-02-02")
    assert [each.price.id for each in life.subscription(schedule)["items"].data] == [
        life.price(3_000, name="Pro")
    ]
    assert lines(life.invoices()[-1]) == [
        ("Unused time on Year after 01 Feb 2026", -33_400),
        ("1 × Pro (at $30.00 / month)", 3_000),
    ]
    assert life.invoices()[-1].total == -30_400


def test_a_period_that_outlives_the_last_phase_is_cut_when_the_schedule_cancels(life):
    year = life.price(36_500, "year", name="Year")
    schedule = life.plan(phase(year, end_date=at("2026-07-01")), end_behavior="cancel")
    [draft] = life.invoices()
    assert draft.lines.data[0].period.end == at("2026-07-01")
    life.replan(schedule, end_behavior="release")
    assert first(life.subscription(schedule)).current_period_end == at("2027-01-01")

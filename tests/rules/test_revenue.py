from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.revenue import (
    month_start,
    monthly_amount,
    recognized,
    schedule,
    split_by_recognition,
)

from .moments import at, day


def by_month(amount: int, start: str, end: str) -> dict[str, int]:
    return {day(month)[:7]: earned for month, earned in schedule(amount, at(start), at(end))}


@pytest.mark.parametrize(("amount", "start", "end", "months"), [
    pytest.param(3100, "2026-01-15", "2026-02-15", {"2026-01": 1700, "2026-02": 1400},
                 id="a month from the fifteenth"),
    pytest.param(3100, "2026-07-21", "2026-08-21", {"2026-07": 1100, "2026-08": 2000},
                 id="a month from the twenty-first"),
    pytest.param(9000, "2026-04-01", "2026-04-21", {"2026-04": 9000}, id="inside one month"),
    pytest.param(500, "2026-04-05", "2026-04-05", {"2026-04": 500}, id="no period at all"),
    pytest.param(100, "2026-01-01", "2026-04-01",
                 {"2026-01": 34, "2026-02": 32, "2026-03": 34}, id="rounding by steps"),
    pytest.param(3100, "2026-12-01", "2027-01-01", {"2026-12": 3100}, id="a whole December"),
])
def test_amounts_are_earned_day_by_day(amount, start, end, months):
    assert by_month(amount, start, end) == months


def test_a_credit_note_divides_by_what_is_earned():
    line = (at("2026-01-01"), at("2026-04-01"))
    assert split_by_recognition(4500, *line, at("2026-02-01")) == (1550, 2950)


def test_an_upgrade_earns_both_parts():
    start, change, end = at("2026-04-01"), at("2026-04-21"), at("2026-05-01")
    old = recognized(9000, start, end, change)
    assert (old, 9000 - old) == (6000, 3000)
    assert old + recognized(4000, change, end, end) == 10_000


@pytest.mark.parametrize(("amount", "interval", "count", "monthly"), [
    (60_000, "year", 1, Fraction(5000)),
    (30_000, "month", 3, Fraction(10_000)),
    (1200, "week", 1, Fraction(5200)),
    (120, "day", 1, Fraction(3650)),
    (10_000, "year", 3, Fraction(10_000, 36)),
])
def test_amounts_are_normalised_to_a_month(amount, interval, count, monthly):
    assert monthly_amount(amount, interval, count) == monthly


def test_published_mrr_example():
    assert 100 * monthly_amount(100, "month", 1) + 50 * monthly_amount(600, "year", 1) == 12_500
    with pytest.raises(ValueError, match="decade"):
        monthly_amount(1, "decade", 1)


@given(amount=st.integers(-10**8, 10**8), start=st.integers(0, 4 * 10**9),
       length=st.integers(0, 10**8))
def test_months_add_up_to_the_amount_and_share_its_sign(amount, start, length):
    months = schedule(amount, start, start + length)
    assert sum(earned for _, earned in months) == amount
    assert all(earned == 0 or (earned > 0) == (amount > 0) for _, earned in months)
    assert all(month == month_start(month) for month, _ in months)

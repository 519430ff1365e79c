from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.calendar import (
    add_intervals,
    anchor_from_config,
    interval_at_most,
    interval_seconds_rank,
    intervals_compatible,
    longest_interval,
    next_boundary,
    period_containing,
    shortest,
    utc_date,
)

from .moments import at, day

moments = st.integers(at("1975-01-01"), at("2110-01-01"))
lengths = st.one_of(
    st.tuples(st.just("day"), st.integers(1, 1095)),
    st.tuples(st.just("week"), st.integers(1, 156)),
    st.tuples(st.just("month"), st.integers(1, 36)),
    st.tuples(st.just("year"), st.integers(1, 3)),
)


@pytest.mark.parametrize(("anchor", "interval", "count", "days"), [
    pytest.param("2024-01-31", "month", 1,
                 ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"],
                 id="the 31st in a leap year"),
    pytest.param("2023-01-31", "month", 1, ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"],
                 id="the 31st in a common year"),
    pytest.param("2023-01-30", "month", 1, ["2023-01-30", "2023-02-28", "2023-03-30"],
                 id="the 30th"),
    pytest.param("2024-02-29", "year", 1,
                 ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
                 id="a yearly leap day"),
    pytest.param("2099-02-28", "year", 1, ["2099-02-28", "2100-02-28"], id="2100 is common"),
    pytest.param("2024-11-30", "month", 3, ["2024-11-30", "2025-02-28", "2025-05-30"],
                 id="a quarter across the year's end"),
    pytest.param("2024-02-26", "week", 2, ["2024-02-26", "2024-03-11"], id="two weeks"),
    pytest.param("2024-02-28", "day", 1, ["2024-02-28", "2024-02-29", "2024-03-01"], id="days"),
])
def test_boundaries_are_counted_from_the_anchor(anchor, interval, count, days):
    found = [add_intervals(at(anchor), interval, count, n) for n in range(len(days))]
    assert [day(t) for t in found] == days


@given(anchor=moments, length=lengths, n=st.integers(-24, 24))
def test_no_interval_ends_later_than_the_longest_that_begins_with_it(anchor, length, n):
    start, end = (add_intervals(anchor, *length, each) for each in (n, n + 1))
    latest = longest_interval(start, *length)
    assert end <= latest
    if day(start)[8:] < "28":
        assert end == latest


@pytest.mark.parametrize(("start", "interval", "end"), [
    ("2026-02-28", "month", "2026-03-31"), ("2026-02-27", "month", "2026-03-27"),
    ("2026-04-30", "month", "2026-05-31"), ("2026-02-28", "year", "2027-02-28"),
    ("2027-02-28", "year", "2028-02-29"), ("2026-02-28", "week", "2026-03-07"),
])
def test_the_longest_interval_from_the_end_of_a_month_ends_with_one(start, interval, end):
    assert longest_interval(at(start), interval, 1) == at(end)


def test_boundaries_keep_the_time_of_day():
    assert add_intervals(at("2024-01-31T23:59:59"), "month", 1, 1) == at("2024-02-29T23:59:59")


def test_boundaries_extend_before_the_anchor():
    assert add_intervals(at("2024-03-31"), "month", 1, -1) == at("2024-02-29")
    assert period_containing(at("2024-02-10"), at("2024-03-31"), "month", 1) == (
        at("2024-01-31"), at("2024-02-29"))


def test_a_moment_on_a_boundary_belongs_to_the_period_it_begins():
    anchor = at("2024-01-31T10:00")
    assert period_containing(anchor, anchor, "month", 1) == (anchor, at("2024-02-29T10:00"))
    assert next_boundary(at("2024-02-29T10:00"), anchor, "month", 1) == at("2024-03-31T10:00")
    assert next_boundary(at("2024-02-29T09:59:59"), anchor, "month", 1) == at("2024-02-29T10:00")


@given(anchor=moments, t=moments, length=lengths)
def test_the_period_around_a_moment_contains_it(anchor, t, length):
    start, end = period_containing(t, anchor, *length)
    assert start <= t < end


@given(anchor=moments, t=moments, length=lengths)
def test_periods_chain_without_gap_or_overlap(anchor, t, length):
    start, end = period_containing(t, anchor, *length)
    assert period_containing(end, anchor, *length)[0] == end
    assert period_containing(start - 1, anchor, *length)[1] == start


@given(anchor=moments, length=lengths, n=st.integers(-20, 20))
def test_counted_boundaries_are_the_periods_boundaries(anchor, length, n):
    boundary = add_intervals(anchor, *length, n)
    assert period_containing(boundary, anchor, *length) == (
        boundary, add_intervals(anchor, *length, n + 1))


@given(anchor=moments, months=st.integers(-40, 40))
def test_a_month_boundary_has_the_anchor_day_or_the_month_end(anchor, months):
    boundary = add_intervals(anchor, "month", 1, months)
    moved, fixed = (datetime.fromtimestamp(t, UTC) for t in (boundary, anchor))
    assert moved.time() == fixed.time()
    tomorrow = datetime.fromtimestamp(boundary + 86_400, UTC)
    assert moved.day == fixed.day or (moved.day < fixed.day and tomorrow.month != moved.month)


@given(t=moments)
def test_the_calendar_day_is_the_utc_day(t):
    on = datetime.fromtimestamp(t, UTC)
    assert utc_date(t) == (on.year, on.month, on.day)


def test_an_unknown_interval_or_count_is_refused():
    with pytest.raises(ValueError, match="fortnight"):
        add_intervals(0, "fortnight", 1, 1)
    with pytest.raises(ValueError, match="at least 1"):
        period_containing(0, 0, "month", 0)


@pytest.mark.parametrize(("created", "interval", "count", "config", "anchor", "first"), [
    pytest.param("2026-02-10T08:00:05", "month", 1, (15, None, None, None, None),
                 "2026-02-15T08:00:05", "2026-02-15T08:00:05", id="this month, creation's time"),
    pytest.param("2026-02-20", "month", 1, (15, None, None, None, None),
                 "2026-03-15", "2026-03-15", id="next month"),
    pytest.param("2026-02-15T10:00", "month", 1, (15, None, 9, 0, 0),
                 "2026-03-15T09:00", "2026-03-15T09:00", id="today, but already past"),
    pytest.param("2026-02-15T10:00", "month", 1, (15, None, 17, 30, 10),
                 "2026-02-15T17:30:10", "2026-02-15T17:30:10", id="later today"),
    pytest.param("2026-02-10", "month", 1, (31, None, None, None, None),
                 "2026-03-31", "2026-02-28", id="the 31st of a short month"),
    pytest.param("2026-02-10", "month", 2, (31, None, None, None, None),
                 "2026-08-31", "2026-02-28", id="the 31st every two months"),
    pytest.param("2026-04-10", "year", 1, (1, 3, None, None, None),
                 "2027-03-01", "2027-03-01", id="a month of next year"),
    pytest.param("2026-01-10", "year", 1, (29, 2, None, None, None),
                 "2028-02-29", "2026-02-28", id="a leap day"),
    pytest.param("2026-01-10", "year", 1, (31, 2, None, None, None),
                 "2026-02-28", "2026-02-28", id="a day that never comes"),
    pytest.param("2026-12-31T12:00", "month", 1, (31, None, None, None, None),
                 "2026-12-31T12:00", "2027-01-31T12:00", id="exactly now"),
])
def test_anchor_config_finds_the_next_match(created, interval, count, config, anchor, first):
    found = anchor_from_config(at(created), interval, *config, interval_count=count)
    assert found == at(anchor)
    assert next_boundary(at(created), found, interval, count) == at(first)


@given(created=moments, day_of_month=st.integers(1, 31), month=st.none() | st.integers(1, 12),
       count=st.integers(1, 12))
def test_the_first_full_invoice_is_within_a_period_of_creation(created, day_of_month, month, count):
    anchor = anchor_from_config(created, "month", day_of_month, month, None, None, None, count)
    assert anchor >= created
    first = next_boundary(created, anchor, "month", count)
    # From a clamped month end to the end of a longer month can be three days more.
    assert first <= add_intervals(created, "month", count, 1) + 3 * 86_400


def test_anchor_config_refuses_weeks():
    with pytest.raises(ValueError, match="monthly or yearly"):
        anchor_from_config(0, "week", 1, None, None, None, None)


@pytest.mark.parametrize(("intervals", "compatible"), [
    ([("month", 1), ("month", 3)], True),
    ([("month", 1), ("year", 1)], True),
    ([("day", 1), ("week", 1)], True),
    ([("week", 2), ("week", 4)], True),
    ([("month", 2), ("month", 4), ("month", 6)], True),
    ([("month", 2), ("month", 3)], False),
    ([("week", 1), ("month", 1)], False),
    ([("day", 2), ("week", 1)], False),
    ([("month", 5), ("year", 1)], False),
    ([("year", 1)], True),
    ([], True),
])
def test_mixed_intervals_are_multiples_of_the_shortest(intervals, compatible):
    assert intervals_compatible(intervals) is compatible


def test_the_shortest_interval_is_found_across_units():
    assert shortest([("year", 1), ("month", 3), ("month", 6)]) == ("month", 3)
    assert shortest([("week", 5), ("month", 1), ("day", 20)]) == ("day", 20)
    assert interval_seconds_rank("month", 12) == interval_seconds_rank("year", 1)


@pytest.mark.parametrize(("interval", "count", "allowed"), [
    ("year", 3, True), ("year", 4, False), ("month", 36, True), ("month", 37, False),
    ("week", 156, True), ("week", 157, False), ("day", 1095, True), ("day", 1096, False),
])
def test_an_interval_is_three_years_at_most(interval, count, allowed):
    assert interval_at_most(interval, count) is allowed


def test_a_pending_item_interval_is_one_year_at_most():
    assert interval_at_most("month", 12, years=1)
    assert not interval_at_most("month", 13, years=1)

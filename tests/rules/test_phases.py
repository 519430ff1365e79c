"""Phases are contiguous, keep the anchor's day and say which one does not fit."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.phases import Plan, Span, UnfitPhase, after, lay, place_at, renewed, times
from rules.moments import at

MONTH = ("month", 1)
MOMENTS = st.integers(min_value=at("2001-01-01"), max_value=at("2060-01-01"))
LENGTHS = st.tuples(st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 24))


@pytest.mark.parametrize(
    ("start", "length", "anchor", "end"),
    [
        pytest.param("2024-01-01", MONTH, "2024-01-01", "2024-02-01", id="a month"),
        pytest.param("2024-02-29", MONTH, "2024-01-31", "2024-03-31", id="back to the 31st"),
        pytest.param("2024-02-29", MONTH, "2024-02-29", "2024-03-29", id="anchored on the 29th"),
        pytest.param("2024-02-29", ("year", 1), "2024-02-29", "2025-02-28", id="no leap day"),
        pytest.param("2023-02-28", ("year", 1), "2020-02-29", "2024-02-29", id="leap day again"),
        pytest.param("2024-01-10", MONTH, "2024-01-31", "2024-02-10", id="off the anchor's day"),
        pytest.param("2024-01-30", ("week", 2), "2024-01-01", "2024-02-13", id="two weeks"),
    ],
)
def test_after(start, length, anchor, end):
    assert after(at(start), length, at(anchor)) == at(end)


def test_phases_follow_each_other():
    plans = [
        Plan(MONTH, duration=("month", 3)),
        Plan(MONTH, end=at("2024-06-15")),
        Plan(MONTH),
    ]
    assert lay(plans, at("2024-01-31"), at("2024-01-31")) == [
        Span(at("2024-01-31"), at("2024-04-30")),
        Span(at("2024-04-30"), at("2024-06-15")),
        Span(at("2024-06-15"), at("2024-07-15")),
    ]


def test_a_phase_without_length_ends_where_the_next_one_must_begin():
    plans = [Plan(MONTH), Plan(MONTH, start=at("2024-01-11"))]
    assert lay(plans, at("2024-01-01"), at("2024-01-01"))[0].end == at("2024-01-11")


def test_a_reset_anchor_counts_for_later_phases():
    plans = [Plan(MONTH, end=at("2024-02-29")), Plan(MONTH, resets=True), Plan(MONTH)]
    spans = lay(plans, at("2024-01-31"), at("2024-01-31"))
    assert spans[-1] == Span(at("2024-03-29"), at("2024-04-29"))


@pytest.mark.parametrize(
    ("plans", "place", "field"),
    [
        ([Plan(MONTH, end=at("2024-02-01")), Plan(MONTH, start=at("2024-02-02"))], 1, "start_date"),
        ([Plan(MONTH), Plan(MONTH, end=at("2024-01-15"))], 1, "end_date"),
        ([Plan(MONTH, end=at("2024-01-01"))], 0, "end_date"),
    ],
)
def test_a_phase_that_does_not_fit_is_named(plans, place, field):
    with pytest.raises(UnfitPhase) as error:
        lay(plans, at("2024-01-01"), at("2024-01-01"))
    assert (error.value.place, error.value.field) == (place, field)


@given(MOMENTS, st.lists(LENGTHS, min_size=1, max_size=10))
def test_phases_leave_no_gap_and_hold_every_moment_once(start, lengths):
    spans = lay([Plan(MONTH, duration=each) for each in lengths], start, start)
    assert spans[0].start == start
    assert all(one.end == other.start for one, other in pairwise(spans))
    for place, span in enumerate(spans):
        assert place_at(spans, span.start) == place
        assert place_at(spans, span.end - 1) == place
    assert place_at(spans, spans[-1].end) is None


@given(MOMENTS, st.integers(1, 36))
def test_a_length_many_times_is_as_long_as_its_steps(start, count):
    end = start
    for _ in range(count):
        end = after(end, MONTH, start)
    assert end == after(start, times(MONTH, count), start)


@pytest.mark.parametrize(("start", "end", "anchor", "again"), [
    pytest.param("2026-01-31", "2026-02-28", "2026-01-31", "2026-03-31", id="month ends"),
    pytest.param("2026-02-28", "2026-03-31", "2026-01-31", "2026-04-30", id="from a short month"),
    pytest.param("2026-01-15", "2027-01-15", "2026-01-15", "2028-01-15", id="years"),
    pytest.param("2026-01-15", "2026-02-02", "2026-01-15", "2026-02-20", id="days"),
])
def test_a_span_is_renewed_for_as_long_as_it_was(start, end, anchor, again):
    found = renewed(Span(at(start), at(end)), at(anchor))
    assert found == Span(at(end), at(again))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.months import (
    day_start,
    month_after,
    month_edges,
    month_start,
    names,
    parse_month,
)
from prorata.rules.recognition import EARLIER, Booking, Months, Waterfall, spread
from prorata.rules.revenue import split_by_recognition

from .moments import at

EDGES = month_edges(at("2026-01-01"), at("2026-07-01"))
SECONDS = st.integers(at("2025-10-01"), at("2026-10-01"))


@st.composite
def bookings(draw: st.DrawFn) -> Booking:
    start = draw(SECONDS)
    end = start + draw(st.one_of(st.just(0), st.integers(1, 400 * 86_400)))
    booked_at = draw(SECONDS)
    amount = draw(st.integers(-10**7, 10**7))
    accrued: tuple[tuple[int, int], ...] = ()
    if end > start and draw(st.booleans()):
        middle = draw(st.integers(start + 1, end))
        used = draw(st.integers(0, 50))
        accrued = ((middle, used), (end, used + draw(st.integers(1, 50))))
    return Booking(amount, booked_at, start, end, accrued)


def booked(amount: int, on: str, start: str, end: str) -> Booking:
    return Booking(amount, at(on), at(start), at(end))


def test_the_published_waterfall() -> None:
    edges = month_edges(at("2026-07-01"), at("2026-10-01"))
    waterfall, months = Waterfall(edges), Months(edges)
    billed = booked(3100, "2026-07-14", "2026-07-21", "2026-08-21")
    voided = booked(-3100, "2026-09-12", "2026-07-21", "2026-08-21")
    for each in (billed, voided):
        waterfall.add(each)
        months.add(each, taken_back=each.amount < 0)
    assert waterfall.rows[1:4] == [[0, 1100, 2000, 0, 0], [0] * 5, [0, 0, 0, -3100, 0]]
    assert months.recognized == [1100, 2000, -3100]
    assert months.deferred == [2000, 0, 0]
    assert (months.revenue, months.contra) == ([1100, 2000, 0], [0, 0, -3100])


def test_the_published_credit_note() -> None:
    edges = month_edges(at("2026-01-01"), at("2026-04-01"))
    months = Months(edges)
    months.add(booked(9000, "2026-01-01", "2026-01-01", "2026-04-01"), taken_back=False)
    months.add(booked(-4500, "2026-02-01", "2026-01-01", "2026-04-01"), taken_back=True)
    assert months.contra == [0, -1550, 0]
    assert months.deferred == [5900, 1550, 0]
    assert sum(months.recognized) == 4500


def test_the_published_usage_is_earned_before_it_is_billed() -> None:
    edges = month_edges(at("2026-01-01"), at("2026-03-01"))
    used = ((at("2026-02-01"), 15), (at("2026-02-15"), 32))
    months = Months(edges)
    months.add(
        Booking(3200, at("2026-02-15"), at("2026-01-15"), at("2026-02-15"), used),
        taken_back=False,
    )
    assert months.recognized == [1500, 1700]
    assert months.deferred == [-1500, 0]


def test_what_changes_no_sum_and_belongs_to_a_closed_month_is_something_to_tell() -> None:
    months = Months(month_edges(at("2026-01-01"), at("2026-03-01")))
    assert months.empty
    second = at("2026-02-10")
    months.add(Booking(900, second, second, second), taken_back=False)
    months.add(Booking(-900, second, second, second, belated=-900), taken_back=False)
    assert months.recognized == [0, 0]
    assert not months.empty and months.corrections == [0, -900]


def test_an_upgrade_on_day_21_of_30() -> None:
    edges = month_edges(at("2026-04-01"), at("2026-05-01"))
    months = Months(edges)
    for amount, on in ((9000, "2026-04-01"), (-3000, "2026-04-21"), (4000, "2026-04-21")):
        months.add(booked(amount, on, on, "2026-05-01"), taken_back=False)
    assert months.recognized == [10_000]


@given(booking=bookings())
def test_parts_add_up_to_the_amount_and_are_in_order(booking: Booking) -> None:
    parts = spread(booking, EDGES)
    assert sum(amount for _, amount in parts) == booking.amount
    places = [place for place, _ in parts]
    assert places == sorted(set(places))
    assert all(EARLIER <= place < len(EDGES) for place in places)


@given(found=st.lists(st.tuples(bookings(), st.booleans()), max_size=12))
def test_what_is_recognized_and_deferred_is_what_was_billed(
    found: list[tuple[Booking, bool]]
) -> None:
    months = Months(EDGES)
    for booking, taken_back in found:
        months.add(booking, taken_back=taken_back and not booking.accrued)
    for place, edge in enumerate(EDGES[1:]):
        billed = sum(each.amount for each, _ in found if each.booked_at < edge)
        earned = sum(each.earned_before(edge) for each, _ in found)
        assert months.deferred[place] == billed - earned
    start = EDGES[0]
    assert months.opening == sum(
        (each.amount if each.booked_at < start else 0) - each.earned_before(start)
        for each, _ in found
    )
    assert sum(months.recognized) == sum(
        each.earned_before(EDGES[-1]) - each.earned_before(start) for each, _ in found
    )


@given(found=st.lists(bookings(), max_size=12))
def test_a_waterfalls_rows_and_columns_add_up(found: list[Booking]) -> None:
    waterfall, months = Waterfall(EDGES), Months(EDGES)
    for booking in found:
        waterfall.add(booking)
        months.add(booking, taken_back=False)
    assert waterfall.totals[1:-1] == months.recognized
    for place, edge in enumerate(EDGES[1:], 1):
        wanted = sum(each.amount for each in found if EDGES[place - 1] <= each.booked_at < edge)
        assert sum(waterfall.rows[place]) == wanted


@given(booking=bookings(), back=st.integers(0, 10**7))
def test_what_is_taken_back_bears_what_was_earned(booking: Booking, back: int) -> None:
    taken = Booking(-back, booking.booked_at, booking.start, booking.end)
    earned, deferred = split_by_recognition(back, taken.start, taken.end, taken.booked_at)
    assert (taken.earned_when_booked, taken.amount - taken.earned_when_booked) == (
        -earned, -deferred,
    )  # fmt: skip


def test_months_follow_their_time_zone() -> None:
    vienna = "Europe/Vienna"
    assert parse_month("2026-04", vienna) == at("2026-04-01") - 7200
    edges = month_edges(at("2026-02-28"), at("2026-05-02"), vienna)
    assert names(edges, vienna) == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert month_after(at("2026-11-15"), vienna, 2) == at("2027-01-01") - 3600
    assert month_start(at("2026-03-31") + 82_800, vienna) == at("2026-04-01") - 7200
    assert day_start(at("2026-03-29") + 70_000, vienna) == at("2026-03-29") - 3600


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "a\0b"])
def test_an_unknown_time_zone_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        month_start(0, name)


def test_a_span_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="before"):
        month_edges(5, 5)

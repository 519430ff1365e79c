from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.calendar import add_intervals, period_containing
from prorata.rules.proration import prorate, round_half_down, share

from .moments import at


@pytest.mark.parametrize(("value", "rounded"), [
    ("-2.5", -3), ("4.5", 4), ("7.5", 7), ("-1935.48", -1935), ("7741.94", 7742),
    ("24999.997", 25000), ("0", 0), ("-0.5", -1), ("0.5", 0), ("-0.4", 0),
])
def test_an_exact_half_goes_down(value, rounded):
    assert round_half_down(Decimal(value)) == rounded
    assert round_half_down(Fraction(value)) == rounded


@pytest.mark.parametrize(("amount", "prorated"), [(-1000, -166), (3252, 541)])
def test_published_change_of_price(amount, prorated):
    assert prorate(amount, 1596749288, 1599427688, 1598982148) == prorated


@pytest.mark.parametrize(("amount", "prorated"), [(-1000, -3), (1800, 4), (3000, 7)])
def test_recorded_ties_at_a_four_hundredth(amount, prorated):
    assert share(amount, 1, 400) == prorated


@pytest.mark.parametrize(("old", "new", "credit", "debit"), [
    pytest.param(1000, 2000, -333, 667, id="up with a third left"),
    pytest.param(2000, 1000, -667, 333, id="down with a third left"),
])
def test_a_third_of_the_month(old, new, credit, debit):
    assert (prorate(-old, 0, 3000, 2000), prorate(new, 0, 3000, 2000)) == (credit, debit)


@pytest.mark.parametrize(("start", "end", "numerator", "denominator"), [
    ("2026-02-15", "2026-03-01", 14, 28), ("2026-01-15", "2026-02-01", 17, 31),
])
def test_a_backdated_stub_is_measured_on_an_interval_from_its_start(
    start, end, numerator, denominator
):
    imagined = add_intervals(at(start), "month", 1, 1)
    length = imagined - at(start)
    assert Fraction(at(end) - at(start), length) == Fraction(numerator, denominator)
    assert share(8680, at(end) - at(start), length) == share(8680, numerator, denominator)


def test_a_stub_to_the_anchor_is_measured_on_the_interval_that_ends_there():
    start, end = period_containing(at("2026-04-22"), at("2026-05-01"), "month", 1)
    assert (start, end) == (at("2026-04-01"), at("2026-05-01"))
    assert prorate(3000, start, end, at("2026-04-22")) == 900


def test_half_a_year_of_a_yearly_price():
    start, end = at("2026-01-01"), at("2027-01-01")
    kept = share(12000, at("2026-07-02") - start, end - start)
    assert kept == 5984
    assert share(12000, 1, 2) == 6000


@pytest.mark.parametrize("at_", [99, 201])
def test_a_moment_outside_of_the_period_is_refused(at_):
    with pytest.raises(ValueError, match="outside"):
        prorate(1000, 100, 200, at_)


def test_an_empty_period_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        prorate(1000, 100, 100, 100)


periods = st.tuples(
    st.integers(1_600_000_000, 1_900_000_000), st.integers(1, 100_000_000)
).flatmap(lambda p: st.tuples(st.just(p[0]), st.just(p[0] + p[1]),
                              st.integers(p[0], p[0] + p[1])))
amounts = st.integers(-10**9, 10**9)


@given(amount=amounts, period=periods)
def test_the_whole_period_is_the_whole_amount(amount, period):
    start, end, _ = period
    assert prorate(amount, start, end, start) == amount
    assert prorate(amount, start, end, end) == 0


@given(amount=amounts, period=periods)
def test_a_change_to_the_same_amount_nets_to_nothing_or_one_below(amount, period):
    net = prorate(-amount, *period) + prorate(amount, *period)
    assert net in (0, -1)


@given(amount=amounts, period=periods)
def test_used_and_unused_time_differ_from_the_amount_by_a_unit_at_most(amount, period):
    start, end, moment = period
    used = share(amount, moment - start, end - start)
    assert amount - used - prorate(amount, *period) in (0, 1)


@given(amount=amounts, period=periods)
def test_prorations_are_exact_to_half_a_unit(amount, period):
    start, end, moment = period
    exact = Fraction(amount * (end - moment), end - start)
    assert abs(prorate(amount, *period) - exact) <= Fraction(1, 2)
    assert prorate(Fraction(amount), *period) == prorate(amount, *period)
    assert prorate(Decimal(amount), *period) == prorate(amount, *period)

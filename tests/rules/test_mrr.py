from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.ageing import BUCKETS, bucket, days_overdue
from prorata.rules.mrr import MOVEMENTS, Change, Window, changes, item_mrr, movement

DAY = 86_400


@pytest.mark.parametrize(("before", "after", "known", "what"), [
    (0, 100, False, "new"),
    (0, 100, True, "reactivation"),
    (100, 150, True, "expansion"),
    (150, 100, True, "contraction"),
    (100, 0, True, "churn"),
    (100, 100, True, None),
    (0, 0, False, None),
])
def test_what_a_change_is(before: int, after: int, known: bool, what: str | None) -> None:
    assert movement(before, after, known=known) == what


def test_levels_of_one_moment_are_one_change() -> None:
    # A plan is left for another on the same day: neither churn nor a new customer.
    assert changes([(0, 100), (DAY, 0), (DAY, 300), (2 * DAY, 0), (3 * DAY, 50)]) == [
        Change(0, 0, 100, "new"), Change(DAY, 100, 300, "expansion"),
        Change(2 * DAY, 300, 0, "churn"), Change(3 * DAY, 0, 50, "reactivation"),
    ]  # fmt: skip


LEVELS = st.lists(
    st.tuples(st.integers(0, 60 * DAY), st.integers(-10, 500)), max_size=12
).map(sorted)


@given(customers=st.lists(LEVELS, max_size=6))
def test_movements_are_the_difference_of_mrr(customers: list[list[tuple[int, int]]]) -> None:
    windows = [Window(a, b) for a, b in pairwise(range(0, 80 * DAY, 10 * DAY))]
    for levels in customers:
        found = changes(levels)
        for window in windows:
            window.add(found)
    for window in windows:
        assert window.net == window.closing - window.opening
        counted = window.counted
        assert window.subscribers == (
            window.subscribers_before + counted["new"] + counted["reactivation"] - counted["churn"]
        )
        assert 0 <= window.kept <= min(window.opening, window.retained)
    for earlier, later in pairwise(windows):
        assert (earlier.closing, earlier.subscribers) == (later.opening, later.subscribers_before)
    whole = Window(0, 70 * DAY)
    for levels in customers:
        whole.add(changes(levels))
    for each in MOVEMENTS:
        assert whole.moved[each] == sum(window.moved[each] for window in windows)


def window_of(opening: int, per_customer: int, new: int, churned: int) -> Window:
    window = Window(DAY, 31 * DAY)
    for number in range(opening):
        levels = [(0, per_customer)]
        if number < churned:
            levels.append((2 * DAY, 0))
        window.add(changes(levels))
    for _ in range(new):
        window.add(changes([(3 * DAY, per_customer)]))
    return window


def test_the_published_churn_rate() -> None:
    window = window_of(1000, 100, 100, 100)
    assert window.subscriber_churn == Fraction(100, 1100)


def test_the_published_lifetime_value() -> None:
    window = window_of(91, 50_000, 9, 9)
    assert (window.subscriber_churn, window.per_subscriber) == (Fraction(9, 100), 50_000)
    assert window.lifetime_value == Fraction(50_000 * 100, 9)


def test_rates_of_nothing_are_none() -> None:
    window = Window(0, DAY)
    assert window.subscriber_churn is window.net_retention is window.lifetime_value is None
    assert window.per_subscriber is window.trial_conversion is None
    assert window_of(5, 100, 0, 0).lifetime_value is None


def test_an_items_worth_is_rounded_once() -> None:
    assert item_mrr(60_000, "year", 1) == 5000
    assert item_mrr(100, "year", 1) == 8
    assert item_mrr(1200, "week", 1) == 5200


@pytest.mark.parametrize(("late", "days", "where"), [
    (-1, 0, "not_due"), (0, 0, "not_due"), (1, 1, "days_1_30"), (30 * DAY, 30, "days_1_30"),
    (30 * DAY + 1, 31, "days_31_60"), (60 * DAY + 1, 61, "days_61_90"),
    (90 * DAY, 90, "days_61_90"), (90 * DAY + 1, 91, "days_over_90"),
])  # fmt: skip
def test_debts_have_an_age(late: int, days: int, where: str) -> None:
    assert (days_overdue(1000, 1000 + late), bucket(1000, 1000 + late)) == (days, where)
    assert where in BUCKETS

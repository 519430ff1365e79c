"""Revenue: when a billed amount is earned, and what a recurring amount is worth a month."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from prorata.rules.calendar import add_intervals, utc_date
from prorata.rules.rounding import ratio_half_up

# How many of an interval there are in a year, for amounts normalised to a month.
_PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


def recognized(amount: int, start: int, end: int, until: int) -> int:
    """Return how much of an amount over [start, end) is earned before `until`, in minor units.

    Earned evenly by the second, a half away from zero. An amount without a period (end at or
    before start) is earned at its start.
    """
    if until >= end:
        return amount if until >= start else 0
    if until <= start:
        return 0
    return ratio_half_up(amount * (until - start), end - start)


def schedule(amount: int, start: int, end: int) -> list[tuple[int, int]]:
    """Return (first second of a UTC month, minor units earned in it) for [start, end).

    The months add up to the amount: each is the step of what is earned by its end, so that
    rounding never gathers in the last one.
    """
    month = month_start(start)
    if end <= start:
        return [(month, amount)]
    result = []
    before = 0
    while month < end:
        following = add_intervals(month, "month", 1, 1)
        earned = recognized(amount, start, end, following)
        result.append((month, earned - before))
        before = earned
        month = following
    return result


def split_by_recognition(amount: int, start: int, end: int, at: int) -> tuple[int, int]:
    """Return (earned, deferred) parts of an amount taken back from a line of [start, end) at `at`.

    How a credit note, refund, void or write-off divides between revenue and what is deferred;
    what has no period was revenue at once.
    """
    if end <= start:
        return amount, 0
    earned = recognized(amount, start, end, at)
    return earned, amount - earned


def monthly_amount(amount: int | Decimal, interval: str, count: int) -> Fraction:
    """Return the monthly worth (MRR) of an amount each `count` intervals, exact in minor units.

    A year is twelve months, 52 weeks or 365 days. Raises ValueError for an unknown interval.
    """
    if interval not in _PER_YEAR:
        raise ValueError(f"unknown interval {interval!r}: use day, week, month or year")
    return Fraction(amount) * _PER_YEAR[interval] / (12 * count)


def month_start(t: int) -> int:
    """Return the first second of the UTC month that contains t."""
    return t - t % 86_400 - (utc_date(t)[2] - 1) * 86_400

"""Calendar: billing boundaries counted from an anchor, in UTC seconds.

Every boundary is computed from the anchor's own day, never from the boundary before it, so a
subscription of January 31 comes back to the 31st after a shorter month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

DAY_SECONDS = 86_400

_EPOCH = date(1970, 1, 1).toordinal()
_FIXED = {"day": DAY_SECONDS, "week": 7 * DAY_SECONDS}
_MONTHS = {"month": 1, "year": 12}
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_AT_MOST_PER_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}
# A mean Gregorian month; used only to put intervals of different families in order.
_MONTH_SECONDS = 2_629_746

INTERVALS = ("day", "week", "month", "year")


def _months(interval: str, count: int) -> int:
    try:
        return _MONTHS[interval] * count
    except KeyError:
        raise ValueError(f"unknown interval {interval!r}: use day, week, month or year") from None


def _month_days(year: int, month: int) -> int:
    """Return the days of a month, 0 for January to 11 for December."""
    if month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_DAYS[month]


def _at(months: int, day: int, clock: int) -> int:
    """Return the second of `day` (clamped to the month's end) at `clock` in a counted month."""
    year, month = divmod(months, 12)
    if day > 28:
        day = min(day, _month_days(year, month))
    return (date(year, month + 1, day).toordinal() - _EPOCH) * DAY_SECONDS + clock


def _split(t: int) -> tuple[int, int, int]:
    """Return a second as (months counted from year 0, day of the month, second of the day)."""
    days, clock = divmod(t, DAY_SECONDS)
    on = date.fromordinal(days + _EPOCH)
    return on.year * 12 + on.month - 1, on.day, clock


def utc_date(t: int) -> tuple[int, int, int]:
    """Return the UTC (year, month, day) of a second, months and days from 1."""
    on = date.fromordinal(t // DAY_SECONDS + _EPOCH)
    return on.year, on.month, on.day


def add_intervals(anchor: int, interval: str, count: int, n: int) -> int:
    """Return anchor + n × count intervals, clamped to month end, keeping the anchor's day.

    n may be negative. Raises ValueError for an unknown interval or a year outside 1–9999.
    """
    seconds = _FIXED.get(interval)
    if seconds is not None:
        return anchor + seconds * count * n
    step = _months(interval, count)
    months, day, clock = _split(anchor)
    return _at(months + step * n, day, clock)


def longest_interval(start: int, interval: str, count: int) -> int:
    """Return the latest second at which an interval from a start may end, whatever its anchor.

    What begins on the last day of a shorter month may end on a later day of the next.
    """
    if interval in _FIXED:
        return add_intervals(start, interval, count, 1)
    months, day, clock = _split(start)
    if day == _month_days(*divmod(months, 12)):
        day = 31
    return _at(months + _months(interval, count), day, clock)


def period_containing(t: int, anchor: int, interval: str, count: int) -> tuple[int, int]:
    """Return the period [start, end) around t among those that the anchor begins.

    t may lie before the anchor: periods extend backwards from it in the same way.
    """
    if count < 1:
        raise ValueError(f"interval count must be at least 1, not {count}")
    seconds = _FIXED.get(interval)
    if seconds is not None:
        seconds *= count
        start = anchor + (t - anchor) // seconds * seconds
        return start, start + seconds
    step = _months(interval, count)
    first, day, clock = _split(anchor)
    now = date.fromordinal(t // DAY_SECONDS + _EPOCH)
    months = first + (now.year * 12 + now.month - 1 - first) // step * step
    start = _at(months, day, clock)
    # The boundary of t's own month may still lie ahead of t; no other one can be on a wrong side.
    if start > t:
        return _at(months - step, day, clock), start
    return start, _at(months + step, day, clock)


def next_boundary(t: int, anchor: int, interval: str, count: int) -> int:
    """Return the first boundary strictly after t."""
    return period_containing(t, anchor, interval, count)[1]


def anchor_from_config(
    created: int,
    interval: str,
    day_of_month: int,
    month: int | None,
    hour: int | None,
    minute: int | None,
    second: int | None,
    interval_count: int = 1,
) -> int:
    """Return the anchor of a billing_cycle_anchor_config: its next match at or after `created`.

    Unset parts of the time are those of `created`. Where the first matching month is too short
    for the day, the anchor is the first later boundary that has it, so that it keeps the day; the
    first full invoice is then `next_boundary(created, anchor, …)`, within one period. A day that
    no boundary can have (February 30) is the month's last. Raises ValueError for days and weeks.
    """
    if interval not in _MONTHS:
        raise ValueError("billing_cycle_anchor_config needs a monthly or yearly interval")
    clock = created % DAY_SECONDS
    clock = (
        (clock // 3600 if hour is None else hour) * 3600
        + (clock // 60 % 60 if minute is None else minute) * 60
        + (clock % 60 if second is None else second)
    )
    months = _split(created)[0]
    stride = 1
    if month is not None:
        months += (month - 1 - months) % 12
        stride = 12
    while _at(months, day_of_month, clock) < created:
        months += stride
    step = _months(interval, interval_count)
    # Eight years see every length that a month of this series can have.
    for later in range(months, months + 12 * 8 + 1, step):
        if day_of_month <= _month_days(*divmod(later, 12)):
            return _at(later, day_of_month, clock)
    return _at(months, day_of_month, clock)


def interval_seconds_rank(interval: str, count: int) -> int:
    """Return a length in seconds that puts intervals in order (months by their mean length)."""
    seconds = _FIXED.get(interval)
    if seconds is not None:
        return seconds * count
    return _months(interval, count) * _MONTH_SECONDS


def shortest(intervals: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Return the shortest (interval, count); raise ValueError when there is none."""
    return min(intervals, key=lambda each: interval_seconds_rank(*each))


def intervals_compatible(intervals: Sequence[tuple[str, int]]) -> bool:
    """Return whether the intervals may share one subscription.

    Each must be a multiple of the shortest: 1 month + 1 year, 2 weeks + 4 weeks, but not
    2 + 3 months. Days and months never mix: a month is no fixed number of days.
    """
    if len({interval in _MONTHS for interval, _ in intervals}) > 1:
        return False
    lengths = [interval_seconds_rank(interval, count) for interval, count in intervals]
    base = min(lengths, default=1)
    return all(length % base == 0 for length in lengths)


def interval_at_most(interval: str, count: int, years: int = 3) -> bool:
    """Return whether an interval stays within `years`: 3 are 36 months, 156 weeks, 1095 days."""
    if interval not in _AT_MOST_PER_YEAR:
        raise ValueError(f"unknown interval {interval!r}: use day, week, month or year")
    return count <= _AT_MOST_PER_YEAR[interval] * years

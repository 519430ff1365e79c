"""Months: the calendar months of a time zone, as the seconds between which figures are reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# The same seconds and zones come again with every line of a report.
_CACHED = 4096


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database; raise ValueError for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


@lru_cache(maxsize=_CACHED)
def month_start(t: int, timezone: str = "Etc/UTC") -> int:
    """Return the first second of the month of a time zone that contains a second UTC."""
    local = datetime.fromtimestamp(t, zone(timezone))
    return _at(local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0))


@lru_cache(maxsize=_CACHED)
def month_after(t: int, timezone: str = "Etc/UTC", count: int = 1) -> int:
    """Return the first second of the month that comes `count` months (maybe negative) after."""
    local = datetime.fromtimestamp(month_start(t, timezone), zone(timezone))
    place = local.year * 12 + local.month - 1 + count
    return _at(datetime(place // 12, place % 12 + 1, 1, tzinfo=zone(timezone)))


def month_name(t: int, timezone: str = "Etc/UTC") -> str:
    """Return the month that contains a second UTC, such as "2026-01"."""
    return f"{datetime.fromtimestamp(t, zone(timezone)):%Y-%m}"


def month_edges(start: int, end: int, timezone: str = "Etc/UTC") -> list[int]:
    """Return start, the first seconds of all later months before end, and end.

    Raises ValueError unless start is before end.
    """
    if start >= end:
        raise ValueError("the start must be before the end")
    edges = [start]
    following = month_after(start, timezone)
    while following < end:
        edges.append(following)
        following = month_after(following, timezone)
    return [*edges, end]


@lru_cache(maxsize=_CACHED)
def day_start(t: int, timezone: str = "Etc/UTC") -> int:
    """Return the first second of the day of a time zone that contains a second UTC."""
    local = datetime.fromtimestamp(t, zone(timezone))
    return _at(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


@lru_cache(maxsize=_CACHED)
def day_after(t: int, timezone: str = "Etc/UTC") -> int:
    """Return the first second of the day of a time zone that follows that of a second UTC."""
    local = datetime.fromtimestamp(day_start(t, timezone), zone(timezone)) + timedelta(days=1)
    return _at(local.replace(fold=0))


def parse_month(text: str, timezone: str = "Etc/UTC") -> int:
    """Return the first second of a month such as "2026-01"; raise ValueError for other text."""
    return _at(datetime.strptime(text, "%Y-%m").replace(tzinfo=zone(timezone)))


def names(edges: Sequence[int], timezone: str = "Etc/UTC") -> list[str]:
    """Return what the months between these edges are called."""
    return [month_name(edge, timezone) for edge in edges[:-1]]


def _at(local: datetime) -> int:
    return int(local.astimezone(UTC).timestamp())

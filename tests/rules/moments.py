"""Moments: UTC seconds written as dates, for tests."""

from __future__ import annotations

from datetime import UTC, datetime


def at(text: str) -> int:
    """Return the UTC second of an ISO date or time: at("2024-01-31"), at("2024-01-31T09:30")."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def day(second: int) -> str:
    """Return the UTC day of a second as an ISO date."""
    return datetime.fromtimestamp(second, UTC).date().isoformat()

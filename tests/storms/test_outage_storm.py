"""A database that restarts or is full while everybody subscribes; longer by its command."""

from __future__ import annotations

from storms.outage_storm import play


def test_outages_lose_and_double_nothing(store: str) -> None:
    counted = play(1, keys=24)
    assert counted.get("skipped") or counted["subscriptions"] == 24

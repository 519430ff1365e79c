"""Processes killed at random: a short storm; longer by `python -m tests.storms kill`."""

from __future__ import annotations

from storms.kill_storm import Plan, run_kills

# What a dead worker had in hand is taken up after it; in production that takes a minute.
LEASE_SECONDS = 5


def test_workers_that_die_lose_and_double_nothing(store: str) -> None:
    said: list[str] = []
    plan = Plan(store, due=40, kills=5, seed=1, say=said.append, lease=LEASE_SECONDS)
    assert run_kills(plan) == [], said

"""Tries are counted apart, within a time, and not without bounds."""

from __future__ import annotations

import pytest

from prorata.engine.tries import Tries
from prorata.model.errors import RateLimited


def test_each_thing_has_its_own_tries_and_gets_them_back_with_time() -> None:
    tries = Tries("a-page", most=2, seconds=60)
    for _ in range(2):
        tries.count(100, "one")
    with pytest.raises(RateLimited) as refused:
        tries.count(159, "one")
    assert refused.value.reason == "a-page"
    tries.count(159, "other")
    tries.count(160, "one")


def test_what_is_refused_does_not_count() -> None:
    tries = Tries("a-page", most=1, seconds=60)
    tries.count(0, "one")
    for second in (20, 40, 59):
        with pytest.raises(RateLimited):
            tries.count(second, "one")
    tries.count(60, "one")


def test_what_was_tried_longest_ago_is_forgotten_first() -> None:
    tries = Tries("a-page", most=1, seconds=1000, kept=2)
    for what in ("first", "second", "third"):
        tries.count(0, what)
    with pytest.raises(RateLimited):
        tries.count(1, "second")
    tries.count(1, "first")

"""Test clocks move by any distance, side by side, and go on where a restart interrupted them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import client_of, stop
from .receiver import eventually

START = 1_700_000_000
YEAR = 31_557_600


def ready(client: Any, id: str) -> Any:
    def look() -> Any:
        clock = client.v1.test_helpers.test_clocks.retrieve(id)
        return clock if clock.status != "advancing" else None

    return eventually(look)


def test_a_clock_moves_by_many_years(client: Any) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    moving = client.v1.test_helpers.test_clocks.advance(
        clock.id, {"frozen_time": START + 20 * YEAR}
    )
    assert moving.status == "advancing"
    assert moving.status_details.advancing.target_frozen_time == START + 20 * YEAR
    moved = ready(client, clock.id)
    assert (moved.status, moved.frozen_time) == ("ready", START + 20 * YEAR)


def test_many_clocks_move_side_by_side(client: Any) -> None:
    clocks = [
        client.v1.test_helpers.test_clocks.create({"frozen_time": START + number})
        for number in range(10)
    ]
    for clock in clocks:
        client.v1.test_helpers.test_clocks.advance(
            clock.id, {"frozen_time": clock.frozen_time + YEAR}
        )
    for clock in clocks:
        assert ready(client, clock.id).frozen_time == clock.frozen_time + YEAR


def test_an_advance_goes_on_after_a_restart(database_url: str, start: Any) -> None:
    first = start(database_url, worker=False)
    client = client_of(first)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + YEAR})
    stop(first)

    again = client_of(start(database_url))
    assert ready(again, clock.id).status == "ready"


def test_a_clock_that_cannot_advance_says_so(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start("sqlite://")
    client = client_of(server)

    def fail(*_: Any) -> None:
        raise RuntimeError("the tape is torn")

    monkeypatch.setattr("prorata.worker.clocks.advance_clock", fail)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + YEAR})
    failed = ready(client, clock.id)
    assert failed.status == "internal_failure"
    types = {event.type for event in client.v1.events.list({"limit": 10})}
    assert "test_helpers.test_clock.internal_failure" in types

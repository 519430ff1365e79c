"""Fixtures: one Chromium for all tests of the script, a shop for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chromium import chromium, needed
from prorata.testing import RunningServer
from servers import running

needed()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as started:
        yield started


@pytest.fixture
def shop(server: RunningServer, browser: object) -> Iterator[object]:
    from script.shop import Shop

    opened = Shop(server, browser)  # type: ignore[arg-type]
    yield opened
    opened.close()

"""Fixtures: one Chromium for all tests of the script, a shop for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prorata.testing import RunningServer
from servers import running

CHROMIUM = Path("/usr/bin/chromium")

sync_api = pytest.importorskip("playwright.sync_api")

if not CHROMIUM.exists():
    pytest.skip("needs Debian's chromium", allow_module_level=True)


# Open for one module: nothing else in the process may use an event loop meanwhile.
@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield opened
        opened.close()


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

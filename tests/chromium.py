"""Chromium: the browser that the tests of pages look through; without one they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Without the windows that nobody sees, a page is opened in a quarter of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)


def needed() -> Any:
    """Return Playwright's interface; skip the module where it or a browser is missing."""
    api = pytest.importorskip("playwright.sync_api")
    if PROGRAM is None:
        pytest.skip("there is no Chromium", allow_module_level=True)
    return api


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a browser for one module: nothing else may use an event loop here meanwhile."""
    with needed().sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield opened
        opened.close()

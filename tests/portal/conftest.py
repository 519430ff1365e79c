"""What the tests of the portal share: a seller, its plans and its customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chromium import chromium
from portal.browser import DESK, PHONE, Screen
from portal.seller import Seller
from servers import running


@pytest.fixture
def seller() -> Iterator[Seller]:
    """Give a seller with a basic and a pro plan, on a server of its own."""
    with running() as server:
        yield Seller(server)


@pytest.fixture
def at() -> Any:
    """Give a seller whose server's time stands still, and what moves it."""
    with running(worker=False, now=1_800_000_000) as server:
        seller = Seller(server)

        def wait(seconds: int) -> None:
            clock = server.system.clock
            clock.move_to(clock.now() + seconds)

        yield seller, wait


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a browser for the tests of a module."""
    with chromium() as started:
        yield started


@pytest.fixture(params=[("phone", "en-US"), ("desk", "en-US")], ids=["phone", "desk"])
def screen(browser: Any, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """Give a window of the size of a phone, then of a desktop."""
    size, locale = request.param
    shown = Screen(browser, PHONE if size == "phone" else DESK, locale)
    yield shown
    shown.context.close()


@pytest.fixture
def french(browser: Any) -> Iterator[Screen]:
    """Give a window of somebody who reads French."""
    shown = Screen(browser, DESK, "fr-FR")
    yield shown
    shown.context.close()


@pytest.fixture
def desk(browser: Any) -> Iterator[Screen]:
    """Give a window of the size of a desktop."""
    shown = Screen(browser, DESK, "en-US")
    yield shown
    shown.context.close()

"""Fixtures of checkout's pages: one Chromium for all of them, a server for each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from checkout_pages.visitor import Visitor
from chromium import chromium, needed
from servers import running

needed()

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with running() as found:
        client = stripe.StripeClient(found.secret_key, base_addresses={"api": found.url})
        account = client.v1.accounts.retrieve_current()
        client.v1.accounts.update(account.id, {"business_profile": {"name": "Pixelbox"}})
        yield found


def visit(browser: Any, server: Any, shape: dict[str, Any], **options: Any) -> Iterator[Visitor]:
    """Give a visitor; what goes wrong in the browser's console fails the test."""
    context = browser.new_context(locale="en-US", **{**shape, **options})
    page = context.new_page()
    page.set_default_timeout(60_000)
    visitor = Visitor(page, server)
    page.on("pageerror", lambda error: visitor.wrongs.append(str(error)))
    page.on("console", lambda said: _heard(visitor, said))
    yield visitor
    context.close()
    assert not visitor.wrongs, visitor.wrongs


def _heard(visitor: Visitor, said: Any) -> None:
    # A decline is an answer with a status of its own, which the console notes.
    if said.type == "error" and "Failed to load resource" not in said.text:
        visitor.wrongs.append(said.text)


@pytest.fixture(params=["desktop", "phone"])
def visitor(request: pytest.FixtureRequest, browser: Any, server: Any) -> Iterator[Visitor]:
    yield from visit(browser, server, PHONE if request.param == "phone" else DESKTOP)


@pytest.fixture
def desktop(browser: Any, server: Any) -> Iterator[Visitor]:
    yield from visit(browser, server, DESKTOP)


@pytest.fixture
def phone(browser: Any, server: Any) -> Iterator[Visitor]:
    yield from visit(browser, server, PHONE)

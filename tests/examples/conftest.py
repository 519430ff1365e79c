"""Fixtures: one server, one Chromium and one shop for all journeys of a module."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from docs.pages import ROOT
from prorata.testing import RunningServer
from servers import running

OPENING_SECONDS = 120


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def billing(server: RunningServer) -> Any:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


def environment(server: RunningServer, place: Path, port: int, **more: str) -> dict[str, str]:
    """Return the environment in which a shop of the examples sells here."""
    return {
        **os.environ,
        "STRIPE_API_BASE": server.url,
        "STRIPE_SECRET_KEY": server.secret_key,
        "STRIPE_PUBLISHABLE_KEY": server.publishable_key,
        "PORT": str(port),
        "SHOP_DATABASE": str(place / "shop.data"),
        **more,
    }


@contextmanager
def opened(command: list[str], place: Path, env: dict[str, str]) -> Iterator[str]:
    """Run a shop for the length of a block; its address comes once it says that it is open."""
    url = f"http://127.0.0.1:{env['PORT']}"
    log = Path(env["SHOP_DATABASE"]).with_suffix(".log")
    with open(log, "w") as out:
        process = subprocess.Popen(command, cwd=place, env=env, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + OPENING_SECONDS
        while f"is open: {url}" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(OPENING_SECONDS)
    assert "Traceback" not in log.read_text(), log.read_text()


PYTHON_SHOP = ROOT / "examples" / "python"

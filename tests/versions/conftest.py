"""Fixtures: one shop for all versions, on one server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers import running

from .shop import Shop


@pytest.fixture(scope="session")
def shop(store: str) -> Iterator[Shop]:
    """Give the shop, on a server without a worker."""
    with running(worker=False, now=1_790_000_000) as server:
        found = Shop(server.url, server.secret_key)
        found.stock()
        yield found
        found.close()

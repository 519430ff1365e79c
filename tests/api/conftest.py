"""Fixtures: requests as they stand on the wire, without an SDK between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import Asker


@pytest.fixture
def asker(server: Any) -> Iterator[Asker]:
    """Give the asking of requests with the secret key."""
    found = Asker(server.url, server.secret_key)
    yield found
    found.close()


@pytest.fixture
def nobody(server: Any) -> Iterator[Asker]:
    """Give the asking of requests without a key."""
    found = Asker(server.url, None)
    yield found
    found.close()

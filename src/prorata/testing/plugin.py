"""The pytest plugin: the fixture `prorata_server`, a running server with a fresh store."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prorata.testing.live_server import RunningServer


@pytest.fixture
def prorata_server() -> "Iterator[RunningServer]":
    """Run Prorata on a fresh store; `.url`, `.secret_key`, `.publishable_key` are its address."""
    from prorata.testing.live_server import running

    with running() as server:
        yield server

"""Fixtures of reports: a server for each module, whose books are sound when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reports.desk import Desk
from servers import running
from sound import assert_sound


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    with running() as found:
        yield found
        assert_sound(found.system)


@pytest.fixture
def desk(server: Any) -> Desk:
    return Desk(server)

"""Fixtures of acceptance: a server for each module, on SQLite or PostgreSQL, and sound books.

PRORATA_ACCEPTANCE_ON=postgres runs these tests on the server that PRORATA_TEST_POSTGRES names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from conftest import postgres_database
from prorata.engine.doctor import examine
from prorata.testing import running


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with ExitStack() as stack:
        options = []
        if os.environ.get("PRORATA_ACCEPTANCE_ON") == "postgres":
            options.append(stack.enter_context(postgres_database()))
        found = stack.enter_context(running(*options))
        yield found
        problems = [each for check in examine(found.system) for each in check.findings]
        assert not problems, "\n".join(
            f"{each.check}: {each.id}: {each.problem}" for each in problems
        )

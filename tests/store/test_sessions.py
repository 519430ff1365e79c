"""Sessions on PostgreSQL: what each connection is set to."""

from __future__ import annotations

import pytest

from databases import POSTGRES, postgres_database
from prorata.store.database import open_database


@pytest.mark.skipif(not POSTGRES, reason="PRORATA_TEST_POSTGRES names no server")
@pytest.mark.parametrize("one_query", [False, True])
def test_no_query_waits_for_a_compiler(one_query: bool) -> None:
    with postgres_database() as url:
        database = open_database(f"{url}?options=-c%20jit%3Don")
        try:
            shown = database.read(lambda each: each.query("SHOW jit"), one_query=one_query)
            assert shown == [("off",)]
        finally:
            database.close()

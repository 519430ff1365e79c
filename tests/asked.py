"""Asked: the queries that are made of SQLite meanwhile, to be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from prorata.store.connection import SqliteConnection


@contextmanager
def queries() -> Iterator[list[str]]:
    """Collect what is asked of SQLite meanwhile."""
    asked: list[str] = []
    query = SqliteConnection.query

    def listening(self: Any, sql: str, parameters: Any = ()) -> Any:
        asked.append(sql)
        return query(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteConnection, "query", listening)
        yield asked

"""The doctor lets no database sort documents: SQLite would hold all of them in memory."""

from __future__ import annotations

import re
from typing import Any

import pytest

from prorata.engine.doctor import CHECKS
from store.subscribed import subscribed


class Watched:
    """A connection that keeps what it was asked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def query(self, sql: str, parameters: Any = ()) -> Any:
        self.asked[sql] = parameters
        return self._connection.query(sql, parameters)


def sorted_documents(system: Any, sentence: str) -> list[str]:
    """Return what a check asks of which the database sorts or groups documents by itself."""

    def work(connection: Any) -> list[str]:
        watched = Watched(connection)
        assert not any(CHECKS[sentence](system, watched))  # type: ignore[arg-type]
        return [
            sql for sql, parameters in watched.asked.items()
            if re.search(r"\bdocument\b", sql)
            and any(
                "USE TEMP B-TREE" in row[-1]
                for row in connection.query(f"EXPLAIN QUERY PLAN {sql}", parameters)
            )
        ]  # fmt: skip

    found: list[str] = system.database.read(work)
    return found


def test_no_check_has_documents_sorted(client: Any, server: Any) -> None:
    if server.system.database.dialect != "sqlite":
        pytest.skip("of SQLite")
    subscribed(client)
    for sentence in CHECKS:
        assert sorted_documents(server.system, sentence) == [], sentence

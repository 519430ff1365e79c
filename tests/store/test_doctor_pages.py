"""The doctor goes through a table from key to key: no page begins at the first row again."""

from __future__ import annotations

import re
from typing import Any

from prorata.engine.doctor import CHECKS
from prorata.store.connection import Connection

# As a large table is read: what stands in a small one, PostgreSQL would read whole, and sort.
AS_IF_LARGE = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
FROM_THE_KEY = {
    "sqlite": r"SEARCH .*\(book,id\)>\(\?,\?\)",
    "postgresql": r"Index Cond: .*ROW\(book, \(id\)::text\) > ",
}


class Explaining:
    """A connection that keeps the plan of every page of a table that it is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plans: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def query(self, sql: str, parameters: Any = ()) -> Any:
        if "ORDER BY book, id LIMIT" in sql:
            explain = "EXPLAIN QUERY PLAN" if self.dialect == "sqlite" else "EXPLAIN"
            rows = self._connection.query(f"{explain} {sql}", parameters)
            self.plans[sql] = "\n".join(str(row[-1]) for row in rows)
        return self._connection.query(sql, parameters)


def test_each_page_begins_where_the_one_before_ended(server: Any) -> None:
    system = server.system

    def examine(connection: Connection) -> dict[str, str]:
        if connection.dialect == "postgresql":
            for setting in AS_IF_LARGE.split("; "):
                connection.run(setting)
        explaining = Explaining(connection)
        for check in CHECKS.values():
            list(check(system, explaining))  # type: ignore[arg-type]
        return explaining.plans

    plans = system.database.read(examine)
    assert len(plans) > 100
    for sql, plan in plans.items():
        assert re.search(FROM_THE_KEY[system.database.dialect], plan), f"{sql}\n{plan}"

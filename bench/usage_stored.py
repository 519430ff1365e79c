"""Stored usage: so many events of the past month, put where filed events are, quickly."""

from __future__ import annotations

from prorata.model.clock import SystemClock
from prorata.store.connection import Connection
from prorata.store.database import open_database
from prorata.store.usage import EVENT_COLUMNS

DAYS = 33
HOURS = DAYS * 24
BOOK = 1
# Series whose events are made in one statement.
TOGETHER = 20


def fill_events(url: str, meter: str, customers: list[str], stored: int) -> None:
    """Give the customers' series on a meter so many events, spread evenly over 33 days."""
    database = open_database(url, pool=1)
    per_hour = max(stored // (len(customers) * HOURS), 1)
    first = SystemClock().now() // 3600 - HOURS

    def series(connection: Connection) -> list[int]:
        rows = [(BOOK, customer, meter, "") for customer in customers]
        connection.insert("usage_series", ("book", "customer", "meter", "dimensions"), rows)
        return [n for (n,) in connection.query("SELECT number FROM usage_series ORDER BY number")]

    try:
        numbers = database.write(series)
        for place in range(0, len(numbers), TOGETHER):
            chunk = numbers[place : place + TOGETHER]
            database.write(lambda each, chunk=chunk: _fill(each, chunk, first, per_hour))
        if database.dialect == "postgresql":
            database.read(lambda each: each.raw.execute("ANALYZE"), one_query=True)  # type: ignore[attr-defined]
    finally:
        database.close()


def _fill(connection: Connection, series: list[int], first: int, per_hour: int) -> None:
    gap = 3600 // per_hour or 1
    names = ", ".join(EVENT_COLUMNS)
    many = f"{_numbers('s', series[0], series[-1])}, {_numbers('h', first, first + HOURS - 1)}"
    connection.run(
        f"WITH RECURSIVE {many}, {_numbers('e', 0, per_hour - 1)}"
        f" INSERT INTO usage_event ({names})"
        f" SELECT s.n, h.n * 3600 + (e.n * {gap}) % 3600, h.n * 1000000 + e.n, 3, 0"
        " FROM s CROSS JOIN h CROSS JOIN e"
    )
    connection.run(
        f"WITH RECURSIVE {many} INSERT INTO usage_hour (series, hour, count, whole, fraction)"
        f" SELECT s.n, h.n, {per_hour}, {per_hour * 3}, 0 FROM s CROSS JOIN h"
    )


def _numbers(name: str, first: int, last: int) -> str:
    """Return the table of the whole numbers from one to another, for both databases."""
    return (
        f"{name}(n) AS (SELECT CAST({first} AS bigint) UNION ALL"
        f" SELECT n + 1 FROM {name} WHERE n < {last})"
    )

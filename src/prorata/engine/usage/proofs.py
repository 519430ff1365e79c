"""Proofs: what the doctor looks at where usage is counted."""

from collections.abc import Iterator
from decimal import Decimal

from prorata.engine.doctor import check
from prorata.engine.runtime import System
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.usage_reading import joined

TOGETHER = 500
_BY_HOUR = (
    "SELECT series, timestamp / 3600 AS hour, COUNT(*) AS count, SUM(whole) AS whole,"
    " SUM(fraction) AS fraction FROM usage_event WHERE series > ? AND series <= ?"
    " GROUP BY series, timestamp / 3600"
)

_SAME = "e.series = k.series AND e.timestamp = k.timestamp AND e.number = k.number"
# What was taken back has left its identifier without a number.
_GONE = (
    "SELECT series, number FROM (SELECT series, timestamp, number FROM usage_identifier"
    " UNION ALL SELECT series, timestamp, number FROM usage_fresh_identifier) AS k"
    " WHERE number >= 0"
    f" AND NOT EXISTS (SELECT 1 FROM usage_fresh AS e WHERE {_SAME})"
    f" AND NOT EXISTS (SELECT 1 FROM usage_event AS e WHERE {_SAME})"
)


@check("Every hour of usage is the sum of its events")
def hours_add_up(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every hour of a customer on a meter, from the roll-up and from its events."""
    for since in _pages(connection):
        span = (since, since + TOGETHER)
        counted = {
            (series, hour): (int(count), joined(int(whole), int(fraction)))
            for series, hour, count, whole, fraction in connection.query(
                "SELECT series, hour, count, whole, fraction FROM usage_hour"
                " WHERE series > ? AND series <= ?",
                span,
            )
        }
        for series, hour, count, whole, fraction in connection.query(_BY_HOUR, span):
            found = counted.pop((series, hour), (0, Decimal(0)))
            true = (int(count), joined(int(whole), int(fraction)))
            wrong = found != true
            yield _said(series, hour, found, true) if wrong else None
        for (series, hour), found in counted.items():
            # All events of an hour may have been taken back.
            wrong = found != (0, Decimal(0))
            yield _said(series, hour, found, (0, Decimal(0))) if wrong else None


@check("Every usage event has an identifier of its own and a customer")
def events_are_owned(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every series; and what stands without one, or is known by two identifiers.

    And a series of a customer or a meter that there never was.
    """
    [(count,)] = connection.query("SELECT COUNT(*) FROM usage_series")
    yield from (None for _ in range(int(count)))
    for table in ("usage_fresh", "usage_event", "usage_hour"):
        for (series,) in connection.query(
            f"SELECT DISTINCT series FROM {table} WHERE NOT EXISTS"
            " (SELECT 1 FROM usage_series AS s WHERE s.number = series)"
        ):
            yield f"series {series}: {table} counts for nobody"
    for kind in ("customer", "billing.meter"):
        column = kind.rpartition(".")[2]
        for series, id in connection.query(
            f"SELECT number, {column} FROM usage_series AS s WHERE NOT EXISTS"
            f" (SELECT 1 FROM {table_name(kind)} AS d WHERE d.book = s.book AND d.id = s.{column})"
        ):
            yield f"series {series}: is of {id}, and there is none"
    for series, number in connection.query(
        "SELECT series, number FROM (SELECT series, timestamp, number FROM usage_identifier"
        " UNION ALL SELECT series, timestamp, number FROM usage_fresh_identifier) AS known"
        " WHERE number >= 0 GROUP BY series, timestamp, number HAVING COUNT(*) > 1"
    ):
        yield f"event {number} of series {series}: is known by two identifiers"
    for series, number in connection.query(_GONE):
        yield f"event {number} of series {series}: its identifier is known, and it is gone"


def _pages(connection: Connection) -> Iterator[int]:
    [(last,)] = connection.query("SELECT MAX(number) FROM usage_series")
    yield from range(0, last or 0, TOGETHER)


def _said(series: int, hour: int, found: tuple[int, Decimal], true: tuple[int, Decimal]) -> str:
    return (
        f"series {series}, hour {hour}: counts {found[0]} events of {found[1]}, and has"
        f" {true[0]} of {true[1]}"
    )

"""Closed usage: what of metered lines was earned by the ends of months, when these were closed.

What a line bills is known, how it divides over months is measured anew for every report: so it
would change with usage that arrives late. What a closed month has is written down here.
"""

from collections.abc import Iterable

from prorata.store.connection import Connection

TABLE = "closed_usage"
COLUMNS = ("book", "line", "until", "period", "earned")
# By line: what was earned (minor units) before which second, in their order.
Kept = dict[str, list[tuple[int, int]]]


def keep(connection: Connection, book: int, rows: Iterable[tuple[str, int, str, int]]) -> None:
    """Write down (line, until, period, earned): an amount in minor units that is final."""
    found = [(book, *row) for row in rows]
    if found:
        connection.insert(TABLE, COLUMNS, found)


def kept(connection: Connection, book: int, lines: Iterable[str]) -> Kept:
    """Return what was written down of lines."""
    among, value = connection.any_of("line", sorted(lines))
    found: Kept = {}
    for line, until, earned in connection.query(
        f"SELECT line, until, earned FROM {TABLE} WHERE book = ? AND {among} ORDER BY line, until",
        (book, value),
    ):
        found.setdefault(line, []).append((until, earned))
    return found


def forget(connection: Connection, book: int, periods: Iterable[str]) -> None:
    """Drop what was written down when some periods were closed."""
    among, value = connection.any_of("period", sorted(periods))
    connection.run(f"DELETE FROM {TABLE} WHERE book = ? AND {among}", (book, value))

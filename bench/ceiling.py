"""Ceiling: how fast the rows of a run go into an empty database by hand-made bulk statements.

The rows are those that the run left; the statements are the driver's own, a batch a transaction.
What Prorata does beside that (rules, differences, ids, reading) is what the ratio shows.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.bulk import Postgres, Sqlite, bulk
from prorata.server.migrate import migrate

BATCH = 500
# Renewals whose rows are taken: enough for a steady figure, and little enough for memory.
MOST_RENEWALS = 20_000
UPDATED = ("doc_subscription", "doc_customer")
# The column that tells when a row was added, by the first of these that its table has.
MOMENTS = ("recorded_at", "changed_at", "posted_at", "next_attempt_at", "created")
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def ceiling(source: str, target: str, since: int, renewals: int) -> float:
    """Return renewals per second of plain writing.

    source: a database in which `renewals` were made since second `since`. target: an empty one.
    """
    share = min(1.0, MOST_RENEWALS / renewals)
    made, updated = _rows_of(source, since, share)
    count = renewals * share
    batches = max(int(count / BATCH), 1)
    migrate(target)
    with bulk(target) as database:
        for table, (columns, rows) in updated.items():
            database.insert(table, columns, rows)
        database.commit()
        return count / _seconds(database, made, updated, batches)


class Plain:
    """Plain commits in turns with a server's: the rows that it wrote last, by as many commits."""

    def __init__(self, source: str, target: Sqlite | Postgres) -> None:
        self._source, self._target = source, target
        self._since = int(time.time()) - 1
        self._taken: set[tuple[int, str, Any]] = set()
        self._there: set[str] = set()

    def turn(self, count: int, commits: int) -> float:
        """Return how many a second are written by hand of the `count` that were made last."""
        made, updated = (
            {table: (columns, self._new(place, table, columns, rows))
             for table, (columns, rows) in found.items()}
            for place, found in enumerate(_rows_of(self._source, self._since, 1.0))
        )  # fmt: skip
        for table, (columns, rows) in updated.items():
            place = columns.index("id")
            # What was changed has to be there already.
            missing = [row for row in rows if row[place] not in self._there]
            self._target.insert(table, columns, missing)
            self._there.update(row[place] for row in missing)
            added = made.get(table, (columns, []))[1]
            added[:] = [row for row in added if row[place] not in self._there]
            self._there.update(row[place] for row in added)
        self._target.commit()
        return count / _seconds(self._target, made, updated, commits)

    def _new(
        self, place: int, table: str, columns: list[str], rows: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Return the rows that no earlier turn has had."""
        one = columns.index("id") if "id" in columns and "line" not in columns else None
        found = []
        for row in rows:
            key = place, table, row if one is None else row[one]
            if key not in self._taken:
                self._taken.add(key)
                found.append(row)
        return found


@contextmanager
def plain(source: str, target: str) -> Iterator[Plain]:
    """Give plain commits into an empty database, which stays open as a server's does."""
    migrate(target)
    with bulk(target) as database:
        yield Plain(source, database)


def _seconds(database: Sqlite | Postgres, made: Rows, updated: Rows, commits: int) -> float:
    """Return how long it takes to add rows, and to write anew those that were changed."""
    begun = time.perf_counter()
    for turn in range(commits):
        for table, (columns, rows) in updated.items():
            if part := _slice(rows, turn, commits):
                database.update(table, columns, part)
        for table, (columns, rows) in made.items():
            if part := _slice(rows, turn, commits):
                database.insert(table, columns, part)
        database.commit()
    return time.perf_counter() - begun


def _rows_of(source: str, since: int, share: float) -> tuple[Rows, Rows]:
    """Return by table the rows that were added since a second, and those that were changed."""
    made: Rows = {}
    updated: Rows = {}
    with bulk(source) as raw:
        for table in raw.tables():
            columns = raw.columns(table)
            moment = next((name for name in MOMENTS if name in columns), None)
            first = ""
            if table in UPDATED:
                rows = raw.read(f"SELECT * FROM {table} WHERE revision > 1")
                updated[table] = (columns, rows[: int(len(rows) * share)])
                first = " AND revision = 1"
            if moment is not None:
                rows = raw.read(f"SELECT * FROM {table} WHERE {moment} >= {int(since)}{first}")
                if rows:
                    made[table] = (columns, rows[: max(int(len(rows) * share), 1)])
    return made, updated


def _slice(rows: list[tuple[Any, ...]], batch: int, batches: int) -> list[tuple[Any, ...]]:
    return rows[len(rows) * batch // batches : len(rows) * (batch + 1) // batches]

"""Ceiling: how fast the rows of a run go into an empty database by hand-made bulk statements.

The rows are those that the run left; the statements are the driver's own, a batch a transaction.
What Prorata does beside that (rules, differences, ids, reading) is what the ratio shows.
"""

import time
from typing import Any

from bench.bulk import bulk
from prorata.server.migrate import migrate

BATCH = 500
# Renewals whose rows are taken: enough for a steady figure, and little enough for memory.
MOST_RENEWALS = 20_000
UPDATED = ("doc_subscription", "doc_customer")
# The column that tells when a row was added, by the first of these that its table has.
MOMENTS = ("recorded_at", "changed_at", "posted_at", "next_attempt_at", "created")
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def ceiling(
    source: str, target: str, since: int, renewals: int, batch: float = BATCH
) -> float:
    """Return renewals (or whatever else was written) per second of plain writing.

    source: a database in which `renewals` were made since second `since`. target: an empty one.
    batch: how many of them one commit writes.
    """
    share = min(1.0, MOST_RENEWALS / renewals)
    made, updated = _rows_of(source, since, share)
    count = renewals * share
    batches = max(int(count / batch), 1)
    migrate(target)
    with bulk(target) as database:
        for table, (columns, rows) in updated.items():
            database.insert(table, columns, rows)
        database.commit()
        begun = time.perf_counter()
        for turn in range(batches):
            for table, (columns, rows) in updated.items():
                if part := _slice(rows, turn, batches):
                    database.update(table, columns, part)
            for table, (columns, rows) in made.items():
                if part := _slice(rows, turn, batches):
                    database.insert(table, columns, part)
            database.commit()
        return count / (time.perf_counter() - begun)


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

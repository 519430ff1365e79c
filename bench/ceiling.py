"""Ceiling: how fast the rows of a run go into an empty database by hand-made bulk statements.

The rows are those that the run left; the statements are the driver's own, a batch a transaction.
What Prorata does beside that (rules, differences, ids, reading) is what the ratio shows.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    with _raw(target) as database:
        for table, (columns, rows) in updated.items():
            database.insert(table, columns, rows)
        database.commit()
        begun = time.perf_counter()
        for batch in range(batches):
            for table, (columns, rows) in updated.items():
                database.update(table, columns, _slice(rows, batch, batches))
            for table, (columns, rows) in made.items():
                database.insert(table, columns, _slice(rows, batch, batches))
            database.commit()
        return count / (time.perf_counter() - begun)


def _rows_of(source: str, since: int, share: float) -> tuple[Rows, Rows]:
    """Return by table the rows that were added since a second, and those that were changed."""
    made: Rows = {}
    updated: Rows = {}
    with _raw(source) as raw:
        for table in raw.tables():
            columns = raw.columns(table)
            moment = next((name for name in MOMENTS if name in columns), None)
            if table in UPDATED:
                rows = raw.read(f"SELECT * FROM {table} WHERE revision > 1")
                updated[table] = (columns, rows[: int(len(rows) * share)])
            elif moment is not None:
                rows = raw.read(f"SELECT * FROM {table} WHERE {moment} >= {int(since)}")
                if rows:
                    made[table] = (columns, rows[: max(int(len(rows) * share), 1)])
    return made, updated


def _slice(rows: list[tuple[Any, ...]], batch: int, batches: int) -> list[tuple[Any, ...]]:
    return rows[len(rows) * batch // batches : len(rows) * (batch + 1) // batches]


class _Sqlite:
    def __init__(self, url: str) -> None:
        self.raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level="IMMEDIATE")
        self.raw.execute("PRAGMA journal_mode = WAL")
        self.raw.execute("PRAGMA synchronous = FULL")

    def tables(self) -> list[str]:
        names = self.read("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in names if not name.startswith(("sqlite_", "alembic"))]

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.read(f"PRAGMA table_info({table})")]

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql).fetchall()

    def insert(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(columns))
        self.raw.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def update(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        kept = [n for n, name in enumerate(columns) if name not in ("book", "id")]
        sets = ", ".join(f'"{columns[n]}" = ?' for n in kept)
        places = [*kept, columns.index("book"), columns.index("id")]
        self.raw.executemany(
            f"UPDATE {table} SET {sets} WHERE book = ? AND id = ?",
            [tuple(row[n] for n in places) for row in rows],
        )

    def commit(self) -> None:
        self.raw.commit()

    def close(self) -> None:
        self.raw.close()


class _Postgres:
    def __init__(self, url: str) -> None:
        import psycopg

        self.raw = psycopg.connect(url)
        self.raw.execute("SET default_toast_compression = 'lz4'")

    def tables(self) -> list[str]:
        names = self.read(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        return [name for (name,) in names if not name.startswith(("alembic", "sandbox"))]

    def columns(self, table: str) -> list[str]:
        cursor = self.raw.execute(f"SELECT * FROM {table} LIMIT 0")
        return [column.name for column in cursor.description or ()]

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql).fetchall()

    def insert(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        with self.raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def update(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        kept = [n for n, name in enumerate(columns) if name not in ("book", "id")]
        sets = ", ".join(f'"{columns[n]}" = %s' for n in kept)
        places = [*kept, columns.index("book"), columns.index("id")]
        with self.raw.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {sets} WHERE book = %s AND id = %s",
                [tuple(row[n] for n in places) for row in rows],
            )

    def commit(self) -> None:
        self.raw.commit()

    def close(self) -> None:
        self.raw.close()


@contextmanager
def _raw(url: str) -> Iterator[_Sqlite | _Postgres]:
    database = _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)
    try:
        yield database
    finally:
        database.close()

"""Bulk: rows written by hand-made statements, the driver's own fastest way."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prorata.store.database import CHECKPOINT_PAGES


class Sqlite:
    """An SQLite file, written as the server writes it, or, when `fresh`, without any safety."""

    def __init__(self, url: str, fresh: bool) -> None:
        self.raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level="IMMEDIATE")
        self._fresh = fresh
        if fresh:
            # What is cut off is begun anew: nothing is written twice, and no disk is waited for.
            self.raw.execute("PRAGMA journal_mode = OFF")
            self.raw.execute("PRAGMA synchronous = OFF")
            self.raw.execute("PRAGMA cache_size = -400000")
        else:
            self.raw.execute("PRAGMA journal_mode = WAL")
            self.raw.execute("PRAGMA synchronous = FULL")
            self.raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

    def tables(self) -> list[str]:
        names = self.read("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in names if not name.startswith(("sqlite_", "alembic"))]

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.read(f"PRAGMA table_info({table})")]

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql).fetchall()

    def insert(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{name}"' for name in columns)
        self.raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

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
        if self._fresh:
            self.raw.execute("PRAGMA journal_mode = WAL")
        self.raw.close()


class Postgres:
    """A PostgreSQL database, by COPY."""

    def __init__(self, url: str, fresh: bool) -> None:
        import psycopg

        self._fresh = fresh
        self.raw = psycopg.connect(url)
        self.raw.execute("SET default_toast_compression = 'lz4'")
        if fresh:
            self.raw.execute("SET synchronous_commit = off")
        self.raw.commit()

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
        names = ", ".join(f'"{name}"' for name in columns)
        sql = f"COPY {table} ({names}) FROM STDIN"
        with self.raw.cursor() as cursor, cursor.copy(sql) as copy:
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
        if self._fresh:
            # The server would count by itself, a minute later.
            self.raw.autocommit = True
            self.raw.execute("VACUUM ANALYZE")
        self.raw.close()


@contextmanager
def bulk(url: str, fresh: bool = False) -> Iterator[Sqlite | Postgres]:
    """Open a database for writing by hand.

    fresh: nobody else has it open, and it is thrown away if the writing is cut off.
    """
    database = Sqlite(url, fresh) if url.startswith("sqlite") else Postgres(url, fresh)
    try:
        yield database
    finally:
        database.close()

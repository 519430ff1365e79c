"""Connections: one small interface over the two drivers, with `?` for every parameter."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Conflict(Exception):
    """Another transaction changed what this one read; running it anew may succeed."""


class LostConnection(Exception):
    """The connection of a unit is gone, and nothing of the unit was committed."""


class UniqueViolation(Exception):
    """A row with this unique value exists already."""


def is_outage(error: BaseException) -> bool:
    """Return whether an error comes from the database's state, not from what was asked of it."""
    if isinstance(error, (Conflict, LostConnection)):
        return True
    if isinstance(error, sqlite3.OperationalError):
        return not str(error).startswith(("no such", "near "))
    # Loaded only where PostgreSQL is used.
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(
        error, (psycopg.OperationalError, psycopg.InterfaceError)
    )


class Connection(Protocol):
    """What the store asks of a driver."""

    dialect: str

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute a statement; return how many rows it touched."""
        ...

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int: ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows by the driver's bulk path."""
        ...

    def mark(self) -> Any:
        """Return what stays the same as long as nobody else writes; None where that is unknown."""
        ...

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        """Return a condition that a column has one of these values, and its one parameter."""
        ...


class SqliteConnection:
    """A connection of the standard library's driver."""

    dialect = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        try:
            return self.raw.execute(sql, parameters).rowcount
        except sqlite3.IntegrityError as error:
            raise UniqueViolation(str(error)) from error

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        try:
            return self.raw.executemany(sql, rows).rowcount
        except sqlite3.IntegrityError as error:
            raise UniqueViolation(str(error)) from error

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.run_many(_insert_sql(table, tuple(columns)), rows)

    def mark(self) -> Any:
        return self.raw.execute("PRAGMA data_version").fetchone(), self.raw.total_changes

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(list(values))


class PostgresConnection:
    """A connection of psycopg 3."""

    dialect = "postgresql"
    # COPY costs two more round trips than one INSERT; it pays from a handful of rows on.
    COPY_FROM_ROWS = 8

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        def execute() -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = self.raw.execute(_percent(sql), parameters).fetchall()
            return rows

        return self._guarded(execute)

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self._guarded(lambda: int(self.raw.execute(_percent(sql), parameters).rowcount))

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        def execute() -> int:
            with self.raw.cursor() as cursor:
                cursor.executemany(_percent(sql), rows)
                return int(cursor.rowcount)

        return self._guarded(execute)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) < self.COPY_FROM_ROWS:
            self.run_many(_insert_sql(table, tuple(columns)), rows)
            return

        def copy() -> None:
            names = ", ".join(f'"{name}"' for name in columns)
            with (
                self.raw.cursor() as cursor,
                cursor.copy(f"COPY {table} ({names}) FROM STDIN") as target,
            ):
                for row in rows:
                    target.write_row(row)

        self._guarded(copy)

    def mark(self) -> Any:
        return None

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        return f"{column} = ANY(?)", list(values)

    def _guarded(self, execute: Callable[[], T]) -> T:
        import psycopg

        try:
            return execute()
        except psycopg.errors.UniqueViolation as error:
            raise UniqueViolation(str(error)) from error
        except (
            psycopg.errors.SerializationFailure,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.LockNotAvailable,
        ) as error:
            raise Conflict(str(error)) from error


@lru_cache(maxsize=2048)
def _percent(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"

"""Connections: the few ways in which the sandbox's books reach SQLite or PostgreSQL.

The books are apart from the main store on purpose: money that moved must stay moved when a
transaction of ours rolls back. SQL is written with `?`; both databases know `ON CONFLICT` and
`RETURNING`.
"""

import os
import select
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Row: TypeAlias = tuple[Any, ...]

_BUSY_SECONDS = 30.0
# How long PostgreSQL may take for anything that is asked here: beyond something in between that has
# lost it nobody would ever answer. The others are the driver's, in seconds and milliseconds.
_SILENT_SECONDS = 30.0
_PATIENCE = {
    "connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3", "tcp_user_timeout": "20000",
}  # fmt: skip
# Any fixed number: it only keeps two processes from creating the tables at once.
_SCHEMA_LOCK = 7_276_317_265


class Statements(Protocol):
    """Statements inside one transaction."""

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        ...


class Database(Statements, Protocol):
    """A database of the books; `run` outside a transaction commits by itself."""

    def transaction(self) -> AbstractContextManager[Statements]:
        """Open a transaction that commits at the end or undoes everything on an error."""
        ...

    def run_each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[Row]]:
        """Run one statement for each set of values in one transaction; rows of each."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def connect(url: str, schema: Sequence[str]) -> Database:
    """Open the books that belong to a store's URL, and create their tables where missing.

    `sqlite://` is in memory; `sqlite:///shop.db` keeps the books in `shop.db-sandbox` beside it;
    `postgresql://…` in the same database. Raises ValueError for another URL.
    """
    scheme, separator, rest = url.partition("://")
    base = scheme.partition("+")[0]
    if separator and base == "sqlite":
        path = rest.removeprefix("/").partition("?")[0]
        in_memory = path in ("", ":memory:")
        return _Sqlite(":memory:" if in_memory else f"{path}-sandbox", schema)
    if separator and base in ("postgresql", "postgres"):
        return _Postgres(f"postgresql://{rest}", schema)
    raise ValueError(f"The sandbox keeps its books in SQLite or PostgreSQL, not {scheme!r}.")


class _Sqlite:
    """One connection for all threads of a process, behind a lock; other processes wait for it."""

    def __init__(self, path: str, schema: Sequence[str]) -> None:
        self._path = path
        self._schema = schema
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def _open(self) -> sqlite3.Connection:
        # A connection must not cross a fork; one in memory can, and has nowhere to reopen from.
        if self._connection is not None and (
            self._path == ":memory:" or self._process == os.getpid()
        ):
            return self._connection
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        # With a write-ahead log NORMAL loses nothing when the process dies.
        connection.execute("PRAGMA synchronous=NORMAL")
        for statement in self._schema:
            connection.execute(statement)
        self._connection = connection
        self._process = os.getpid()
        return connection

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._lock:
            return self._open().execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Statements]:
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def run_each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[Row]]:
        with self.transaction():
            connection = self._open()
            return [connection.execute(sql, row).fetchall() for row in values]

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class _PostgresStatements:
    """Statements on one connection of PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        cursor = self._connection.execute(sql.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description is not None else []


class _Patient(psycopg.Connection[Row]):
    """A connection that is closed where an answer does not come."""

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return super().wait(_in_time(gen), *arguments, **named)
        except TimeoutError as silent:
            self.close()
            raise psycopg.OperationalError(str(silent)) from None


def _in_time(steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Go through steps that wait for the server, which are looked at ten times a second."""
    until = time.monotonic() + _SILENT_SECONDS
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise TimeoutError(f"PostgreSQL has said nothing for {_SILENT_SECONDS:g} seconds")
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value


def _has_ended(connection: psycopg.Connection[Row]) -> bool:
    """Return whether there is anything to read on an idle connection: the server's farewell."""
    look = select.poll()
    look.register(connection, select.POLLIN)
    return bool(look.poll(0))


class _Postgres:
    """As many connections as threads use at once; an idle one is used again."""

    def __init__(self, url: str, schema: Sequence[str]) -> None:
        given: dict[str, Any] = conninfo_to_dict(url)
        self._address = make_conninfo(**{**_PATIENCE, **given})
        self._schema = schema
        self._lock = threading.Lock()
        self._idle: list[psycopg.Connection[Row]] = []
        self._process = 0
        # Whether nobody wants any more of them: what a thread still has is closed when it is done.
        self._ended = False

    def _take(self) -> psycopg.Connection[Row]:
        with self._lock:
            if self._process != os.getpid():
                # Connections of the parent of a fork are forgotten, not closed: it still uses them.
                self._idle = [self._first()]
                self._process = os.getpid()
            while self._idle:
                connection = self._idle.pop()
                if not _has_ended(connection):
                    return connection
                connection.close()
        return _Patient.connect(self._address, autocommit=True)

    def _first(self) -> psycopg.Connection[Row]:
        connection = _Patient.connect(self._address, autocommit=True)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: psycopg.Connection[Row]) -> None:
        # Whoever may only read, as one that proves the books, cannot even ask for what is there.
        names = [each.partition("IF NOT EXISTS ")[2].split()[0] for each in self._schema]
        made = "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name"
        if connection.execute(made, [names]).fetchall() == [(True,)]:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SCHEMA_LOCK])
            for statement in self._schema:
                connection.execute(statement)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Row]]:
        connection = self._take()
        try:
            yield connection
        except BaseException as fault:
            if connection.closed or isinstance(fault, psycopg.errors.ReadOnlySqlTransaction):
                # Most likely the server was restarted, or what was opened meanwhile may only read,
                # and none of the idle ones is any good.
                connection.close()
                self._close_idle()
            else:
                self._give_back(connection)
            raise
        self._give_back(connection)

    def _give_back(self, connection: psycopg.Connection[Row]) -> None:
        with self._lock:
            if not self._ended:
                self._idle.append(connection)
                return
        connection.close()

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._connection() as connection:
            return _PostgresStatements(connection).run(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[Statements]:
        with self._connection() as connection, connection.transaction():
            yield _PostgresStatements(connection)

    def run_each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[Row]]:
        if not values:
            return []
        with (
            self._connection() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            cursor.executemany(sql.replace("?", "%s"), values, returning=True)
            rows = [cursor.fetchall()]
            while cursor.nextset():
                rows.append(cursor.fetchall())
            return rows

    def close(self) -> None:
        self._ended = True
        self._close_idle()

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

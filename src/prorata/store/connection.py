"""Connections: one small interface over the two drivers, with `?` for every parameter."""

import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from prorata.store.statements import insert_sql, update_sql

if TYPE_CHECKING:
    from prorata.store.bulk import Bulk

Proof = tuple[str, tuple[Any, ...]]


class Conflict(Exception):
    """Another transaction changed what this one read; running it anew may succeed."""


class LostConnection(Exception):
    """The connection of a unit is gone, and nothing of the unit was committed."""


class Unavailable(Exception):
    """The database cannot be used as it is: away, full, not to be written. Nothing was changed."""


class Unfit(Unavailable):
    """The database must not be used as it is, or from where it is reached; it says why."""


class UnknownCommit(Exception):
    """The connection was lost during a commit, and nobody can be asked whether it was done."""


class UniqueViolation(Exception):
    """A row with this unique value exists already."""


# Of SQLite: what its file or its disk is to blame for, not the statement.
SQLITE_OUTAGES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip


def is_outage(error: BaseException) -> bool:
    """Return whether an error comes from the database's state, not from what was asked of it.

    Or from the machine's: what found no room in memory is the same as what found none on the disk.
    """
    if isinstance(error, (Conflict, LostConnection, Unavailable, UnknownCommit, MemoryError)):
        return True
    if isinstance(error, sqlite3.OperationalError):
        # Ours were there at the start: the file is emptied by now, or is being restored.
        lost = str(error).startswith("no such table: ")
        code = getattr(error, "sqlite_errorcode", None)
        return lost or (code is not None and code & 0xFF in SQLITE_OUTAGES)
    # Loaded only where PostgreSQL is used.
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(
        error, (*postgres_outages(), psycopg.InterfaceError)
    )


def postgres_outages() -> tuple[type[Exception], ...]:
    """Return what psycopg raises where the database cannot be used as it is."""
    from psycopg import OperationalError, errors

    return (
        OperationalError,
        errors.ReadOnlySqlTransaction,
        errors.InsufficientPrivilege,
        # Ours were there at the start: it is another one by now, or is being restored.
        errors.UndefinedTable,
    )


def is_unusable(error: BaseException) -> bool:
    """Return whether a database cannot be used as it is, or is damaged, or none at all."""
    if isinstance(error, sqlite3.DatabaseError):
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return True
    return is_outage(error)


class Connection(Protocol):
    """What the store asks of a driver."""

    dialect: str
    # A query that gives a row once this transaction is committed, where there is one.
    proof: "Proof | None"

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None: ...

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...

    def update(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: str
    ) -> None:
        """Set columns of documents; each row ends in the book, the id and the revision it had.

        `check` raises Conflict where one has another revision by now.
        """
        ...

    def check(self) -> None:
        """Wait for all that was run, before the commit; raise Conflict where rows are missing."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows by the driver's bulk path."""
        ...

    def keep_others_out(self) -> None:
        """Let nobody write between what this unit sees and what it writes, where SQLite can."""
        ...

    def mark(self) -> Any:
        """Return what stays the same as long as nobody else writes; None where that is unknown."""
        ...

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        """Return a condition that a column has one of these values, and its one parameter."""
        ...

    def numbers(
        self, names: Sequence[str], rows: Sequence[Sequence[int]]
    ) -> tuple[str, Sequence[Any]]:
        """Return whole numbers as a table in parentheses, and its parameters."""
        ...


T = TypeVar("T")
# What PostgreSQL calls an array of such values.
ARRAYS = {int: "bigint[]", str: "text[]", bytes: "text[]"}
# A statement that changes rows which are there, with its table's name.
CHANGES = re.compile(r"(?:UPDATE|DELETE FROM) (\S+)|INSERT INTO (\S+) .*ON CONFLICT", re.DOTALL)
# How long others, who are in the middle of something, are waited for.
ALONE_WAIT = "500ms"
# Whatever the size of a table, rows are then locked in the order of the ids, which is everybody's.
IN_TURN = "SELECT " + ", ".join(
    f"set_config('enable_{way}', 'off', true)" for way in ("hashjoin", "mergejoin", "seqscan")
)
Work = Callable[[Connection], T]


class SqliteConnection:
    """A connection of the standard library's driver."""

    dialect = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.proof: Proof | None = None
        # Of the one that writes, where it was built: what keeps no other thread waiting.
        self.bulk: Bulk | None = None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.raw.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self.touch(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._touch_many(sql, rows)

    def update(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: str
    ) -> None:
        if self._touch_many(update_sql(table, tuple(columns)), rows) != len(rows):
            raise Conflict(otherwise)

    def check(self) -> None:
        """Everything was waited for, one after the other."""

    def touch(self, sql: str, parameters: Sequence[Any]) -> int:
        """Run a statement and return how many rows it has written."""
        try:
            return self.raw.execute(sql, parameters).rowcount
        except sqlite3.IntegrityError as error:
            raise UniqueViolation(str(error)) from error

    def _touch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        try:
            return self.raw.executemany(sql, rows).rowcount
        except sqlite3.IntegrityError as error:
            raise UniqueViolation(str(error)) from error

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.run_many(insert_sql(table, tuple(columns)), rows)

    def keep_others_out(self) -> None:
        """There is one writer at a time."""

    def mark(self) -> Any:
        return self.raw.execute("PRAGMA data_version").fetchone(), self.raw.total_changes

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(list(values))

    def numbers(
        self, names: Sequence[str], rows: Sequence[Sequence[int]]
    ) -> tuple[str, Sequence[Any]]:
        columns = ", ".join(f"value ->> {place} AS {name}" for place, name in enumerate(names))
        return f"(SELECT {columns} FROM json_each(?))", (json.dumps(rows),)


class PostgresConnection:
    """A connection of psycopg 3. Between its two ends nothing waits for what need not be known.

    Statements that answer nothing are sent in a pipeline; a query waits for its own answer alone,
    and `check` for all that was sent. COPY can't be sent so, but takes many rows in one go.
    Many rows of one table are updated from arrays by one statement.
    statements: what was sent in earlier tries, and is from now on: others may have changed that.
    """

    dialect = "postgresql"
    COPY_FROM_ROWS = 60
    SET_FROM_ROWS = 8

    def __init__(self, raw: Any, statements: list[str] | None = None) -> None:
        self.raw = raw
        self._pipeline: Any = None
        self._sent = False
        self._leave = ExitStack()
        self._expected: list[tuple[Any, int, str]] = []
        # Whether this transaction looks rows up in the order in which they are given.
        self._in_turn = False
        self._statements = [] if statements is None else statements
        # The transaction's number, once it has written and was waited for.
        self.transaction: Any = None
        self.proof: Proof | None = None
        # Whether the transaction has ended well: what becomes of the connection is no matter then.
        self.done = False

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = self.raw.execute(_percent(sql), parameters)
        if self._sent and self._pipeline is not None:
            # Locks are held by now. Only between what is synchronized does the server count the
            # time that it waits for a process that stands still.
            self._pipeline.sync()
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._send(sql, [parameters])

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._send(sql, rows)

    def update(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: str
    ) -> None:
        if len(rows) < self.SET_FROM_ROWS:
            cursor = self._send(update_sql(table, tuple(columns)), rows)
        else:
            # The server runs one statement instead of as many as there are rows.
            sql, arrays = _update_from_arrays(table, tuple(columns), rows)
            if not self._in_turn:
                self.raw.execute(IN_TURN)
                self._in_turn = self._sent = True
            self._statements.append(sql)
            cursor = self.raw.execute(sql, arrays)
        self._expected.append((cursor, len(rows), otherwise))

    def check(self) -> None:
        if self._sent:
            number = None
            if self.transaction is None:
                number = self.raw.execute("SELECT pg_current_xact_id_if_assigned()::text")
            if self._pipeline is not None:
                self._pipeline.sync()
            if number is not None:
                [self.transaction] = number.fetchone()
        self._sent = False
        expected, self._expected = self._expected, []
        for cursor, count, otherwise in expected:
            if cursor.rowcount != count:
                raise Conflict(otherwise)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) < self.COPY_FROM_ROWS:
            self._send(insert_sql(table, tuple(columns)), rows)
            return
        self._sent = True
        # The pipeline ends here: all that was sent is waited for.
        self.__exit__(None, None, None)
        names = ", ".join(f'"{name}"' for name in columns)
        with (
            self.raw.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as target,
        ):
            for row in rows:
                target.write_row(row)

    def keep_others_out(self) -> None:
        """Others write: what two units share has to keep them apart."""

    def wait_alone(self) -> None:
        """Wait until nobody else writes where earlier tries did, and let nobody begin.

        The books are seen as they are by then: nothing may have been asked before.
        """
        found = (CHANGES.match(sql) for sql in self._statements)
        tables = dict.fromkeys(each[1] or each[2] for each in found if each is not None)
        if tables:
            self.raw.execute(f"SET LOCAL lock_timeout = '{ALONE_WAIT}'")
            self.raw.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
            self.raw.execute("SET LOCAL lock_timeout TO DEFAULT")

    def mark(self) -> Any:
        return None

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        return f"{column} = ANY(?)", list(values)

    def numbers(
        self, names: Sequence[str], rows: Sequence[Sequence[int]]
    ) -> tuple[str, Sequence[Any]]:
        arrays = ", ".join("?::bigint[]" for _ in names)
        columns = ", ".join(names)
        table = f"(SELECT * FROM unnest({arrays}) AS given ({columns}))"
        return table, [list(column) for column in zip(*rows, strict=True)]

    def __enter__(self) -> "PostgresConnection":
        """Send from now on without waiting, to the end of the block."""
        self._pipeline = self._leave.enter_context(self.raw.pipeline())
        return self

    def __exit__(self, *raised: Any) -> None:
        self._pipeline = None
        try:
            self._leave.__exit__(*raised)
        except Exception:
            if not self.done:
                raise
            self.raw.close()

    def _send(self, sql: str, rows: Sequence[Sequence[Any]]) -> Any:
        self._sent = True
        self._statements.append(sql)
        cursor = self.raw.cursor()
        if len(rows) == 1:
            cursor.execute(_percent(sql), rows[0])
        else:
            cursor.executemany(_percent(sql), rows)
        return cursor


@lru_cache(maxsize=2048)
def _percent(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _update_from_arrays(
    table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[list[Any]]]:
    """Return a statement that updates rows in their turn, and the arrays that it takes them from.

    A column that is nowhere set to anything has no array: nothing tells of what type it would be.
    """
    arrays = [list(values) for values in zip(*rows, strict=True)]
    types = tuple(
        next((ARRAYS[type(value)] for value in values if value is not None), None)
        for values in arrays
    )
    given = [values for values, type in zip(arrays, types, strict=True) if type is not None]
    return _arrays_sql(table, columns, types), given


@lru_cache(maxsize=512)
def _arrays_sql(table: str, columns: tuple[str, ...], types: tuple[str | None, ...]) -> str:
    names = [f"column{place}" for place, _ in enumerate(types)]
    given = ", ".join(f"%b::{type}" for type in types if type is not None)
    called = ", ".join(name for name, type in zip(names, types, strict=True) if type is not None)
    *values, book, id, revision = (
        "NULL" if type is None else f"new.{name}" for name, type in zip(names, types, strict=True)
    )
    pairs = zip(columns, values, strict=True)
    assignments = ", ".join(f'"{column}" = {value}' for column, value in pairs)
    return (
        f"UPDATE {table} AS old SET {assignments} FROM unnest({given}) AS new ({called})"
        f" WHERE old.book = {book} AND old.id = {id} AND old.revision = {revision}"
    )

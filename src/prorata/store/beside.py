"""Beside: units of work decided beside SQLite's one writer, which only writes what they decided.

A unit reads the books as they stood at one moment and keeps its statements for the end. The writer
runs them in bulk, while other threads go on; or by the driver, each for many rows at once, as that
stops them at the end of every statement. What somebody else has changed since makes an update miss
its revision, and then the unit is run anew, in the writer.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

from prorata.store.connection import Conflict, Connection, SqliteConnection
from prorata.store.statements import insert_sql, row_sql, update_sql

Rows = Sequence[Sequence[Any]]
# Rows of one statement: powers of two, so that few statements are ever prepared.
MOST_ROWS = 256


class MustWrite(BaseException):
    """A unit asks for what only the writer can give it; nobody inside it catches this."""


class Luck:
    """Whether units are worth deciding beside the writer: not soon after some were overtaken."""

    LONGEST = 64

    def __init__(self) -> None:
        self._pause = self._left = 0

    def good(self) -> bool:
        """Return whether to try; what is not tried counts as time that passes."""
        if self._left:
            self._left -= 1
            return False
        return True

    def lost(self) -> None:
        """Note that a unit had to be run anew: the next ones are not tried, more each time."""
        self._pause = min(max(1, self._pause * 2), self.LONGEST)
        self._left = self._pause

    def won(self) -> None:
        """Note that a unit was written as it had been decided."""
        self._pause = 0


class Kept(NamedTuple):
    """A statement that waits for the writer, with its rows.

    otherwise: what it means if a row changes nothing; None where that means nothing.
    many: the same statement for so many rows at once, where there is one.
    """

    sql: str
    rows: Rows
    otherwise: str | None = None
    many: Callable[[int], str] | None = None

    def run(self, writer: SqliteConnection) -> None:
        """Run it by the driver."""
        if self.many is None:
            writer.run_many(self.sql, self.rows)
            return
        for part in _parts(self.rows):
            written = writer.touch(self.many(len(part)), tuple(chain.from_iterable(part)))
            if self.otherwise is not None and written != len(part):
                raise Conflict(self.otherwise)


class BesideConnection(SqliteConnection):
    """A reader's connection that keeps what is to be written."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        super().__init__(raw)
        self._kept: list[Kept] = []

    @property
    def writes(self) -> bool:
        """Return whether there is anything to be written."""
        return bool(self._kept)

    def write(self, connection: Connection) -> None:
        """Run what was kept on the writer's connection. Raises Conflict and UniqueViolation."""
        assert isinstance(connection, SqliteConnection)
        if connection.bulk is None:
            for each in self._kept:
                each.run(connection)
            return
        parts = [(each.sql, each.rows, each.otherwise is not None) for each in self._kept]
        missed = connection.bulk.run(parts)
        if missed is not None:
            raise Conflict(self._kept[missed].otherwise)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if self._kept:
            raise MustWrite(sql)
        return super().query(sql, parameters)

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._kept.append(Kept(sql, [parameters]))

    def run_many(self, sql: str, rows: Rows) -> None:
        self._kept.append(Kept(sql, rows))

    def update(self, table: str, columns: Sequence[str], rows: Rows, otherwise: str) -> None:
        named = tuple(columns)
        many = partial(_update_sql, table, named)
        self._kept.append(Kept(update_sql(table, named), rows, otherwise, many))

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        named = tuple(columns)
        many = partial(_insert_sql, table, named)
        self._kept.append(Kept(insert_sql(table, named), rows, many=many))

    def keep_others_out(self) -> None:
        raise MustWrite

    def mark(self) -> Any:
        return None


def _parts(rows: Rows) -> Iterator[Rows]:
    """Divide rows among statements of the sizes that there are."""
    start, size = 0, MOST_ROWS
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


@lru_cache(maxsize=512)
def _insert_sql(table: str, columns: tuple[str, ...], rows: int) -> str:
    return insert_sql(table, columns) + f", {row_sql(columns)}" * (rows - 1)


@lru_cache(maxsize=512)
def _update_sql(table: str, columns: tuple[str, ...], rows: int) -> str:
    if rows == 1:
        return update_sql(table, columns)
    names = (*columns, "book", "id", "revision")
    *values, book, id, revision = (f"new.column{place}" for place, _ in enumerate(names, 1))
    given = ", ".join([row_sql(names)] * rows)
    pairs = zip(columns, values, strict=True)
    assignments = ", ".join(f'"{name}" = {value}' for name, value in pairs)
    return (
        f"UPDATE {table} AS old SET {assignments} FROM (VALUES {given}) AS new"
        f" WHERE old.book = {book} AND old.id = {id} AND old.revision = {revision}"
    )

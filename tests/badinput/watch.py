"""Watch: whether anybody wrote to the store since it last looked."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from typing import Any, Protocol

import psycopg

Rows = list[tuple[Any, ...]]


class Watch(Protocol):
    """Looks at a store from outside."""

    def written(self) -> bool:
        """Return whether any row was made, changed or deleted since the last look."""
        ...

    def close(self) -> None: ...


def watch(url: str) -> Watch:
    """Return the watch over an SQLite file or a PostgreSQL database."""
    return SqliteWatch(url) if url.startswith("sqlite") else PostgresWatch(url)


def _counts(tables: dict[str, set[str]]) -> str:
    """Return the query that sums up every table: a document's revision rises with every change."""
    weights = {name: "SUM(revision)" if "revision" in tables[name] else "0" for name in tables}
    return " UNION ALL ".join(
        f"SELECT '{name}', COUNT(*), {weight} FROM \"{name}\""
        for name, weight in sorted(weights.items())
    )


class _Watch(ABC):
    """Looks closely only after a transaction that may have changed something."""

    _query: str

    def _begin(self) -> None:
        self._seen, self._rows = self._version(), self._count()

    def written(self) -> bool:
        before, self._seen = self._seen, self._version()
        if before == self._seen:
            return False
        rows, self._rows = self._rows, self._count()
        return rows != self._rows

    @abstractmethod
    def _version(self) -> int:
        """Return what changes whenever somebody writes, even when it is undone."""

    @abstractmethod
    def _count(self) -> Rows:
        """Return how many rows every table has, and the sum of their revisions."""


class SqliteWatch(_Watch):
    """Watches over a file."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._query = _counts({
            name: {row[1] for row in self._connection.execute(f'PRAGMA table_info("{name}")')}
            for (name,) in names.fetchall()
        })
        self._begin()

    def _version(self) -> int:
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def _count(self) -> Rows:
        return self._connection.execute(self._query).fetchall()

    def close(self) -> None:
        self._connection.close()


class PostgresWatch(_Watch):
    """Watches over a database; what is written to others of its server costs it a second look."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        tables: dict[str, set[str]] = {}
        for table, column in self._connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        ):
            tables.setdefault(table, set()).add(column)
        self._query = _counts(tables)
        self._begin()

    def _version(self) -> int:
        # Only what writes is given a number.
        row = self._connection.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        return row.fetchall()[0][0]

    def _count(self) -> Rows:
        return self._connection.execute(self._query).fetchall()

    def close(self) -> None:
        self._connection.close()

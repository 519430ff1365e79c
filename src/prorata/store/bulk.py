"""Bulk: statements with many rows each, written in SQLite while other threads of Python go on.

By a small extension in C (`bulk_writer.c`), built with the package where there is a compiler. Where
there is none, the driver does the same, and stops the other threads at the end of each statement.
"""

import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from prorata.store.connection import UniqueViolation

# The versions of Python whose driver the extension knows.
KNOWN = ((3, 11), (3, 14))
try:
    from prorata.store.bulk_writer import BulkError, Writer
except ImportError:
    BUILT = False
else:
    BUILT = KNOWN[0] <= sys.version_info[:2] <= KNOWN[1]
# SQL, its rows, and whether each row must change something.
Part = tuple[str, Sequence[Sequence[Any]], bool]


class Bulk:
    """Writes for one connection of the driver, which one thread uses at a time."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._writer = Writer(raw)

    def run(self, parts: list[Part]) -> int | None:
        """Run statements with their rows; return the place of one of which a row changes nothing.

        It stops there. Raises UniqueViolation, and errors of the driver.
        """
        try:
            return self._writer.run(parts)
        except BulkError as error:
            code, text = error.args
        raise _error(code, text)

    def close(self) -> None:
        """Let the connection's statements go, before it is closed."""
        self._writer.close()


def bulk_for(raw: sqlite3.Connection) -> Bulk | None:
    """Return what writes for a connection; None where the extension was not built."""
    return Bulk(raw) if BUILT else None


def _error(code: int, text: str) -> Exception:
    """Return an error of SQLite as the driver raises it, or as the store names it."""
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return UniqueViolation(text)
    if primary == sqlite3.SQLITE_NOMEM:
        return MemoryError(text)
    damaged = primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    error = sqlite3.DatabaseError(text) if damaged else sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error

import sqlite3
from collections.abc import Sequence
from typing import Any

class BulkError(Exception):
    """A code of SQLite and its text."""

class Writer:
    """Writes through a connection of the driver, which one thread uses at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None: ...
    def run(self, parts: list[tuple[str, Sequence[Sequence[Any]], bool]]) -> int | None:
        """Run statements in turn; return the place of the first of which a row changes nothing.

        Each is SQL, its rows (tuples or lists), and whether each row must change something.
        Raises BulkError, and TypeError or OverflowError where a value is none of SQLite's.
        """

    def close(self) -> None:
        """Let the connection's statements go."""

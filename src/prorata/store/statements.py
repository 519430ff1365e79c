"""Statements: how rows of a table are inserted, and documents updated, on both databases."""

from collections.abc import Sequence
from functools import lru_cache

# Columns that hold documents, or parts of them, as JSON.
JSON_COLUMNS = frozenset({"document", "private", "patch", "previous", "payload"})


def _placeholder(column: str) -> str:
    """Return what stands for a column's value in a statement of SQLite: bytes become a text."""
    return "CAST(? AS TEXT)" if column in JSON_COLUMNS else "?"


def row_sql(columns: Sequence[str]) -> str:
    """Return what stands for the values of one row in a statement that inserts it."""
    return f"({', '.join(_placeholder(name) for name in columns)})"


@lru_cache(maxsize=256)
def insert_sql(table: str, columns: tuple[str, ...]) -> str:
    """Return the statement that inserts one row."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES {row_sql(columns)}"


@lru_cache(maxsize=256)
def update_sql(table: str, columns: tuple[str, ...]) -> str:
    """Return the statement that sets columns of the document with a book, an id and a revision."""
    assignments = ", ".join(f'"{name}" = {_placeholder(name)}' for name in columns)
    return f"UPDATE {table} SET {assignments} WHERE book = ? AND id = ? AND revision = ?"

"""Texts: documents reach the text columns of both drivers as the bytes that they were encoded to.

A driver encodes a text again, and one sign beyond ASCII (every line of an invoice says "1 × Gold")
makes that slow: it took a twentieth of a renewal.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

# Columns that hold documents, or parts of them, as JSON.
JSON_COLUMNS = frozenset({"document", "private", "patch", "previous", "payload"})


def _as_it_is(value: Any) -> Any:
    return value


# For what the driver knows no adapter of, None included, it words an error each time.
for _type in (bytes, type(None)):
    sqlite3.register_adapter(_type, _as_it_is)


def placeholder(column: str) -> str:
    """Return what stands for a column's value in a statement of SQLite: bytes become a text."""
    return "CAST(? AS TEXT)" if column in JSON_COLUMNS else "?"


def row_sql(columns: Sequence[str]) -> str:
    """Return what stands for the values of one row in a statement that inserts it."""
    return f"({', '.join(placeholder(name) for name in columns)})"


def send_bytes_as_texts(raw: Any) -> None:
    """Let a connection of psycopg send bytes as texts in UTF-8."""
    from psycopg.adapt import Dumper
    from psycopg.postgres import types
    from psycopg.pq import Format

    class Text(Dumper):
        oid = types["text"].oid

        def dump(self, obj: bytes) -> bytes:
            return obj

    class BinaryText(Text):
        format = Format.BINARY

    for dumper in (BinaryText, Text):
        raw.adapters.register_dumper(bytes, dumper)

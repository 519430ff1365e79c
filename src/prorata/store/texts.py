"""Texts: documents reach the text columns of both drivers as the bytes that they were encoded to.

A driver encodes a text again, and one sign beyond ASCII (every line of an invoice says "1 × Gold")
makes that slow: it took a twentieth of a renewal.
"""

import sqlite3
from functools import cache
from typing import Any


def bind_bytes_and_nulls() -> None:
    """Let SQLite's driver bind them as they are: it looked for an adapter, and raised an error."""
    for each in (bytes, type(None)):
        sqlite3.register_adapter(each, _as_it_is)


def send_bytes_as_texts(raw: Any) -> None:
    """Let a connection of psycopg send bytes as texts in UTF-8."""
    for dumper in _dumpers():
        raw.adapters.register_dumper(bytes, dumper)


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _dumpers() -> tuple[type[Any], ...]:
    from psycopg.adapt import Dumper
    from psycopg.postgres import types
    from psycopg.pq import Format

    class Text(Dumper):
        oid = types["text"].oid

        def dump(self, obj: bytes) -> bytes:
            return obj

    class BinaryText(Text):
        format = Format.BINARY

    # The last one is the usual one.
    return BinaryText, Text

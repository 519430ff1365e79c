"""Nulls are most of what a row holds: the driver binds them without looking for how."""

from __future__ import annotations

import sqlite3

from prorata.store.database import open_database


def test_a_null_is_bound_as_it_is() -> None:
    database = open_database("sqlite://")
    try:
        found = database.read(lambda connection: connection.query("SELECT ?, ?", (None, 1)))
    finally:
        database.close()
    assert list(found) == [(None, 1)]
    assert (type(None), sqlite3.PrepareProtocol) in sqlite3.adapters

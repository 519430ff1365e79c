"""Revision: the tables that this version writes; no other ones are written.

Every connection to PostgreSQL holds a lock, shared with all others, that a migration wants for
itself: it begins when nobody is left who knows the former tables. SQLite's writer looks before it
writes.
"""

from collections.abc import Sequence
from typing import Any

from prorata.store.connection import Unfit

# What the newest migration is called.
NEWEST = "0008"
ASKED = "SELECT version_num FROM alembic_version"
# Of PostgreSQL's advisory locks: shared by all connections, wanted by who changes their tables.
USERS = 4242_0002


class MovedOn(Unfit):
    """The tables are those of another version."""


def check_revision(rows: Sequence[tuple[Any, ...]]) -> None:
    """Raise MovedOn unless the tables are this version's, or none have been made yet."""
    if rows and tuple(rows[0]) != (NEWEST,):
        raise MovedOn(
            f"the database is at revision {rows[0][0]}, and this process writes {NEWEST}: stop it,"
            " and start the version that made the tables"
        )


def fit(raw: Any) -> None:
    """Let nobody change the tables while a connection to PostgreSQL lives; raise MovedOn.

    It must not see the books as they were before the wait.
    """
    from psycopg.errors import UndefinedTable

    raw.execute(f"SELECT pg_advisory_lock_shared({USERS})")
    try:
        rows = raw.execute(ASKED).fetchall()
    except UndefinedTable:
        rows = []
    check_revision(rows)

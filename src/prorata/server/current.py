"""Current: whether a database has this version's tables, seen without loading what makes them.

Alembic and SQLAlchemy take a third of the time to start; they are needed once in a database's life.
An empty SQLite file gets its tables from `sqlite.sql`, which the migrations wrote.
"""

import contextlib
import sqlite3
from pathlib import Path

import prorata.store
from prorata.store.revision import ASKED, NEWEST

SCHEMA = Path(prorata.store.__file__).parent / "migrations" / "sqlite.sql"


def is_current(url: str) -> bool:
    """Return whether a database has the newest tables; False also where that can't be told."""
    path = url.removeprefix("sqlite:///")
    if path != url:
        return Path(path).exists() and _sqlite_revision(path) == NEWEST
    return url.startswith("postgres") and _postgres_revision(url) == NEWEST


def is_blank(url: str) -> bool:
    """Return whether SQLite has no file there yet, or an empty one. To open another changes it."""
    path = Path(url.removeprefix("sqlite:///"))
    return url.startswith("sqlite") and not (path.is_file() and path.stat().st_size)


def require_current(url: str) -> None:
    """Raise Refused, with a sentence that says what to do, unless the tables fit."""
    if not is_current(url):
        from prorata.server import migrate

        migrate.require_current(url)


def make_at_once(url: str) -> bool:
    """Give an empty SQLite file its tables; return False for anything else."""
    path = url.removeprefix("sqlite:///")
    if path == url:
        return False
    # Whoever migrates will say what is wrong with a file that can't be written.
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw,
    ):
        raw.execute("BEGIN IMMEDIATE")
        (tables,) = raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables == 0:
            for statement in SCHEMA.read_text().split(";\n"):
                raw.execute(statement)
        raw.execute("COMMIT")
        return bool(tables == 0)
    return False


def _sqlite_revision(path: str) -> str | None:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as raw:
        found = raw.execute(ASKED).fetchall()
        return found[0][0] if len(found) == 1 else None
    return None


def _postgres_revision(url: str) -> str | None:
    import psycopg

    from prorata.store.postgres import patient_address

    with contextlib.suppress(psycopg.Error), psycopg.connect(patient_address(url)) as raw:
        found = raw.execute(ASKED).fetchall()
        return found[0][0] if len(found) == 1 else None
    return None

"""Migrations: a database brought to this version's tables, or refused with a sentence."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import ArgumentError, DBAPIError

import prorata.resources.all
import prorata.store
from prorata.model.errors import Refused
from prorata.store.database import check_address
from prorata.store.postgres import patient_address
from prorata.store.revision import USERS
from prorata.store.tables import schema

MIGRATIONS = Path(prorata.store.__file__).parent / "migrations"
# Alembic keeps the migration that runs in a global of its own: one at a time in a process.
_ONE_AT_A_TIME = threading.Lock()
# Of PostgreSQL's advisory locks: held by the one process that migrates.
_LOCK = 4242_0001
# How long processes that are ending are waited for.
_ENDING_SECONDS = 10.0


def migrate(url: str, *, fresh: bool = False) -> list[str]:
    """Bring a database to this version's tables; return what was done, a line each.

    fresh: only one that has none yet is wanted; that of an earlier version is refused as it is.
    All of it is done or nothing, by one process at a time. Raises Refused for a database that
    cannot be opened or keep every text, for one that no version up to this one has made, and for
    one on PostgreSQL that processes are still using, which know the former tables only.
    """
    with _ONE_AT_A_TIME, _engine(url, alone=True) as engine, _connected(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        current, script = _revision(connection), _scripts()
        _refuse_strangers(connection, current)
        newest = script.get_current_head()
        if current == newest:
            return [f"The database is up to date (revision {newest})."]
        if fresh and current is not None:
            raise Refused(f"the database is in use already (revision {current}).")
        if connection.dialect.name == "postgresql":
            if current is None:
                _require_unicode(connection)
            else:
                _wait_for_users(connection)
        lines: list[str] = []

        def upgrade(revision: object, context: MigrationContext) -> list[object]:
            steps = script._upgrade_revs("head", revision)  # type: ignore[arg-type]
            lines.extend(f"Applied {step.doc}" for step in steps)
            return list(steps)

        with EnvironmentContext(_config(), script, fn=upgrade) as environment:
            environment.configure(connection=connection, target_metadata=schema())
            environment.run_migrations()
        return lines


def require_current(url: str) -> None:
    """Raise Refused, with a sentence that says what to do, unless the tables fit."""
    if url == "sqlite://":
        raise Refused("sqlite:// is in memory and empty at the start: only `prorata dev` uses it.")
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise Refused(f"there is no file {path}. `prorata migrate --database {url}` makes it.")
    with _engine(url) as engine, _connected(engine) as connection:
        current = _revision(connection)
        _refuse_strangers(connection, current)
    newest = _scripts().get_current_head()
    if current == newest:
        return
    state = "is empty" if current is None else f"is at revision {current}, and {newest} is needed"
    raise Refused(f"the database {state}. Run `prorata migrate --database {url}`.")


def _revision(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise _unusable(error) from None


def _refuse_strangers(connection: Connection, current: str | None) -> None:
    if current is None and schema().tables.keys() & set(inspect(connection).get_table_names()):
        raise Refused(
            "the database has tables but no recorded version. Use a copy that has one, or begin"
            " with an empty database."
        )
    if current is not None and current not in {
        each.revision for each in _scripts().walk_revisions()
    }:
        raise Refused(
            f"the database was made by a newer version of Prorata (revision {current}). Use that"
            " version, or another database."
        )


def _require_unicode(connection: Connection) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise Refused(
            f"the database is encoded in {encoding}, which cannot keep every text. Make one with"
            " CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


def _wait_for_users(connection: Connection) -> None:
    until = time.monotonic() + _ENDING_SECONDS
    asked = f"SELECT pg_try_advisory_xact_lock({USERS})"
    while not connection.exec_driver_sql(asked).scalar_one():
        if time.monotonic() > until:
            raise Refused(
                "the database is in use. Stop every process of Prorata that is connected to it, and"
                " migrate again. Nothing was changed."
            )
        time.sleep(0.1)


def _unusable(error: Exception) -> Refused:
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    return Refused(f"cannot use the database: {reason}.")


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except (DBAPIError, sqlite3.Error) as error:
        raise _unusable(error) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _engine(url: str, *, alone: bool = False) -> Iterator[Engine]:
    check_address(url)
    try:
        engine = create_engine(url) if url.startswith("sqlite") else _postgres_engine(url)
    except (ArgumentError, ValueError) as error:
        raise Refused(f"not a database: {url} ({error}).") from None
    if alone and engine.dialect.name == "sqlite":
        # The driver would commit table by table: a process that dies would leave half of them.
        event.listen(engine, "connect", _take_no_part)
        event.listen(engine, "begin", _begin_immediately)
    try:
        yield engine
    finally:
        engine.dispose()


def _take_no_part(raw: sqlite3.Connection, _: object) -> None:
    raw.isolation_level = None


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres_engine(url: str) -> Engine:
    """Return an engine that reaches PostgreSQL as everybody does, and waits as long for it."""
    import psycopg

    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(patient_address(url)),
        # Whatever the role's is: who waited for another migration is to see what that has made.
        isolation_level="READ COMMITTED",
    )

"""Migrations: a database brought to this version's tables, or refused with a sentence."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

import prorata.resources.all
import prorata.store
from prorata.store.tables import schema

MIGRATIONS = Path(prorata.store.__file__).parent / "migrations"
# Alembic keeps the migration that runs in a global of its own: one at a time in a process.
_ONE_AT_A_TIME = threading.Lock()


class SchemaOutdated(Exception):
    """The database does not have this version's tables."""


def migrate(url: str) -> list[str]:
    """Bring a database to this version's tables; return what was done, a line each."""
    with _ONE_AT_A_TIME, _engine(url) as engine:
        current, newest = _revisions(engine)
        if current == newest:
            return [f"The database is up to date (revision {newest})."]
        script = _scripts()
        lines: list[str] = []

        def upgrade(revision: object, context: MigrationContext) -> list[object]:
            steps = script._upgrade_revs("head", revision)  # type: ignore[arg-type]
            lines.extend(f"Applied {step.revision.revision}: {step.doc}" for step in steps)
            return list(steps)

        with (
            EnvironmentContext(_config(), script, fn=upgrade) as environment,
            engine.begin() as connection,
        ):
            environment.configure(connection=connection, target_metadata=schema())
            environment.run_migrations()
        return lines


def require_current(url: str) -> None:
    """Raise SchemaOutdated, with a sentence that says what to do, unless the tables fit."""
    with _engine(url) as engine:
        current, newest = _revisions(engine)
        if current == newest:
            return
        if current is None:
            problem = (
                "has tables but no recorded version (a migration stopped halfway?)"
                if inspect(engine).get_table_names()
                else "is empty"
            )
        elif current not in {each.revision for each in _scripts().walk_revisions()}:
            problem = f"was made by a newer version of Prorata (revision {current})"
        else:
            problem = f"is at revision {current}, and this version needs {newest}"
    raise SchemaOutdated(
        f"The database {problem}. Run `prorata migrate --database {url}`, or use the version that"
        " made it."
    )


def _revisions(engine: Engine) -> tuple[str | None, str | None]:
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, _scripts().get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(_engine_url(url))
    try:
        yield engine
    finally:
        engine.dispose()


def _engine_url(url: str) -> str:
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url

"""Migrations make the tables that the code describes, and a half-made database is refused."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from prorata.model.errors import Refused
from prorata.server.migrate import _engine, migrate, require_current
from prorata.store.tables import schema


def test_a_migrated_database_has_the_tables_that_the_nouns_describe(empty_database_url: str):
    migrate(empty_database_url)
    require_current(empty_database_url)
    with _engine(empty_database_url) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema())
        known = {index["name"] for table in schema().tables
                 for index in sqlalchemy.inspect(connection).get_indexes(table)}  # fmt: skip
    # The sandbox's own books may lie in the same database.
    assert [each for each in differences if "sandbox" not in str(each)] == []
    assert {index.name for table in schema().tables.values() for index in table.indexes} <= known


@pytest.mark.parametrize(
    ("wreck", "sentence"),
    [
        ("DROP TABLE alembic_version", "has tables but no recorded version"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer version of Prorata"),
    ],
)
def test_a_database_that_does_not_fit_is_refused_with_a_sentence(
    empty_database_url: str, wreck: str, sentence: str
):
    with pytest.raises(Refused, match="prorata migrate"):
        require_current(empty_database_url)
    migrate(empty_database_url)
    with _engine(empty_database_url) as engine, engine.begin() as connection:
        connection.execute(sqlalchemy.text(wreck))
    with pytest.raises(Refused, match=sentence):
        require_current(empty_database_url)


def test_a_migration_that_stops_halfway_leaves_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
):
    made = []

    def stop(*names: object, **options: object) -> None:
        made.append(names)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", stop)
        with pytest.raises(KeyboardInterrupt):
            migrate(empty_database_url)
    assert made, "no index was about to be made"
    with _engine(empty_database_url) as engine, engine.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    assert migrate(empty_database_url) == [
        "Applied 0001: the first tables.", "Applied 0002: what customers have used.",
        "Applied 0003: what was tried, and how often it succeeded.",
        "Applied 0004: reports that were asked for.",
        "Applied 0005: events are found by what they are about.",
    ]


def test_an_empty_sqlite_file_gets_the_tables_that_the_migrations_make():
    from prorata.server.current import NEWEST, SCHEMA
    from prorata.server.migrate import _scripts

    scripts = Path(__file__).parents[2] / "scripts"
    made = runpy.run_path(str(scripts / "schema.py"))["script"]()
    assert SCHEMA.read_text() == made, "run `python scripts/schema.py`"
    assert _scripts().get_current_head() == NEWEST


def test_starting_on_an_empty_file_or_a_current_database_loads_no_migrations(tmp_path: Path):
    code = (
        "import sys; from prorata.testing.live_server import running\n"
        f"for _ in range(2):\n with running('sqlite:///{tmp_path}/books.db'): pass\n"
        "assert not {'alembic', 'sqlalchemy', 'aiohttp'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

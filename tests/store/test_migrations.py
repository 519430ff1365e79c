"""Migrations make the tables that the code describes, and a half-made database is refused."""

import json
import runpy
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext

from databases import POSTGRES
from prorata.model.errors import Refused
from prorata.resources.payments.refund_reference import RefundReference
from prorata.rules.recovery import epoch_of
from prorata.server.migrate import (
    _config,
    _connected,
    _engine,
    _scripts,
    migrate,
    require_current,
)
from prorata.store.database import open_database
from prorata.store.records import decoder
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
        "Applied 0006: months that are closed, and retries counted by their time.",
        "Applied 0007: references of reported refunds, each of one refund.",
        "Applied 0008: charges that lapse unless they are captured.",
    ]


@contextmanager
def before_revision(revision: str, url: str) -> Iterator[sqlalchemy.Connection]:
    """Give a database as this revision left it."""
    migrate(url)
    script = _scripts()
    with _engine(url, alone=True) as engine, _connected(engine) as connection:
        with EnvironmentContext(
            _config(), script, fn=lambda newest, _: script._downgrade_revs(revision, newest)
        ) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
        yield connection


def test_references_of_refunds_that_were_reported_before_stay_taken(empty_database_url: str):
    with before_revision("0006", empty_database_url) as connection:
        for record, refunds in (("pr_1a", ["a", "b"]), ("pr_2a", ["b", "c"])):
            private = {"refunds": [{"reference": each, "amount": 5} for each in refunds]}
            connection.execute(sqlalchemy.text(
                "INSERT INTO doc_payment_record (book, id, revision, created, bucket, document,"
                " private) VALUES (1, :id, 2, 9, 4, :document, :private)"
            ), {
                "id": record, "document": json.dumps({"livemode": False}),
                "private": json.dumps(private, separators=(",", ":")),
            })  # fmt: skip

    migrate(empty_database_url)

    with _engine(empty_database_url) as engine, _connected(engine) as connection:
        kept = connection.execute(
            sqlalchemy.text("SELECT document FROM doc_prorata_refund_reference ORDER BY id")
        )
        found = [decoder(RefundReference).decode(text) for (text,) in kept]
    assert [(each.reference, each.payment_record) for each in found] == [
        ("a", "pr_1a"), ("b", "pr_1a"), ("c", "pr_2a"),
    ]  # fmt: skip


def test_charges_that_reserve_money_wait_for_its_end(empty_database_url: str):
    card: dict[str, object] = {"card": {"capture_before": 700}}
    charges = {
        "ch_reserved": ({"payment_method_details": card}, None, None),
        "ch_captured": ({"payment_method_details": card, "captured": True}, None, None),
        "ch_let_go": ({"payment_method_details": card, "refunded": True}, None, None),
        "ch_capturing": ({"payment_method_details": card}, {"capturing": True}, None),
        "ch_of_intent": ({"payment_method_details": card}, None, "pi_1"),
        "ch_at_once": ({"payment_method_details": {"card": {}}, "captured": True}, None, None),
    }
    with before_revision("0007", empty_database_url) as connection:
        for id, (more, private, intent) in charges.items():
            document = {"captured": False, "refunded": False, **more}
            connection.execute(sqlalchemy.text(
                "INSERT INTO doc_charge (book, id, revision, created, bucket, payment_intent,"
                " status, document, private)"
                " VALUES (1, :id, 2, 9, 4, :intent, 'succeeded', :document, :private)"
            ), {
                "id": id, "intent": intent,
                "document": json.dumps(document, separators=(",", ":")),
                "private": private and json.dumps(private),
            })  # fmt: skip

    migrate(empty_database_url)

    with _engine(empty_database_url) as engine, _connected(engine) as connection:
        due = connection.execute(
            sqlalchemy.text("SELECT id, due_at FROM doc_charge WHERE due_at IS NOT NULL")
        ).fetchall()
    assert [tuple(row) for row in due] == [("ch_reserved", 700)]


@pytest.mark.skipif(not POSTGRES, reason="PRORATA_TEST_POSTGRES names no server")
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_keep_every_text_is_refused(encoding: str):
    assert POSTGRES is not None
    name = f"test_{encoding.lower()}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        made = f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        admin.execute(made)
        try:
            with pytest.raises(Refused, match=f"encoded in {encoding}"):
                migrate(f"{POSTGRES.rpartition('/')[0]}/{name}")
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("empty_database_url", ["postgres"], indirect=True)
def test_texts_are_kept_whatever_a_role_is_set_to(empty_database_url: str):
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {admin.info.dbname} SET client_encoding = 'LATIN1'")
    with closing(open_database(empty_database_url)) as database:
        asked = database.read(lambda connection: connection.query("SELECT ?::text", ["☃"]))
    assert asked == [("☃",)]


@pytest.mark.parametrize("empty_database_url", ["postgres"], indirect=True)
def test_several_may_migrate_at_once_whatever_a_role_is_set_to(empty_database_url: str):
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(
            f"ALTER DATABASE {admin.info.dbname}"
            " SET default_transaction_isolation = 'repeatable read'"
        )
    program = [sys.executable, "-m", "prorata.cli.main"]
    command = [*program, "migrate", "--database", empty_database_url]
    several = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [each.wait() for each in several] == [0, 0, 0]
    require_current(empty_database_url)


def test_what_was_counted_before_there_were_spans_is_taken_for_new(empty_database_url: str):
    with before_revision("0005", empty_database_url) as connection:
        connection.execute(sqlalchemy.text(
            "INSERT INTO tally (book, clock, name, part, slot, tried, won)"
            " VALUES (1, '', 'recovery lost', 3, 'all', 40, 9)"
        ))  # fmt: skip
    assert len(migrate(empty_database_url)) == 3
    with _engine(empty_database_url) as engine, _connected(engine) as connection:
        [(epoch, tried, won)] = connection.execute(
            sqlalchemy.text("SELECT epoch, tried, won FROM tally")
        )
    assert (tried, won) == (40, 9) and 0 <= epoch_of(int(time.time())) - epoch <= 1


def test_an_empty_sqlite_file_gets_the_tables_that_the_migrations_make():
    from prorata.server.current import NEWEST, SCHEMA

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

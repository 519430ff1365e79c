"""Tables that moved on under a process: what it knows no longer fits, and it writes nothing."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy
import stripe

import servers
from prorata.model.errors import Refused
from prorata.server.migrate import _connected, _engine, migrate
from prorata.store.database import open_database
from prorata.store.revision import NEWEST, USERS, fit

from .test_migrations import before_revision

LATER = "9999"
BOUND_SECONDS = 15.0
WITHOUT_LOCK = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND query <> ''
    AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')
"""


def move(url: str, revision: str) -> None:
    """Let the tables count as those of another version; processes are cut off as by a restart."""
    with _engine(url) as engine, _connected(engine) as connection:
        connection.execute(
            sqlalchemy.text("UPDATE alembic_version SET version_num = :new"), {"new": revision}
        )
    if url.startswith("postgres"):
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def made(products: Any, name: str) -> str | None:
    """Make a product; return what the server says of its tables, if it cannot."""
    try:
        products.create({"name": name})
    except stripe.APIError as error:
        assert error.http_status == 503 and "Nothing was changed" in str(error), error
        return str(error)
    return None


def test_a_process_writes_nothing_to_the_tables_of_another_version(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with servers.running(database_url, worker=False) as server:
        products = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1.products
        assert made(products, "Before") is None
        move(database_url, LATER)
        assert all(made(products, "Never") for _ in range(3))
        assert f"at revision {LATER}, and this process writes {NEWEST}" in capfd.readouterr().err
        move(database_url, NEWEST)
        until = time.monotonic() + BOUND_SECONDS
        while made(products, "After"):
            assert time.monotonic() < until
        assert sorted(each.name for each in products.list({}).data) == ["After", "Before"]


@pytest.mark.parametrize("empty_database_url", ["postgres"], indirect=True)
def test_tables_are_changed_when_nobody_uses_them_any_more(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prorata.server.migrate._ENDING_SECONDS", 0.2)
    former = f"{int(NEWEST) - 1:04}"
    with before_revision(former, empty_database_url):
        pass
    with psycopg.connect(empty_database_url, autocommit=True) as raw:
        monkeypatch.setattr("prorata.store.revision.NEWEST", former)
        fit(raw)
        with pytest.raises(Refused, match="Stop every process"):
            migrate(empty_database_url)
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (former,)
    assert len(migrate(empty_database_url)) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_every_connection_keeps_the_tables_as_they_are(database_url: str) -> None:
    asked = f"SELECT pg_try_advisory_xact_lock({USERS})"
    with psycopg.connect(database_url, autocommit=True) as admin:
        with closing(open_database(database_url)) as database:
            for one_query in (False, True):
                database.read(lambda connection: connection.query("SELECT 1"), one_query=one_query)
            assert admin.execute(asked).fetchone() == (False,)
            # The pool may be opening another one: it is handed out with the lock only.
            until = time.monotonic() + BOUND_SECONDS
            while without := admin.execute(WITHOUT_LOCK).fetchall():
                assert time.monotonic() < until, without
        # It has ended here, and soon will have on the server.
        admin.execute("SET statement_timeout = '15s'")
        admin.execute(f"SELECT pg_advisory_lock({USERS})")

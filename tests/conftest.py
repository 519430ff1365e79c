"""Fixtures: databases, a running server, and the watch over every answer the SDK receives."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from shapes.recorder import Recorder, recording

POSTGRES = os.environ.get("PRORATA_TEST_POSTGRES")

hypothesis.settings.register_profile("prorata", deadline=None, print_blob=True)
hypothesis.settings.load_profile("prorata")

_recorder = Recorder()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "any_shape(reason): answers in this test need not have the SDK's shape"
    )
    watch = recording(_recorder)
    watch.__enter__()
    config.add_cleanup(lambda: watch.__exit__(None, None, None))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    _recorder.start()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that passed but received answers which are not of the SDK's shape."""
    result = yield
    report = _recorder.report()
    if report and item.get_closest_marker("any_shape") is None:
        pytest.fail("Answers that are not of the SDK's shape:\n" + report, pytrace=False)
    return result


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[str]:
    """Give the URL of a database that exists until the end, a copy of the template's if given."""
    assert POSTGRES is not None, "PRORATA_TEST_POSTGRES names the server"
    name = f"test_{uuid.uuid4().hex[:16]}"
    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
    try:
        yield POSTGRES.rpartition("/")[0] + "/" + name
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as admin:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


def make_tables(url: str) -> None:
    """Make every table in an empty database."""
    import prorata.resources.all  # noqa: F401
    from prorata.store.tables import schema

    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        schema().create_all(connection)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name an SQLite file that has every table and no rows, to be copied by each test."""
    path = tmp_path_factory.mktemp("template") / "prorata.db"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Name a PostgreSQL database that has every table and no rows, to be copied by each test."""
    with postgres_database() as url:
        make_tables(url)
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with every table and no rows, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "prorata.db")
        yield f"sqlite:///{copy}"
        return
    if POSTGRES is None:
        pytest.skip("PRORATA_TEST_POSTGRES names no server; `make test` starts one")
    with postgres_database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database without tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'prorata.db'}"
        return
    if POSTGRES is None:
        pytest.skip("PRORATA_TEST_POSTGRES names no server; `make test` starts one")
    with postgres_database() as url:
        yield url


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Give a server that runs while this module's tests do: its `url` and its `secret_key`."""
    from prorata.testing import running

    with running() as found:
        yield found


@pytest.fixture
def client(server: Any) -> Any:
    """Give the official SDK's client of the server."""
    import stripe

    addresses = dict.fromkeys(("api", "meter_events", "files", "connect"), server.url)
    return stripe.StripeClient(server.secret_key, base_addresses=addresses)


@pytest.fixture
def assert_shape() -> Callable[[dict[str, Any]], None]:
    """Give the check of bodies that do not come through the SDK, such as webhooks."""
    from shapes import assert_shape

    return assert_shape

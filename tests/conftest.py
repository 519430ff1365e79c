"""Fixtures: databases, a running server, and the watch over every answer the SDK receives."""

from __future__ import annotations

import gc
import http.client
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from databases import POSTGRES, drop_spares, postgres_database
from headers import read_headers
from sdk import make_late
from servers import LONG, ONCE, TEST_ON, WHOLE, Present, running
from shapes.recorder import Recorder, recording

TESTS = Path(__file__).parent
# Whoever asks for one of these has chosen its stores.
SECRET_KEY = "cHJvcmF0YS10ZXN0cy1vbmx5LWtleS0wMDAwMDAwMDA="
OWN_STORES = frozenset({"database_url", "empty_database_url"})

hypothesis.settings.register_profile("prorata", deadline=None, print_blob=True)
hypothesis.settings.load_profile("prorata")

_recorder = Recorder()


def pytest_configure(config: pytest.Config) -> None:
    from prorata.store.identity_map import IdentityMap

    IdentityMap.watchful = True
    # Of the servers in processes of their own, on a database that has no file beside it.
    os.environ.setdefault("PRORATA_SECRET_KEYS", SECRET_KEY)
    # Of 300 processes that import the same, each would compile it anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    http.client.parse_headers = read_headers
    make_late()
    # Or the SDK's transport looks for proxies, in all variables, twice for each request.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
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


def make_tables(url: str) -> None:
    """Make every table in an empty database."""
    from prorata.server.migrate import migrate

    migrate(url)


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
        name = url.rpartition("/")[2]
        yield name
        drop_spares(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--everywhere", action="store_true",
        help="run all of the front-door tests on PostgreSQL too, with all of their parameters",
    )  # fmt: skip


@cache
def is_among(path: Path, places: tuple[str, ...]) -> bool:
    """Tell whether a module is one of these, or in one of these directories."""
    return any(path.relative_to(TESTS).is_relative_to(each) for each in places)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the front-door tests a second time, on PostgreSQL, when all have run on SQLite."""
    chosen = is_among(metafunc.definition.path, WHOLE + ONCE)
    if TEST_ON == "both" and chosen and OWN_STORES.isdisjoint(metafunc.fixturenames):
        metafunc.parametrize(
            "store",
            [pytest.param("sqlite", id=pytest.HIDDEN_PARAM), "postgresql"],
            indirect=True,
            scope="session",
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on PostgreSQL, the further parameters of what need not run whole there.

    What takes long comes first: at the end, one worker would do it while the others wait.
    """
    items.sort(key=lambda item: not is_among(item.path, LONG))
    if config.getoption("everywhere"):
        return
    kept, left, seen = [], [], set()
    for item in items:
        name = item.nodeid.partition("[")[0]
        on = item.callspec.params.get("store") if hasattr(item, "callspec") else None
        again = on == "postgresql" and name in seen and not is_among(item.path, WHOLE)
        (left if again else kept).append(item)
        if on == "postgresql":
            seen.add(name)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    # Thousands of tests and what they import stay: nobody need look for garbage among them.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Make one kind of store the one that servers without a database of their own use."""
    usual = Present.store
    Present.store = getattr(request, "param", usual)
    if Present.store == "postgresql" and Present.template is None:
        Present.template = request.getfixturevalue("postgres_template")
    yield Present.store
    Present.store = usual


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
def server(store: str) -> Iterator[Any]:
    """Give a server that runs while this module's tests do: its `url` and its `secret_key`."""
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

"""Fixtures: one server for all of bad input, stocked once and brought back to that state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import Answer, Asker, faults
from badinput.stock import Stock
from badinput.watch import watch
from prorata.api.derived import all_operations
from prorata.engine.reports import runs
from prorata.model.operation import Operation
from prorata.resources.core.account import ensure_account
from prorata.store.books import add_key, open_book
from prorata.store.connection import Connection
from prorata.testing import RunningServer
from servers import running

# Time stands still, so that every run is the same.
NOW = 1_790_000_000
OTHER_ACCOUNT = "acct_1Other0000000000"
OTHER_KEY = "sk_test_other00000000000000000000"
LIVE_KEY = "sk_live_prorata0live0000000000000"


class Counter:
    """A shop's door: asks, watches what is written, and puts the stock back."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.asker = Asker(server.url, server.secret_key)
        self.stock = Stock(self.asker)
        self.watch = watch(server.system.database.url)
        self.asker.ask("POST", "/_prorata/snapshots/stocked")
        self.watch.written()

    def ask(
        self, method: str, path: str, tree: Any = None, **more: Any
    ) -> tuple[Answer, list[str]]:
        """Return an answer and what is wrong with it as such."""
        answer = self.asker.ask(method, path, tree, **more)
        return answer, faults(answer, self.watch.written(), path)

    @property
    def quick(self) -> bool:
        """Whether bringing the stock back costs little, so that much can be tried."""
        return self.server.system.database.dialect == "sqlite"

    def restock(self) -> None:
        """Bring every document back to its state."""
        answer = self.asker.ask("POST", "/_prorata/snapshots/stocked/restore")
        assert answer.status == 200, answer.content
        self.watch.written()

    def close(self) -> None:
        self.asker.close()
        self.watch.close()


@pytest.fixture(scope="session")
def counter(store: str) -> Iterator[Counter]:
    """Give the stocked shop. No worker runs beside it: only what is asked writes."""
    with running(worker=False, now=NOW) as server:
        open_books(server)
        found = Counter(server)
        yield found
        found.close()


@pytest.fixture(scope="session")
def foreign(counter: Counter) -> Stock:
    """Give the stock of another account in the same store."""
    asker = Asker(counter.server.url, OTHER_KEY)
    stock = Stock(asker)
    asker.close()
    counter.asker.ask("POST", "/_prorata/snapshots/stocked")
    counter.watch.written()
    return stock


def make_reports(server: RunningServer) -> None:
    """Make the reports that wait, as a worker would."""
    for book, id in server.system.database.read(runs.waiting):
        runs.make(server.system, book, id)


def open_books(server: RunningServer) -> None:
    """Make the books of another account, and those of our own in live mode."""
    system = server.system
    own = next(iter(_accounts(server)))
    for account, live, secret in ((OTHER_ACCOUNT, False, OTHER_KEY), (own, True, LIVE_KEY)):

        def make(connection: Connection, account: str = account, live: bool = live,
                 secret: str = secret) -> Any:
            book = open_book(connection, account, live)
            now = system.clock.now()
            add_key(connection, book, secret, id=system.ids.new("key_sk", now), now=now)
            return book

        system.write(system.database.write(make), ensure_account)


def _accounts(server: RunningServer) -> list[str]:
    query = "SELECT account FROM book ORDER BY key"
    return [row[0] for row in server.system.database.read(lambda each: each.query(query))]


def operations() -> list[Operation]:
    """Return every operation of the newest version, in the order of their paths."""
    import prorata.engine.all
    import prorata.resources.all  # noqa: F401

    newest = [each for each in all_operations() if each.until is None]
    return sorted(newest, key=lambda each: (each.path, each.method))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "operation" in metafunc.fixturenames:
        every = operations()
        metafunc.parametrize("operation", every, ids=[each.route for each in every])



"""What usage costs: batches ask the database a constant number of questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from prorata.engine.clock_advance import advance_clock
from prorata.model.ids import bucket_of
from prorata.store.books import all_books
from prorata.store.connection import SqliteConnection
from prorata.testing import RunningServer
from servers import running
from subscriptions.life import at
from usage_billing.metering import MeteredLife


@pytest.fixture(scope="module")
def own() -> Iterator[RunningServer]:
    """Give a server that does nothing by itself."""
    with running("sqlite://", worker=False) as server:
        yield server


class HandMadeLife(MeteredLife):
    """A life on a server whose clocks are advanced by hand."""

    def __init__(self, server: RunningServer, sibling: HandMadeLife | None = None) -> None:
        self.server = server
        if sibling is None:
            client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
            super().__init__(client)
            return
        self.__dict__.update(sibling.__dict__)
        self.customer = self.client.customers.create({"test_clock": self.clock.id})
        self.use_card("visa")

    def sibling(self, taken: set[int]) -> HandMadeLife:
        """Return another life on the same clock, which a batch has room for beside the others."""
        while True:
            life = HandMadeLife(self.server, self)
            bucket = bucket_of(life.customer.id)
            if bucket not in taken:
                taken.add(bucket)
                return life

    def advance(self, to: str) -> None:
        self.client.test_helpers.test_clocks.advance(self.clock.id, {"frozen_time": at(to)})
        system = self.server.system
        [book] = [
            each for each in system.database.read(all_books)
            if each.account == self.client.accounts.retrieve_current().id and not each.livemode
        ]
        advance_clock(system, book, self.clock.id)


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Give the queries that are made from now on."""
    found: list[str] = []
    query = SqliteConnection.query

    def count(self, sql, parameters=()):
        found.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(SqliteConnection, "query", count)
    return found


def renewals(own, asked, customers, *, terms=None, metered=True, late=False) -> int:
    """Return how many questions about usage it takes to renew and finalize so many at once."""
    life = HandMadeLife(own)
    life.settings(late_usage="bill" if late else "show")
    calls = life.meter()
    taken = {bucket_of(life.customer.id)}
    lives = [life, *(life.sibling(taken) for _ in range(customers - 1))]
    for each in lives:
        each.subscribe(calls.price if metered else life.price(), **(terms or {}))
        calls.life = each
        calls.use(3)
    if late:
        life.advance("2026-02-01 02:00")
        for each in lives:
            calls.life = each
            calls.use(4, "2026-01-20")
        life.advance("2026-03-01 02:00")
        life.advance("2026-03-31")
    asked.clear()
    life.advance("2026-02-01 02:00" if not late else "2026-04-01 02:00")
    return len([sql for sql in asked if about_usage(sql)])


def about_usage(sql: str) -> bool:
    return "due_at <=" not in sql and ("usage_" in sql or "billing_meter" in sql)


@pytest.mark.parametrize("terms", [{}, {"billing_thresholds": {"amount_gte": 100_000}}])
@pytest.mark.parametrize("late", [False, True])
def test_renewals_ask_as_much_for_many_as_for_few(own, asked, terms, late):
    few = renewals(own, asked, 3, terms=terms, late=late)
    assert 0 < few == renewals(own, asked, 7, terms=terms, late=late)


def test_who_is_not_metered_asks_for_no_usage(own, asked):
    assert renewals(own, asked, 2, metered=False) == 0


@pytest.mark.parametrize("watched", [False, True])
def test_events_ask_once_more_where_something_is_watched(own, asked, watched):
    life = HandMadeLife(own)
    calls = life.meter()
    other = life.meter()
    life.subscribe(calls.price)
    if watched:
        life.subscribe(calls.price, billing_thresholds={"amount_gte": 100_000})
    calls.use(1)
    asked.clear()
    calls.use(1)
    assert len([sql for sql in asked if "usage_watch" in sql and "place" in sql]) == watched
    asked.clear()
    other.use(1)
    assert not [sql for sql in asked if "usage_watch" in sql and "due_at" not in sql]

"""What mails cost: a row for each, and no question to the database for any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mail.seller import DAY, NOW, Seller
from prorata.engine.clock_advance import advance_clock
from prorata.model.ids import IdFactory
from prorata.model.transaction import Mailing
from prorata.store.books import all_books
from prorata.store.connection import SqliteConnection
from prorata.testing import RunningServer
from servers import running


@pytest.fixture
def own() -> Iterator[RunningServer]:
    """Give a server that does nothing by itself."""
    with running("sqlite://", worker=False) as server:
        # Customers of one bucket are renewed one after another: here no two of them share one.
        server.system.ids = IdFactory(1)
        yield server


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the queries that are made from now on."""
    found: list[str] = []
    query = SqliteConnection.query

    def count(self, sql, parameters=()):  # type: ignore[no-untyped-def]
        found.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(SqliteConnection, "query", count)
    return found


def renewals(own: RunningServer, asked: list[str], customers: int, mailing: Mailing) -> list[str]:
    """Return the questions that it takes to renew and charge so many subscriptions at once."""
    own.system.mailing_test = mailing
    seller = Seller(own)
    clock = seller.v1.test_helpers.test_clocks.create({"frozen_time": NOW})
    for _ in range(customers):
        made = seller.v1.customers.create({"email": "ada@example.com", "test_clock": clock.id})
        seller.pay_with(made.id, "pm_card_visa")
        seller.subscribe(made.id)
    [book] = own.system.database.read(all_books)
    _advance(own, seller, book, clock.id, 30)
    asked.clear()
    _advance(own, seller, book, clock.id, 32)
    return list(asked)


def _advance(own, seller, book, clock, days) -> None:  # type: ignore[no-untyped-def]
    seller.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": NOW + days * DAY})
    advance_clock(own.system, book, clock)


def test_mails_of_renewals_ask_nothing(own: RunningServer, asked: list[str]) -> None:
    few = len(renewals(own, asked, 2, "keep"))
    many = len(renewals(own, asked, 6, "keep"))
    without = len(renewals(own, asked, 6, "off")) - len(renewals(own, asked, 2, "off"))
    assert many - few == without
    seller = Seller(own)
    assert len(seller.mails("receipt")) == 2 * (2 + 6)


def test_where_mails_are_off_nothing_is_asked_or_written(
    own: RunningServer, asked: list[str]
) -> None:
    said = renewals(own, asked, 2, "off")
    assert not [sql for sql in said if "doc_prorata_mail" in sql and "due_at" not in sql]
    assert not Seller(own).mails()

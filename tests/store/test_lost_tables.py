"""A database that loses its tables under a server: nothing is done, nothing stuck."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

import servers
from prorata.engine.advance import run_due
from prorata.store.connection import Unavailable

from .test_outages import NOW, SHOPPER, assert_sound, client_of, post


@contextmanager
def administrator(url: str) -> Iterator[Any]:
    """Give another one's connection, which commits each statement."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url, autocommit=True) as raw:
            yield raw
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
        yield file


def test_what_comes_while_tables_are_away_is_done_when_they_are_back(database_url: str) -> None:
    # As one that a restart has left empty, or that is being restored.
    with (
        servers.running(database_url, worker=False, now=NOW) as server,
        administrator(database_url) as admin,
    ):
        api = client_of(server)
        customer = api.customers.create(SHOPPER).id
        price = {"currency": "usd", "product": api.products.create({"name": "Plan"}).id,
                 "unit_amount": 700, "recurring": {"interval": "month"}}  # fmt: skip
        form: Any = {"customer": customer, "items": [{"price_data": price}]}
        subscription = api.subscriptions.create(form).id
        system = server.system
        system.clock.move_to(NOW + 40 * 86_400)
        admin.execute("ALTER TABLE doc_invoice RENAME TO away")
        status, body, again = post(server, "invoices", {"customer": customer})
        assert (status, again) == (503, "true"), body
        assert "Nothing was changed" in body["error"]["message"]
        with pytest.raises(Unavailable):
            run_due(system, system.clock.now())
        admin.execute("ALTER TABLE away RENAME TO doc_invoice")
        aside = "SELECT count(*) FROM set_aside"
        assert system.database.read(lambda each: each.query(aside)) == [(0,)]
        run_due(system, system.clock.now())
        assert len(api.invoices.list({"subscription": subscription}).data) == 2
        assert_sound(server)

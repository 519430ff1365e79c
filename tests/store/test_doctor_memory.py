"""The doctor holds a few pages of a book in memory, however many there are."""

from __future__ import annotations

import tracemalloc
from functools import partial
from typing import Any

import sqlalchemy as sa

from prorata.engine.doctor import CHECKS
from prorata.store.connection import Connection
from prorata.store.tables import schema
from store.subscribed import subscribed

# What each subscription and its payment have of their own.
TABLES = (
    "doc_subscription", "doc_invoice", "doc_invoice_payment", "doc_payment_intent", "doc_charge",
    "doc_balance_transaction", "ledger",
)  # fmt: skip
SENTENCES = (
    "Every movement of the held money is what the ledger says of its charge, refund or dispute",
    "Every paid payment has exactly one charge, and the gateway took it once",
    "What was paid on every invoice came from payments",
    "Every subscription's periods follow one another without gap or overlap",
)


def copy(item: str, first: int, last: int, connection: Connection) -> None:
    """Write copies of the one subscription that there is, each with ids of its own."""
    ids = [
        id
        for table in TABLES
        for (id,) in connection.query(f"SELECT DISTINCT id FROM {table} WHERE id NOT LIKE '%.%'")
    ]
    ids.append(item)
    for name in TABLES:
        table = schema().tables[name]
        names, values = [], []
        for column in table.columns:
            value = f'd."{column.name}"'
            if isinstance(column.type, sa.String):
                for id in ids:
                    value = f"REPLACE({value}, '{id}', '{id}.' || CAST(n.k AS TEXT))"
            names.append(f'"{column.name}"')
            values.append(value)
        connection.run(
            f"INSERT INTO {name} ({', '.join(names)})"
            " WITH RECURSIVE n(k) AS (SELECT CAST(? AS INTEGER) UNION ALL"
            " SELECT k + 1 FROM n WHERE k < ?)"
            f" SELECT {', '.join(values)} FROM {name} AS d, n WHERE d.id NOT LIKE '%.%'",
            (first, last),
        )


def peak(system: Any, sentence: str) -> int:
    """Return the bytes that a check has at most, which finds nothing."""

    def work(connection: Connection) -> int:
        tracemalloc.start()
        try:
            assert not any(CHECKS[sentence](system, connection))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return system.database.read(work)


def test_a_larger_book_takes_no_more_memory(client: Any, server: Any) -> None:
    subscription = subscribed(client)
    item = subscription["items"].data[0].id
    database = server.system.database
    database.write(partial(copy, item, 1, 2500))
    small = {each: peak(server.system, each) for each in SENTENCES}
    database.write(partial(copy, item, 2501, 7500))
    for each, bytes in small.items():
        assert peak(server.system, each) < 1.1 * bytes, each

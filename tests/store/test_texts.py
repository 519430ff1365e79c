"""Documents are stored as texts, with all their signs, though they are handed over as bytes."""

from __future__ import annotations

from typing import Any

import pytest

import servers
from prorata.engine.customers.create import create
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import CustomerCreateParams
from prorata.store.books import all_books
from prorata.store.connection import PostgresConnection
from prorata.wire.decode import decode

NAMES = ("1 × Gold", "Żółć \\n\t\r ☃", '"𝔘" \\. \\N')
# Written one by one, and by the drivers' bulk ways.
NUMBERS = (1, PostgresConnection.COPY_FROM_ROWS + 5)
STORED = (
    "SELECT document FROM doc_customer",
    "SELECT private FROM doc_customer",
    "SELECT patch FROM history",
    "SELECT previous FROM event WHERE previous IS NOT NULL",
)


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("number", NUMBERS)
def test_documents_and_what_changed_are_stored_as_texts(
    database_url: str, number: int, beside: bool
) -> None:
    with servers.running(database_url, worker=False) as server:
        system = server.system
        book = system.database.read(all_books)[0]

        def make(uow: Any) -> list[str]:
            forms = ({"name": f"{NAMES[place % 3]} {place}"} for place in range(number))
            return [create(uow, decode(CustomerCreateParams, form)).id for form in forms]

        def rename(uow: Any) -> None:
            for each in uow.load(Customer, ids).values():
                each.description, each.name = each.name, "é"

        ids = system.write(book, make, beside=beside).result
        system.write(book, rename, beside=beside)

        for sql in STORED:
            rows = system.database.read(lambda connection, sql=sql: connection.query(sql))
            assert len(rows) >= number
            assert all(value is None or type(value) is str for (value,) in rows), sql

        def found(uow: Any) -> list[str | None]:
            return [each.description for each in uow.load(Customer, ids).values()]

        expected = [f"{NAMES[place % 3]} {place}" for place in range(number)]
        assert system.write(book, found).result == expected

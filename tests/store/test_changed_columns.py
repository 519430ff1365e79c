"""An update writes the columns that change, of all documents that it changes at once."""

from __future__ import annotations

from typing import Any

import stripe

import servers
from prorata.engine.doctor import examine
from prorata.resources.core.customer import Customer
from prorata.store.books import all_books


def test_only_columns_that_some_document_changes_are_written(database_url: str) -> None:
    named: list[tuple[str, ...]] = []

    with servers.running(database_url) as house:
        addresses: Any = {"api": house.url}
        api = stripe.StripeClient(house.secret_key, base_addresses=addresses).v1
        one, two, three = (
            api.customers.create({"email": f"{name}@example.com", "name": name}).id
            for name in ("one", "two", "three")
        )

        def work(uow: Any) -> None:
            found = uow.load(Customer, [one, two, three])
            found[one].email = "first@example.com"
            found[two].name = "Second"
            found[three].description = "in no column"
            update = uow.connection.update
            uow.connection.update = lambda table, columns, rows, otherwise: (
                named.append(tuple(columns)),
                update(table, columns, rows, otherwise),
            )
            try:
                uow.flush()
            finally:
                del uow.connection.update

        house.system.write(house.system.database.read(all_books)[0], work)

        assert [each.id for each in api.customers.list({"email": "first@example.com"})] == [one]
        assert not api.customers.list({"email": "one@example.com"}).data
        assert [each.id for each in api.customers.list({"email": "two@example.com"})] == [two]
        assert api.customers.retrieve(three).description == "in no column"
        # One of the doctor's checks compares every column with its document.
        assert not [each.findings for each in examine(house.system) if each.findings]
    [columns] = named
    assert {"email", "name", "document"} <= set(columns)
    assert not {"phone", "invoice_prefix"} & set(columns)

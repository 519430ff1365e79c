"""Many documents of a kind are updated together, all of them or none."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

import servers
from prorata.engine.doctor import examine
from prorata.resources.core.customer import Customer
from prorata.store.books import all_books
from prorata.store.connection import Conflict
from prorata.store.names import table_name

MANY = 20
NAMES = ['Ann "A" Ő', "back\\slash", "{curly}, NULL", "two\nlines", "日本"]


def test_many_documents_are_updated_each_with_its_own_values(database_url: str) -> None:
    with servers.running(database_url) as house:
        api = client(house)
        ids = [api.customers.create({"email": f"c{number}@example.com"}).id
               for number in range(MANY)]  # fmt: skip

        def work(uow: Any) -> None:
            for place, (id, each) in enumerate(uow.load(Customer, ids).items()):
                each.name = f"{NAMES[place % len(NAMES)]} {id}"
                each.email = None if place % 2 else f"new{place}@example.com"

        house.system.write(house.system.database.read(all_books)[0], work)

        found = [api.customers.retrieve(id) for id in ids]
        assert [each.name for each in found] == [
            f"{NAMES[place % len(NAMES)]} {id}" for place, id in enumerate(ids)
        ]
        assert [each.id for each in api.customers.list({"email": "new2@example.com"})] == [ids[2]]

        def emptied(uow: Any) -> None:
            for each in uow.load(Customer, ids).values():
                each.email = each.name = None

        house.system.write(house.system.database.read(all_books)[0], emptied)
        assert not api.customers.list({"email": "new2@example.com"}).data
        # One of the doctor's checks compares every column with its document.
        assert not [each.findings for each in examine(house.system) if each.findings]


def test_one_that_somebody_has_changed_keeps_all_from_being_written(database_url: str) -> None:
    with servers.running(database_url) as house:
        api = client(house)
        ids = [api.customers.create({"email": f"c{number}@example.com"}).id
               for number in range(MANY)]  # fmt: skip
        api.customers.update(ids[7], {"name": "Changed meanwhile"})
        book = house.system.database.read(all_books)[0].key
        rows = [(f"new{place}@example.com", book, id, 1) for place, id in enumerate(ids)]

        def work(connection: Any) -> None:
            connection.update(table_name("customer"), ("email",), rows, "was changed")
            connection.check()

        with pytest.raises(Conflict, match="was changed"):
            house.system.database.write(work)
        assert not api.customers.list({"email": "new3@example.com"}).data


def client(house: Any) -> Any:
    addresses: Any = {"api": house.url}
    return stripe.StripeClient(house.secret_key, base_addresses=addresses).v1

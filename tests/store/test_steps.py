"""Steps: one that fails leaves nothing to those that come after it in the same unit."""

from __future__ import annotations

import pytest

from prorata.resources.core.customer import Customer
from prorata.store.books import all_books
from servers import running


def test_the_events_of_a_step_keep_their_own_order_where_the_one_before_failed():
    with running(worker=False) as server:
        book = server.system.database.read(all_books)[0]

        def work(uow):
            with pytest.raises(KeyError), uow.step(uow.now):
                uow.sequence("finalized")
                raise KeyError
            with uow.step(uow.now):
                ada = uow.add(Customer(id="cus_ada", created=uow.now, livemode=False,
                                       invoice_prefix="ADA"))  # fmt: skip
                uow.emit("invoice.finalized", ada)
                uow.emit("invoice.updated", ada)
            return [each.type for each in uow.told]

        assert server.system.write(book, work).result == [
            "customer.created", "invoice.finalized", "invoice.updated",
        ]  # fmt: skip

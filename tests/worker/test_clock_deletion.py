"""A test clock is deleted customer by customer: others come between, and a death ends nothing."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.engine import clock_deletion, test_clocks
from prorata.engine.clock_deletion import delete_clock
from prorata.model.ids import bucket_of
from prorata.model.resource import REGISTRY
from prorata.store.books import all_books
from prorata.store.names import table_name
from sound import assert_sound

from .conftest import client_of, stop
from .receiver import eventually

START = 1_700_000_000
CUSTOMERS = 4


class Death(BaseException):
    """A process ends between two transactions."""


def lived(client: Any) -> str:
    """Return a clock with customers who have paid twice, or owe it, and a closed month."""
    clocks = client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START}).id
    price = client.v1.prices.create({
        "product_data": {"name": "Plan"}, "currency": "usd", "unit_amount": 1_000,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    for number in range(CUSTOMERS):
        customer = client.v1.customers.create({
            "test_clock": clock, "balance": -100, "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }).id  # fmt: skip
        terms: dict[str, Any] = {"customer": customer, "items": [{"price": price.id}]}
        if number % 2:
            terms |= {"collection_method": "send_invoice", "days_until_due": 9}
        client.v1.subscriptions.create(terms)
    clocks.advance(clock, {"frozen_time": START + 40 * 86_400})
    assert eventually(lambda: clocks.retrieve(clock).status == "ready")
    closed = "/v1/prorata/accounting_periods"
    month = client.raw_request("post", closed, month="2023-11", test_clock=clock).data["id"]
    assert eventually(
        lambda: client.raw_request("get", f"{closed}/{month}").data["status"] == "closed"
    )
    return str(clock)


def hanging_on(system: Any, clock: str) -> int:
    def count(connection: Any) -> int:
        return sum(
            connection.query(
                f"SELECT COUNT(*) FROM {table_name(kind)} WHERE clock = ? AND deleted = 0", (clock,)
            )[0][0]
            for kind in REGISTRY
        )

    return int(system.database.read(count))


def test_what_is_left_of_a_deletion_is_deleted_by_a_worker(
    database_url: str, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = start(database_url)
    clock = lived(client_of(before))
    stop(before)
    first = start(database_url, worker=False)
    client, system = client_of(first), first.system
    customers = client.v1.customers.list({"test_clock": clock}).data
    [customer, *_] = customers
    turns = sorted({bucket_of(each.id) for each in customers})
    all_there = hanging_on(system, clock)
    [book, *_] = system.database.read(all_books)
    monkeypatch.setattr(clock_deletion, "BATCH", 1)
    monkeypatch.setattr(test_clocks, "GO_ON_AFTER", 0)
    with monkeypatch.context() as patch:
        patch.setattr("prorata.engine.test_clocks.delete_clock", lambda *_: None)
        assert client.v1.test_helpers.test_clocks.delete(clock).deleted

    def others_come_between() -> None:
        assert client.v1.customers.create({"name": "Ada"}).id
        assert_sound(system)
        raise Death

    for gone in (1, 2):
        with pytest.raises(Death):
            delete_clock(system, book, clock, go_on=others_come_between)
        left = client.v1.customers.list({"test_clock": clock}).data
        assert [each.id for each in left] == [
            each.id for each in customers if bucket_of(each.id) in turns[gone:]
        ]
    assert 0 < hanging_on(system, clock) < all_there
    [*_, remaining] = left
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.update(remaining.id, {"name": "Bob"})
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create({"test_clock": clock})
    stop(first)

    second = start(database_url)
    again = client_of(second)
    assert eventually(lambda: not again.v1.test_helpers.test_clocks.list().data)
    assert hanging_on(second.system, clock) == 0
    assert again.v1.customers.retrieve(customer.id).deleted
    told = again.v1.events.list({"type": "test_helpers.test_clock.deleted"}).data
    assert [(event.data.object.id, event.request.id[:4]) for event in told] == [(clock, "req_")]
    assert_sound(second.system)


def test_a_deleted_clock_leaves_no_method_with_a_customer_who_is_gone(
    database_url: str, start: Any
) -> None:
    server = start(database_url, worker=False)
    client = client_of(server)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START}).id
    customer = client.v1.customers.create({"test_clock": clock}).id
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    client.v1.test_helpers.test_clocks.delete(clock)
    assert client.v1.payment_methods.retrieve(card).customer is None
    assert_sound(server.system)


def test_a_deletion_is_answered_when_it_is_done(database_url: str, start: Any) -> None:
    server = start(database_url)
    client = client_of(server)
    clock = lived(client)

    assert client.v1.test_helpers.test_clocks.delete(clock).deleted

    assert hanging_on(server.system, clock) == 0
    [told] = client.v1.events.list({"type": "test_helpers.test_clock.deleted"}).data
    assert told.request.id
    owed = server.system.database.read(
        lambda connection: connection.query("SELECT account, SUM(amount) FROM ledger GROUP BY 1")
    )
    assert {amount for _, amount in owed} == {0}
    assert_sound(server.system)

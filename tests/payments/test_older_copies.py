"""Older copies: books that were put back charge nobody a second time for what time had charged."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bench.book import fill

from payments.world import World, wait
from prorata.testing import running
from sound import assert_sound

HOUR = 3600
DAY = 24 * HOUR


class Books:
    """Books in a file that can be put back; the gateway keeps its own beside them."""

    def __init__(self, folder: Path, template: str) -> None:
        self.file, self.copy = folder / "prorata.db", folder / "copy.db"
        shutil.copy(template, self.file)
        self.now = 0

    @contextmanager
    def open(self) -> Iterator[World]:
        with running(f"sqlite:///{self.file}") as server:
            world = World(server)
            world.system.clock.move_to(max(self.now, world.system.clock.now()))
            yield world
            self.now = world.system.clock.now()

    def keep(self) -> None:
        shutil.copy(self.file, self.copy)
        self.kept_at = self.now

    def put_back(self) -> None:
        shutil.copy(self.copy, self.file)
        # Who was at what, at times that are yet to come again.
        self.file.with_name(f"{self.file.name}-claims").unlink()
        self.now = self.kept_at


@pytest.fixture
def books(tmp_path: Path, sqlite_template: str) -> Books:
    return Books(tmp_path, sqlite_template)


def subscribe(world: World) -> str:
    """Return a customer who has paid for thirty days."""
    price = world.client.v1.prices.create({
        "unit_amount": 1000, "currency": "usd",
        "recurring": {"interval": "day", "interval_count": 30}, "product_data": {"name": "Plan"},
    })  # fmt: skip
    customer = world.client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id  # fmt: skip
    items = [{"price": price.id}]
    world.client.v1.subscriptions.create({"customer": customer, "items": items})
    return str(customer)


def kept_before_renewal(books: Books) -> str:
    """Return a customer whose renewal comes two days after a copy was taken."""
    with books.open() as world:
        customer = subscribe(world)
        wait(world, 28 * DAY)
    books.keep()
    return customer


def taken(world: World) -> int:
    return sum(order.captured for order in world.system.gateway.inner.books.charges())


def given_back(world: World) -> int:
    return sum(order.refunded for order in world.system.gateway.inner.books.charges())


def newest(world: World, customer: str) -> Any:
    return world.client.v1.invoices.list({"customer": customer}).data[0]


def test_a_renewal_is_charged_once(books: Books) -> None:
    customer = kept_before_renewal(books)
    with books.open() as world:
        wait(world, DAY, times=5)
        first = newest(world, customer)
        assert first.status == "paid" and taken(world) == 2000
    books.put_back()
    with books.open() as world:
        wait(world, DAY // 2, times=10)
        again = newest(world, customer)
        assert again.status == "paid" and again.id != first.id
        assert taken(world) == 2000
        assert_sound(world.system)
        wait(world, DAY, times=31)
        assert taken(world) == 3000


def test_a_retry_is_charged_once(books: Books) -> None:
    with books.open() as world:
        customer = subscribe(world)
        world.gateway.decline_all()
        wait(world, DAY, times=31)
        assert newest(world, customer).attempt_count == 1
    books.keep()
    with books.open() as world:
        wait(world, DAY, times=9)
        assert newest(world, customer).status == "paid" and taken(world) == 2000
    books.put_back()
    with books.open() as world:
        wait(world, DAY, times=9)
        assert newest(world, customer).status == "paid" and taken(world) == 2000
        assert_sound(world.system)


def test_a_mixed_book_is_charged_once(books: Books) -> None:
    fill(f"sqlite:///{books.file}", 60, 7, int(time.time()))
    books.keep()
    with books.open() as world:
        wait(world, HOUR, times=6)
        whole = taken(world)
        assert whole > 0
    books.put_back()
    with books.open() as world:
        wait(world, HOUR, times=6)
        assert taken(world) == whole
        assert_sound(world.system)


def test_another_sum_than_was_charged_is_left_to_the_seller(books: Books) -> None:
    customer = kept_before_renewal(books)
    with books.open() as world:
        wait(world, DAY, times=5)
        assert taken(world) == 2000
    books.put_back()
    with books.open() as world:
        world.client.v1.invoice_items.create(
            {"customer": customer, "amount": 500, "currency": "usd"}
        )
        wait(world, DAY, times=14)
        invoice = newest(world, customer)
        assert invoice.status == "open" and invoice.amount_due == 1500
        assert taken(world) == 2000
        assert_sound(world.system)
        paid = world.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
        assert paid.status == "paid"
        assert_sound(world.system)


def test_a_request_that_is_sent_again_charges_once(books: Books) -> None:
    with books.open() as world:
        customer = subscribe(world)
        price = world.client.v1.prices.list().data[0].id
        [charge] = world.client.v1.charges.list({"customer": customer}).data
    books.keep()

    def ask(world: World, mark: str) -> None:
        v1 = world.client.v1
        again = {"idempotency_key": f"{mark} subscription"}
        plan = {"customer": customer, "items": [{"price": price}]}
        assert v1.subscriptions.create(plan, again).status == "active"
        part = {"charge": charge.id, "amount": 100}
        assert v1.refunds.create(part, {"idempotency_key": f"{mark} refund"}).status == "succeeded"

    with books.open() as world:
        ask(world, "first")
        assert taken(world) == 2000 and given_back(world) == 100
    books.put_back()
    with books.open() as world:
        ask(world, "first")
        assert taken(world) == 2000 and given_back(world) == 100
        assert_sound(world.system)
        ask(world, "second")
        assert taken(world) == 3000 and given_back(world) == 200
        assert_sound(world.system)


def test_a_key_of_long_ago_charges_anew(books: Books) -> None:
    with books.open() as world:
        for _ in range(2):
            intent = world.client.v1.payment_intents.create(
                {
                    "amount": 700, "currency": "usd", "confirm": True,
                    "payment_method": "pm_card_visa",
                },
                {"idempotency_key": "monthly"},
            )  # fmt: skip
            assert intent.status == "succeeded"
            wait(world, 2 * DAY)
        assert taken(world) == 1400
        assert_sound(world.system)

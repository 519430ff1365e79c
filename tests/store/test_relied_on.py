"""What is made for somebody who is deleted meanwhile: one of the two comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

import servers
from prorata.engine.customers.create import create as create_customer
from prorata.engine.invoices.create import create as create_invoice
from prorata.engine.invoices.items import create as create_item
from prorata.engine.schedules.schedule import create as create_schedule
from prorata.model.errors import APIError
from prorata.resources.billing.invoice_item import InvoiceItemCreateParams
from prorata.resources.billing.invoice_params import InvoiceCreateParams
from prorata.resources.billing.subscription_schedule_params import ScheduleCreateParams
from prorata.resources.core.customer_params import CustomerCreateParams
from prorata.store.books import all_books
from prorata.wire.decode import decode

PHASE = {"items": [{"price": "basic"}], "duration": {"interval": "month"}}
MADE: dict[str, tuple[Callable[..., Any], type[Any], dict[str, Any]]] = {
    "invoices": (create_invoice, InvoiceCreateParams, {}),
    "invoice_items": (create_item, InvoiceItemCreateParams, {"amount": "900", "currency": "usd"}),
    "subscription_schedules": (
        create_schedule, ScheduleCreateParams, {"start_date": "4102444800", "phases": [PHASE]}),
}  # fmt: skip


@pytest.fixture
def house(database_url: str) -> Iterator[Any]:
    with servers.running(database_url) as found:
        yield found


def meanwhile(server: Any, work: Callable[[Any], None], elsewhere: Callable[[], None]) -> int:
    """Do some work, and something else before its first try is written; return the tries."""
    tries = 0

    def attempt(uow: Any) -> None:
        nonlocal tries
        tries += 1
        work(uow)
        if tries == 1:
            elsewhere()

    with pytest.raises(APIError, match="No such"):
        # On SQLite others write meanwhile only where a unit is decided beside its one writer.
        server.system.write(server.system.database.read(all_books)[0], attempt, beside=True)
    return tries


@pytest.mark.parametrize("kind", MADE)
def test_who_is_deleted_gets_nothing_more(house: Any, kind: str) -> None:
    api = client(house)
    create, params, more = MADE[kind]
    customer = api.customers.create({}).id
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    sent = {"customer": customer, **more}
    if "phases" in more:
        sent["phases"] = [{**PHASE, "items": [{"price": price}]}]
    tries = meanwhile(
        house,
        lambda uow: create(uow, decode(params, sent)),
        lambda: api.customers.delete(customer),
    )
    assert tries == 2
    assert getattr(api, kind).list({}).data == []


def test_a_clock_that_is_deleted_gets_no_more_customers(house: Any) -> None:
    api = client(house)
    clocks = api.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": 1_800_000_000}).id
    tries = meanwhile(
        house,
        lambda uow: create_customer(uow, decode(CustomerCreateParams, {"test_clock": clock})),
        lambda: clocks.delete(clock),
    )
    assert tries == 2
    assert api.customers.list({}).data == []


def client(server: Any) -> Any:
    addresses: Any = {"api": server.url}
    return stripe.StripeClient(server.secret_key, base_addresses=addresses).v1

"""What another transaction changes meanwhile, such as somebody deleted: one of the two is first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
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
from prorata.resources.webhooks.event_destination import EventDestinationCreateParams
from prorata.resources.webhooks.event_destination import create as create_destination
from prorata.resources.webhooks.webhook_endpoint import WebhookEndpointCreateParams
from prorata.resources.webhooks.webhook_endpoint import create as create_endpoint
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


def meanwhile(
    server: Any, work: Callable[[Any], None], elsewhere: Callable[[], None], said: str = "No such"
) -> int:
    """Do some work, and something else before its first try is written; return the tries."""
    tries = 0

    def attempt(uow: Any) -> None:
        nonlocal tries
        tries += 1
        work(uow)
        if tries == 1:
            elsewhere()

    with pytest.raises(APIError, match=said):
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


@pytest.mark.parametrize("kind", ["webhook_endpoint", "event_destination"])
def test_of_two_last_receivers_one_is_made(house: Any, kind: str) -> None:
    hook: Any = {"url": "https://example.com/h", "enabled_events": ["*"]}
    destination = {
        "name": "Thin", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": ["*"], "webhook_endpoint": {"url": "https://example.com/thin"},
    }  # fmt: skip
    api = client(house)
    for _ in range(15):
        api.webhook_endpoints.create(hook)

    def make(uow: Any) -> None:
        if kind == "webhook_endpoint":
            create_endpoint(uow, decode(WebhookEndpointCreateParams, {
                "url": "https://example.com/h", "enabled_events": ["*"],
            }))  # fmt: skip
        else:
            create_destination(uow, msgspec.convert(destination, EventDestinationCreateParams))

    tries = meanwhile(house, make, lambda: api.webhook_endpoints.create(hook), "maximum of 16")
    assert tries == 2
    assert len(api.webhook_endpoints.list({"limit": 100}).data) == 16


def client(server: Any) -> Any:
    addresses: Any = {"api": server.url}
    return stripe.StripeClient(server.secret_key, base_addresses=addresses).v1

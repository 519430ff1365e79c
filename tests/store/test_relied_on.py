"""What another transaction changes meanwhile, such as somebody deleted: one of the two is first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

import servers
from clocks import arrived
from prorata.engine.catalogue.prices import create_price
from prorata.engine.clock_deletion import delete_clock as go_on_deleting
from prorata.engine.customers.create import create as create_customer
from prorata.engine.customers.sources import delete as delete_source
from prorata.engine.customers.update import write_invoice_settings
from prorata.engine.invoices.create import create as create_invoice
from prorata.engine.invoices.items import create as create_item
from prorata.engine.invoices.loss import void
from prorata.engine.payments.attach import attach
from prorata.engine.schedules.schedule import create as create_schedule
from prorata.engine.subscriptions.agreement import set_payment
from prorata.engine.subscriptions.change import change_directly
from prorata.engine.subscriptions.subscribe import subscribe
from prorata.engine.test_clocks import delete as delete_clock
from prorata.model.transaction import RequestInfo
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItemCreateParams
from prorata.resources.billing.invoice_params import InvoiceCreateParams
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_schedule_params import ScheduleCreateParams
from prorata.resources.billing.subscription_verbs import (
    SubscriptionCreateParams,
    SubscriptionUpdateParams,
)
from prorata.resources.billing.test_clock import TestClock as Clock
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import CustomerCreateParams, InvoiceSettingsParams
from prorata.resources.payments.payment_method_params import PaymentMethodAttachParams
from prorata.resources.products.price_params import PriceCreateParams
from prorata.resources.products.product import Product, ProductUpdateParams
from prorata.resources.products.product import update as update_product
from prorata.resources.products.promotion_code import (
    PromotionCode,
    PromotionCodeCreateParams,
    PromotionCodeUpdateParams,
)
from prorata.resources.products.promotion_code import create as create_code
from prorata.resources.products.promotion_code import update as update_code
from prorata.resources.webhooks.event_destination import EventDestinationCreateParams
from prorata.resources.webhooks.event_destination import create as create_destination
from prorata.resources.webhooks.webhook_endpoint import WebhookEndpointCreateParams
from prorata.resources.webhooks.webhook_endpoint import create as create_endpoint
from prorata.store.books import all_books
from prorata.wire.decode import decode
from store.meanwhile import client, meanwhile

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


def test_no_invoice_of_who_is_deleted_is_revised(house: Any) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    invoice = api.invoices.create({
        "customer": customer, "collection_method": "send_invoice", "days_until_due": 5,
    }).id  # fmt: skip
    api.invoice_items.create(
        {"customer": customer, "invoice": invoice, "amount": 900, "currency": "usd"}
    )
    api.invoices.finalize_invoice(invoice, {"auto_advance": False})
    sent = decode(InvoiceCreateParams, {"from_invoice": {"invoice": invoice, "action": "revision"}})
    tries = meanwhile(
        house,
        lambda uow: create_invoice(uow, sent),
        lambda: api.customers.delete(customer),
    )
    assert tries == 2
    assert [each.id for each in api.invoices.list({}).data] == [invoice]


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


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_clock_that_goes_on_leaves_nothing_in_its_past(house: Any) -> None:
    api = client(house)
    clocks = api.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": 1_800_000_000}).id
    customer = api.customers.create({"test_clock": clock}).id
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 0,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    sent = {"customer": customer, "items": [{"price": price}]}

    def go_on() -> None:
        clocks.advance(clock, {"frozen_time": 1_802_600_000})
        arrived(clocks, clock)

    tries = meanwhile(
        house,
        lambda uow: subscribe(uow, decode(SubscriptionCreateParams, sent)),
        go_on,
        None,
        RequestInfo("req_1"),
    )
    assert tries == 2
    [subscription] = api.subscriptions.list({"customer": customer}).data
    assert subscription.start_date == 1_802_600_000


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_clock_that_is_deleted_leaves_nothing_that_was_made_meanwhile(house: Any) -> None:
    api = client(house)
    clock = api.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = api.customers.create({"test_clock": clock}).id
    pay: Any = {"amount": 900, "currency": "usd", "customer": customer, "confirm": True,
                "payment_method": "pm_card_visa"}  # fmt: skip
    assert meanwhile(
        house,
        lambda uow: delete_clock(uow, uow.get(Clock, clock)),
        lambda: api.payment_intents.create(pay),
        None,
    ) == 1  # fmt: skip
    go_on_deleting(house.system, house.system.database.read(all_books)[0], clock)
    assert api.payment_intents.list({}).data == api.charges.list({}).data == []
    assert api.balance.retrieve().available[0].amount == 0


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_nothing_is_made_on_a_clock_whose_deletion_has_begun_meanwhile(house: Any) -> None:
    api = client(house)
    clock = api.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = api.customers.create({"test_clock": clock}).id
    book = house.system.database.read(all_books)[0]
    sent = {"customer": customer, "amount": "900", "currency": "usd"}

    def make(uow: Any) -> None:
        uow.follow(uow.get(Customer, customer))
        create_item(uow, decode(InvoiceItemCreateParams, sent))

    tries = meanwhile(
        house,
        make,
        lambda: house.system.write(book, lambda uow: delete_clock(uow, uow.get(Clock, clock))),
        "being deleted",
        RequestInfo("req_1"),
    )
    assert tries == 2
    go_on_deleting(house.system, book, clock)
    assert api.invoice_items.list({}).data == api.customers.list({"test_clock": clock}).data == []


def test_a_source_that_is_detached_becomes_no_default(house: Any) -> None:
    api = client(house)
    customer = api.customers.create({"source": "tok_visa"}).id
    spare = api.customers.payment_sources.create(customer, {"source": "tok_mastercard"}).id
    default = api.customers.retrieve(customer).default_source
    tries = meanwhile(
        house,
        lambda uow: delete_source(uow, customer, default),
        lambda: api.payment_methods.detach(spare),
        None,
    )
    assert tries == 2
    assert api.customers.retrieve(customer).default_source is None


def test_a_source_that_is_deleted_pays_for_no_subscription(house: Any) -> None:
    api = client(house)
    customer = api.customers.create({"source": "tok_visa"}).id
    spare = api.customers.payment_sources.create(customer, {"source": "tok_mastercard"}).id
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    subscription = api.subscriptions.create({"customer": customer, "items": [{"price": price}]}).id
    params = decode(SubscriptionUpdateParams, {"default_source": spare})
    tries = meanwhile(
        house,
        lambda uow: set_payment(uow, uow.get(Subscription, subscription), params),
        lambda: api.customers.payment_sources.delete(customer, spare),
        "No such source",
    )
    assert tries == 2
    assert api.subscriptions.retrieve(subscription).default_source is None


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


def test_a_product_that_is_deleted_gets_no_price(house: Any) -> None:
    api = client(house)
    product = api.products.create({"name": "Basic"}).id
    sent = {"product": product, "currency": "usd", "unit_amount": 500}

    def make(uow: Any) -> None:
        create_price(uow, decode(PriceCreateParams, sent))

    assert meanwhile(house, make, lambda: api.products.delete(product)) == 2
    assert api.prices.list({}).data == []


def test_a_price_that_is_archived_becomes_no_default(house: Any) -> None:
    api = client(house)
    product = api.products.create({"name": "Basic"}).id
    sent: Any = {"product": product, "currency": "usd", "unit_amount": 500}
    price = api.prices.create(sent).id

    def choose(uow: Any) -> None:
        update_product(uow, uow.get(Product, product), ProductUpdateParams(default_price=price))

    archive: Any = {"active": False}
    tries = meanwhile(house, choose, lambda: api.prices.update(price, archive), "is inactive")
    assert tries == 2
    assert api.products.retrieve(product).default_price is None


@pytest.mark.parametrize("how", ["made", "switched on"])
def test_a_coupon_that_is_deleted_leaves_no_code(house: Any, how: str) -> None:
    api = client(house)
    coupon = api.coupons.create({"percent_off": 10, "duration": "once"}).id
    sent: Any = {"promotion": {"type": "coupon", "coupon": coupon}}
    code = api.promotion_codes.create({**sent, "active": False}).id if how != "made" else None

    def offer(uow: Any) -> None:
        if code is None:
            create_code(uow, decode(PromotionCodeCreateParams, sent))
        else:
            switched = PromotionCodeUpdateParams(active=True)
            update_code(uow, uow.get(PromotionCode, code), switched)

    said = "No such coupon" if code is None else "cannot be activated"
    assert meanwhile(house, offer, lambda: api.coupons.delete(coupon), said) == 2
    assert api.promotion_codes.list({"active": True}).data == []


def test_a_customer_who_is_deleted_saves_no_method(house: Any) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    method = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id

    def save(uow: Any) -> None:
        attach(uow, PaymentMethodAttachParams(customer=customer), method)

    assert meanwhile(house, save, lambda: api.customers.delete(customer)) == 2
    assert api.payment_methods.retrieve(method).customer is None


@pytest.mark.parametrize("whose", ["customer", "subscription"])
def test_a_method_that_is_detached_is_nobodys_default(house: Any, whose: str) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 0,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    subscription = api.subscriptions.create({"customer": customer, "items": [{"price": price}]}).id

    def choose(uow: Any) -> None:
        settings = InvoiceSettingsParams(default_payment_method=method)
        if whose == "customer":
            write_invoice_settings(uow, uow.get(Customer, customer), settings)
        else:
            chosen = SubscriptionUpdateParams(default_payment_method=method)
            change_directly(uow, uow.get(Subscription, subscription), chosen)

    said = "must be attached" if whose == "customer" else "was detached"
    assert meanwhile(house, choose, lambda: api.payment_methods.detach(method), said) == 2
    assert api.customers.retrieve(customer).invoice_settings.default_payment_method is None
    assert api.subscriptions.retrieve(subscription).default_payment_method is None


def test_an_invoice_is_the_latest_when_it_is_paid_and_the_later_one_voided(house: Any) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    good = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    bad = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    prices = [
        api.prices.create({
            "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }).id
        for _ in range(3)
    ]  # fmt: skip
    subscription = api.subscriptions.create({
        "customer": customer, "items": [{"price": prices[0]}], "default_payment_method": good,
    }).id  # fmt: skip
    api.subscriptions.update(subscription, {"default_payment_method": bad})
    earlier, later = [
        api.subscriptions.update(
            subscription, {"items": [{"price": each}], "proration_behavior": "always_invoice"}
        ).latest_invoice
        for each in prices[1:]
    ]
    assert api.subscriptions.retrieve(subscription).status == "past_due"
    tries = meanwhile(
        house,
        lambda uow: void(uow, uow.get(Invoice, later)),
        lambda: api.invoices.pay(earlier, {"payment_method": good}),
        None,
    )
    assert tries == 2
    assert [api.invoices.retrieve(each).status for each in (earlier, later)] == ["paid", "void"]
    assert api.subscriptions.retrieve(subscription).status == "active"

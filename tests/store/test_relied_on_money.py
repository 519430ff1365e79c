"""What another transaction does meanwhile about money: one of the two is first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

import servers
from prorata.engine.customers.fund_cash_balance import fund
from prorata.engine.invoices.attach_payment import attach_payment
from prorata.engine.invoices.items import create as create_item
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.resources.billing.cash_balance import FundCashBalanceParams
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItemCreateParams
from prorata.resources.billing.invoice_params import InvoiceAttachPaymentParams
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.wire.decode import decode
from store.meanwhile import client, meanwhile


@pytest.fixture
def house(database_url: str) -> Iterator[Any]:
    with servers.running(database_url) as found:
        yield found


@pytest.mark.parametrize("how", ["voided", "paid otherwise"])
def test_what_is_not_open_any_more_is_attached_no_payment(house: Any, how: str) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    invoice = api.invoices.create({
        "customer": customer, "collection_method": "send_invoice", "days_until_due": 5,
    }).id  # fmt: skip
    api.invoice_items.create(
        {"customer": customer, "invoice": invoice, "amount": 900, "currency": "usd"}
    )
    api.invoices.finalize_invoice(invoice)
    intent = api.payment_intents.create({"amount": 900, "currency": "usd", "customer": customer}).id

    def end() -> None:
        if how == "voided":
            api.invoices.void_invoice(invoice)
        else:
            api.invoices.pay(invoice, {"paid_out_of_band": True})

    sent = InvoiceAttachPaymentParams(payment_intent=intent)
    tries = meanwhile(
        house,
        lambda uow: attach_payment(uow, uow.get(Invoice, invoice), sent),
        end,
        "only attach payments to open invoices",
    )
    assert tries == 2
    assert api.invoice_payments.list({"invoice": invoice, "status": "open"}).data == []


def test_a_subscription_that_is_canceled_gets_no_item(house: Any) -> None:
    api = client(house)
    customer, price = api.customers.create({}).id, priced(api, 0)
    subscription = api.subscriptions.create(
        {"customer": customer, "items": [{"price": price}]}
    ).id
    sent = decode(InvoiceItemCreateParams, {
        "customer": customer, "subscription": subscription, "amount": "900", "currency": "usd",
    })  # fmt: skip
    tries = meanwhile(
        house,
        lambda uow: create_item(uow, sent),
        lambda: api.subscriptions.cancel(subscription),
        "has ended",
    )
    assert tries == 2
    assert api.invoice_items.list({"customer": customer}).data == []


@pytest.mark.parametrize("what", ["payment", "invoice"])
def test_money_that_comes_finds_what_begins_to_wait_for_it(house: Any, what: str) -> None:
    api = client(house)
    customer = api.customers.create({}).id
    kind: Any = {"allowed_payment_method_types": ["customer_balance"]}
    if what == "payment":
        transfer = {"funding_type": "bank_transfer",
                    "bank_transfer": {"type": "us_bank_transfer"}}  # fmt: skip
        waits = api.payment_intents.create({
            "amount": 2000, "currency": "usd", "customer": customer, **kind,
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": {"customer_balance": transfer},
        })  # fmt: skip
        begin, read = api.payment_intents.confirm, api.payment_intents.retrieve
    else:
        # Nothing of the customer's is written with it.
        settings = {"Authorization": f"Bearer {house.secret_key}"}
        requests.post(f"{house.url}/v1/prorata/settings", {"invoice_numbering": "account"},
                      headers=settings, timeout=60).raise_for_status()  # fmt: skip
        waits = api.invoices.create({
            "customer": customer, "collection_method": "send_invoice", "days_until_due": 5,
            "payment_settings": {"payment_method_types": ["customer_balance"]},
        })  # fmt: skip
        api.invoice_items.create(
            {"customer": customer, "invoice": waits.id, "amount": 2000, "currency": "usd"}
        )
        begin, read = api.invoices.finalize_invoice, api.invoices.retrieve
    sent = FundCashBalanceParams(amount=2000, currency="usd")
    tries = meanwhile(
        house,
        lambda uow: fund(uow, uow.get(Customer, customer), sent),
        lambda: begin(waits.id),
        None,
    )
    assert tries == 2
    assert read(waits.id).status in ("succeeded", "paid")


def test_a_coupon_for_one_invoice_lowers_one_of_two_that_are_made_at_once(house: Any) -> None:
    api = client(house)
    customer, price = api.customers.create({}).id, priced(api, 1000)
    api.payment_methods.attach("pm_card_visa", {"customer": customer})
    sent: Any = {
        "customer": customer, "items": [{"price": price}], "collection_method": "send_invoice",
        "days_until_due": 5,
    }  # fmt: skip
    subscription = api.subscriptions.create(sent).id
    api.invoice_items.create({"customer": customer, "amount": 900, "currency": "usd",
                              "subscription": subscription})  # fmt: skip
    coupon = api.coupons.create({"percent_off": 50, "duration": "once"}).id
    discounted: Any = {"coupon": coupon}
    api.customers.update(customer, discounted, {"stripe_version": "2024-06-20"})

    def bill(uow: Any) -> None:
        due = uow.get(Subscription, subscription)
        make_invoice(uow, due, [], "subscription_cycle", auto_advance=True)

    tries = meanwhile(house, bill, lambda: api.subscriptions.create(sent), None)
    assert tries == 2
    made = api.invoices.list({"customer": customer}).data
    assert sorted((each.subtotal, each.total) for each in made[:2]) == [(900, 900), (1000, 500)]


def priced(api: Any, amount: int) -> str:
    price: str = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": amount,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    return price

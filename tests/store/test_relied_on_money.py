"""What another transaction does meanwhile about money: one of the two is first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import servers
from prorata.engine.invoices.attach_payment import attach_payment
from prorata.engine.invoices.items import create as create_item
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItemCreateParams
from prorata.resources.billing.invoice_params import InvoiceAttachPaymentParams
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


def priced(api: Any, amount: int) -> str:
    price: str = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": amount,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    return price

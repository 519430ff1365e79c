"""Ids, numbers and lists have the forms that programs take for granted."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from .till import Till


@pytest.fixture(scope="module")
def sdk(server: Any) -> Any:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1


@pytest.fixture(scope="module")
def made(server: Any) -> dict[str, Any]:
    """Give one object of every kind, by its prefix."""
    whole = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    client, till = whole.v1, Till(whole)
    customer = client.customers.retrieve(till.customer)
    coupon = client.coupons.create({"percent_off": 10, "duration": "forever"})
    code = client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    price = client.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    subscription = client.subscriptions.create({
        "customer": till.customer, "items": [{"price": price.id}],
        "discounts": [{"coupon": coupon.id}],
    })
    invoice = till.read(subscription.latest_invoice, "payments")
    payment = invoice.payments.data[0]
    intent = client.payment_intents.retrieve(payment.payment.payment_intent)
    charge = client.charges.retrieve(intent.latest_charge)
    refund = client.refunds.create({"charge": charge.id, "amount": 10})
    note = client.credit_notes.create({"invoice": invoice.id, "amount": 100, "credit_amount": 100})
    setup = client.setup_intents.create({
        "customer": till.customer, "confirm": True, "payment_method": "pm_card_visa",
        "return_url": "https://example.com",
    })
    endpoint = client.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["quote.created"]}
    )
    return {
        "cus": customer, "prod": price.product, "si": subscription["items"].data[0],
        "price": price, "sub": subscription, "in": invoice, "il": invoice.lines.data[0],
        "ii": till.item(100), "pm": intent.payment_method, "seti": setup,
        "setatt": setup.latest_attempt, "evt": client.events.list({"limit": 1}).data[0],
        "cn": note, "cnli": note.lines.data[0], "di": subscription.discounts[0], "promo": code,
        "cbtxn": note.customer_balance_transaction, "inpay": payment, "we": endpoint,
        "txr": client.tax_rates.create(
            {"display_name": "VAT", "percentage": 20, "inclusive": False}
        ),
        "txi": client.customers.tax_ids.create(
            till.customer, {"type": "us_ein", "value": "12-3456789"}
        ),
        "sub_sched": client.subscription_schedules.create({"from_subscription": subscription.id}),
        "clock": client.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000}),
        "tok": client.tokens.create({"card": {
            "number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123",
        }}),
        "pi": intent, "ch": charge, "re": refund, "txn": charge.balance_transaction,
        "coupon": coupon,
        "mtr_test": client.billing.meters.create({
            "display_name": "Calls", "event_name": "calls_ids",
            "default_aggregation": {"formula": "sum"},
        }),
    }  # fmt: skip


def id_of(found: Any) -> str:
    return found if isinstance(found, str) else found.id


@pytest.mark.parametrize("prefix", ["cus", "prod", "si"])
def test_short_ids_have_fourteen_characters(made: dict[str, Any], prefix: str) -> None:
    assert re.fullmatch(rf"{prefix}_[0-9A-Za-z]{{14}}", id_of(made[prefix]))


@pytest.mark.parametrize("prefix", [
    "price", "sub", "in", "il", "ii", "pm", "seti", "setatt", "evt", "cn", "cnli", "di", "promo",
    "cbtxn", "txr", "txi", "sub_sched", "inpay", "we", "clock",
    "tok",
])  # fmt: skip
def test_long_ids_begin_with_1(made: dict[str, Any], prefix: str) -> None:
    assert re.fullmatch(rf"{prefix}_1[0-9A-Za-z]{{23}}", id_of(made[prefix]))


@pytest.mark.parametrize("prefix", ["pi", "ch", "re", "txn"])
def test_ids_of_payments_begin_with_3(made: dict[str, Any], prefix: str) -> None:
    assert re.fullmatch(rf"{prefix}_3[0-9A-Za-z]{{23}}", id_of(made[prefix]))


def test_other_ids_have_forms_of_their_own(made: dict[str, Any], sdk: Any) -> None:
    assert re.fullmatch(r"[0-9A-Za-z]{8}", made["coupon"].id)
    assert re.fullmatch(r"[0-9A-Z]{8}", made["promo"].code)
    assert re.fullmatch(r"[0-9A-Z]{8}", made["cus"].invoice_prefix)
    assert re.fullmatch(r"mtr_test_[0-9A-Za-z]{32}", made["mtr_test"].id)
    assert re.fullmatch(r"acct_[0-9A-Za-z]{16}", sdk.accounts.retrieve_current().id)
    assert re.fullmatch(rf"{made['pi'].id}_secret_[0-9A-Za-z]{{25}}", made["pi"].client_secret)
    assert re.fullmatch(rf"{made['seti'].id}_secret_[0-9A-Za-z]{{31}}", made["seti"].client_secret)
    preview = sdk.invoices.create_preview({"subscription": made["sub"].id})
    assert preview.id.startswith("upcoming_in_") and preview.number is None
    assert preview.lines.data[0].id.startswith("il_tmp_")


def test_an_invoice_has_its_number_from_its_finalization_on(client: stripe.StripeClient) -> None:
    till = Till(client)
    prefix = client.v1.customers.retrieve(till.customer).invoice_prefix
    drafts = [till.draft(500) for _ in range(5)]
    assert {each.number for each in drafts} == {None}
    finalized = till.client.invoices.finalize_invoice(drafts[3].id)
    paid = till.client.invoices.pay(drafts[1].id)
    till.client.invoices.update(
        drafts[4].id, {"collection_method": "send_invoice", "days_until_due": 3}
    )
    sent = till.client.invoices.send_invoice(drafts[4].id)
    nothing = till.client.invoices.finalize_invoice(till.draft(0).id)
    assert [each.number for each in (finalized, paid, sent, nothing)] == [
        f"{prefix}-{place:04d}" for place in (1, 2, 3, 4)
    ]
    assert client.v1.customers.retrieve(till.customer).next_invoice_sequence == 5
    assert till.read(drafts[0]).number is None
    for place in (1, 2):
        note = till.client.credit_notes.create(
            {"invoice": paid.id, "amount": 100, "credit_amount": 100}
        )
        assert note.number == f"{paid.number}-CN-{place:02d}"


def test_lists_say_where_they_are(made: dict[str, Any], sdk: Any) -> None:
    found = sdk.customers.list({"email": "nobody@example.com"})
    assert found.to_dict() == {
        "object": "list", "data": [], "has_more": False, "url": "/v1/customers"
    }
    items, lines = made["sub"]["items"], made["in"].lines
    assert items.url == f"/v1/subscription_items?subscription={made['sub'].id}"
    assert lines.url == f"/v1/invoices/{made['in'].id}/lines"
    assert (items.total_count, lines.total_count) == (1, 1)
    moves = sdk.customers.balance_transactions.list(made["cus"].id)
    assert moves.url == f"/v1/customers/{made['cus'].id}/balance_transactions"


def test_lists_are_newest_first_but_for_items(client: stripe.StripeClient) -> None:
    till = Till(client)
    products = [client.v1.products.create({"name": name}).id for name in "abc"]
    listed = [each.id for each in client.v1.products.list({"limit": 3}).data]
    assert listed == products[::-1]
    items = [till.item(amount).id for amount in (1, 2, 3)]
    listed = [each.id for each in client.v1.invoice_items.list({"customer": till.customer}).data]
    assert listed == items[::-1]

    prices = [
        client.v1.prices.create({
            "currency": "usd", "unit_amount": 100, "recurring": {"interval": "month"},
            "product": product,
        }).id
        for product in products
    ]  # fmt: skip
    subscription = client.v1.subscriptions.create({
        "customer": till.customer, "items": [{"price": price} for price in prices],
    })
    inline = [each.price.id for each in subscription["items"].data]
    listed = [
        each.price.id
        for each in client.v1.subscription_items.list({"subscription": subscription.id}).data
    ]
    assert inline == listed == prices


def test_payment_methods_are_listed_for_a_customer_only(made: dict[str, Any], sdk: Any) -> None:
    assert sdk.payment_methods.list().data == []
    assert len(sdk.payment_methods.list({"customer": made["cus"].id}).data) >= 1


def test_what_was_deleted_is_gone_but_a_customer_leaves_its_stub(sdk: Any) -> None:
    customer = sdk.customers.create({})
    product = sdk.products.create({"name": "Mug"})
    coupon = sdk.coupons.create({"percent_off": 10})
    item = sdk.invoice_items.create(
        {"customer": sdk.customers.create({}).id, "amount": 5, "currency": "usd"}
    )
    for service, made in (
        (sdk.products, product), (sdk.coupons, coupon), (sdk.invoice_items, item)
    ):
        assert service.delete(made.id).to_dict() == {
            "id": made.id, "object": made.object, "deleted": True
        }
        with pytest.raises(stripe.InvalidRequestError) as gone:
            service.retrieve(made.id)
        assert (gone.value.http_status, gone.value.code) == (404, "resource_missing")
    stub = {"id": customer.id, "object": "customer", "deleted": True}
    assert sdk.customers.delete(customer.id).to_dict() == stub
    assert sdk.customers.retrieve(customer.id).to_dict() == stub

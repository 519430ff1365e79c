"""Modes: a session in each of them, from its creation to what it leaves."""

from __future__ import annotations

import pytest

from checkout.desk import refused_by_api


def test_a_subscription(desk):
    price = desk.price(1500)
    fee = desk.price(700, recurring=None)
    session = desk.open(
        {"price": price, "quantity": 2}, fee, client_reference_id="order-7",
        metadata={"shop": "a"}, subscription_data={"metadata": {"plan": "pro"}},
    )  # fmt: skip
    assert (session.amount_subtotal, session.amount_total, session.currency) == (3700, 3700, "usd")
    assert session.url.endswith(f"/c/pay/{session.id}")
    assert (session.status, session.payment_status, session.subscription) == (
        "open", "unpaid", None,
    )  # fmt: skip
    page = desk.page(session)
    assert page["total"]["due"] == 3700
    assert [each["total"] for each in page["line_items"]] == [3000, 700]
    assert page["recurring"]["next"]["total"] == 3000
    done = desk.confirm(session, expected_amount=3700)
    assert done["status"] == "complete"
    assert done["completion"]["redirect_url"] == (
        f"https://shop.example/thanks?session={session.id}"
    )
    shown = desk.read(session, "subscription", "customer", "invoice")
    assert (shown.status, shown.payment_status, shown.url) == ("complete", "paid", None)
    assert shown.customer_details.email == shown.customer.email == "jenny@example.com"
    assert shown.subscription.status == "active"
    assert shown.subscription.metadata.to_dict() == {"plan": "pro"}
    assert shown.subscription.default_payment_method is not None
    assert (shown.invoice.status, shown.invoice.amount_paid) == ("paid", 3700)
    assert shown.payment_intent is None
    # A second click changes nothing.
    assert desk.confirm(session, expected_amount=3700)["status"] == "complete"
    assert len(desk.client.subscriptions.list({"customer": shown.customer.id}).data) == 1


def test_a_payment_leaves_no_customer_where_none_is_needed(desk):
    session = desk.sell(2000, payment_intent_data={"description": "A mug", "metadata": {"a": "b"}})
    assert session.customer_creation == "if_required"
    desk.confirm(session, expected_amount=2000)
    shown = desk.read(session, "payment_intent")
    assert (shown.customer, shown.payment_status, shown.invoice) == (None, "paid", None)
    assert shown.payment_intent.description == "A mug"
    assert shown.payment_intent.metadata.to_dict() == {"a": "b"}
    assert shown.customer_details.email == "jenny@example.com"


@pytest.mark.parametrize(
    "asked",
    [
        {"customer_creation": "always"},
        {"payment_intent_data": {"setup_future_usage": "off_session"}},
        {"invoice_creation": {"enabled": True}},
    ],
)
def test_a_payment_makes_a_customer_where_one_is_needed(desk, asked):
    session = desk.sell(2000, **asked)
    desk.confirm(session)
    shown = desk.read(session, "customer", "payment_intent")
    assert shown.customer.email == "jenny@example.com"
    assert shown.payment_intent.customer == shown.customer.id
    saved = desk.client.payment_methods.list({"customer": shown.customer.id}).data
    assert bool(saved) == ("payment_intent_data" in asked)


def test_a_payment_with_an_invoice(desk):
    session = desk.sell(2000, invoice_creation={
        "enabled": True,
        "invoice_data": {
            "description": "Thank you", "footer": "Bye", "metadata": {"order": "7"},
            "custom_fields": [{"name": "PO", "value": "12"}],
            "rendering_options": {"amount_tax_display": "exclude_tax"},
        },
    })  # fmt: skip
    desk.confirm(session)
    invoice = desk.read(session, "invoice.payments").invoice
    assert (invoice.status, invoice.total, invoice.amount_paid) == ("paid", 2000, 2000)
    assert (invoice.description, invoice.footer) == ("Thank you", "Bye")
    assert invoice.metadata.to_dict() == {"order": "7"}
    assert invoice.number
    assert invoice.payments.data[0].payment.payment_intent
    assert [each.amount for each in invoice.lines.data] == [2000]


def test_a_balance_is_not_used_by_the_invoice_of_a_payment(desk):
    customer = desk.client.customers.create({"email": "a@example.com"}).id
    desk.client.customers.balance_transactions.create(customer, {"amount": -500, "currency": "usd"})
    session = desk.sell(2000, customer=customer, invoice_creation={"enabled": True})
    desk.confirm(session, expected_amount=2000)
    shown = desk.read(session, "invoice", "customer")
    assert (shown.invoice.amount_paid, shown.customer.balance) == (2000, -500)


def test_a_balance_pays_for_a_subscription(desk):
    customer = desk.client.customers.create({"email": "b@example.com"}).id
    desk.client.customers.balance_transactions.create(customer, {"amount": -500, "currency": "usd"})
    session = desk.subscribe(1500, customer=customer)
    page = desk.page(session)
    assert (page["total"]["total"], page["total"]["applied_balance"], page["total"]["due"]) == (
        1500, 500, 1000,
    )  # fmt: skip
    desk.confirm(session, expected_amount=1000)
    shown = desk.read(session, "invoice", "customer")
    assert (shown.invoice.amount_paid, shown.customer.balance) == (1000, 0)


@pytest.mark.parametrize("creation", ["always", "if_required"])
def test_a_set_up(desk, creation):
    session = desk.open(mode="setup", currency="usd", customer_creation=creation)
    assert (session.amount_total, session.total_details, session.setup_intent is not None) == (
        None, None, True,
    )  # fmt: skip
    done = desk.confirm(session)
    assert (done["status"], done["payment_status"]) == ("complete", "no_payment_required")
    shown = desk.read(session, "setup_intent", "customer")
    assert shown.setup_intent.status == "succeeded"
    assert (shown.customer is not None) == (creation == "always")
    if shown.customer is not None:
        saved = desk.client.payment_methods.list({"customer": shown.customer.id}).data
        assert [each.id for each in saved] == [shown.setup_intent.payment_method]


def test_a_set_up_for_a_customer(desk):
    customer = desk.client.customers.create({"email": "c@example.com"}).id
    session = desk.open(
        mode="setup", currency="eur", customer=customer,
        setup_intent_data={"description": "Card on file", "metadata": {"why": "renewal"}},
    )  # fmt: skip
    assert session.payment_method_types == ["card", "sepa_debit"]
    desk.confirm(session)
    intent = desk.read(session, "setup_intent").setup_intent
    assert (intent.customer, intent.description) == (customer, "Card on file")
    assert intent.metadata.to_dict() == {"why": "renewal"}


@pytest.mark.parametrize("ui_mode", ["embedded_page", "elements", "form"])
def test_pages_inside_of_others_have_a_secret(desk, ui_mode):
    session = desk.subscribe(
        ui_mode=ui_mode, return_url="https://shop.example/{CHECKOUT_SESSION_ID}"
    )
    assert session.url is None
    assert session.client_secret.startswith(f"{session.id}_secret_")
    assert desk.refused("page", session.id).param == "client_secret"
    wrong = desk.refused("page", session, client_secret="cs_test_wrong")
    assert (wrong.status, wrong.param) == (400, "client_secret")
    assert desk.page(session)["ui_mode"] == ui_mode
    done = desk.confirm(session)
    assert done["completion"]["redirect_url"] == f"https://shop.example/{session.id}"


def test_embedded_pages_that_never_redirect(desk):
    session = desk.subscribe(ui_mode="embedded_page", redirect_on_completion="never")
    assert session.redirect_on_completion == "never"
    assert desk.confirm(session)["completion"]["redirect_url"] is None


@pytest.mark.parametrize(
    ("encoded", "seen"),
    [
        ("https://a.example/?s={CHECKOUT_SESSION_ID}", "https://a.example/?s=ID"),
        ("https://a.example/?s=%7BCHECKOUT_SESSION_ID%7D", "https://a.example/?s=ID"),
        (
            "https://a.example/?to=%2Fx%3Fs%3D%7BCHECKOUT_SESSION_ID%7D",
            "https://a.example/?to=%2Fx%3Fs%3DID",
        ),
        ("https://a.example/?s=%7bCHECKOUT_SESSION_ID%7d", "https://a.example/?s=ID"),
        ("myapp://done/{CHECKOUT_SESSION_ID}/{CHECKOUT_SESSION_ID}", "myapp://done/ID/ID"),
    ],
)
def test_the_id_is_put_into_the_address(desk, encoded, seen):
    session = desk.sell(success_url=encoded)
    assert session.success_url == encoded
    url = desk.confirm(session)["completion"]["redirect_url"]
    assert url.replace(session.id, "ID") == seen


@pytest.mark.parametrize("url", [
    "https://", "https://[example", "https://a.example:port/", "https://a.example/\r\nX: 1", "://",
    "javascript://x/%0aalert(1)", "javascript:alert('://')", "data:text/html,://",
])  # fmt: skip
def test_a_visitor_is_sent_to_addresses_alone(desk, url):
    """Who had paid could not leave the page, or left it for something to be carried out."""
    price = desk.price(recurring=None)
    back = {"type": "redirect", "redirect": {"url": url}}
    line = [{"price": price, "quantity": 1}]
    for param, ask in {
        "success_url": lambda: desk.open(price, mode="payment", success_url=url),
        "cancel_url": lambda: desk.open(price, mode="payment", cancel_url=url),
        "return_url": lambda: desk.open(
            price, mode="payment", ui_mode="embedded_page", return_url=url
        ),
        "after_completion[redirect][url]": lambda: desk.client.payment_links.create(
            {"line_items": line, "after_completion": back}
        ),
    }.items():
        error = refused_by_api(ask)
        assert (error.code, error.param) == ("url_invalid", param)


def test_several_currencies(desk):
    price = desk.price(1500, currency_options={"eur": {"unit_amount": 1400}})
    assert desk.open(price).amount_total == 1500
    session = desk.open(price, currency="EUR")
    assert (session.currency, session.amount_total) == ("eur", 1400)
    desk.confirm(session, expected_amount=1400)
    assert desk.read(session, "subscription").subscription.currency == "eur"
    error = refused_by_api(desk.open, price, currency="gbp")
    assert error.param == "line_items[0]"


def test_metered_prices_owe_nothing_today(desk):
    meter = desk.client.billing.meters.create({
        "display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    price = desk.price(
        5, recurring={"interval": "month", "usage_type": "metered", "meter": meter.id}
    )
    session = desk.open({"price": price})
    assert (session.amount_total, desk.page(session)["recurring"]["metered"]) == (0, True)
    assert refused_by_api(desk.open, price).param == "line_items[0][quantity]"
    desk.confirm(session, expected_amount=0)
    shown = desk.read(session, "subscription")
    assert (shown.payment_status, shown.subscription.status) == ("no_payment_required", "active")
    assert shown.subscription.default_payment_method is not None


def test_inline_prices(desk):
    session = desk.open(
        {"quantity": 3, "price_data": {
            "currency": "usd", "unit_amount": 250,
            "product_data": {"name": "Print", "description": "On paper", "metadata": {"a": "b"}},
        }},
        mode="payment",
    )  # fmt: skip
    assert session.amount_total == 750
    [item] = desk.client.checkout.sessions.line_items.list(session.id).data
    assert (item.description, item.price.active, item.quantity) == ("Print", False, 3)
    assert desk.page(session)["line_items"][0]["price"]["description"] == "On paper"
    desk.confirm(session, expected_amount=750)


def test_tax_rates(desk):
    vat = desk.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    ).id
    inside = desk.client.tax_rates.create(
        {"display_name": "GST", "percentage": 10, "inclusive": True}
    ).id
    price = desk.price(1100, recurring=None)
    session = desk.open(
        {"price": price, "quantity": 1, "tax_rates": [vat]},
        {"price": desk.price(1100, recurring=None), "quantity": 1, "tax_rates": [inside]},
        mode="payment", expand=["line_items.data.taxes", "total_details.breakdown"],
    )  # fmt: skip
    assert (session.amount_subtotal, session.amount_total) == (2200, 2420)
    assert session.total_details.amount_tax == 320
    assert {each.rate.id: each.amount for each in session.total_details.breakdown.taxes} == {
        vat: 220, inside: 100,
    }  # fmt: skip
    assert [each.amount_tax for each in session.line_items.data] == [220, 100]
    assert session.line_items.data[0].taxes[0].amount == 220
    assert desk.page(session)["total"]["tax_inclusive"] == 100
    recurring = desk.subscribe(1000, subscription_data={"default_tax_rates": [vat]})
    assert recurring.amount_total == 1200
    desk.confirm(recurring, expected_amount=1200)


def test_sessions_are_listed_by_what_they_are_of(desk):
    customer = desk.client.customers.create({"email": "Listed@Example.com"}).id
    session = desk.subscribe(customer=customer)
    desk.confirm(session)
    shown = desk.read(session)

    def ids(**params):
        return [each.id for each in desk.client.checkout.sessions.list(params).data]

    assert ids(customer=customer) == ids(subscription=shown.subscription) == [session.id]
    assert ids(customer_details={"email": "listed@example.com"}) == [session.id]
    assert ids(customer=customer, status="open") == []
    assert session.id in ids(status="complete", created={"gte": session.created - 1})
    paid = desk.sell()
    desk.confirm(paid)
    assert ids(payment_intent=desk.read(paid).payment_intent) == [paid.id]

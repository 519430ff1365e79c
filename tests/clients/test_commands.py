"""The CLI's commands for resources: what a developer types reaches the API and comes back."""

from __future__ import annotations

import stripe

from clients.stripe_cli import StripeCli


def test_a_customer_lives_through_the_commands(cli: StripeCli) -> None:
    made = cli.run(
        "customers", "create", "--email", "ann@example.com", "--name", "Ann", "-d",
        "metadata[plan]=gold", "-d", "address[country]=DE",
    ).json  # fmt: skip
    id = made["id"]
    assert (made["email"], made["metadata"], made["address"]["country"]) == (
        "ann@example.com", {"plan": "gold"}, "DE",
    )  # fmt: skip
    assert cli.run("customers", "retrieve", id).json == made
    changed = cli.run("customers", "update", id, "--description", "a friend").json
    assert changed["description"] == "a friend"
    listed = cli.run("customers", "list", "--limit", "1").json
    assert [each["id"] for each in listed["data"]] == [id]
    query = "email:'ann@example.com' AND metadata['plan']:'gold'"
    found = cli.run("customers", "search", "--query", query).json
    assert [each["id"] for each in found["data"]] == [id]
    gone = cli.run("customers", "delete", id, "--confirm").json
    assert gone == {"id": id, "object": "customer", "deleted": True}
    again = cli.run("customers", "delete", id, "--confirm")
    assert f"No such customer: '{id}'" in again.said


def test_get_knows_a_resource_by_its_id_alone(cli: StripeCli, client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Known by its id"})
    price = client.v1.prices.create(
        {"product": product.id, "currency": "eur", "unit_amount": 990,
         "recurring": {"interval": "year"}}
    )  # fmt: skip
    customer = client.v1.customers.create({"payment_method": "pm_card_visa"})
    method = client.v1.customers.payment_methods.list(customer.id).data[0]
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}],
         "default_payment_method": method.id, "expand": ["latest_invoice.payments"]}
    )  # fmt: skip
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice) and invoice.payments is not None
    intent = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent, str)
    charge = client.v1.payment_intents.retrieve(intent).latest_charge
    assert isinstance(charge, str)
    ids = [
        product.id, price.id, customer.id, method.id, subscription.id, invoice.id, intent, charge,
    ]  # fmt: skip
    assert [cli.run("get", id).json["id"] for id in ids] == ids


def test_get_post_and_delete_take_paths(cli: StripeCli) -> None:
    made = cli.run(
        "post", "/v1/products", "-d", "name=Typed", "-d", "default_price_data[currency]=usd",
        "-d", "default_price_data[unit_amount]=100",
    ).json  # fmt: skip
    shown = cli.run("get", f"/v1/products/{made['id']}", "--expand", "default_price").json
    assert shown["default_price"]["unit_amount"] == 100
    pages = cli.run("get", "/v1/products", "--limit", "1").json
    assert (len(pages["data"]), pages["data"][0]["id"]) == (1, made["id"])
    coupon = cli.run("post", "/v1/coupons", "-d", "percent_off=10", "-d", "duration=once").json
    gone = cli.run("delete", f"/v1/coupons/{coupon['id']}", "--confirm").json
    assert gone["deleted"] is True


def test_a_key_makes_a_repeated_post_happen_once(cli: StripeCli) -> None:
    command = ("post", "/v1/customers", "-d", "name=Once", "--idempotency", "cli-once")
    assert cli.run(*command).json["id"] == cli.run(*command).json["id"]


def test_headers_are_shown_and_an_older_version_is_answered(cli: StripeCli) -> None:
    done = cli.run("get", "/v1/balance", "--show-headers", "--stripe-version", "2024-06-20")
    assert "HTTP 200" in done.said and "Stripe-Version: 2024-06-20" in done.said
    assert "Request-Id: req_" in done.said


def test_an_error_is_printed_as_the_api_says_it(cli: StripeCli) -> None:
    done = cli.run("prices", "create", "--currency", "usd", "--product", "prod_of_nobody")
    assert done.json["error"] == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such product: 'prod_of_nobody'",
        "param": "product",
        "type": "invalid_request_error",
    }


def test_an_event_is_resent(cli: StripeCli, client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "Resent"})
    event = cli.run("events", "list", "--limit", "1").json["data"][0]
    assert cli.run("events", "retrieve", event["id"]).json["id"] == event["id"]
    assert cli.run("events", "resend", event["id"]).json["id"] == event["id"]


def test_the_account_is_read(cli: StripeCli, client: stripe.StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert cli.run("get", "/v1/account").json["id"] == account.id

"""Restricted keys: what each may do, what it is told where it may not, and when it ends."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from badinput.asking import Asker
from prorata.api.derived import all_operations
from prorata.api.permissions import all_resources, granted, needed, resource_of
from prorata.model.errors import Refused
from prorata.model.resource import REGISTRY
from prorata.store.books import add_key, all_books
from prorata.store.connection import Connection

Restricted = Callable[..., Asker]


@pytest.fixture
def restricted(server: Any) -> Iterator[Restricted]:
    """Give the making of keys that may do what they are allowed, and the asking with them."""
    made: list[Asker] = []

    def make(*allowed: str) -> Asker:
        secret = f"rk_test_{secrets.token_hex(16)}"
        permissions = granted(allowed)

        def add(connection: Connection) -> None:
            add_key(connection, all_books(connection)[0], secret, id=f"key_{secret}", now=1,
                    permissions=permissions)  # fmt: skip

        server.system.database.write(add)
        made.append(Asker(server.url, secret))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_to_write_is_to_read_and_nothing_else(restricted: Restricted) -> None:
    asker = restricted("customers:write")
    made = asker.ask("POST", "/v1/customers", {"name": "Ada"})
    assert made.status == 200
    assert asker.ask("GET", f"/v1/customers/{made.body['id']}").status == 200
    assert asker.ask("GET", "/v1/customers").status == 200
    assert asker.ask("DELETE", f"/v1/customers/{made.body['id']}").status == 200
    for method, path in (
        ("GET", "/v1/subscriptions"), ("POST", "/v1/subscriptions"), ("GET", "/v1/events"),
        ("GET", f"/v1/customers/{made.body['id']}/subscriptions"), ("POST", "/v1/refunds"),
    ):  # fmt: skip
        assert asker.ask(method, path).status == 403, path


def test_to_read_is_not_to_write(server: Any, restricted: Restricted) -> None:
    asker = restricted("customers:read")
    assert asker.ask("GET", "/v1/customers").status == 200
    answer = asker.ask("POST", "/v1/customers", {"name": "Ada"})
    account = server.system.database.read(all_books)[0].account
    shown = re.search(r"rk_test_\*{4}(\w{4})'", answer.message)
    assert shown is not None
    assert answer.message == (
        f"The provided key 'rk_test_****{shown[1]}' does not have the required permissions for"
        f" this endpoint on account '{account}'. Having the 'rak_customer_write' permission would"
        " allow this request to continue."
    )
    assert "code" not in answer.error


def test_what_is_not_allowed_is_refused_before_it_is_looked_at(restricted: Restricted) -> None:
    asker = restricted("coupons:read")
    assert asker.ask("GET", "/v1/customers/cus_none").status == 403
    assert asker.ask("POST", "/v1/customers", {"nonsense": 1}).status == 403
    assert asker.ask("GET", "/v1/coupons/none").status == 404


@pytest.mark.parametrize("expand", ["data.customer", "data.customer.subscriptions"])
def test_what_may_not_be_read_may_not_be_expanded(
    asker: Asker, restricted: Restricted, expand: str
) -> None:
    customer = asker.ask("POST", "/v1/customers", {"name": "Ada"}).body["id"]
    asker.ask("POST", "/v1/invoices", {"customer": customer})
    may = restricted("invoices:read", "customers:read", "subscriptions:read")
    may_not = restricted("invoices:read")
    query = f"/v1/invoices?customer={customer}&expand[]={expand}"
    assert may.send("GET", query).status == 200
    answer = may_not.send("GET", query)
    assert answer.status == 403
    assert "rak_customer_read" in answer.message
    assert b"Ada" not in answer.content


def test_includes_are_expanded_by_permission_too(asker: Asker, restricted: Restricted) -> None:
    customer = asker.ask("POST", "/v1/customers", {"name": "Ada"}).body["id"]
    path = f"/v1/customers/{customer}?expand[]=subscriptions"
    assert restricted("customers:read", "subscriptions:read").send("GET", path).status == 200
    answer = restricted("customers:read").send("GET", path)
    assert (answer.status, "rak_subscription_read" in answer.message) == (403, True)


def test_what_may_not_be_expanded_is_refused_before_anything_is_paid(
    asker: Asker, restricted: Restricted
) -> None:
    # There is no charge yet that could be expanded; with the payment there would be one.
    paid = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
            "return_url": "https://example.com", "expand": ["latest_charge"]}  # fmt: skip
    before = asker.ask("GET", "/v1/payment_intents").body["data"]
    answer = restricted("payment_intents:write").ask("POST", "/v1/payment_intents", paid)
    assert (answer.status, "rak_charge_read" in answer.message) == (403, True)
    assert asker.ask("GET", "/v1/payment_intents").body["data"] == before
    may = restricted("payment_intents:write", "charges:read")
    assert may.ask("POST", "/v1/payment_intents", paid).body["latest_charge"]["amount"] == 500


def test_an_answer_is_given_again_only_to_who_may_see_it(
    server: Any, asker: Asker, restricted: Restricted
) -> None:
    customer = asker.ask("POST", "/v1/customers", {"name": "Ada"}).body["id"]
    keyed = {"Idempotency-Key": "order 1"}
    invoice = {"customer": customer, "expand": ["customer"]}
    first = asker.ask("POST", "/v1/invoices", invoice, keyed)
    may_not = restricted("invoices:write").ask("POST", "/v1/invoices", invoice, keyed)
    assert (may_not.status, may_not.error["type"]) == (400, "idempotency_error")
    assert b"Ada" in first.content and b"Ada" not in may_not.content
    # Nothing is asked for that this key may not see, whoever asked first.
    plain, keyed = {"customer": customer}, {"Idempotency-Key": "order 2"}
    first = asker.ask("POST", "/v1/invoices", plain, keyed)
    assert restricted("invoices:write").ask("POST", "/v1/invoices", plain, keyed).body == first.body

    intent = asker.ask("POST", "/v1/payment_intents", {
        "amount": 500, "currency": "usd", "metadata": {"note": "Ada"},
    }).body["id"]  # fmt: skip
    path, method = f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"}
    keyed = {"Idempotency-Key": "order 3"}
    assert b"Ada" in asker.ask("POST", path, method, keyed).content
    page = Asker(server.url, server.publishable_key)
    answer = page.ask("POST", path, method, keyed)
    page.close()
    assert (answer.status, b"Ada" in answer.content) == (400, False)


def test_older_versions_need_no_more_permissions(asker: Asker, restricted: Restricted) -> None:
    customer = asker.ask("POST", "/v1/customers", {"name": "Ada"}).body["id"]
    asker.ask("POST", "/v1/invoices", {"customer": customer})
    reader = restricted("invoices:read")
    answer = reader.ask("GET", "/v1/invoices", headers={"Stripe-Version": "2024-09-30.acacia"})
    assert answer.status == 200


def test_a_restricted_key_without_permissions_may_do_nothing(
    server: Any, restricted: Restricted
) -> None:
    asker = restricted()
    for operation in all_operations():
        path = operation.path.replace("{", "").replace("}", "")
        # What a session's key opens is opened by no other, and this one may not begin a session.
        refused = 401 if operation.session else 403
        assert asker.ask(operation.method, path).status == refused, operation.route


def test_who_may_not_read_events_may_not_listen(restricted: Restricted) -> None:
    path, form = "/v1/stripecli/sessions", {"device_name": "a", "websocket_features[]": "webhooks"}
    answer = restricted("customers:write").ask("POST", path, form)
    assert (answer.status, "rak_event_read" in answer.message) == (403, True)
    assert restricted("events:read").ask("POST", path, form).status == 200


def test_every_operation_needs_a_permission_that_can_be_given() -> None:
    resources = all_resources()
    for operation in all_operations():
        permission = needed(operation)
        resource, _, level = permission.rpartition("_")
        assert resource in resources
        assert permission in granted([f"{resource}:{level}"])
        if operation.method != "GET" and "preview" not in operation.path:
            assert level == "write"


def test_a_permission_can_be_written_by_the_path_of_every_noun() -> None:
    shown = {each.path.partition("/{")[0] for each in all_operations()}
    for spec in REGISTRY.values():
        if spec.path in shown:
            words = [f"{spec.path.split('/', 2)[2]}:read"]
            assert granted(words) == {f"{resource_of(spec.path)}_read"}, words


@pytest.mark.parametrize(("path", "resource"), [
    ("/v1/customers/{id}", "customer"), ("/v1/customers/{id}/tax_ids", "tax_id"),
    ("/v1/customers/{id}/balance_transactions", "customer"), ("/v1/prices", "plan"),
    ("/v1/invoices/{id}/lines", "invoice"), ("/v1/charges/{id}/refunds", "charge"),
    ("/v1/billing/meters/{id}", "billing_meter"), ("/v1/webhook_endpoints", "webhook"),
    ("/v1/subscription_items/{id}", "subscription"), ("/v1/prorata/settings", "account"),
    ("/_prorata/challenge/{intent}", "payment_intent"),
    ("/v1/checkout/sessions/{id}", "checkout_session"), ("/v1/prorata/reports/mrr", "report"),
    ("/v1/entitlements/features", "entitlement"), ("/v1/products/{id}/features", "product"),
    ("/v1/customer/{id}/entitlements", "entitlement"), ("/v1/prorata/quotas/{id}", "product"),
    ("/v1/prorata/entitlements/check", "entitlement"),
    ("/v2/billing/meter_event_session", "billing_meter_event"),
    ("/v1/prorata/meters/{id}/usage", "billing_meter"),
    ("/v1/treasury/transaction_entries", "treasury_transaction_entry"),
])  # fmt: skip
def test_routes_belong_to_resources(path: str, resource: str) -> None:
    assert resource_of(path) == resource


@pytest.mark.parametrize(("words", "permissions"), [
    (["customers:read"], {"customer_read"}),
    (["customer:write"], {"customer_read", "customer_write"}),
    (["rak_customer_write"], {"customer_read", "customer_write"}),
    (["prices:read", "plans:none"], set()),
    (["tax_ids:write", "billing/meters:read"],
     {"tax_id_read", "tax_id_write", "billing_meter_read"}),
])  # fmt: skip
def test_permissions_may_be_written_in_several_ways(
    words: list[str], permissions: set[str]
) -> None:
    assert granted(words) == permissions


def test_all_is_everything_but_what_is_taken_back() -> None:
    found = granted(["all:read", "invoices:write", "events:none"])
    assert {"customer_read", "invoice_write"} <= found
    assert not {"customer_write", "event_read"} & found


@pytest.mark.parametrize("word", ["customers", "customers:", "customers:all", "nobody:read", ""])
def test_a_permission_that_does_not_exist_is_refused_by_name(word: str) -> None:
    with pytest.raises(Refused):
        granted([word])

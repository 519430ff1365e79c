"""What programs written for the API expect when they ask: keys, versions, lists, expansion."""

from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from .till import Till

NEWEST = "2026-10-28.endive"


@dataclass
class Reply:
    status: int
    headers: Any
    body: Any


@pytest.fixture
def ask(server: Any) -> Any:
    """Give a function that sends a bare request, with the secret key unless another is given."""

    def send(
        call: str, data: dict[str, Any] | None = None, *, key: str | None = server.secret_key,
        **headers: str,
    ) -> Reply:
        method, path = call.split(" ", 1)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent.setdefault("Authorization", f"Bearer {key}")
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(server.url + path, body, sent, method=method)
        try:
            response = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            response = error
        text = response.read().decode()
        return Reply(response.status, response.headers, json.loads(text) if text else None)

    return send


def query(**params: Any) -> str:
    return urllib.parse.urlencode(params, doseq=True)


@pytest.mark.parametrize("version", [
    "2024-09-30.acacia", "2025-12-15.clover", "2026-08-26.dahlia", NEWEST, None,
])  # fmt: skip
def test_every_known_version_is_accepted(ask: Any, version: str | None) -> None:
    headers = {} if version is None else {"Stripe_Version": version}
    found = ask("GET /v1/customers", **headers)
    assert (found.status, found.headers["Stripe-Version"]) == (200, version or NEWEST)


def test_an_unknown_version_is_refused(ask: Any) -> None:
    found = ask("GET /v1/customers", Stripe_Version="1999-01-01")
    assert (found.status, found.body["error"]["message"]) == (
        400, "Invalid Stripe API version: 1999-01-01"
    )


def test_keys_have_the_form_that_clients_check(server: Any) -> None:
    assert re.fullmatch(r"sk_test_[A-Za-z0-9]{24,}", server.secret_key)
    assert re.fullmatch(r"pk_test_[A-Za-z0-9]{24,}", server.publishable_key)


def test_the_account_is_read_first_and_may_be_named(
    ask: Any, client: stripe.StripeClient
) -> None:
    account = client.v1.accounts.retrieve_current()
    assert re.fullmatch(r"acct_[0-9A-Za-z]{16}", account.id)
    assert client.v1.accounts.retrieve(account.id).id == account.id
    assert ask("GET /v1/accounts").body["object"] == "list"
    customer = client.v1.customers.create({})
    for path in ("/v1/customers", f"/v1/customers/{customer.id}"):
        assert ask(f"GET {path}", Stripe_Account=account.id).status == 200
    assert ask("GET /v1/customers", Stripe_Account="acct_1234567890abcdef").status == 403


def test_a_publishable_key_comes_in_three_ways(
    ask: Any, server: Any, client: stripe.StripeClient
) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    path = f"GET /v1/payment_intents/{intent.id}?client_secret={intent.client_secret}"
    key = server.publishable_key
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    for found in (
        ask(path, key=key),
        ask(path, key=None, Authorization=basic),
        ask(f"{path}&key={key}", key=None, Origin="http://localhost:3000"),
    ):
        assert (found.status, found.body["id"]) == (200, intent.id)
        assert found.headers["Access-Control-Allow-Origin"] == "*"
    confirmed = ask(
        f"POST /v1/payment_intents/{intent.id}/confirm",
        {
            "key": key, "client_secret": intent.client_secret, "return_url": "https://example.com",
            "payment_method_data[type]": "card", "payment_method_data[card][token]": "tok_visa",
        },
        key=None,
    )
    assert confirmed.body["status"] == "succeeded"
    wrong = ask(f"GET /v1/payment_intents/{intent.id}?client_secret=x&key={key}", key=None)
    assert (wrong.status, wrong.body["error"]["param"]) == (400, "client_secret")
    assert ask(f"GET /v1/payment_intents/{intent.id}?key={key}", key=None).status == 400
    assert ask("GET /v1/customers", key=key).status in (401, 403)


def test_pages_of_other_origins_may_ask(ask: Any) -> None:
    found = ask(
        "OPTIONS /v1/payment_methods", key=None, Origin="http://localhost:3000",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-type,stripe-version",
    )  # fmt: skip
    assert found.status == 200
    assert found.headers["Access-Control-Allow-Headers"] == "*"
    assert "POST" in found.headers["Access-Control-Allow-Methods"]


def test_answers_carry_the_headers_that_sdks_read(ask: Any) -> None:
    first = ask("POST /v1/customers", {"name": "Ada"}, Idempotency_Key="ada once")
    again = ask("POST /v1/customers", {"name": "Ada"}, Idempotency_Key="ada once")
    assert re.fullmatch(r"req_[A-Za-z0-9]{14}", first.headers["Request-Id"])
    assert first.headers["Idempotency-Key"] == "ada once"
    assert first.headers["Stripe-Version"] == NEWEST
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    refused = ask("POST /v1/customers", {"nope": "1"})
    assert (refused.status, refused.headers["Stripe-Should-Retry"]) == (400, "false")


def test_decimals_are_strings(ask: Any) -> None:
    price = ask("POST /v1/prices", {
        "currency": "usd", "unit_amount_decimal": "0.05", "product_data[name]": "Call",
    }).body  # fmt: skip
    assert (price["unit_amount"], price["unit_amount_decimal"]) == (None, "0.05")


@pytest.mark.parametrize("path", [
    "application_fees", "country_specs", "disputes", "file_links", "files", "payouts", "transfers",
    "reviews", "radar/early_fraud_warnings", "issuing/authorizations", "issuing/cards",
    "issuing/cardholders", "issuing/disputes", "issuing/transactions",
    "identity/verification_sessions", "identity/verification_reports",
])  # fmt: skip
def test_what_is_not_built_is_an_empty_list(ask: Any, path: str) -> None:
    found = ask(f"GET /v1/{path}?limit=3")
    assert found.status == 200
    assert found.body == {"object": "list", "data": [], "has_more": False, "url": f"/v1/{path}"}


@pytest.mark.parametrize("path", [
    "tax_codes", "balance_transactions", "shipping_rates", "invoice_payments", "plans",
])  # fmt: skip
def test_what_mirrors_read_besides_is_there(ask: Any, path: str) -> None:
    assert ask(f"GET /v1/{path}").body["url"] == f"/v1/{path}"


@pytest.fixture(scope="module")
def paid(server: Any) -> Any:
    """Give a paid subscription with a discount."""
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    till = Till(client)
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    return client.v1.subscriptions.create({
        "customer": till.customer, "items": [{"price": price.id}],
        "discounts": [{"coupon": coupon.id}],
    })


@pytest.mark.parametrize(("path", "expands"), [
    ("invoices", ["data.lines.data.discounts", "data.discounts", "data.payments"]),
    ("prices", ["data.currency_options", "data.tiers", "data.product"]),
    ("coupons", ["data.applies_to"]),
    ("charges", ["data.balance_transaction", "data.customer", "data.payment_intent"]),
    ("refunds", ["data.balance_transaction", "data.charge"]),
    ("customers", ["data.default_source", "data.sources", "data.subscriptions", "data.tax_ids",
                   "data.invoice_settings.default_payment_method"]),
    # Not ids, but programs name them all the same.
    ("subscriptions", ["data.customer", "data.discounts", "data.latest_invoice.payments",
                       "data.items.data.price", "data.items.data.plan", "data.items.data"]),
])  # fmt: skip
def test_lists_expand_deeply(ask: Any, paid: Any, path: str, expands: list[str]) -> None:
    found = ask(f"GET /v1/{path}?" + query(**{"expand[]": expands}))
    assert found.status == 200, found.body


def test_a_subscription_expands_to_what_it_names(client: stripe.StripeClient, paid: Any) -> None:
    found = client.v1.subscriptions.retrieve(paid.id, {"expand": [
        "latest_invoice.confirmation_secret", "latest_invoice.payments",
        "customer.invoice_settings.default_payment_method", "items.data.price.product",
        "discounts", "default_source",
    ]})  # fmt: skip
    assert found.latest_invoice.confirmation_secret.client_secret.startswith("pi_")
    assert found.latest_invoice.payments.data[0].status == "paid"
    assert found.customer.invoice_settings.default_payment_method.card.last4 == "4242"
    assert found["items"].data[0].price.product.name == "Basic"
    assert found.discounts[0].subscription == paid.id
    customer = client.v1.customers.retrieve(
        found.customer.id, {"expand": ["default_source", "sources", "subscriptions"]}
    )
    assert customer.sources.data == []
    assert [each.id for each in customer.subscriptions.data] == [paid.id]


def test_expansion_says_what_is_wrong(client: stripe.StripeClient, paid: Any) -> None:
    for call, message in (
        (lambda: client.v1.customers.retrieve(paid.customer, {"expand": ["nope"]}),
         "This property cannot be expanded because it doesn't exist: nope."),
        (lambda: client.v1.customers.list({"expand": ["default_source"]}),
         "This property cannot be expanded (default_source)."
         " You may want to try expanding 'data.default_source' instead."),
        (lambda: client.v1.customers.retrieve(paid.customer, {"expand": ["email"]}),
         "This property cannot be expanded (email)."),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert (refused.value.user_message, refused.value.param) == (message, None)


def test_a_customer_without_cards_has_an_empty_list_of_them(ask: Any, paid: Any) -> None:
    found = ask(f"GET /v1/customers/{paid.customer}/sources?object=card").body
    assert (found["object"], found["data"], found["has_more"]) == ("list", [], False)


def test_an_inline_list_goes_on_at_its_url(ask: Any, client: stripe.StripeClient) -> None:
    draft = Till(client).draft(*range(101, 114))
    lines = ask(f"GET /v1/invoices/{draft.id}").body["lines"]
    assert [each["amount"] for each in lines["data"]] == list(range(101, 111))
    assert (lines["has_more"], lines["total_count"]) == (True, 13)
    assert lines["url"] == f"/v1/invoices/{draft.id}/lines"
    rest = ask(f"GET {lines['url']}?starting_after={lines['data'][-1]['id']}").body
    assert [each["amount"] for each in rest["data"]] == [111, 112, 113]
    assert rest["has_more"] is False
    back = ask(f"GET {lines['url']}?limit=2&ending_before={lines['data'][4]['id']}").body
    assert [each["amount"] for each in back["data"]] == [103, 104]
    assert draft.lines.auto_paging_iter is not None
    assert [each.amount for each in draft.lines.auto_paging_iter()] == list(range(101, 114))
    ids = [each.id for each in draft.lines.auto_paging_iter()]
    assert ids == sorted(ids), "the order of ids is that of lines"


def test_plans_are_prices_seen_the_older_way(
    ask: Any, paid: Any, client: stripe.StripeClient
) -> None:
    made = ask("POST /v1/plans", {
        "id": "gold", "currency": "usd", "interval": "month", "amount": "500",
        "product[name]": "Gold",
    }).body  # fmt: skip
    assert (made["id"], made["object"], made["amount"]) == ("gold", "plan", 500)
    assert ask("GET /v1/prices/gold").body["unit_amount"] == 500
    listed = [each["id"] for each in ask("GET /v1/plans?limit=100").body["data"]]
    assert {"gold", paid["items"].data[0].price.id} <= set(listed)
    subscription = ask("POST /v1/subscriptions", {
        "customer": Till(client).customer, "items[0][plan]": "gold",
    }).body  # fmt: skip
    assert subscription["items"]["data"][0]["price"]["id"] == "gold"


@pytest.mark.parametrize(("search", "found"), [
    (r'email:"a\"b@x.co" AND -metadata["customerType"]:"organization"', True),
    ("""email:'a"b@x.co' AND metadata['customerType']:'user'""", True),
    ('email:"A\\"B@X.CO" AND -metadata["customerType"]:"user"', False),
    ('-email:"nobody@x.co" AND name:"Search Me"', True),
])
def test_search_understands_negation_and_quotes(
    ask: Any, client: stripe.StripeClient, search: str, found: bool
) -> None:
    made = client.v1.customers.create({
        "email": 'a"b@x.co', "name": "Search Me", "metadata": {"customerType": "user"},
    })
    result = ask("GET /v1/customers/search?" + query(query=search, limit=100)).body
    assert result["object"] == "search_result"
    assert (made.id in [each["id"] for each in result["data"]]) is found


def test_a_customer_is_deleted_once(ask: Any) -> None:
    id = ask("POST /v1/customers", {}).body["id"]
    gone = {"id": id, "object": "customer", "deleted": True}
    assert ask(f"DELETE /v1/customers/{id}").body == gone
    again = ask(f"DELETE /v1/customers/{id}")
    assert (again.status, again.body["error"]["message"]) == (404, f"No such customer: '{id}'")
    assert ask(f"GET /v1/customers/{id}").body == gone

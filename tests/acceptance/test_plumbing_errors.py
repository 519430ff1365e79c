"""Errors: the recorded sentence, code, parameter, status and SDK class of each kind of fault."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.till import Till, refused


@pytest.fixture(scope="module")
def stock(server: Any) -> dict[str, str]:
    """Give a customer, a monthly price and a coupon."""
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
    return {
        "customer": client.customers.create({}).id,
        "price": client.prices.create({
            "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"}}).id,
        "coupon": client.coupons.create({"percent_off": 5}).id,
    }


def call(client: Any, path: str) -> Any:
    """Return the SDK's function with a dotted name."""
    found = client.v1
    for name in path.split("."):
        found = getattr(found, name)
    return found


PRICE = {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "Tea"}}
EMPTY = (
    "You passed an empty string for '{0}'. We assume empty values are an attempt to unset a"
    " parameter; however '{0}' cannot be unset. You should remove '{0}' from your request or supply"
    " a non-empty value."
)
PAST = (
    "The parameter `{0}` expects a unix timestamp representing a date and time in the future. You"
    " specified the value `1000000000` which is in the past."
)
FAULTS: list[tuple[str, dict[str, Any], str | None, str | None, str]] = [
    ("customers.create", {"nope": 1}, "parameter_unknown", "nope",
     "Received unknown parameter: nope"),
    ("customers.create", {"invoice_settings": {"nope": 1}}, "parameter_unknown",
     "invoice_settings[nope]", "Received unknown parameter: invoice_settings[nope]"),
    ("customers.create", {"a": 1, "b": 2}, "parameter_unknown", "a",
     "Received unknown parameters: a, b"),
    ("prices.create", {}, "parameter_missing", "currency", "Missing required param: currency."),
    ("coupons.create", {}, "parameter_missing", None,
     "Must provide percent_off or amount_off."),
    ("refunds.create", {}, "parameter_missing", None,
     "One of the following params should be provided for this request: payment_intent or charge."),
    ("prices.create", {**PRICE, "product": "prod_x"}, None, "product",
     "You may only specify one of these parameters: product, product_data."),
    ("prices.create", {**PRICE, "unit_amount": "abc"}, "parameter_invalid_integer", "unit_amount",
     "Invalid integer: abc"),
    ("prices.create", {**PRICE, "unit_amount": -1}, None, "unit_amount",
     "Invalid non-negative integer"),
    ("prices.create", {**PRICE, "recurring": {"interval": "month", "interval_count": 0}},
     "parameter_invalid_integer", "recurring[interval_count]",
     "This value must be greater than or equal to 1."),
    ("prices.create", {**PRICE, "recurring": {"interval": "hour"}}, None, "recurring[interval]",
     "Invalid recurring[interval]: must be one of day, month, week, or year"),
    ("prices.create", {**PRICE, "billing_scheme": "x"}, None, "billing_scheme",
     "Invalid billing_scheme: must be one of per_unit or tiered"),
    ("subscriptions.create", {"items": "x"}, None, "items", "Invalid array"),
    ("products.create", {"name": "Tea", "active": "maybe"}, None, "active",
     "Invalid boolean: maybe"),
    ("products.create", {"name": ""}, "parameter_invalid_empty", "name", EMPTY.format("name")),
    ("subscriptions.create", {"trial_end": 1_000_000_000}, None, "trial_end",
     PAST.format("trial_end")),
    ("subscriptions.create", {"cancel_at": 1_000_000_000}, None, "cancel_at",
     PAST.format("cancel_at")),
    ("subscriptions.create", {"trial_end": 4_000_000_000}, None, "trial_end",
     "Invalid timestamp: can be no more than five years in the future."),
    ("customers.create", {"email": "nope"}, "email_invalid", "email",
     "Invalid email address: nope"),
    ("promotion_codes.create", {"code": "a b"}, None, "code",
     "This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the"
     " value a b)."),
    ("customers.create", {"source": "tok_x"}, "resource_missing", "source",
     "No such token: 'tok_x'"),
    ("payment_methods.create", {"type": "card", "card": {"token": "tok_x"}}, None, "token",
     "Invalid token id: tok_x"),
    ("payment_methods.create", {"type": "card", "card": {"token": "tok_visa"}, "customer": "x"},
     None, None,
     "You cannot attach a PaymentMethod to a Customer during PaymentMethod creation. Please instead"
     " create the PaymentMethod and then attach it using the attachment method of the"
     " PaymentMethods API."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "code", "param", "message"), FAULTS)
def test_a_fault_is_named(client, stock, name, params, code, param, message):
    if name == "subscriptions.create":
        params = {"customer": stock["customer"], "items": [{"price": stock["price"]}], **params}
    if name == "promotion_codes.create":
        params = {"promotion": {"type": "coupon", "coupon": stock["coupon"]}, **params}
    assert refused(call(client, name), params) == (400, code, param, message)


# resource, its id, how its name is written, the 404's param
NAMES = [
    ("customers", "cus_x", "customer", "id"), ("products", "prod_x", "product", "id"),
    ("charges", "ch_x", "charge", "id"), ("subscriptions", "sub_x", "subscription", "id"),
    ("prices", "price_x", "price", "price"), ("coupons", "x", "coupon", "coupon"),
    ("promotion_codes", "promo_x", "promotion code", "promotion_code"),
    ("tax_rates", "txr_x", "tax rate", "tax_rate"),
    ("payment_intents", "pi_x", "payment_intent", "intent"),
    ("invoices", "in_x", "invoice", "invoice"), ("refunds", "re_x", "refund", "id"),
    ("disputes", "dp_x", "dispute", "id"), ("customers", "ch_x", "customer", "id"),
]  # fmt: skip
CONNECTED = (
    "; It's possible this PaymentMethod exists on one of your connected accounts, in which case you"
    " should retry this request on that connected account. Learn more at"
    " https://stripe.com/docs/connect/authentication"
)


@pytest.mark.parametrize(("resource", "id", "name", "param"), NAMES)
def test_an_unknown_id_in_the_path(client, resource, id, name, param):
    assert refused(call(client, f"{resource}.retrieve"), id) == (
        404, "resource_missing", param, f"No such {name}: '{id}'")


@pytest.mark.parametrize("verb", ["retrieve", "update", "detach"])
def test_an_unknown_payment_method_is_explained(client, verb):
    params = ({},) if verb == "update" else ()
    assert refused(call(client, f"payment_methods.{verb}"), "pm_x", *params) == (
        404, "resource_missing", "payment_method", f"No such PaymentMethod: 'pm_x'{CONNECTED}")


def test_items_have_sentences_of_their_own(client):
    assert refused(client.v1.invoice_items.retrieve, "ii_x") == (
        404, "resource_missing", "id", "No such Invoice Item: 'ii_x'(livemode=false)")
    assert refused(client.v1.subscription_items.retrieve, "si_x") == (
        404, None, None, "Invalid subscription_item id: si_x")


@pytest.mark.parametrize(("verb", "param"), [
    ("retrieve", "invoice"), ("delete", "invoice"), ("send_invoice", "invoice"),
    ("pay", "id"), ("finalize_invoice", "id"), ("void_invoice", "id"),
    ("mark_uncollectible", "id"), ("update", "id"),
])  # fmt: skip
def test_an_unknown_invoice_has_a_param_for_each_call(client, verb, param):
    found = refused(call(client, f"invoices.{verb}"), "in_x", *([{}] if verb == "update" else []))
    assert found == (404, "resource_missing", param, "No such invoice: 'in_x'")


@pytest.mark.parametrize(("name", "params", "param", "status"), [
    ("subscriptions.create", {"customer": "cus_x"}, "customer", 404),
    ("invoices.create", {"customer": "cus_x"}, "customer", 400),
    ("invoice_items.create", {"customer": "cus_x", "amount": 1, "currency": "usd"}, "customer",
     400),
    ("payment_intents.create", {"amount": 100, "currency": "usd", "customer": "cus_x"},
     "customer", 400),
    ("setup_intents.create", {"customer": "cus_x"}, "customer", 400),
])
def test_an_unknown_id_in_a_parameter(client, stock, name, params, param, status):
    if name == "subscriptions.create":
        params = {**params, "items": [{"price": stock["price"]}]}
    assert refused(call(client, name), params) == (
        status, "resource_missing", param, "No such customer: 'cus_x'")


def test_an_unknown_price_is_found_by_its_place(client, stock):
    assert refused(client.v1.subscriptions.create, {
        "customer": stock["customer"],
        "items": [{"price": stock["price"]}, {"price": "price_x"}]}) == (
        400, "resource_missing", "items[1][price]", "No such price: 'price_x'")


def test_a_method_belongs_to_one_customer(client):
    till, other = Till(client), Till(client, card=None)
    method = client.v1.payment_methods.list({"customer": till.customer}).data[0].id
    assert refused(client.v1.payment_methods.attach, method, {"customer": other.customer}) == (
        400, None, None,
        "The payment method you provided has already been attached to a customer.")
    client.v1.payment_methods.detach(method)
    assert refused(client.v1.payment_methods.attach, method, {"customer": till.customer})[0] == 400
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method, {"customer": till.customer})


def error_of(function: Any, *args: Any) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        function(*args)
    return caught.value


def test_each_status_is_an_exception_of_the_sdk(server, client, stock):
    def open_with(key: str, **options: Any) -> Any:
        return stripe.StripeClient(key, base_addresses={"api": server.url}, **options).v1

    missing = error_of(client.v1.customers.retrieve, "cus_x")
    assert (type(missing), missing.http_status) == (stripe.InvalidRequestError, 404)
    stranger = error_of(open_with("sk_test_stranger000000").customers.list)
    assert (type(stranger), stranger.http_status, stranger.user_message) == (
        stripe.AuthenticationError, 401, "Invalid API Key provided: sk_test_****0000")
    page = error_of(open_with(server.publishable_key).customers.list)
    assert (type(page), page.http_status, page.json_body["error"]["code"]) == (
        stripe.PermissionError, 403, "secret_key_required")
    account = error_of(open_with(server.secret_key, stripe_account="acct_1x").customers.list)
    assert (type(account), account.http_status, account.json_body["error"]["code"]) == (
        stripe.PermissionError, 403, "account_invalid")
    declined = error_of(client.v1.payment_methods.attach, "pm_card_chargeDeclined",
                        {"customer": stock["customer"]})
    assert (type(declined), declined.http_status) == (stripe.CardError, 402)
    options = {"idempotency_key": "the same"}
    client.v1.customers.create({"name": "Ada"}, options)
    used = error_of(client.v1.customers.create, {"name": "Bob"}, options)
    assert (type(used), used.http_status) == (stripe.IdempotencyError, 400)
    version = error_of(client.v1.customers.list, {}, {"stripe_version": "2020-01-01"})
    assert (version.http_status, version.code, version.user_message) == (
        400, None, "Invalid Stripe API version: 2020-01-01")

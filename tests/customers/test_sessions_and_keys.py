"""Customer sessions, ephemeral keys and confirmation tokens, by the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.testing import RunningServer

ELEMENT = {
    "payment_element": {"enabled": True, "features": {"payment_method_redisplay": "enabled"}}
}


@pytest.fixture
def page(server: RunningServer) -> stripe.StripeClient:
    """A client that has what a page has: the publishable key."""
    return stripe.StripeClient(server.publishable_key, base_addresses={"api": server.url})


def raw(client: stripe.StripeClient, method: str, path: str, **params: Any) -> Any:
    return client.raw_request(method, path, **params).data


def test_a_customer_session(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    session = client.v1.customer_sessions.create({"customer": customer.id, "components": ELEMENT})
    assert session.expires_at == session.created + 1800
    features = session.components.payment_element.features
    assert features.payment_method_allow_redisplay_filters == ["always"]
    assert (features.payment_method_redisplay, features.payment_method_save) == (
        "enabled", "disabled",
    )  # fmt: skip
    assert session.components.pricing_table.enabled is False


def test_a_session_without_a_component_is_refused(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="At least one component"):
        client.v1.customer_sessions.create(
            {"customer": customer.id, "components": {"pricing_table": {"enabled": False}}}
        )


@pytest.mark.any_shape("what the script asks is of no SDK")
def test_a_page_reads_what_its_session_shows(
    client: stripe.StripeClient, page: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({})
    for name, shown in (("pm_card_visa", "always"), ("pm_card_mastercard", "limited")):
        method = client.v1.payment_methods.attach(name, {"customer": customer.id})
        client.v1.payment_methods.update(method.id, {"allow_redisplay": shown})
    secret = client.v1.customer_sessions.create(
        {"customer": customer.id, "components": ELEMENT}
    ).client_secret
    plan = {"mode": "payment", "amount": 500, "currency": "usd"}
    asked = {"type": "deferred_intent", "deferred_intent": plan}
    seen = raw(page, "get", "/v1/elements/sessions", **asked, customer_session_client_secret=secret)
    methods = seen["customer"]["payment_methods"]
    assert [each["card"]["brand"] for each in methods] == ["visa"]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer session"):
        raw(page, "get", "/v1/elements/sessions", **asked,
            customer_session_client_secret=secret[:-1] + "_")  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="does not allow payment methods"):
        raw(page, "post", f"/v1/elements/payment_methods/{methods[0]['id']}/detach",
            customer_session_client_secret=secret)  # fmt: skip


@pytest.mark.any_shape("what the script asks is of no SDK")
def test_an_intent_needs_its_own_secret(
    client: stripe.StripeClient, page: stripe.StripeClient
) -> None:
    one, other = (
        client.v1.payment_intents.create({"amount": 500, "currency": "usd"}) for _ in range(2)
    )
    seen = raw(page, "get", "/v1/elements/sessions", type="payment_intent",
               client_secret=one.client_secret)  # fmt: skip
    assert (seen["amount"], seen["session_mode"]) == (500, "payment")
    mixed = f"{one.id}_secret_{other.client_secret.partition('_secret_')[2]}"
    with pytest.raises(stripe.InvalidRequestError, match="client_secret"):
        raw(page, "get", "/v1/elements/sessions", type="payment_intent", client_secret=mixed)


def test_an_ephemeral_key_opens_its_customer_alone(
    server: RunningServer, client: stripe.StripeClient
) -> None:
    ada, bob = (client.v1.customers.create({"name": name}) for name in ("Ada", "Bob"))
    key = client.v1.ephemeral_keys.create(
        {"customer": ada.id}, {"stripe_version": "2026-10-28.endive"}
    )
    assert key.id.startswith("ephkey_")
    assert key.expires == key.created + 3600
    app = stripe.StripeClient(str(key.secret), base_addresses={"api": server.url})
    assert app.v1.customers.retrieve(ada.id).name == "Ada"
    method = app.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    assert [each.id for each in app.v1.payment_methods.list({"customer": ada.id}).data] == [
        method.id
    ]
    default = {"invoice_settings": {"default_payment_method": method.id}}
    client.v1.customers.update(ada.id, default)
    expand = {"expand": ["invoice_settings.default_payment_method"]}
    shown = app.v1.customers.retrieve(ada.id, expand).invoice_settings
    assert shown.default_payment_method.card.brand == "visa"
    for call in (
        lambda: app.v1.customers.retrieve(bob.id),
        lambda: app.v1.payment_methods.list({"customer": bob.id}),
        lambda: app.v1.payment_methods.list(),
        lambda: raw(app, "get", f"/v1/payment_methods?customer[]={ada.id}"),
        lambda: app.v1.customers.list(),
        lambda: app.v1.charges.create({"amount": 500, "currency": "usd", "customer": ada.id}),
    ):
        with pytest.raises(stripe.PermissionError):
            call()
    ended = client.v1.ephemeral_keys.delete(key.id)
    assert ended.id == key.id
    with pytest.raises(stripe.AuthenticationError):
        app.v1.customers.retrieve(ada.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.ephemeral_keys.delete(key.id)


def test_a_confirmation_token_confirms_once(client: stripe.StripeClient) -> None:
    token = client.v1.test_helpers.confirmation_tokens.create(
        {"payment_method": "pm_card_visa", "return_url": "https://example.com",
         "shipping": {"name": "Ada", "address": {"line1": "1 Row", "country": "GB"}}}
    )  # fmt: skip
    assert token.payment_method_preview.card.last4 == "4242"
    intent = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "confirm": True, "confirmation_token": token.id}
    )
    assert (intent.status, intent.shipping.name) == ("succeeded", "Ada")
    assert client.v1.confirmation_tokens.retrieve(token.id).payment_intent == intent.id
    with pytest.raises(stripe.InvalidRequestError, match="used already"):
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "confirm": True, "confirmation_token": token.id}
        )


def test_a_confirmation_token_sets_up(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    token = client.v1.test_helpers.confirmation_tokens.create(
        {"payment_method_data": {"type": "sepa_debit", "sepa_debit": {
            "iban": "AT611904300234573201"}, "billing_details": {"name": "Ada"}}}
    )  # fmt: skip
    intent = client.v1.setup_intents.create(
        {"customer": customer.id, "confirm": True, "confirmation_token": token.id}
    )
    assert intent.status == "succeeded"
    kept = client.v1.confirmation_tokens.retrieve(token.id)
    assert (kept.setup_intent, kept.payment_intent) == (intent.id, None)


def test_a_confirmation_token_beside_a_method_is_refused(client: stripe.StripeClient) -> None:
    token = client.v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of"):
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "confirm": True, "confirmation_token": token.id,
             "payment_method": "pm_card_visa"}
        )  # fmt: skip


def test_a_page_may_not_show_the_method_of_a_stranger(
    client: stripe.StripeClient, page: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="customer session"):
        raw(page, "post", "/v1/confirmation_tokens", payment_method=method.id)

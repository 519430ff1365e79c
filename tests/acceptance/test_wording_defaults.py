"""What an object is when only what must be said was said."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from .till import Till

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def shown(found: Any, *names: str) -> dict[str, Any]:
    whole = found.to_dict()
    return {name: whole[name] for name in names}


@pytest.fixture(scope="module")
def price(server: Any) -> Any:
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    return client.v1.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })


def test_a_customer(client: stripe.StripeClient) -> None:
    found = client.v1.customers.create({}).to_dict()
    assert found.pop("id").startswith("cus_")
    assert abs(found.pop("created") - time.time()) < 60
    assert len(found.pop("invoice_prefix")) == 8
    assert found == {
        "object": "customer", "address": None, "balance": 0, "currency": None,
        "customer_account": None, "default_source": None, "delinquent": False,
        "description": None, "discount": None, "email": None,
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None,
            "rendering_options": None,
        },
        "livemode": False, "metadata": {}, "name": None, "next_invoice_sequence": 1,
        "phone": None, "preferred_locales": [], "shipping": None, "tax_exempt": "none",
        "test_clock": None,
    }  # fmt: skip


def test_an_address_shows_all_its_keys(client: stripe.StripeClient) -> None:
    found = client.v1.customers.create({
        "address": {"city": "Oslo"}, "shipping": {"name": "Ada", "address": {"line1": "1 Road"}},
    }).to_dict()
    assert found["address"] == NO_ADDRESS | {"city": "Oslo"}
    assert found["shipping"]["address"] == NO_ADDRESS | {"line1": "1 Road"}
    assert found["shipping"]["name"] == "Ada"


def test_a_customers_currency_comes_with_its_first_use(
    client: stripe.StripeClient, price: Any
) -> None:
    assert client.v1.customers.create({"balance": -100}).currency == "usd"
    till = Till(client)
    assert client.v1.customers.retrieve(till.customer).currency is None
    till.client.subscriptions.create({"customer": till.customer, "items": [{"price": price.id}]})
    assert client.v1.customers.retrieve(till.customer).currency == "usd"


def test_a_product_and_its_price(client: stripe.StripeClient, price: Any) -> None:
    product = client.v1.products.create({"name": "Mug"})
    assert shown(product, "active", "images", "marketing_features", "type", "tax_details",
                 "default_price", "package_dimensions", "unit_label") == {
        "active": True, "images": [], "marketing_features": [], "type": "service",
        "tax_details": None, "default_price": None, "package_dimensions": None,
        "unit_label": None,
    }  # fmt: skip
    assert product.updated == product.created
    assert shown(price, "active", "billing_scheme", "tax_behavior", "custom_unit_amount", "type",
                 "recurring", "lookup_key", "nickname", "tiers_mode", "transform_quantity",
                 "unit_amount", "unit_amount_decimal") == {
        "active": True, "billing_scheme": "per_unit", "tax_behavior": "unspecified",
        "custom_unit_amount": None, "type": "recurring", "lookup_key": None, "nickname": None,
        "tiers_mode": None, "transform_quantity": None, "unit_amount": 1_500,
        "unit_amount_decimal": price.unit_amount_decimal,
        "recurring": {
            "interval": "month", "interval_count": 1, "usage_type": "licensed", "meter": None,
            "trial_period_days": None,
        },
    }  # fmt: skip
    assert str(price.unit_amount_decimal) == "1500"
    once = client.v1.prices.create({"currency": "usd", "unit_amount": 5, "product": product.id})
    assert (once.type, once.recurring) == ("one_time", None)


def test_a_subscription(client: stripe.StripeClient, price: Any) -> None:
    till = Till(client)
    found = till.client.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price.id}]}
    )
    assert shown(found, "billing_mode", "collection_method", "default_payment_method",
                 "payment_settings", "trial_settings", "invoice_settings",
                 "cancellation_details", "managed_payments", "billing_schedules", "discounts",
                 "cancel_at", "cancel_at_period_end", "pending_update", "schedule") == {
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "collection_method": "charge_automatically", "default_payment_method": None,
        "payment_settings": {
            "payment_method_options": None, "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "trial_settings": {"end_behavior": {
            "missing_payment_method": "create_invoice", "billing_cycle_anchor": "now",
        }},
        "invoice_settings": {
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
            "issuer": {"type": "self"},
        },
        "cancellation_details": dict.fromkeys(
            ("comment", "feedback", "feedback_option", "reason")
        ),
        "managed_payments": {"enabled": False}, "billing_schedules": [], "discounts": [],
        "cancel_at": None, "cancel_at_period_end": False, "pending_update": None,
        "schedule": None,
    }  # fmt: skip
    assert found["items"].data[0].quantity == 1


def test_an_invoice_made_by_hand(client: stripe.StripeClient) -> None:
    found = Till(client).draft()
    assert shown(found, "issuer", "payment_settings", "customer_tax_exempt", "customer_tax_ids",
                 "auto_advance", "status", "billing_reason", "number", "next_payment_attempt",
                 "automatically_finalizes_at", "amount_due", "attempted", "parent") == {
        "issuer": {"type": "self"},
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
        },
        "customer_tax_exempt": "none", "customer_tax_ids": [], "auto_advance": False,
        "status": "draft", "billing_reason": "manual", "number": None,
        "next_payment_attempt": None, "automatically_finalizes_at": None, "amount_due": 0,
        "attempted": False, "parent": None,
    }  # fmt: skip
    assert found.period_start == found.period_end == found.created
    assert found.rendering is not None


def test_a_payment_intent(client: stripe.StripeClient) -> None:
    found = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert shown(found, "capture_method", "confirmation_method", "amount_details",
                 "cancellation_reason", "status", "amount_received", "latest_charge") == {
        "capture_method": "automatic_async", "confirmation_method": "automatic",
        "amount_details": {"tip": {}}, "cancellation_reason": None,
        "status": "requires_payment_method", "amount_received": 0, "latest_charge": None,
    }  # fmt: skip


def test_a_card_from_a_test_token(client: stripe.StripeClient) -> None:
    made = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert made.card.exp_year == datetime.now(UTC).year + 1
    assert (made.allow_redisplay, made.card.checks.cvc_check) == ("unspecified", "unchecked")
    assert made.billing_details.address.to_dict() == NO_ADDRESS
    customer = client.v1.customers.create({})
    attached = client.v1.payment_methods.attach(made.id, {"customer": customer.id})
    assert attached.card.checks.cvc_check == "pass"


def test_a_tax_rate_and_what_it_says_on_a_line(client: stripe.StripeClient) -> None:
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    )
    assert shown(rate, "active", "effective_percentage", "rate_type", "flat_amount") == {
        "active": True, "effective_percentage": 20, "rate_type": "percentage",
        "flat_amount": None,
    }  # fmt: skip
    (line,) = Till(client).draft(1_000, default_tax_rates=[rate.id]).lines.data
    (tax,) = line.taxes
    assert (tax.amount, tax.taxability_reason) == (200, "not_available")


def test_a_coupon_and_its_code(client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 10})
    assert (coupon.duration, coupon.valid, coupon.times_redeemed) == ("once", True, 0)
    code = client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}}
    )
    assert (code.active, code.times_redeemed) == (True, 0)
    assert code.restrictions.to_dict() == {
        "first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None,
    }

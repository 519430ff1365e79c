"""Bases: for each operation a request that succeeds; bad input is one thing wrong with it.

In a base `@price` stands for the id that the stock has under that name.
"""

from __future__ import annotations

import re
from typing import Any

from badinput.stock import HORIZON_SECONDS, Stock
from prorata.model.operation import Operation
from prorata.model.resource import REGISTRY

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
MOMENT = 1_780_000_000
MONTH = {"interval": "month"}
LINE = {"description": "Work", "amount": 300}
SEND = {"collection_method": "send_invoice", "days_until_due": 30}

BASES: dict[str, dict[str, Any]] = {
    "POST /v1/test_helpers/test_clocks": {"frozen_time": 1_790_000_000},
    "POST /v1/test_helpers/test_clocks/{id}/advance": {"frozen_time": 1_790_100_000},
    "POST /v1/customers/{id}/balance_transactions": {"amount": 100, "currency": "usd"},
    "POST /v1/coupons": {"percent_off": 10},
    "POST /v1/promotion_codes": {"promotion": {"type": "coupon", "coupon": "@coupon"}},
    "POST /v1/plans": {"currency": "usd", "interval": "month", "amount": 5, "product": "@product"},
    "POST /v1/prices": {
        "currency": "usd", "unit_amount": 5, "product": "@product", "recurring": MONTH,
    },
    "POST /v1/products": {"name": "New"},
    "POST /v1/billing/meters": {
        "display_name": "M", "event_name": "m", "default_aggregation": {"formula": "sum"},
    },
    "POST /v1/billing/meters/{id}/reactivate": {},
    "POST /v1/billing/feedback_options": {"description": "Moved"},
    "POST /v1/prorata/invoice_rendering_templates": {"nickname": "House"},
    "POST /v1/billing/meter_events": {
        "event_name": "calls", "payload": {"stripe_customer_id": "@customer", "value": "1"},
    },
    "POST /v1/billing/meter_event_adjustments": {
        "event_name": "calls", "type": "cancel", "cancel": {"identifier": "sent"},
    },
    "POST /v2/billing/meter_events": {
        "event_name": "calls", "payload": {"stripe_customer_id": "@customer", "value": "1"},
    },
    "POST /v2/billing/meter_event_stream": {
        "events": [
            {"event_name": "calls",
             "payload": {"stripe_customer_id": "@customer", "value": "1"}},
        ],
    },
    "POST /v2/billing/meter_event_adjustments": {
        "event_name": "calls", "type": "cancel", "cancel": {"identifier": "sent"},
    },
    "GET /v1/billing/meters/{id}/event_summaries": {
        "customer": "@customer", "start_time": 1_780_012_800, "end_time": 1_780_099_200,
    },
    "POST /v1/prorata/meters/{id}/dimensions": {"payload_keys": ["region"]},
    "GET /v1/prorata/meters/{id}/usage": {
        "customer": "@customer", "start_time": 1_780_012_800, "end_time": 1_780_099_200,
        "group_by": ["region"],
    },
    "POST /v1/billing/alerts": {
        "alert_type": "usage_threshold", "title": "Much",
        "usage_threshold": {"gte": 50, "meter": "@billing.meter", "recurrence": "one_time"},
    },
    "POST /v1/billing_portal/configurations": {
        "features": {
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True, "mode": "immediately"},
        },
    },
    "POST /v1/billing_portal/configurations/{id}": {"metadata": {"a": "b"}},
    "POST /v1/billing_portal/sessions": {
        "customer": "@customer", "configuration": "@billing_portal.configuration",
    },
    "GET /v1/prorata/usage_billings": {"customer": "@customer"},
    "GET /v1/prorata/usage_balance": {"subscription": "@subscription:metered"},
    "POST /v1/billing/credit_grants": {
        "customer": "@customer",
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 500}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    },
    "GET /v1/billing/credit_balance_summary": {
        "customer": "@customer",
        "filter": {"type": "credit_grant", "credit_grant": "@billing.credit_grant"},
    },
    "POST /v1/reporting/report_runs": {
        "report_type": "balance.summary.1",
        "parameters": {"interval_start": 1_640_995_200, "interval_end": 1_643_673_600},
    },
    "POST /v1/prorata/accounting_periods": {"month": "2021-06"},
    "POST /v1/tax_rates": {"display_name": "VAT", "percentage": "19.5", "inclusive": True},
    "POST /v1/shipping_rates": {
        "display_name": "Post", "fixed_amount": {"amount": 5, "currency": "usd"},
    },
    "POST /v1/payment_methods": {"type": "card", "card": CARD},
    "POST /v1/payment_methods/{id}/attach": {"customer": "@customer"},
    "POST /v1/prorata/payment_methods/{id}/automatic_update": {"card": {"exp_year": 2041}},
    "POST /v1/tokens": {"card": CARD},
    "POST /v1/prorata/tokens": {"token": "typed-elsewhere"},
    "GET /v1/elements/sessions": {
        "type": "deferred_intent",
        "deferred_intent": {"mode": "payment", "amount": 500, "currency": "usd"},
    },
    "POST /v1/elements/payment_methods/{id}/detach": {
        "customer_session_client_secret": "@session_secret",
    },
    "POST /v1/customer_sessions": {
        "customer": "@customer", "components": {"payment_element": {"enabled": True}},
    },
    "POST /v1/ephemeral_keys": {"customer": "@customer"},
    "POST /v1/confirmation_tokens": {"payment_method_data": {"type": "card", "card": CARD}},
    "POST /v1/test_helpers/confirmation_tokens": {"payment_method": "pm_card_visa"},
    "POST /v1/tax_ids": {"type": "eu_vat", "value": "DE123456789"},
    "POST /v1/customers/{id}/tax_ids": {"type": "eu_vat", "value": "DE123456789"},
    "POST /v1/customers/{id}/sources": {"source": "tok_visa"},
    "POST /v1/customers/{id}/funding_instructions": {
        "currency": "eur", "funding_type": "bank_transfer",
        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
    },
    "POST /v1/test_helpers/customers/{id}/fund_cash_balance": {"amount": 100, "currency": "usd"},
    "GET /v1/customers/{id}/payment_methods": {"type": "card"},
    "GET /v1/payment_methods": {"customer": "@customer"},
    "POST /v1/file_links": {"file": "@file"},
    "POST /v1/payment_intents": {
        "amount": 2000, "currency": "usd", "customer": "@customer",
        "payment_method": "@payment_method", "confirm": True,
    },
    "POST /v1/payment_intents/{id}/confirm": {"payment_method": "@payment_method"},
    "POST /v1/payment_intents/{id}/increment_authorization": {"amount": 2500},
    "POST /v1/setup_intents": {"customer": "@customer"},
    "POST /v1/setup_intents/{id}/confirm": {"payment_method": "@payment_method:second"},
    "POST /v1/payment_records/report_payment": {
        "amount_requested": {"currency": "usd", "value": 500}, "initiated_at": MOMENT,
        "payment_method_details": {"type": "custom", "custom": {"display_name": "Cash"}},
    },
    "POST /v1/payment_records/{id}/report_payment_attempt": {"initiated_at": MOMENT},
    "POST /v1/payment_records/{id}/report_payment_attempt_canceled": {"canceled_at": MOMENT},
    "POST /v1/payment_records/{id}/report_payment_attempt_failed": {"failed_at": MOMENT},
    "POST /v1/payment_records/{id}/report_payment_attempt_guaranteed": {"guaranteed_at": MOMENT},
    "POST /v1/payment_records/{id}/report_refund": {
        "outcome": "refunded", "refunded": {"refunded_at": MOMENT},
        "processor_details": {"type": "custom", "custom": {"refund_reference": "r"}},
    },
    "GET /v1/setup_attempts": {"setup_intent": "@setup_intent"},
    "POST /v1/charges": {"amount": 500, "currency": "usd", "source": "tok_visa"},
    "POST /v1/refunds": {"charge": "@charge", "amount": 100},
    "POST /v1/charges/{id}/refunds": {"amount": 100},
    "POST /v1/disputes/{id}": {"evidence": {"uncategorized_text": "No."}},
    "GET /v1/invoice_payments": {"invoice": "@invoice:paid"},
    "POST /v1/invoices": {"customer": "@customer", "currency": "usd"},
    "POST /v1/invoices/{id}/add_lines": {"lines": [LINE]},
    "POST /v1/invoices/{id}/update_lines": {"lines": [{"id": "@line_item", "amount": 5}]},
    "POST /v1/invoices/{id}/remove_lines": {
        "lines": [{"id": "@line_item", "behavior": "unassign"}],
    },
    "POST /v1/invoices/{id}/attach_payment": {"payment_intent": "@payment_intent:new"},
    "POST /v1/invoices/create_preview": {
        "customer": "@customer", "subscription_details": {"items": [{"price": "@price"}]},
    },
    "POST /v1/invoiceitems": {"customer": "@customer", "amount": 300, "currency": "usd"},
    "POST /v1/credit_notes": {"invoice": "@invoice:credited", "amount": 100},
    "GET /v1/credit_notes/preview": {"invoice": "@invoice:credited", "amount": 100},
    "GET /v1/credit_notes/preview/lines": {"invoice": "@invoice:credited", "amount": 100},
    "POST /v1/subscriptions": {"customer": "@customer", "items": [{"price": "@price"}]},
    "POST /v1/subscriptions/{id}": {
        "items": [{"id": "@subscription_item", "price": "@price:other"}],
    },
    "POST /v1/subscriptions/{id}/pause": {"type": "subscription"},
    "POST /v1/subscriptions/{id}/migrate": {"billing_mode": {"type": "flexible"}},
    "GET /v1/subscription_items": {"subscription": "@subscription"},
    "POST /v1/subscription_items": {"subscription": "@subscription", "price": "@price:other"},
    "POST /v1/subscription_items/{id}": {"quantity": 3},
    "POST /v1/subscription_schedules": {
        "customer": "@customer", "start_date": "now",
        "phases": [{"items": [{"price": "@price"}], "duration": MONTH}],
    },
    "POST /v2/core/event_destinations": {
        "name": "New", "enabled_events": ["*"], "event_payload": "thin",
        "type": "webhook_endpoint", "webhook_endpoint": {"url": "https://example.com/h"},
    },
    "POST /v1/webhook_endpoints": {"url": "https://example.com/h", "enabled_events": ["*"]},
    "GET /v1/apps/secrets": {"scope": {"type": "account"}},
    "GET /v1/financial_connections/transactions": {"account": "fca_1"},
    "GET /v1/entitlements/active_entitlements": {"customer": "@customer"},
    "POST /v1/entitlements/features": {"name": "Speed", "lookup_key": "speed"},
    "POST /v1/products/{id}/features": {"entitlement_feature": "@entitlements.feature:loose"},
    "POST /v1/prorata/quotas": {
        "product": "@product", "feature": "@entitlements.feature:free", "limit": 5,
    },
    "GET /v1/prorata/entitlements/check": {
        "customer": "@customer", "feature": "@entitlements.feature",
    },
    "POST /v1/checkout/sessions": {
        "mode": "payment", "success_url": "https://example.com/done",
        "line_items": [{"price": "@price:once", "quantity": 1}],
    },
    "POST /v1/checkout/sessions/{id}": {"metadata": {"a": "b"}},
    "POST /v1/payment_pages/{id}": {"email": "new@example.com"},
    "POST /v1/payment_pages/{id}/confirm": {"payment_method": "pm_card_visa"},
    "POST /v1/payment_pages/{id}/remove_payment_method": {"payment_method": "@payment_method"},
    "POST /v1/payment_links": {"line_items": [{"price": "@price:once", "quantity": 1}]},
    "POST /v1/prorata/upsells": {"price": "@price:other", "upsells_to": "@price:year"},
    "POST /v1/prorata/cross_sells": {"product": "@product:sold", "price": "@price:once"},
    "POST /v1/prorata/pricing_tables": {
        "products": [{"product": "@product", "prices": ["@price"]}],
    },
    "POST /v1/prorata/pricing_tables/{id}/checkout": {"price": "@price"},
    "POST /v1/tax/registrations": {
        "country": "DE", "active_from": "now", "country_options": {"de": {"type": "standard"}},
    },
    "POST /v1/tax/calculations": {
        "currency": "usd", "line_items": [{"amount": 1000}],
        "customer_details": {"address": {"country": "DE"}, "address_source": "billing"},
    },
    "POST /v1/tax/transactions/create_from_calculation": {
        "calculation": "@tax.calculation", "reference": "order",
    },
    "POST /v1/tax/transactions/create_reversal": {
        "mode": "full", "original_transaction": "@tax.transaction", "reference": "back",
    },
    "POST /v1/tax/locations": {"address": {"country": "DE"}, "type": "performance"},
    "GET /v1/tax/locations": {"type": "performance"},
    "GET /v1/tax/associations/find": {"payment_intent": "@payment_intent"},
    "POST /v1/quotes": {
        "customer": "@customer", "line_items": [{"price": "@price", "quantity": 2}],
    },
    "GET /v1/issuing/tokens": {"card": "ic_1"},
    "GET /v1/payment_attempt_records": {"payment_record": "@payment_record"},
    "GET /v1/radar/value_list_items": {"value_list": "rsl_1"},
    "POST /_prorata/challenge/{intent}": {"success": True},
}
BASES |= {
    f"GET /v1/treasury/{name}": {"financial_account": "fa_1"} for name in (
        "credit_reversals", "debit_reversals", "inbound_transfers", "outbound_payments",
        "outbound_transfers", "received_credits", "received_debits", "transaction_entries",
        "transactions",
    )
}  # fmt: skip
BASES |= {
    f"GET /v1/{noun}/search": {"query": 'metadata["a"]:"b"'} for noun in (
        "charges", "customers", "invoices", "payment_intents", "prices", "products",
        "subscriptions",
    )
}  # fmt: skip

# Which document of a noun an operation is tried on, where the commonest one is in another state.
ON: dict[str, str] = {
    "DELETE /v1/products/{id}": "product:alone",
    "POST /v1/payment_pages/{id}/remove_payment_method": "checkout.session:saved",
    "POST /v1/billing/alerts/{id}/activate": "billing.alert:inactive",
    "POST /v1/billing_portal/configurations/{id}": "billing_portal.configuration:inactive",
    "POST /v1/billing/meters/{id}/reactivate": "billing.meter:inactive",
    "POST /v1/payment_methods/{id}/attach": "payment_method:loose",
    "POST /v1/payment_methods/{id}/detach": "payment_method:second",
    "DELETE /v1/customers/{id}/discount": "customer:discounted",
    "GET /v1/customers/{id}/discount": "customer:discounted",
    "GET /v1/subscriptions/{id}/discount": "subscription:discounted",
    "POST /v1/payment_intents/{id}": "payment_intent:new",
    "POST /v1/payment_intents/{id}/confirm": "payment_intent:to_confirm",
    "POST /v1/payment_intents/{id}/cancel": "payment_intent:new",
    "POST /v1/payment_intents/{id}/capture": "payment_intent:capture",
    "POST /v1/payment_intents/{id}/increment_authorization": "payment_intent:raise",
    "POST /v1/payment_intents/{id}/apply_customer_balance": "payment_intent:transfer",
    "POST /v1/payment_records/{id}/report_payment_attempt": "payment_record:failed",
    "POST /v1/payment_records/{id}/report_refund": "payment_record:paid",
    "POST /v1/setup_intents/{id}": "setup_intent:new",
    "POST /v1/setup_intents/{id}/confirm": "setup_intent:new",
    "POST /v1/setup_intents/{id}/cancel": "setup_intent:new",
    "GET /v1/prorata/tax_registrations/{id}": "tax.registration:us",
    "POST /v1/prorata/tax_registrations/{id}": "tax.registration:us",
    "POST /v1/invoices/{id}/pay": "invoice:open",
    "POST /v1/invoices/{id}/void": "invoice:open",
    "POST /v1/invoices/{id}/send": "invoice:open",
    "POST /v1/invoices/{id}/mark_uncollectible": "invoice:open",
    "POST /v1/invoices/{id}/attach_payment": "invoice:open",
    "POST /v1/invoiceitems/{id}": "invoiceitem",
    "DELETE /v1/invoiceitems/{id}": "invoiceitem",
    "POST /v1/subscriptions/{id}/migrate": "subscription:classic",
    "DELETE /v1/subscription_items/{id}": "subscription_item:second",
    "POST /v1/charges/{id}/capture": "charge:capture",
    "POST /v1/quotes/{id}": "quote:alone",
    "POST /v1/quotes/{id}/accept": "quote:open",
    "GET /v1/quotes/{id}/pdf": "quote:open",
    "DELETE /v1/subscriptions/{id}/discount": "subscription:discounted",
    "POST /v1/subscriptions/{id}/resume": "subscription:paused",
    "GET /v1/customers/{customer}/cash_balance_transactions/{id}":
        "customer_cash_balance_transaction",
}

OWNERS = {
    "customer": "customer", "event": "event", "intent": "payment_intent:action",
    "invoice_id": "invoice", "product": "product", "source": "card",
}  # fmt: skip
COLLECTIONS = {
    "/v1/ephemeral_keys": "ephemeral_key",
    "/v1/payment_method_configurations": "payment_method_configuration",
    "/v1/payment_attempt_records": "payment_attempt_record",
    "/v1/subscription_items": "subscription_item", "/v1/accounts": "account",
    "/v1/tax_codes": "tax_code", "/v1/plans": "plan",
    "/v1/reporting/report_types": "reporting.report_type",
    "/v2/core/events": "v2.core.event",
}


def name_of(operation: Operation, variable: str) -> str:
    """Return the stock's name of what a path's variable stands for."""
    if variable != "id":
        return OWNERS[variable]
    if operation.route in ON:
        return ON[operation.route]
    if operation.target is not None:
        return operation.target.spec.kind
    collection = operation.path.partition("/{")[0]
    if operation.path.startswith("/v1/invoices/{invoice_id}/lines"):
        return "line_item"
    kinds = {spec.path: kind for kind, spec in REGISTRY.items() if spec.path}
    return COLLECTIONS.get(collection) or kinds.get(collection, "")


def path_of(operation: Operation, stock: Stock, **values: str) -> str:
    """Return an operation's path with ids of the stock, or the given values, in it."""

    def fill(found: re.Match[str]) -> str:
        variable = found[1]
        if variable in values:
            return values[variable]
        if operation.path.endswith("cash_balance_transactions/{id}") and variable == "customer":
            return stock["customer:poor"]
        return stock.ids.get(name_of(operation, variable), "none")

    return re.sub(r"{(\w+)}", fill, operation.path)


def base_of(operation: Operation, stock: Stock) -> dict[str, Any]:
    """Return the parameters of a request that succeeds, with the stock's ids."""
    return filled(BASES.get(operation.route, {}), stock)


def filled(value: Any, stock: Stock) -> Any:
    """Return a tree with `@name` replaced by ids."""
    if isinstance(value, dict):
        return {name: filled(item, stock) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, stock) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return stock.ids.get(value[1:], value)
    return value


def merged(base: Any, extra: Any) -> Any:
    """Return a tree with another laid over it, array places by number."""
    if isinstance(base, dict) and isinstance(extra, dict):
        both = dict(base)
        for name, item in extra.items():
            both[name] = merged(base[name], item) if name in base else item
        return both
    if isinstance(base, list) and isinstance(extra, list) and base and extra:
        return [merged(base[0], extra[0]), *base[1:]]
    return extra


__all__ = ["HORIZON_SECONDS", "base_of", "filled", "merged", "name_of", "path_of"]

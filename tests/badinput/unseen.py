"""Unseen: parameters whose effect one request beside its base cannot show, and why."""

from prorata.resources.payments.method_types import USABLE
from prorata.resources.payments.payment_method_configuration import NAMED

DEFAULT = "every value that is taken means what is so without it"
OWN = "only this account can be named, and it is meant anyway"
ONLY = "it has one value"
NOTHING_DUE = "nothing is charged by this request"
LATER = "what happens later depends on it"
ELSEWHERE = "the base is of a kind that it says nothing about"
TOLD = "the API has no place that shows it"
CHANCE = "what it replaces is left out of the comparison"
DROPPED = "what makes no sense is dropped without a word, as documented"
NO_MAIL = "nothing is mailed"

_SCHEDULE = {
    "default_settings[automatic_tax][enabled]": DEFAULT,
    "default_settings[automatic_tax][liability][type]": OWN,
    "default_settings[collection_method]": DEFAULT,
    "default_settings[invoice_settings][issuer][type]": OWN,
    "default_settings[on_behalf_of]": OWN,
}
_INVOICE = {
    "automatic_tax[enabled]": DEFAULT, "collection_method": DEFAULT, "issuer[type]": OWN,
    "on_behalf_of": OWN,
}
_QUOTE = {
    "automatic_tax[liability][type]": OWN, "collection_method": DEFAULT,
    "invoice_settings[issuer][type]": OWN,
}
_MOTO = {"payment_method_options[card][moto]": DEFAULT}

_CARRIED = {"shipping[carrier]": TOLD, "shipping[tracking_number]": TOLD}

_OFF = {
    f"{name}[display_preference][preference]": DEFAULT for name in NAMED if name not in USABLE
}

UNSEEN: dict[str, dict[str, str]] = {
    "POST /v1/payment_method_configurations": _OFF,
    "POST /v1/payment_method_configurations/{id}": _OFF,
    "POST /v1/confirmation_tokens": {
        "mandate_data[customer_acceptance][accepted_at]": TOLD, "payment_method_data[type]": ONLY,
        **_CARRIED,
    },
    "POST /v1/test_helpers/confirmation_tokens": _CARRIED,
    "POST /v1/customer_sessions": {"components[payment_element][enabled]": ELSEWHERE},
    "POST /v1/ephemeral_keys": {"customer": TOLD},
    "POST /v2/core/event_destinations": {"type": ONLY},
    "POST /v1/accounts/{id}": {
        "settings[branding][primary_color]": DEFAULT,
        "settings[branding][secondary_color]": DEFAULT,
    },
    "POST /v1/billing/alerts": {
        "alert_type": ONLY, "usage_threshold[filters][0][type]": ONLY,
        "usage_threshold[recurrence]": ONLY,
    },
    "POST /v1/billing/credit_grants": {
        "amount[type]": ONLY, "applicability_config[scope][price_type]": ONLY,
    },
    "POST /v1/billing/meter_event_adjustments": {"type": ONLY},
    "POST /v2/billing/meter_event_adjustments": {"type": ONLY},
    "POST /v2/billing/meter_event_stream": {
        "events[0][event_name]": TOLD, "events[0][identifier]": TOLD,
    },
    "POST /v1/billing/meters": {"customer_mapping[type]": ONLY},
    "POST /v1/charges/{id}/refunds": {
        "payment_intent": DEFAULT, "refund_application_fee": DEFAULT, "reverse_transfer": DEFAULT,
    },
    "POST /v1/checkout/sessions": {
        "adaptive_pricing[enabled]": DEFAULT, "automatic_tax[enabled]": DEFAULT,
        "currency": DEFAULT, "line_items[0][price]": DEFAULT, "managed_payments[enabled]": DEFAULT,
        "mode": DEFAULT, "payment_intent_data[on_behalf_of]": OWN, "ui_mode": DEFAULT,
    },
    "POST /v1/checkout/sessions/{id}": {"shipping_options[0][shipping_rate]": DEFAULT},
    "POST /v1/payment_links": {
        "after_completion[type]": DEFAULT, "automatic_tax[enabled]": DEFAULT,
        "currency": DEFAULT, "managed_payments[enabled]": DEFAULT, "on_behalf_of": OWN,
    },
    "POST /v1/payment_links/{id}": {
        "after_completion[type]": DEFAULT, "automatic_tax[enabled]": DEFAULT,
        "managed_payments[enabled]": DEFAULT, "on_behalf_of": OWN,
    },
    "POST /v1/payment_pages/{id}": {"shipping_rate": DEFAULT},
    "POST /v1/prorata/pricing_tables/{id}/checkout": {"locale": DROPPED, "price": DEFAULT},
    "POST /v1/prorata/pricing_tables": {
        "after_completion[type]": DEFAULT, "automatic_tax[enabled]": DEFAULT,
    },
    "POST /v1/prorata/pricing_tables/{id}": {
        "after_completion[type]": DEFAULT, "automatic_tax[enabled]": DEFAULT,
    },
    "POST /v1/quotes": _QUOTE, "POST /v1/quotes/{id}": _QUOTE,
    "POST /v1/coupons": {"currency": ELSEWHERE, "id": CHANCE},
    "POST /v1/credit_notes": {"email_type": NO_MAIL},
    "GET /v1/credit_notes/preview": {"email_type": NO_MAIL},
    "POST /v1/customers": {"tax[validate_location]": DEFAULT, "validate": ELSEWHERE},
    "POST /v1/customers/{id}": {
        "default_source": DEFAULT, "tax[validate_location]": DEFAULT, "validate": ELSEWHERE,
    },
    "POST /v1/customers/{id}/funding_instructions": {
        "bank_transfer[requested_address_types][0]": DEFAULT, "bank_transfer[type]": DEFAULT,
        "currency": DEFAULT, "funding_type": ONLY,
    },
    "POST /v1/customers/{id}/sources": {"validate": DEFAULT},
    "POST /v1/events/{event}/retry": {"for_stripecli": "the command line says who it is"},
    "POST /v1/file_links": {"file": DEFAULT},
    "POST /v1/invoiceitems": {"period[start]": DEFAULT},
    "POST /v1/invoices": _INVOICE,
    "POST /v1/invoices/{id}": _INVOICE,
    "POST /v1/invoices/create_preview": {
        "automatic_tax[enabled]": DEFAULT, "automatic_tax[liability][type]": OWN,
        "currency": DEFAULT,
        "customer_details[tax][ip_address]": "automatic tax alone asks for it",
        "issuer[type]": OWN, "on_behalf_of": OWN,
        "subscription_details[billing_cycle_anchor][type]": DEFAULT,
        "subscription_details[billing_mode][type]": LATER,
        "subscription_details[cancel_at_period_end]": LATER,
        "subscription_details[items][0][clear_usage]": "prices with a meter keep their usage",
        "subscription_details[items][0][deleted]": DEFAULT,
        "subscription_details[items][0][id]": ELSEWHERE,
        "subscription_details[items][0][metadata]": "previews show no items",
        "subscription_details[proration_behavior]": NOTHING_DUE,
    },
    "POST /v1/payment_intents/{id}": {
        "amount_details[enforce_arithmetic_validation]": DEFAULT, "customer": DEFAULT,
        "payment_method_options[us_bank_account][networks][requested][0]": DEFAULT, **_MOTO,
    },
    "POST /v1/payment_methods": {"type": ONLY},
    "POST /v1/payment_records/report_payment": {
        "initiated_at": TOLD, "payment_method_details[type]": ONLY,
        "processor_details[type]": ONLY,
    },
    "POST /v1/payment_records/{id}/report_payment_attempt": {"initiated_at": TOLD},
    "POST /v1/payment_records/{id}/report_payment_attempt_canceled": {"canceled_at": TOLD},
    "POST /v1/payment_records/{id}/report_payment_attempt_failed": {"failed_at": TOLD},
    "POST /v1/payment_records/{id}/report_payment_attempt_guaranteed": {"guaranteed_at": TOLD},
    "POST /v1/payment_records/{id}/report_refund": {
        "initiated_at": TOLD, "outcome": ONLY, "processor_details[type]": ONLY,
        "processor_details[custom][refund_reference]": TOLD, "refunded[refunded_at]": TOLD,
    },
    "POST /v1/plans": {"billing_scheme": DEFAULT, "usage_type": DEFAULT},
    "POST /v1/prices": {
        "billing_scheme": DEFAULT, "recurring[usage_type]": DEFAULT,
        "transfer_lookup_key": ELSEWHERE,
    },
    "POST /v1/prices/{id}": {"transfer_lookup_key": ELSEWHERE},
    "POST /v1/promotion_codes": {"promotion[type]": ONLY},
    "POST /v1/refunds": {
        "charge": DEFAULT, "currency": DEFAULT, "refund_application_fee": DEFAULT,
        "reverse_transfer": DEFAULT,
    },
    "POST /v1/setup_intents": {
        "attach_to_self": DEFAULT, "confirm": DEFAULT, "on_behalf_of": OWN,
        "use_stripe_sdk": LATER, **_MOTO,
    },
    "POST /v1/setup_intents/{id}": {"attach_to_self": DEFAULT, "customer": DEFAULT, **_MOTO},
    "POST /v1/setup_intents/{id}/confirm": _MOTO,
    "POST /v1/shipping_rates": {"type": ONLY},
    "POST /v1/subscription_items": {"payment_behavior": NOTHING_DUE, "price": DEFAULT},
    "DELETE /v1/subscription_items/{id}": {
        "clear_usage": "prices with a meter keep their usage", "payment_behavior": NOTHING_DUE,
    },
    "POST /v1/subscription_items/{id}": {
        "off_session": NOTHING_DUE, "payment_behavior": NOTHING_DUE,
    },
    "POST /v1/subscription_schedules": _SCHEDULE,
    "POST /v1/subscription_schedules/{id}": {**_SCHEDULE, "proration_behavior": NOTHING_DUE},
    "POST /v1/subscription_schedules/{id}/cancel": {
        "invoice_now": NOTHING_DUE, "prorate": NOTHING_DUE,
    },
    "POST /v1/subscription_schedules/{id}/release": {"preserve_cancel_date": ELSEWHERE},
    "POST /v1/subscriptions/{id}": {
        "automatic_tax[enabled]": DEFAULT, "billing_cycle_anchor[type]": DEFAULT,
        "collection_method": DEFAULT, "invoice_settings[issuer][type]": OWN,
        "items[0][clear_usage]": "prices with a meter keep their usage",
        "items[0][deleted]": DEFAULT, "off_session": NOTHING_DUE, "on_behalf_of": OWN,
        "payment_behavior": NOTHING_DUE, "trial_from_plan": ELSEWHERE,
    },
    "POST /v1/subscriptions": {
        "automatic_tax[enabled]": DEFAULT, "collection_method": DEFAULT,
        "invoice_settings[issuer][type]": OWN, "on_behalf_of": OWN, "currency": DEFAULT,
        "proration_behavior": NOTHING_DUE, "trial_from_plan": ELSEWHERE,
    },
    "POST /v1/subscriptions/{id}/migrate": {"billing_mode[type]": ONLY},
    "POST /v1/subscriptions/{id}/pause": {
        "bill_for[outstanding_usage_through][type]": ELSEWHERE, "type": ONLY,
    },
    "POST /v1/subscriptions/{id}/resume": {"proration_date": ELSEWHERE},
    "POST /v1/tax/calculations": {"customer_details[address][country]": "one needs a state too"},
    "POST /v1/tax/locations": {"type": ONLY},
    "POST /v1/tax/registrations": {"country": "its options are of the same one"},
    "POST /v1/tax/settings": {"head_office[address][country]": "one needs a state too"},
    "POST /v1/tax/transactions/create_reversal": {"mode": "the other one needs lines"},
    "POST /v1/tax_ids": {"owner[type]": DEFAULT},
}  # fmt: skip

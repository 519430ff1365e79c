"""Version changes, each with a document or request before and after it."""

from copy import deepcopy

import pytest

from prorata.model.errors import InvalidRequest, NotSupported
from prorata.wire.versions.chain import (
    STEPS,
    counts,
    lenient,
    lower,
    raise_params,
    raise_route,
)

from .documents import (
    CHARGE,
    COUPON,
    DISCOUNT,
    INTENT,
    INVOICE,
    OLD_DISCOUNT,
    PLAN,
    PRICE,
    RATE,
    REFUND,
    Books,
    register,
)

BEFORE = {
    "2026-09-30.endive": "2026-08-26.dahlia",
    "2026-07-29.dahlia": "2026-06-24.dahlia",
    "2026-03-25.dahlia": "2026-02-25.clover",
    "2025-12-15.clover": "2025-11-17.clover",
    "2025-11-17.clover": "2025-10-29.clover",
    "2025-09-30.clover": "2025-08-27.basil",
    "2025-03-31.basil": "2025-02-24.acacia",
    "2024-12-18.acacia": "2024-11-20.acacia",
    "2024-09-30.acacia": "2024-06-20",
    "2024-04-10": "2023-10-16",
    "2023-08-16": "2022-11-15",
    "2022-11-15": "2022-08-01",
}
TAX = {"amount": 200, "tax_behavior": "inclusive", "taxability_reason": "not_available",
       "taxable_amount": 1000, "type": "tax_rate_details",
       "tax_rate_details": {"tax_rate": "txr_1"}}
OLD_TAX = {"amount": 200, "inclusive": True, "tax_rate": "txr_1",
           "taxability_reason": None, "taxable_amount": 1000}
OLD_PRICE = PRICE | {"recurring": PRICE["recurring"] | {"aggregate_usage": None}}
DESTINATION = "v2.core.event_destination"
PARCEL = {"name": "Ada", "carrier": None, "phone": None, "tracking_number": None}
ONE_REFUND = {"object": "list", "data": [REFUND], "has_more": False, "total_count": 1,
              "url": "/v1/charges/ch_1/refunds"}
PRORATION = {"type": "subscription_item_details", "invoice_item_details": None,
             "subscription_item_details": {
                 "invoice_item": "ii_1", "proration": True, "subscription": "sub_1",
                 "subscription_item": "si_1", "proration_details": {"credited_items": None}}}

# (start of the change's sentence, newer document, older document)
LOWERED = [
    ("Checkout's `ui_mode`", {"object": "checkout.session", "ui_mode": "hosted_page"},
     {"object": "checkout.session", "ui_mode": "hosted"}),
    ("A subscription's items have",
     {"object": "subscription", "items": {"object": "list", "data": [
         {"id": "si_1", "plan": {"id": "price_1", "object": "plan"}, "quantity": 3}]}},
     {"plan": {"id": "price_1", "object": "plan"}, "quantity": 3}),
    ("A subscription's items have",
     {"object": "subscription", "items": {"object": "list", "data": [
         {"id": "si_1", "plan": {"id": "price_1", "object": "plan"}}]}},
     {"plan": {"id": "price_1", "object": "plan"}, "quantity": None}),
    ("A subscription's items have",
     {"object": "subscription", "items": {"object": "list", "data": [
         {"id": "si_1", "plan": {"id": "price_1", "object": "plan"}, "quantity": 3},
         {"id": "si_2", "plan": {"id": "price_2", "object": "plan"}, "quantity": 3}]}},
     {"plan": None, "quantity": None}),
    ("A discount names", DISCOUNT, OLD_DISCOUNT),
    ("A promotion code names",
     {"object": "promotion_code", "id": "p", "promotion": {"type": "coupon", "coupon": "HALF"}},
     {"object": "promotion_code", "id": "p", "coupon": COUPON}),
    ("The billing period",
     {"object": "subscription", "items": {"object": "list", "data": [
         {"id": "si_1", "current_period_start": 5, "current_period_end": 15},
         {"id": "si_2", "current_period_start": 7, "current_period_end": 12}]}},
     {"current_period_start": 7, "current_period_end": 12}),
    ("Subscriptions and invoices have `discounts`",
     {"object": "subscription", "discounts": ["di_1"]},
     {"discounts": ["di_1"], "discount": OLD_DISCOUNT}),
    ("Subscriptions and invoices have `discounts`",
     {"object": "subscription", "discounts": []}, {"discount": None}),
    ("What an invoice comes from",
     {"object": "invoice", "id": "in_9", "parent": {
         "type": "subscription_details", "quote_details": None,
         "subscription_details": {"subscription": "sub_1", "metadata": {"a": "b"}}}},
     {"subscription": "sub_1", "subscription_details": {"metadata": {"a": "b"}}, "quote": None}),
    ("What an invoice item comes from",
     {"object": "invoiceitem", "parent": {"type": "subscription_details", "subscription_details": {
         "subscription": "sub_1", "subscription_item": "si_1"}}},
     {"subscription": "sub_1", "subscription_item": "si_1"}),
    ("Lines and invoice items name their price",
     {"object": "line_item", "pricing": {"type": "price_details", "unit_amount_decimal": "1000",
                                         "price_details": {"price": "price_1", "product": "p"}}},
     {"price": OLD_PRICE, "plan": PLAN}),
    ("Lines and invoice items name their price",
     {"object": "invoiceitem", "pricing": {"type": "price_details", "unit_amount_decimal": "1000",
                                           "price_details": {"price": "price_1", "product": "p"}}},
     {"price": OLD_PRICE, "plan": PLAN, "unit_amount": 1000, "unit_amount_decimal": "1000"}),
    ("A line's `taxes`", {"object": "line_item", "amount": 1200, "quantity": 3, "taxes": [TAX]},
     {"tax_amounts": [OLD_TAX], "tax_rates": [RATE], "amount_excluding_tax": 1000,
      "unit_amount_excluding_tax": "333.333333333333"}),
    ("What a line comes from", {"object": "line_item", "parent": PRORATION},
     {"type": "invoiceitem", "invoice_item": "ii_1", "subscription_item": "si_1",
      "subscription": "sub_1", "proration": True, "proration_details": {"credited_items": None}}),
    ("A credit note line's", {"object": "credit_note_line_item", "amount": 1200, "quantity": 1,
                              "taxes": [TAX]},
     {"tax_amounts": [OLD_TAX], "amount_excluding_tax": 1000, "unit_amount_excluding_tax": "1000"}),
    ("How an invoice was paid", INVOICE,
     {"paid": True, "paid_out_of_band": False, "payment_intent": "pi_1", "charge": "ch_1"}),
    ("How an invoice was paid",
     {"id": "in_2", "object": "invoice", "status": "paid", "amount_due": 10, "attempted": False,
      "attempt_count": 0},
     {"paid": True, "paid_out_of_band": True, "payment_intent": None, "charge": None}),
    ("An invoice's `total_taxes`", {"id": "in_3", "object": "invoice", "total_taxes": [TAX]},
     {"total_tax_amounts": [OLD_TAX], "tax": 200}),
    ("Intents and charges no longer", INTENT, {"invoice": "in_1"}),
    ("Intents and charges no longer", CHARGE, {"invoice": "in_1"}),
    ("An intent whose reservation lapsed",
     {"object": "payment_intent", "cancellation_reason": "expired"},
     {"cancellation_reason": "automatic"}),
    ("A credit note has several",
     {"object": "credit_note", "refunds": [
         {"refund": "no 8", "amount_refunded": 2, "type": "payment_record_refund"},
         {"refund": "re_1", "amount_refunded": 5, "type": "refund"}],
      "total_taxes": [TAX]},
     {"refund": "re_1", "tax_amounts": [OLD_TAX]}),
    ("What Checkout collects", {"object": "checkout.session", "collected_information": {
        "shipping_details": {"name": "Ada"}}}, {"shipping_details": PARCEL}),
    ("The phases of schedules have `discounts`",
     {"object": "subscription_schedule", "phases": [{"discounts": [{"coupon": "HALF"}]}]},
     {"phases": [{"discounts": [{"coupon": "HALF"}], "coupon": "HALF"}]}),
    ("Metered prices", {"object": "price", "recurring": {"interval": "day"}},
     {"recurring": {"interval": "day", "aggregate_usage": None}}),
    ("A payment intent names", INTENT, {"charges": {
        "object": "list", "has_more": False, "total_count": 1,
        "url": "/v1/charges?payment_intent=pi_1",
        "data": [CHARGE | {"invoice": "in_1", "dispute": "dp_1", "destination": None,
                           "refunds": ONE_REFUND}]}}),
    ("`events_from` of an event", {"object": DESTINATION, "events_from": ["@self", "@accounts"]},
     {"events_from": ["self", "other_accounts"]}),
    ("`transfer_data` of a payment", {"object": "payment_intent"}, {"transfer_data": None}),
    ("An event destination has", {"object": DESTINATION}, {"amazon_eventbridge": None}),
    ("Metered prices", {"object": "plan", "interval": "day"},
     {"interval": "day", "aggregate_usage": None}),
    ("`annual_revenue` and", {"object": "account", "business_profile": {"mcc": None}},
     {"business_profile": {"mcc": None, "annual_revenue": None, "estimated_worker_count": None}}),
    ("Charges no longer name", CHARGE, {"dispute": "dp_1", "destination": None}),
    ("A custom field has", {"object": "payment_link", "custom_fields": [{"text": {}}]},
     {"custom_fields": [{"text": {}, "dropdown": None, "numeric": None}]}),
    ("A charge lists its", CHARGE, {"refunds": ONE_REFUND}),
    ("`usage_threshold` of an alert",
     {"object": "billing.alert", "usage_threshold": {
         "gte": 5, "meter": "m", "filters": [{"type": "customer", "customer": "cus_1"}]}},
     {"object": "billing.alert", "usage_threshold_config": {"gte": 5, "meter": "m"},
      "filter": {"customer": "cus_1"}}),
    ("`features` of a product", {"object": "product", "marketing_features": [{"name": "x"}]},
     {"object": "product", "features": [{"name": "x"}]}),
    ("`rendering_options` of an invoice",
     {"object": "invoice", "rendering": {"amount_tax_display": "exclude_tax", "pdf": None}},
     {"rendering_options": {"amount_tax_display": "exclude_tax"}}),
]

# (start of the change's sentence, route, older parameters, newer parameters)
RAISED = [
    ("`payment_method_types` of intents", "POST /v1/payment_intents/{id}/confirm",
     {"payment_method_types": ["card"]}, {"allowed_payment_method_types": ["card"]}),
    ("`payment_method_types` of intents", "POST /v1/checkout/sessions",
     {"payment_method_types": ["card"], "mode": "payment"},
     {"allowed_payment_method_types": ["card"], "mode": "payment"}),
    ("`billing_cycle_anchor` of updates", "POST /v1/subscriptions/{subscription}",
     {"billing_cycle_anchor": "now"}, {"billing_cycle_anchor": {"type": "now"}}),
    ("`subscription_details[billing_cycle_anchor]`", "POST /v1/invoices/create_preview",
     {"subscription": "s", "subscription_details": {"billing_cycle_anchor": "1700000000"}},
     {"subscription": "s", "subscription_details": {
         "billing_cycle_anchor": {"type": "timestamp", "timestamp": "1700000000"}}}),
    ("Checkout's `ui_mode`", "POST /v1/checkout/sessions", {"ui_mode": "custom"},
     {"ui_mode": "elements"}),
    ("`events_from` of an event", "POST /v2/core/event_destinations",
     {"events_from": ["self", "other_accounts", 5]}, {"events_from": ["@self", "@accounts", 5]}),
    ("Checkout's lines are no longer", "POST /v1/checkout/sessions",
     {"line_items": [{"tax_rates": ["t"]}]}, {"line_items": [{"tax_rates": ["t"]}]}),
    ("`created` of a list of v2", "GET /v2/core/events", {"gt": "a", "lte": "b"},
     {"created": {"gt": "a", "lte": "b"}}),
    ("A promotion code names", "POST /v1/promotion_codes", {"coupon": "HALF"},
     {"promotion": {"type": "coupon", "coupon": "HALF"}}),
    ("Subscriptions are made in the flexible", "POST /v1/subscriptions", {"customer": "c"},
     {"customer": "c", "billing_mode": {"type": "classic"}}),
    ("Subscriptions are made in the flexible", "POST /v1/checkout/sessions",
     {"mode": "subscription"},
     {"mode": "subscription", "subscription_data": {"billing_mode": {"type": "classic"}}}),
    ("Subscriptions are made in the flexible", "POST /v1/subscription_schedules",
     {"from_subscription": "s"}, {"from_subscription": "s"}),
    ("A subscription is given", "POST /v1/subscriptions/{id}", {"coupon": "HALF"},
     {"discounts": [{"coupon": "HALF"}]}),
    ("A subscription is given", "POST /v1/subscriptions/{id}", {"coupon": ""}, {"discounts": ""}),
    ("The phases of schedules are given", "POST /v1/subscription_schedules/{id}",
     {"phases": [{"coupon": "HALF"}]}, {"phases": [{"discounts": [{"coupon": "HALF"}]}]}),
    ("Previews are given", "POST /v1/invoices/create_preview",
     {"subscription": "s", "coupon": "HALF"},
     {"subscription": "s", "discounts": [{"coupon": "HALF"}]}),
    ("Previews take", "POST /v1/invoices/create_preview",
     {"subscription": "s", "subscription_items": [{"price": "p"}],
      "subscription_proration_date": "5"},
     {"subscription": "s", "subscription_details": {"items": [{"price": "p"}],
                                                    "proration_date": "5"}}),
    ("Invoice items and lines are given", "POST /v1/invoiceitems", {"price": "p"},
     {"pricing": {"price": "p"}}),
    ("Invoice items and lines are given", "POST /v1/invoices/{id}/add_lines",
     {"lines": [{"price": "p"}]}, {"lines": [{"pricing": {"price": "p"}}]}),
    ("Credit notes take", "POST /v1/credit_notes", {"refund": "re_1"},
     {"refunds": [{"refund": "re_1"}]}),
    ("`usage_threshold` of an alert", "POST /v1/billing/alerts",
     {"usage_threshold_config": {"gte": "5"}, "filter": {"customer": "c"}},
     {"usage_threshold": {"gte": "5", "filters": [{"type": "customer", "customer": "c"}]}}),
    ("`features` of a product", "POST /v1/products", {"features": [{"name": "x"}]},
     {"marketing_features": [{"name": "x"}]}),
    ("`rendering_options` of an invoice", "POST /v1/invoices",
     {"rendering_options": {"amount_tax_display": "exclude_tax"}},
     {"rendering": {"amount_tax_display": "exclude_tax"}}),
    ("`automatic_async` is the default", "POST /v1/payment_intents", {"amount": "5"},
     {"amount": "5", "capture_method": "automatic"}),
    ("Checkout is given `discounts`", "POST /v1/checkout/sessions",
     {"subscription_data": {"coupon": "HALF", "metadata": {"a": "b"}}},
     {"subscription_data": {"metadata": {"a": "b"}}, "discounts": [{"coupon": "HALF"}]}),
    ("Checkout is given `shipping_options`", "POST /v1/checkout/sessions",
     {"shipping_rates": ["shr_1"]}, {"shipping_options": [{"shipping_rate": "shr_1"}]}),
    ("Automatic payment methods", "POST /v1/setup_intents", {},
     {"allowed_payment_method_types": ["card"]}),
]

# (start of the change's sentence, route, parameters that newer versions refuse, the path named)
REFUSED = [
    ("`payment_method_types` of intents", "POST /v1/payment_intents",
     {"payment_method_types": ["card"]}, "payment_method_types"),
    ("The phases of schedules have a", "POST /v1/subscription_schedules",
     {"phases": [{}, {"iterations": "3"}]}, "phases[1][iterations]"),
    ("The phases of schedules have a", "POST /v1/invoices/create_preview",
     {"schedule_details": {"phases": [{"iterations": "3"}]}},
     "schedule_details[phases][0][iterations]"),
    ("Customers are no longer given", "POST /v1/customers", {"coupon": "HALF"}, "coupon"),
    ("Webhook endpoints are no longer given", "POST /v1/webhook_endpoints",
     {"enabled_events": ["*", "sku.created"]}, "enabled_events[1]"),
]


def change(sentence):
    (found,) = [(step.version, each) for step in STEPS for each in step.changes
                if each.sentence.startswith(sentence)]
    return found


# (start of the change's sentence, what nothing answers any more)
UNSUPPORTED = [
    ("What is used is told", ("POST", "/v1/subscription_items/si_1/usage_records")),
    ("What is used is told", ("GET", "/v1/subscription_items/si_1/usage_record_summaries")),
]
MOVED = [
    ("A preview is of what it names", ("POST", "/v1/invoices/create_preview"),
     ("GET", "/v1/invoices/upcoming")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    register(monkeypatch)


@pytest.mark.parametrize(("sentence", "newer", "older"), LOWERED)
def test_an_answer_is_lowered(sentence, newer, older):
    version, told = change(sentence)
    assert newer["object"] in told.lowers
    lowered = lower(deepcopy(newer), BEFORE[version], Books())
    assert {key: lowered[key] for key in older} == older
    assert lower(deepcopy(newer), version, Books()).items() >= {
        key: value for key, value in newer.items() if key not in older}.items()


@pytest.mark.parametrize(("sentence", "route", "older", "newer"), RAISED)
def test_a_request_is_raised(sentence, route, older, newer):
    version, told = change(sentence)
    raised = raise_params(route, older, BEFORE[version])
    assert {key: raised[key] for key in newer} == newer
    assert set(older) - set(newer) - set(raised) == set(older) - set(newer)
    if told.lenient:
        assert lenient(route, older) == newer
    else:
        assert lenient(route, older) == older


@pytest.mark.parametrize(("sentence", "route", "tree", "path"), REFUSED)
def test_newer_versions_refuse_what_is_gone(sentence, route, tree, path):
    version, _ = change(sentence)
    with pytest.raises(InvalidRequest) as caught:
        raise_params(route, tree, version)
    assert caught.value.param == path
    raise_params(route, tree, BEFORE[version])
    lenient(route, tree)


@pytest.mark.parametrize(("sentence", "older", "answers"), MOVED)
def test_a_route_leads_to_what_answers_it_now(sentence, older, answers):
    version, _ = change(sentence)
    assert raise_route(*older, BEFORE[version]) == answers
    assert raise_route(*older, version) == raise_route(*older, None) == older


@pytest.mark.parametrize(("sentence", "older"), UNSUPPORTED)
def test_a_route_that_nothing_answers_says_what_to_do(sentence, older):
    version, _ = change(sentence)
    for old in (BEFORE[version], None):
        with pytest.raises(NotSupported, match="meter"):
            raise_route(*older, old)
    assert raise_route(*older, version) == older


def test_lists_tell_their_total_count_in_older_versions():
    version, told = change("Lists no longer tell")
    assert told.counts
    assert (counts(BEFORE[version]), counts(version)) == (True, False)


def test_every_change_has_its_pair():
    for step in STEPS:
        for each in step.changes:
            pairs = [pair for pair in (*LOWERED, *RAISED, *REFUSED, *MOVED, *UNSUPPORTED)
                     if each.counts or each.sentence.startswith(pair[0])]
            assert pairs, each.sentence
            shown = {pair[1]["object"] for pair in LOWERED if each.sentence.startswith(pair[0])}
            assert not each.lowers or shown, each.sentence

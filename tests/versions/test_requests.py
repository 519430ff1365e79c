"""Requests of two versions: how a thing was asked for before each change, and how it is since."""

from __future__ import annotations

from typing import Any

import pytest

from prorata.wire.versions.chain import NEWEST, STEPS

from .patterns import ABSENT, GIVEN, NOTHING, mismatches
from .shop import Shop
from .test_answers import around

OLDEST, BEFORE_BASIL = "2022-11-15", "2025-02-24.acacia"
CARD = {"payment_method_types": ["card"]}
ITEMS = {"items": [{"price": "@price"}]}
SCHEDULE = {"customer": "@customer", "start_date": "now"}
PREVIEW = "POST /v1/invoices/create_preview"
PAYMENT = {"amount": 500, "currency": "usd"}
SALE = {"mode": "payment", "success_url": "https://example.com",
        "line_items": [{"price": "@once", "quantity": 1}]}  # fmt: skip
SUBSCRIBING = SALE | {"mode": "subscription", "line_items": [{"price": "@price", "quantity": 1}]}
HOOK = {"url": "https://example.com/hook"}
DESTINATION = {"name": "Ours", "type": "webhook_endpoint", "event_payload": "snapshot",
               "enabled_events": ["invoice.paid"], "webhook_endpoint": HOOK}  # fmt: skip
DISCOUNTS = {"discounts": [{"coupon": "@coupon"}]}
CHANGE = {"items": [{"id": "@item", "quantity": 3}]}
LINES = {"description": "Work", "amount": 300}
ALERT = {"title": "Much", "alert_type": "usage_threshold"}
THRESHOLD = {"gte": 9, "meter": "@meter", "recurrence": "one_time"}
CREDITED = {"invoice": "@invoice:second", "amount": 100}
ANCHOR = {"billing_cycle_anchor": "now"}
NO_FIELD = None

# (start of the change's sentence, route, how it was asked for, how it is, what both lead to,
#  which parameter a request of the older form is refused for since)
ASKED: list[tuple[str, str, Any, Any, Any, str | None]] = [
    ("`payment_method_types` of", "POST /v1/payment_intents", PAYMENT | CARD,
     PAYMENT | {"allowed_payment_method_types": ["card"]}, CARD, "payment_method_types"),
    ("`payment_method_types` of", "POST /v1/setup_intents", CARD,
     {"allowed_payment_method_types": ["card"]}, CARD, "payment_method_types"),
    ("`payment_method_types` of", "POST /v1/checkout/sessions", SALE | CARD,
     SALE | {"allowed_payment_method_types": ["card"]}, CARD, "payment_method_types"),
    ("`billing_cycle_anchor` of", "POST /v1/subscriptions/@subscription",
     ANCHOR | {"proration_behavior": "none"},
     {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"},
     {"billing_cycle_anchor": 1_790_000_000}, "billing_cycle_anchor"),
    ("`subscription_details[billing_cycle_anchor]`", PREVIEW,
     {"subscription": "@subscription", "subscription_details": ANCHOR},
     {"subscription": "@subscription",
      "subscription_details": {"billing_cycle_anchor": {"type": "now"}}},
     {"object": "invoice"}, "subscription_details[billing_cycle_anchor]"),
    ("Checkout's `ui_mode`", "POST /v1/checkout/sessions",
     {name: value for name, value in SALE.items() if name != "success_url"}
     | {"ui_mode": "embedded", "return_url": "https://example.com"},
     {name: value for name, value in SALE.items() if name != "success_url"}
     | {"ui_mode": "embedded_page", "return_url": "https://example.com"},
     {"client_secret": GIVEN}, "ui_mode"),
    ("`events_from` of", "POST /v2/core/event_destinations",
     DESTINATION | {"events_from": ["self"]}, DESTINATION | {"events_from": ["@self"]},
     {"status": "enabled"}, NO_FIELD),
    ("`created` of a list of v2", "GET /v2/core/events", {"gt": "2020-01-01T00:00:00Z"},
     {"created": {"gt": "2020-01-01T00:00:00Z"}}, {"data": [GIVEN]}, "gt"),
    ("A promotion code names", "POST /v1/promotion_codes", {"coupon": "@coupon"},
     {"promotion": {"type": "coupon", "coupon": "@coupon"}}, {"active": True}, "coupon"),
    ("The phases of schedules have a", "POST /v1/subscription_schedules",
     SCHEDULE | {"phases": [ITEMS | {"iterations": 2}]},
     SCHEDULE | {"phases": [ITEMS | {"duration": {"interval": "month", "interval_count": 2}}]},
     {"phases": [{"end_date": 1_795_270_400}]}, "phases[0][iterations]"),
    ("The phases of schedules have a", PREVIEW,
     {"customer": "@customer", "schedule_details": {"phases": [ITEMS | {"iterations": 2}]}},
     {"customer": "@customer", "schedule_details": {
         "phases": [ITEMS | {"duration": {"interval": "month", "interval_count": 2}}]}},
     {"total": 1000}, "schedule_details[phases][0][iterations]"),
    ("A subscription is given", "POST /v1/subscriptions",
     ITEMS | {"customer": "@customer", "coupon": "@coupon"},
     ITEMS | {"customer": "@customer"} | DISCOUNTS, {"discounts": [GIVEN]}, "coupon"),
    ("A subscription is given", "POST /v1/subscriptions/@subscription",
     {"promotion_code": "@code"}, {"discounts": [{"promotion_code": "@code"}]},
     {"discounts": [GIVEN]}, "promotion_code"),
    ("The phases of schedules are given", "POST /v1/subscription_schedules",
     SCHEDULE | {"phases": [ITEMS | {"coupon": "@coupon"}]},
     SCHEDULE | {"phases": [ITEMS | DISCOUNTS]},
     {"phases": [{"discounts": [{"coupon": GIVEN}]}]}, "phases[0][coupon]"),
    ("Previews are given", PREVIEW,
     {"customer": "@customer", "subscription_details": ITEMS, "coupon": "@coupon"},
     {"customer": "@customer", "subscription_details": ITEMS} | DISCOUNTS,
     {"total": 500}, "coupon"),
    ("Previews take", PREVIEW,
     {"subscription": "@subscription", "subscription_items": CHANGE["items"],
      "subscription_proration_behavior": "none"},
     {"subscription": "@subscription",
      "subscription_details": CHANGE | {"proration_behavior": "none"}},
     {"subtotal": 3000}, "subscription_items"),
    ("Invoice items and lines", "POST /v1/invoiceitems",
     {"customer": "@debtor", "price": "@once"},
     {"customer": "@debtor", "pricing": {"price": "@once"}}, {"amount": 500}, "price"),
    ("Invoice items and lines", "POST /v1/invoiceitems",
     {"customer": "@debtor", "unit_amount": 70, "quantity": 2, "currency": "usd"},
     {"customer": "@debtor", "unit_amount_decimal": "70", "quantity": 2, "currency": "usd"},
     {"amount": 140}, "unit_amount"),
    ("Invoice items and lines", "POST /v1/invoices/@rendered/add_lines",
     {"lines": [{"price": "@once"}]}, {"lines": [{"pricing": {"price": "@once"}}]},
     {"object": "invoice"}, "lines[0][price]"),
    ("Credit notes take", "GET /v1/credit_notes/preview",
     CREDITED | {"refund": "@refund"},
     CREDITED | {"refunds": [{"refund": "@refund", "amount_refunded": 100}]},
     {"amount": 100}, "refund"),
    ("`usage_threshold` of", "POST /v1/billing/alerts",
     ALERT | {"usage_threshold_config": THRESHOLD, "filter": {"customer": "@customer"}},
     ALERT | {"usage_threshold": THRESHOLD | {
         "filters": [{"type": "customer", "customer": "@customer"}]}},
     {"status": "active"}, "usage_threshold_config"),
    ("`features` of", "POST /v1/products", {"name": "New", "features": [{"name": "Fast"}]},
     {"name": "New", "marketing_features": [{"name": "Fast"}]}, {"active": True}, "features"),
    ("`rendering_options` of", "POST /v1/invoices",
     {"customer": "@customer", "rendering_options": {"amount_tax_display": "exclude_tax"}},
     {"customer": "@customer", "rendering": {"amount_tax_display": "exclude_tax"}},
     {"rendering": {"amount_tax_display": "exclude_tax"}}, "rendering_options"),
    ("Checkout is given `discounts`", "POST /v1/checkout/sessions",
     SUBSCRIBING | {"subscription_data": {"coupon": "@coupon"}},
     SUBSCRIBING | DISCOUNTS, {"amount_subtotal": 1000, "amount_total": 500},
     "subscription_data[coupon]"),
    ("Checkout is given `shipping_options`", "POST /v1/checkout/sessions",
     SALE | {"shipping_rates": ["@parcel"]},
     SALE | {"shipping_options": [{"shipping_rate": "@parcel"}]},
     {"amount_total": 800, "shipping_cost": {"amount_total": 300}}, "shipping_rates"),
]  # fmt: skip

# (start of the change's sentence, route, what is asked for, what it meant before, means since)
MEANT: list[tuple[str, str, Any, Any, Any]] = [
    ("Subscriptions are made", "POST /v1/subscriptions", ITEMS | {"customer": "@customer"},
     {"billing_mode": {"type": "classic"}}, {"billing_mode": {"type": "flexible"}}),
    ("Subscriptions are made", "POST /v1/subscription_schedules", SCHEDULE | {"phases": [ITEMS]},
     {"billing_mode": {"type": "classic"}}, {"billing_mode": {"type": "flexible"}}),
    ("Subscriptions are made", "POST /v1/quotes",
     {"customer": "@customer", "line_items": [{"price": "@price"}]},
     {"subscription_data": {"billing_mode": {"type": "classic"}}},
     {"subscription_data": {"billing_mode": {"type": "flexible"}}}),
    ("`automatic_async` is", "POST /v1/payment_intents", PAYMENT,
     {"capture_method": "automatic"}, {"capture_method": "automatic_async"}),
    ("Automatic payment methods", "POST /v1/payment_intents", PAYMENT,
     {"automatic_payment_methods": None, **CARD}, {"automatic_payment_methods": GIVEN}),
    ("Automatic payment methods", "POST /v1/setup_intents", {},
     {"automatic_payment_methods": None, **CARD}, {"automatic_payment_methods": GIVEN}),
]  # fmt: skip

# (start of the change's sentence, route, what was taken before, what is named since)
GONE: list[tuple[str, str, Any, str]] = [
    ("Customers are no longer given", "POST /v1/customers", {"coupon": "@coupon"}, "coupon"),
    ("Customers are no longer given", "POST /v1/customers/@debtor",
     {"promotion_code": "@code"}, "promotion_code"),
    ("Webhook endpoints are no longer", "POST /v1/webhook_endpoints",
     HOOK | {"enabled_events": ["invoice.paid", "invoiceitem.updated"]}, "enabled_events[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "route", "before", "since", "both", "refused"), ASKED)
def test_a_thing_is_asked_for_as_it_was_before_and_is_since(
    shop: Shop, sentence: str, route: str, before: Any, since: Any, both: Any, refused: str | None
) -> None:
    older, newer = around(sentence)
    method, path = route.split()
    for version, tree in ((older, before), (NEWEST, since)):
        assert mismatches(shop.done(method, path, tree, version), both, version) == []
    if refused is not None:
        status, body = shop.ask(method, path, before, newer)
        assert (status, body["error"].get("param")) == (400, refused)


@pytest.mark.parametrize(("sentence", "route", "tree", "before", "since"), MEANT)
def test_what_is_left_out_means_what_it_did(
    shop: Shop, sentence: str, route: str, tree: Any, before: Any, since: Any
) -> None:
    method, path = route.split()
    for version, pattern in zip(around(sentence), (before, since), strict=True):
        assert mismatches(shop.done(method, path, tree, version), pattern, version) == []


@pytest.mark.parametrize(("sentence", "route", "tree", "named"), GONE)
def test_what_is_gone_is_taken_in_older_versions_alone(
    shop: Shop, sentence: str, route: str, tree: Any, named: str
) -> None:
    older, newer = around(sentence)
    method, path = route.split()
    shop.done(method, path, tree, older)
    status, body = shop.ask(method, path, tree, newer)
    assert (status, body["error"]["param"]) == (400, named)


def test_a_preview_of_a_customer_alone_is_of_what_is_billed_next(shop: Shop) -> None:
    older, newer = around("A preview is of what it names")
    tree = {"customer": "@customer"}
    assert shop.done("POST", "/v1/invoices/create_preview", tree, older)["subscription"]
    assert shop.ask("POST", "/v1/invoices/create_preview", tree, newer)[0] == 400
    assert shop.done("GET", "/v1/invoices/upcoming", tree, older)["subscription"]
    assert shop.ask("GET", "/v1/invoices/upcoming", tree, newer)[0] == 404


@pytest.mark.parametrize(("route", "tree", "names"), [
    ("POST /v1/subscriptions", {"coupon": "@coupon", "promotion_code": "@code"},
     ["coupon", "promotion_code"]),
    ("POST /v1/subscriptions", {"coupon": "@coupon"} | DISCOUNTS, ["coupon", "discounts"]),
    ("POST /v1/subscription_schedules",
     {"start_date": "now", "phases": [ITEMS, ITEMS | {"coupon": "@coupon"} | DISCOUNTS]},
     ["phases[1][coupon]", "phases[1][discounts]"]),
])  # fmt: skip
def test_a_discount_is_given_in_one_way(
    shop: Shop, route: str, tree: Any, names: list[str]
) -> None:
    method, path = route.split()
    for version in (OLDEST, BEFORE_BASIL):
        status, body = shop.ask(method, path, {"customer": "@customer"} | tree, version)
        assert (status, body["error"]["param"]) == (400, names[0])
        assert f"one of these parameters: {', '.join(names)}." in body["error"]["message"]


def test_an_empty_coupon_gives_way_to_discounts(shop: Shop) -> None:
    tree = {"customer": "@customer"} | ITEMS | {"coupon": ""} | DISCOUNTS
    made = shop.done("POST", "/v1/subscriptions", tree, BEFORE_BASIL)
    assert made["discount"]["coupon"]["percent_off"] == 50.0


SHOWN = [("GET", "/v1/invoices/upcoming"), ("GET", "/v1/invoices/upcoming/lines"),
         ("POST", "/v1/invoices/create_preview")]  # fmt: skip


@pytest.mark.parametrize("version", [OLDEST, BEFORE_BASIL])
@pytest.mark.parametrize(("method", "path"), SHOWN)
def test_an_anchor_is_previewed_as_a_word_where_it_was_one(
    shop: Shop, method: str, path: str, version: str
) -> None:
    named = {"subscription": "@subscription"}
    for tree in ({"subscription_billing_cycle_anchor": "now"}, {"subscription_details": ANCHOR}):
        shop.done(method, path, named | tree, version)
    wrong = {"subscription_billing_cycle_anchor": "later"}
    status, body = shop.ask(method, path, named | wrong, version)
    assert (status, body["error"].get("param")) == (400, "subscription_billing_cycle_anchor")
    assert "later" in body["error"]["message"]


@pytest.mark.parametrize(("method", "path"), SHOWN)
def test_what_is_new_is_previewed_in_the_mode_that_it_would_get(
    shop: Shop, method: str, path: str
) -> None:
    items = [{"price": "@price"}, {"price": "@yearly"}]
    tree = {"customer": "@customer", "subscription_items": items}
    status, body = shop.ask(method, path, tree, BEFORE_BASIL)
    assert (status, body["error"].get("param")) == (400, "subscription_items")
    # What is there already keeps the mode that it has.
    shop.done(method, path, {"customer": "@customer", "subscription_cancel_now": True}, OLDEST)


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/v1/subscription_items/@item/usage_records"),
    ("GET", "/v1/subscription_items/@item/usage_record_summaries"),
])  # fmt: skip
def test_usage_records_are_refused_by_name(shop: Shop, method: str, path: str) -> None:
    older, newer = around("What is used is told")
    status, body = shop.ask(method, path, {"quantity": 1} if method == "POST" else {}, older)
    assert (status, "meter_events" in body["error"]["message"]) == (400, True)
    assert shop.ask(method, path, {}, newer)[0] == 404


def test_what_an_error_carries_is_shown_in_the_version(shop: Shop) -> None:
    older, newer = around("Intents and charges")
    declined = PAYMENT | {"payment_method": "pm_card_chargeDeclined", "confirm": True,
                          "automatic_payment_methods[allow_redirects]": "never",
                          "automatic_payment_methods[enabled]": True}  # fmt: skip
    for version, invoice in ((older, NOTHING), (newer, ABSENT)):
        status, body = shop.ask("POST", "/v1/payment_intents", declined, version)
        assert (status, body["error"]["code"]) == (402, "card_declined")
        assert mismatches(body["error"]["payment_intent"], {"invoice": invoice}, version) == []


@pytest.mark.parametrize(("sentence", "path", "tree", "before", "since"), [
    ("Metered prices", "/v1/prices",
     {"currency": "usd", "unit_amount": 5, "product": "@product",
      "recurring": {"interval": "month", "usage_type": "metered"}},
     "usage records", "backed by meters"),
    ("Checkout's lines are no longer", "/v1/checkout/sessions",
     SALE | {"line_items": [{"price": "@once", "quantity": 1, "dynamic_tax_rates": ["@rate"]}]},
     "not supported", "unknown parameter: line_items[0][dynamic_tax_rates]"),
])  # fmt: skip
def test_what_older_versions_had_and_is_not_here_is_refused_by_name(
    shop: Shop, sentence: str, path: str, tree: Any, before: str, since: str
) -> None:
    for version, said in zip(around(sentence), (before, since), strict=True):
        status, body = shop.ask("POST", path, tree, version)
        assert (status, said in body["error"]["message"]) == (400, True), body


def test_every_change_of_requests_is_asked_for() -> None:
    tables = (sentence for sentence, *_ in (*ASKED, *MEANT, *GONE))
    asked = (*tables, "A preview is of what it names", "What is used is told", "Metered prices",
             "Checkout's lines are no longer")  # fmt: skip
    for step in STEPS:
        for change in step.changes:
            if change.raises or change.refuses or change.routes or change.unsupported:
                assert change.sentence.startswith(asked), change.sentence

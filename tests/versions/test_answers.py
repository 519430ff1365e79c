"""Answers of two versions: what a document was before each change, and what it is since.

Each is asked for in the last version before the change and in the first with it, and where an
event tells the document, the event is read in both as well.
"""

from __future__ import annotations

from typing import Any

import pytest

from prorata.engine.advance import run_due
from prorata.wire.versions.chain import STEPS, VERSIONS
from servers import running

from .patterns import ABSENT, GIVEN, NOTHING, mismatches
from .shop import Shop

# Shown by a test of its own, as it takes a week.
LAPSED = "An intent whose reservation lapsed"
HALF = {"object": "coupon", "percent_off": 50.0}
OLD_TAX = {"amount": 100, "inclusive": False, "taxable_amount": 500, "tax_rate": GIVEN,
           "taxability_reason": NOTHING}  # fmt: skip
TAX = {"amount": 100, "tax_behavior": "exclusive", "taxable_amount": 500,
       "tax_rate_details": {"tax_rate": GIVEN}, "taxability_reason": "not_available"}
PRICE, PLAN = {"object": "price", "unit_amount": 1000}, {"object": "plan", "amount": 1000}


def lines(line: dict[str, Any]) -> dict[str, Any]:
    return {"lines": {"data": [line]}}


def items(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": {"data": [item]}}


# (start of the change's sentence, path, what is said before, what is said since)
SHOWN: list[tuple[str, str, Any, Any]] = [
    ("Checkout's `ui_mode`", "/v1/checkout/sessions/@session",
     {"ui_mode": "hosted"}, {"ui_mode": "hosted_page"}),
    ("`events_from` of", "/v2/core/event_destinations/@destination",
     {"events_from": ["self"]}, {"events_from": ["@self"]}),
    ("A subscription's items have", "/v1/subscriptions/@subscription",
     {"plan": PLAN, "quantity": 2}, {"plan": ABSENT, "quantity": ABSENT, **items({"plan": PLAN})}),
    ("A subscription's items have", "/v1/subscriptions/@subscription?expand[]=plan.product",
     {"plan": PLAN | {"product": {"name": "Basic"}}}, None),
    ("`transfer_data` of", "/v1/payment_intents/@intent",
     {"transfer_data": NOTHING}, {"transfer_data": ABSENT}),
    ("An event destination has", "/v2/core/event_destinations/@destination",
     {"amazon_eventbridge": NOTHING}, {"amazon_eventbridge": ABSENT}),
    ("A discount names", "/v1/subscriptions/@subscription?expand[]=discounts",
     {"discounts": [{"coupon": HALF, "source": ABSENT}]},
     {"discounts": [{"coupon": ABSENT, "source": {"type": "coupon", "coupon": GIVEN}}]}),
    ("A promotion code names", "/v1/promotion_codes/@code",
     {"coupon": HALF, "promotion": ABSENT},
     {"coupon": ABSENT, "promotion": {"type": "coupon", "coupon": GIVEN}}),
    ("The billing period", "/v1/subscriptions/@subscription",
     {"current_period_start": 1_790_000_000, "current_period_end": 1_792_592_000},
     {"current_period_start": ABSENT, "current_period_end": ABSENT,
      **items({"current_period_end": 1_792_592_000})}),
    ("Subscriptions and invoices have", "/v1/subscriptions/@subscription",
     {"discount": {"coupon": HALF}}, {"discount": ABSENT, "discounts": [GIVEN]}),
    ("Subscriptions and invoices have", "/v1/invoices/@invoice",
     {"discount": {"coupon": HALF}}, {"discount": ABSENT, "discounts": [GIVEN]}),
    ("What an invoice comes from", "/v1/invoices/@invoice",
     {"subscription": GIVEN, "subscription_details": {"metadata": {}}, "quote": NOTHING,
      "parent": ABSENT},
     {"subscription": ABSENT, "quote": ABSENT,
      "parent": {"subscription_details": {"subscription": GIVEN}}}),
    ("What an invoice item comes", "/v1/invoiceitems/@invoiceitem",
     {"subscription": GIVEN, "subscription_item": GIVEN, "parent": ABSENT},
     {"subscription": ABSENT, "parent": {"subscription_details": {"subscription_item": GIVEN}}}),
    ("The phases of schedules have `discounts`", "/v1/subscription_schedules/@schedule",
     {"phases": [{"coupon": GIVEN}]},
     {"phases": [{"coupon": ABSENT, "discounts": [{"coupon": GIVEN}]}]}),
    ("The phases of schedules have `discounts`",
     "/v1/subscription_schedules/@schedule?expand[]=phases.coupon",
     {"phases": [{"coupon": HALF}]}, None),
    ("Metered prices", "/v1/prices/@price",
     {"recurring": {"aggregate_usage": NOTHING}}, {"recurring": {"aggregate_usage": ABSENT}}),
    ("Metered prices", "/v1/plans/@plan",
     {"aggregate_usage": NOTHING}, {"aggregate_usage": ABSENT}),
    ("Metered prices", "/v1/subscriptions/@subscription",
     items({"plan": {"aggregate_usage": NOTHING}}), items({"plan": {"aggregate_usage": ABSENT}})),
    ("Lists no longer tell", "/v1/products?expand[]=total_count", {"total_count": GIVEN}, None),
    ("Lines and invoice items name", "/v1/invoices/@invoice",
     lines({"price": PRICE, "plan": PLAN, "pricing": ABSENT}),
     lines({"price": ABSENT, "pricing": {"price_details": {"price": GIVEN}}})),
    ("Lines and invoice items name", "/v1/invoiceitems/@invoiceitem?expand[]=price.product",
     {"price": PRICE | {"product": {"name": "Basic"}}, "plan": PLAN}, None),
    ("Lines and invoice items name", "/v1/invoiceitems/@invoiceitem?expand[]=plan.product",
     {"plan": PLAN | {"product": {"name": "Basic"}}}, None),
    ("Lines and invoice items name", "/v1/invoices/@invoice?expand[]=lines.data.plan.product",
     lines({"plan": PLAN | {"product": {"name": "Basic"}}}), None),
    ("A line's `taxes`", "/v1/invoices/@invoice",
     lines({"tax_amounts": [OLD_TAX], "tax_rates": [{"percentage": 20.0}],
            "amount_excluding_tax": 1000, "taxes": ABSENT}),
     lines({"tax_amounts": ABSENT, "taxes": [TAX]})),
    ("A line's `taxes`", "/v1/invoices/@invoice?expand[]=lines.data.tax_rates",
     lines({"tax_rates": [{"percentage": 20.0}]}), None),
    ("What a line comes from", "/v1/invoices/@prorated",
     lines({"type": "invoiceitem", "proration": True, "invoice_item": GIVEN, "parent": ABSENT}),
     lines({"type": ABSENT, "proration": ABSENT,
            "parent": {"subscription_item_details": {"proration": True}}})),
    ("A credit note line's", "/v1/credit_notes/@note",
     lines({"tax_amounts": [OLD_TAX], "taxes": ABSENT}),
     lines({"tax_amounts": ABSENT, "taxes": [TAX]})),
    ("How an invoice was paid", "/v1/invoices/@invoice",
     {"paid": True, "paid_out_of_band": False, "payment_intent": GIVEN, "charge": GIVEN},
     {"paid": ABSENT, "payment_intent": ABSENT, "charge": ABSENT}),
    ("How an invoice was paid", "/v1/invoices/@invoice?expand[]=payment_intent.latest_charge",
     {"payment_intent": {"latest_charge": {"object": "charge", "amount": 600}}}, None),
    ("An invoice's `total_taxes`", "/v1/invoices/@invoice",
     {"tax": 100, "total_tax_amounts": [OLD_TAX], "total_taxes": ABSENT},
     {"tax": ABSENT, "total_tax_amounts": ABSENT, "total_taxes": [TAX]}),
    ("Intents and charges", "/v1/payment_intents/@intent", {"invoice": GIVEN}, {"invoice": ABSENT}),
    ("Intents and charges", "/v1/charges/@charge", {"invoice": GIVEN}, {"invoice": ABSENT}),
    ("A credit note has several", "/v1/credit_notes/@note",
     {"refund": GIVEN, "tax_amounts": [OLD_TAX], "refunds": ABSENT},
     {"refund": ABSENT, "refunds": [{"refund": GIVEN}], "total_taxes": [TAX]}),
    ("What Checkout collects", "/v1/checkout/sessions/@session",
     {"shipping_details": {"name": "Ada", "carrier": NOTHING, "address": {"country": "DE"}}},
     {"shipping_details": ABSENT,
      "collected_information": {"shipping_details": {"name": "Ada", "carrier": ABSENT}}}),
    ("`annual_revenue` and", "/v1/account",
     {"business_profile": {"annual_revenue": NOTHING}},
     {"business_profile": {"annual_revenue": ABSENT}}),
    ("`usage_threshold` of", "/v1/billing/alerts/@alert",
     {"usage_threshold": ABSENT, "usage_threshold_config": {"gte": 5, "filters": ABSENT},
      "filter": {"customer": GIVEN}},
     {"usage_threshold": {"filters": [{"customer": GIVEN}]}, "filter": ABSENT}),
    ("`usage_threshold` of", "/v1/billing/alerts/@alert?expand[]=filter.customer",
     {"filter": {"customer": {"name": "Ada"}}}, None),
    ("`features` of", "/v1/products/@product",
     {"features": [{"name": "Fast"}], "marketing_features": ABSENT},
     {"features": ABSENT, "marketing_features": [{"name": "Fast"}]}),
    ("`rendering_options` of", "/v1/invoices/@rendered",
     {"rendering_options": {"amount_tax_display": "exclude_tax"}}, {"rendering_options": ABSENT}),
    ("Charges no longer name", "/v1/charges/@charge",
     {"dispute": NOTHING, "destination": NOTHING}, {"dispute": ABSENT, "destination": ABSENT}),
    ("Charges no longer name", "/v1/charges/@charge:disputed?expand[]=dispute",
     {"dispute": {"object": "dispute", "amount": 900}}, None),
    ("A custom field has", "/v1/checkout/sessions/@session",
     {"custom_fields": [{"text": {}, "dropdown": NOTHING, "numeric": NOTHING}]},
     {"custom_fields": [{"text": {}, "dropdown": ABSENT, "numeric": ABSENT}]}),
    ("A custom field has", "/v1/payment_links/@link",
     {"custom_fields": [{"dropdown": NOTHING}]}, {"custom_fields": [{"dropdown": ABSENT}]}),
    ("A payment intent names", "/v1/payment_intents/@intent",
     {"charges": {"data": [{"object": "charge", "amount": 600}]}}, {"charges": ABSENT}),
    ("A charge lists its", "/v1/charges/@charge",
     {"refunds": {"data": [{"object": "refund", "amount": 600}]}}, {"refunds": ABSENT}),
]  # fmt: skip


def around(sentence: str) -> tuple[str, str]:
    """Return the last version before the change that a sentence begins, and the first with it."""
    (version,) = [step.version for step in STEPS for change in step.changes
                  if change.sentence.startswith(sentence)]  # fmt: skip
    return VERSIONS[VERSIONS.index(version) - 1], version


@pytest.mark.parametrize(("sentence", "path", "before", "since"), SHOWN)
def test_a_document_is_shown_as_it_was_before_and_is_since(
    shop: Shop, sentence: str, path: str, before: Any, since: Any
) -> None:
    path, _, query = path.partition("?")
    for version, pattern in zip(around(sentence), (before, since), strict=True):
        tree = {"expand": [query.removeprefix("expand[]=")]} if query else {}
        if pattern is None:
            status, body = shop.ask("GET", path, tree, version)
            assert (status, "cannot be expanded" in body["error"]["message"]) == (400, True)
            continue
        body = shop.done("GET", path, tree, version)
        assert mismatches(body, pattern, version) == []
        told = None if query else shop.event_of(body, version)
        assert told is None or mismatches(told, pattern, f"event of {version}") == []


def test_an_event_tells_how_an_invoice_was_paid_by_then(shop: Shop) -> None:
    version, _ = around("How an invoice was paid")
    payer = shop.done("POST", "/v1/customers", {
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"}})  # fmt: skip
    invoice = shop.done("POST", "/v1/invoices", {"customer": payer["id"]})
    item = {"customer": payer["id"], "invoice": invoice["id"], "amount": 500, "currency": "usd"}
    shop.done("POST", "/v1/invoiceitems", item)
    path = f"/v1/invoices/{invoice['id']}"
    opened = shop.done("POST", f"{path}/finalize", {"auto_advance": False}, version)
    paid = shop.done("POST", f"{path}/pay", {}, version)
    assert opened["charge"] is None and paid["charge"] is not None
    events = shop.done("GET", "/v1/events", {"type": "invoice.*", "limit": 100}, version)["data"]
    seen = {}
    for event in reversed(events):
        about, before = event["data"]["object"], event["data"].get("previous_attributes", {})
        if about["id"] == invoice["id"]:
            told = [about["paid"], about["payment_intent"], about["charge"]]
            was = {name: before[name] for name in ("payment_intent", "charge") if name in before}
            seen[event["type"], about["status"]] = (told, was)
    intent, charge = paid["payment_intent"], paid["charge"]
    assert seen["invoice.created", "draft"] == ([False, None, None], {})
    assert seen["invoice.updated", "open"] == ([False, intent, None], {"payment_intent": None})
    assert seen["invoice.updated", "paid"] == ([True, intent, charge], {"charge": None})
    assert seen["invoice.paid", "paid"] == ([True, intent, charge], {})


def test_a_discount_is_told_as_it_was_also_when_it_is_deleted(shop: Shop) -> None:
    older, newer = around("A discount names")
    for version, pattern in ((older, {"coupon": HALF, "source": ABSENT}),
                             (newer, {"coupon": ABSENT, "source": {"coupon": GIVEN}})):
        payer = shop.done("POST", "/v1/customers", {"payment_method": "pm_card_visa"})["id"]
        made = shop.done("POST", "/v1/subscriptions", {
            "customer": payer, "items": [{"price": "@price"}], "trial_period_days": 5,
            "discounts": [{"coupon": "@coupon"}]})  # fmt: skip
        path = f"/v1/subscriptions/{made['id']}/discount"
        deleted = shop.done("DELETE", path, {}, version)
        assert mismatches(deleted, pattern | {"deleted": True}, version) == []


def test_a_reservation_that_lapsed_is_told_as_it_was(store: str) -> None:
    with running(worker=False, now=1_790_000_000) as server:
        shop = Shop(server.url, server.secret_key)
        made = shop.done("POST", "/v1/payment_intents", {
            "amount": 900, "currency": "usd", "capture_method": "manual", "confirm": True,
            "payment_method": "pm_card_visa",
            "return_url": "https://example.com"})  # fmt: skip
        server.system.clock.move_to(1_790_000_000 + 8 * 86_400)
        run_due(server.system, server.system.clock.now())
        for version, reason in zip(around(LAPSED), ("automatic", "expired"), strict=True):
            shown = shop.done("GET", f"/v1/payment_intents/{made['id']}", {}, version)
            told = shop.event_of(shown, version)
            assert (shown["status"], shown["cancellation_reason"]) == ("canceled", reason)
            assert told["cancellation_reason"] == reason
        shop.close()


def test_every_change_of_answers_is_shown() -> None:
    shown = (LAPSED, *(sentence for sentence, *_ in SHOWN))
    for step in STEPS:
        for change in step.changes:
            if change.lowers or change.counts:
                assert change.sentence.startswith(shown), change.sentence

"""Together: what is asked of the same few documents, besides one request of each operation."""

from __future__ import annotations

from typing import Any

from badinput.stock import Stock

MONTH = {"interval": "month"}
VISA = {"payment_method": "pm_card_visa"}
SEND = {"collection_method": "send_invoice", "days_until_due": 3}
HERE = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
DONE = "https://example.com/done"
TRANSFER = {
    "currency": "usd", "allowed_payment_method_types": ["customer_balance"],
    "payment_method_data": {"type": "customer_balance"},
    "payment_method_options": {"customer_balance": {
        "funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}},
}  # fmt: skip
GRANT = {
    "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 500}},
    "applicability_config": {"scope": {"price_type": "metered"}},
}


def stock_more(stock: Stock) -> None:
    """Make what only these requests need."""
    make, price = stock.make, [{"price": stock["price"]}]
    payer = {**VISA, "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    make("coupon:last", "/v1/coupons", percent_off=10, max_redemptions=1)
    make("coupon:once", "/v1/coupons", percent_off=50, duration="once")
    coupon = {"promotion": {"type": "coupon", "coupon": stock["coupon"]}}
    make("promotion_code:last", "/v1/promotion_codes", code="LAST", max_redemptions=1, **coupon)
    make("promotion_code:first", "/v1/promotion_codes", code="FIRST",
         restrictions={"first_time_transaction": True}, **coupon)  # fmt: skip
    make("customer:new", "/v1/customers")
    cards = make("customer:cards", "/v1/customers", source="tok_visa")
    stock.ids["card:default"] = cards["default_source"]
    make("card:spare", f"/v1/customers/{cards['id']}/sources", source="tok_mastercard")
    for name, more in (("cards", {}), ("source", {"default_source": stock["card:spare"]})):
        make(f"subscription:{name}", "/v1/subscriptions", customer=cards["id"], items=price, **more)
    once = make("customer:once", "/v1/customers", coupon=stock["coupon:once"], **payer)["id"]
    for name in ("first", "second"):
        make(f"subscription:{name}", "/v1/subscriptions", customer=once, items=price,
             trial_period_days=5)  # fmt: skip
    make("price:taxed", "/v1/prices", currency="usd", unit_amount=900, recurring=MONTH,
         product=stock["product"], tax_behavior="exclusive")  # fmt: skip
    taxed = make("customer:taxed", "/v1/customers", address={"country": "DE"}, **payer)["id"]
    make("subscription:taxed", "/v1/subscriptions", customer=taxed,
         items=[{"price": stock["price:taxed"]}], automatic_tax={"enabled": True})  # fmt: skip
    clocked = make("customer:clocked", "/v1/customers", **payer,
                   test_clock=stock["test_helpers.test_clock"])["id"]  # fmt: skip
    make("subscription:clocked", "/v1/subscriptions", customer=clocked, items=price)
    make("payment_link:last", "/v1/payment_links",
         line_items=[{"price": stock["price:once"], "quantity": 1}],
         restrictions={"completed_sessions": {"limit": 1}})  # fmt: skip
    for name, customer, more in (
        ("sent", cards["id"], {}), ("transfer", make("customer:transfer", "/v1/customers")["id"],
         {"payment_settings": {"payment_method_types": ["customer_balance"]}}),
    ):  # fmt: skip
        invoice = make(f"invoice:{name}", "/v1/invoices", customer=customer, **SEND, **more)["id"]
        make(f"invoiceitem:{name}", "/v1/invoiceitems", customer=customer, invoice=invoice,
             amount=900, currency="usd")  # fmt: skip
    make("invoice:sent", f"/v1/invoices/{stock['invoice:sent']}/finalize")
    make("payment_intent:waits", "/v1/payment_intents", amount=600,
         customer=stock["customer:transfer"], **TRANSFER)  # fmt: skip
    make("checkout.session:plan", "/v1/checkout/sessions", mode="subscription", success_url=DONE,
         customer=stock["customer:new"], allow_promotion_codes=True,
         line_items=[{"price": stock["price"], "quantity": 1}])  # fmt: skip


def on(kind: str, *names: str, verb: str = "") -> list[str]:
    """Return the paths of documents of the stock by their collection and names."""
    return [f"{kind}/@{name}{verb}" for name in names]


# What is asked for by a path alone.
DELETED = [
    *on("/v1/subscriptions", "subscription:cards", "subscription:source", "subscription:metered",
        "subscription:incomplete", "subscription:trial", "subscription:scheduled",
        "subscription:first", "subscription:clocked"),
    *on("/v1/customers", "customer:cards", "customer:once", "customer:taxed", "customer:transfer",
        "customer:clocked", "customer:new", "customer:poor"),
    *on("/v1/customers/@customer:cards/sources", "card:default", "card:spare"),
    *on("/v1/coupons", "coupon:last", "coupon:once", "coupon:amount"),
    "/v1/invoices/@invoice:draft",
]  # fmt: skip
DONE_TO = [
    *on("/v1/payment_methods", "card:spare", "card:default", "payment_method", verb="/detach"),
    *on("/v1/invoices", "invoice:draft", "invoice:transfer", verb="/finalize"),
    "/v1/invoices/@invoice:sent/pay",
    "/v1/invoices/@invoice:sent/void", "/v1/invoices/@invoice:sent/mark_uncollectible",
    *on("/v1/subscription_schedules", "subscription_schedule:active", verb="/release"),
    *on("/v1/subscription_schedules", "subscription_schedule:active", verb="/cancel"),
    "/v1/quotes/@quote:open/cancel", "/v1/checkout/sessions/@checkout.session:plan/expire",
    *on("/v1/payment_intents", "payment_intent:waits", "payment_intent:to_confirm",
        "payment_intent:capture", verb="/cancel"),
    "/v1/payment_intents/@payment_intent:waits/confirm",
    "/v1/billing/meters/@billing.meter/deactivate",
]  # fmt: skip
POSTED: dict[str, list[dict[str, Any]]] = {
    "/v1/subscriptions": [
        {"customer": "@customer:cards", "items": [{"price": "@price"}],
         "default_source": "@card:spare"},
        {"customer": "@customer", "items": [{"price": "@price"}],
         "discounts": [{"coupon": "@coupon:last"}]},
        {"customer": "@customer:once", "items": [{"price": "@price"}]},
        {"customer": "@customer:new", "items": [{"price": "@price:euro"}], **SEND,
         "discounts": [{"promotion_code": "@promotion_code:first"}]},
        {"customer": "@customer:new", "items": [{"price": "@price"}],
         "payment_behavior": "default_incomplete",
         "discounts": [{"promotion_code": "@promotion_code:last"}]},
        {"customer": "@customer:clocked", "items": [{"price": "@price"}]},
        {"customer": "@customer:taxed", "items": [{"price": "@price:taxed"}],
         "automatic_tax": {"enabled": True}},
        {"customer": "@customer", "items": [{"price": "@price:metered"}],
         "default_payment_method": "@payment_method:second"},
    ],
    "/v1/subscriptions/@subscription:cards": [
        {"default_source": "@card:spare"}, {"billing_cycle_anchor": "now"}, SEND,
        {"discounts": [{"coupon": "@coupon:last"}]}, {"pause_collection": {"behavior": "void"}},
        {"billing_thresholds": {"amount_gte": 1500}}, {"items": [{"price": "@price:metered"}]},
        {"items": [{"price": "@price:other"}], "proration_behavior": "always_invoice"},
        {"default_tax_rates": ["@tax_rate"]}, {"cancel_at_period_end": True},
    ],
    "/v1/subscriptions/@subscription": [
        {"default_payment_method": "@payment_method:second"},
        {"discounts": [{"promotion_code": "@promotion_code:last"}]},
        {"items": [{"id": "@subscription_item", "price": "@price:other"}],
         "proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"},
    ],
    "/v1/subscriptions/@subscription:trial": [{"trial_end": "now"}],
    "/v1/subscriptions/@subscription:scheduled": [{"items": [{"price": "@price:other"}]}],
    "/v1/customers": [{"test_clock": "@test_helpers.test_clock"},
                      {"source": "tok_visa", "coupon": "@coupon:last"}],
    "/v1/customers/@customer": [
        {"invoice_settings": {"default_payment_method": "@payment_method:second"}},
        {"balance": -500}, {"promotion_code": "@promotion_code:last"},
    ],
    "/v1/customers/@customer:cards": [
        {"default_source": "@card:spare"}, {"source": "tok_amex"}, {"coupon": "@coupon:last"},
    ],
    "/v1/customers/@customer:taxed": [{"address": {"country": "FR"}}, {"tax_exempt": "reverse"}],
    "/v1/customers/@customer:taxed/tax_ids": [{"type": "eu_vat", "value": "DE123456789"}],
    "/v1/customers/@customer:once": [{"coupon": ""}],
    "/v1/customers/@customer:new/balance_transactions": [{"amount": -100, "currency": "eur"}],
    "/v1/invoiceitems": [
        {"customer": "@customer:cards", "subscription": "@subscription:cards", "amount": 30,
         "currency": "usd"},
        {"customer": "@customer:once", "amount": 70, "currency": "usd"},
        {"customer": "@customer", "invoice": "@invoice:draft", "amount": 70, "currency": "usd"},
        {"customer": "@customer:new", "amount": 70, "currency": "eur"},
    ],
    "/v1/invoices": [
        {"customer": "@customer:cards", "subscription": "@subscription:cards",
         "pending_invoice_items_behavior": "include"},
        {"customer": "@customer:once", "pending_invoice_items_behavior": "include"},
        {"from_invoice": {"invoice": "@invoice:sent", "action": "revision"}},
        {"customer": "@customer:clocked"},
    ],
    "/v1/invoices/@invoice:draft": [
        {"default_payment_method": "@payment_method:second"},
        {"discounts": [{"coupon": "@coupon:last"}]},
    ],
    "/v1/invoices/@invoice:open/pay": [
        {"paid_out_of_band": True}, {"payment_method": "pm_card_chargeCustomerFail"},
    ],
    "/v1/credit_notes": [
        {"invoice": "@invoice:paid", "amount": 100, "credit_amount": 100},
        {"invoice": "@invoice:paid", "amount": 100, "refund_amount": 100},
        {"invoice": "@invoice:sent", "amount": 900}, {"invoice": "@invoice:open", "amount": 100},
    ],
    "/v1/refunds": [{"charge": "@charge"}, {"payment_intent": "@payment_intent"}],
    "/v1/disputes/@dispute": [
        {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True},
    ],
    "/v1/prices": [{"currency": "usd", "unit_amount": 5, "product": "@product:alone"}],
    "/v1/prices/@price": [{"active": False}],
    "/v1/prices/@price:metered": [{"active": False}],
    "/v1/products/@product": [{"active": False}, {"default_price": "@price"}],
    "/v1/products/@product:alone/features": [
        {"entitlement_feature": "@entitlements.feature:loose"},
    ],
    "/v1/entitlements/features/@entitlements.feature:loose": [{"active": False}],
    "/v1/entitlements/features/@entitlements.feature:free": [{"active": False}],
    "/v1/promotion_codes": [
        {"code": "WINTER", "promotion": {"type": "coupon", "coupon": "@coupon"}},
        {"code": "NEW", "promotion": {"type": "coupon", "coupon": "@coupon:last"}},
    ],
    "/v1/promotion_codes/@promotion_code:last": [{"active": False}],
    "/v1/promotion_codes/@promotion_code:inactive": [{"active": True}],
    "/v1/tax_rates/@tax_rate": [{"active": False}],
    "/v1/tax/registrations/@tax.registration": [{"expires_at": 1_791_000_000}],
    "/v1/tax/settings": [{"head_office": {"address": {"country": "FR"}}}],
    "/v1/prorata/settings": [{"invoice_numbering": "account"}, {"late_usage": "bill"}],
    "/v1/subscription_schedules": [
        {"from_subscription": "@subscription:cards"},
        {"customer": "@customer:cards", "start_date": "now", "phases": [
            {"items": [{"price": "@price"}], "duration": MONTH,
             "discounts": [{"coupon": "@coupon:last"}]}]},
        {"customer": "@customer:new", "start_date": "now", "phases": [
            {"items": [{"price": "@price:euro"}], "duration": MONTH,
             "collection_method": "send_invoice", "invoice_settings": {"days_until_due": 3}}]},
    ],
    "/v1/subscription_schedules/@subscription_schedule:active": [{"end_behavior": "cancel"}],
    "/v1/quotes": [
        {"from_quote": {"quote": "@quote:open", "is_revision": True}},
        {"customer": "@customer:new", "line_items": [{"price": "@price:euro"}]},
    ],
    "/v1/checkout/sessions": [
        {"mode": "subscription", "success_url": DONE, "customer": "@customer:cards",
         "line_items": [{"price": "@price", "quantity": 1}],
         "discounts": [{"coupon": "@coupon:last"}]},
        {"mode": "payment", "success_url": DONE, "customer": "@customer:clocked",
         "line_items": [{"price": "@price:once", "quantity": 1}]},
    ],
    "/v1/payment_pages/@checkout.session:plan/confirm": [VISA],
    "/v1/payment_pages/@checkout.session:plan": [{"promotion_code": "LAST"}],
    "/v1/payment_links/@payment_link:last": [{"active": False}],
    "/v1/payment_intents": [
        {"amount": 300, "currency": "usd", "customer": "@customer:clocked", "confirm": True,
         **VISA},
        {"amount": 300, "currency": "usd", "customer": "@customer:new", "confirm": True,
         "setup_future_usage": "off_session", **VISA},
    ],
    "/v1/setup_intents": [{"customer": "@customer:new", "confirm": True, **VISA, **HERE}],
    "/v1/test_helpers/customers/@customer:transfer/fund_cash_balance": [
        {"amount": 900, "currency": "usd"},
    ],
    "/v1/test_helpers/customers/@customer:poor/fund_cash_balance": [
        {"amount": 900, "currency": "usd"},
    ],
    "/v1/billing/credit_grants": [{"customer": "@customer:cards", **GRANT}],
    "/v1/billing/meter_events": [
        {"event_name": "calls", "payload": {"stripe_customer_id": "@customer", "value": "900"}},
    ],
}  # fmt: skip
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    *(("DELETE", path, {}) for path in DELETED),
    ("DELETE", "/v1/subscriptions/@subscription:cards", {"invoice_now": True, "prorate": True}),
    *(("POST", path, {}) for path in DONE_TO),
    *(("POST", path, tree) for path, trees in POSTED.items() for tree in trees),
]

"""A life: what a program written for an older SDK does with subscriptions, in the SDK's own words.

Run with the older SDK first on the path. It prints what it saw as JSON, for the test to read.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import judge
import stripe

stripe.api_key = os.environ["PRORATA_SECRET_KEY"]
stripe.api_base = stripe.upload_api_base = os.environ["PRORATA_URL"]
stripe.max_network_retries = 0
BEFORE_BASIL = stripe.api_version < "2025-03"
CARD_ERROR = stripe.error.CardError if hasattr(stripe, "error") else stripe.CardError
START = 1_767_225_600  # 2026-01-01
MONTH = 31 * 86_400


def main() -> None:
    complaints = judge.record()
    seen: dict[str, Any] = {"version": stripe.api_version, "judges": judges()}
    stripe.Account.retrieve()
    basic, better = prices()
    customer = payer()
    subscribe(customer, basic, better, seen)
    decline(basic, seen)
    challenge(basic, seen)
    year(basic, seen)
    lists(seen)
    seen["complaints"] = sorted(set(complaints))
    print(json.dumps(seen))


def judges() -> bool:
    """Return whether the judge knows what an invoice must have."""
    found: list[str] = []
    judge.judge({"object": "invoice", "total": "5", "lines": {"data": [{}]}}, "$", found)
    return "$.total: expected int, got '5'" in found and "$.lines.data[0].amount: missing" in found


def prices() -> tuple[Any, Any]:
    product = stripe.Product.create(name="Old program")
    terms = {"currency": "usd", "recurring": {"interval": "month"}, "product": product.id}
    basic = stripe.Price.create(unit_amount=1000, **terms)
    better = stripe.Price.create(unit_amount=3000, **terms)
    stripe.Product.modify(product.id, default_price=basic.id)
    return basic, better


def payer(card: str = "tok_visa", **more: Any) -> Any:
    method = stripe.PaymentMethod.create(type="card", card={"token": card})
    settings = {"default_payment_method": method.id}
    return stripe.Customer.create(
        email="old@example.com", payment_method=method.id, invoice_settings=settings, **more
    )


def subscribe(customer: Any, basic: Any, better: Any, seen: dict[str, Any]) -> None:
    """Subscribe with a coupon, upgrade, look at the invoices, refund one, cancel."""
    coupon = stripe.Coupon.create(percent_off=10, duration="once")
    discount = {"coupon": coupon.id} if BEFORE_BASIL else {"discounts": [{"coupon": coupon.id}]}
    subscription = stripe.Subscription.create(
        customer=customer.id, items=[{"price": basic.id}], **discount, expand=["latest_invoice"]
    )
    invoice = subscription.latest_invoice
    seen["created"] = [subscription.status, invoice.status, invoice.total]
    seen["period"] = "current_period_end" in subscription
    seen["item_period"] = "current_period_end" in subscription["items"].data[0]
    seen["invoice_fields"] = sorted(
        name for name in ("charge", "paid", "parent", "payment_intent", "subscription", "tax")
        if name in invoice
    )  # fmt: skip
    upcoming = {"customer": customer.id, "subscription": subscription.id}
    ask = stripe.Invoice.upcoming if BEFORE_BASIL else stripe.Invoice.create_preview
    seen["upcoming"] = ask(**upcoming).total
    item = subscription["items"].data[0]
    upgraded = stripe.Subscription.modify(
        subscription.id,
        items=[{"id": item.id, "price": better.id}],
        proration_behavior="always_invoice",
        expand=["latest_invoice"],
    )
    seen["upgraded"] = upgraded.latest_invoice.total
    seen["refunded"] = refund(upgraded.latest_invoice)
    ended = stripe.Subscription.modify(subscription.id, cancel_at_period_end=True)
    seen["ending"] = ended.cancel_at_period_end
    seen["canceled"] = stripe.Subscription.cancel(subscription.id).status


def refund(invoice: Any) -> Any:
    """Refund an invoice's payment, found as the SDK of its time finds it."""
    if BEFORE_BASIL:
        return stripe.Refund.create(charge=invoice.charge, amount=100).amount
    payments = stripe.InvoicePayment.list(invoice=invoice.id)
    intent = payments.data[0].payment.payment_intent
    return stripe.Refund.create(payment_intent=intent, amount=100).amount


def decline(price: Any, seen: dict[str, Any]) -> None:
    """Subscribe with a card that fails, pay the invoice with another one."""
    customer = payer("tok_chargeCustomerFail")
    subscription = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id}])
    seen["declined"] = subscription.status
    try:
        stripe.Invoice.pay(subscription.latest_invoice)
    except CARD_ERROR as error:
        seen["decline"] = [error.http_status, error.code]
    good = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    stripe.Invoice.pay(subscription.latest_invoice, payment_method=good.id)
    seen["recovered"] = stripe.Subscription.retrieve(subscription.id).status


def challenge(price: Any, seen: dict[str, Any]) -> None:
    """Subscribe the way that pages do: the first invoice's payment is confirmed with its secret."""
    customer = stripe.Customer.create(name="Page")
    expand = "payment_intent" if BEFORE_BASIL else "confirmation_secret"
    subscription = stripe.Subscription.create(
        customer=customer.id,
        items=[{"price": price.id}],
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        expand=[f"latest_invoice.{expand}"],
    )
    secret = subscription.latest_invoice[expand].client_secret
    stripe.PaymentIntent.confirm(
        secret.partition("_secret_")[0],
        payment_method="pm_card_visa",
        return_url="https://example.com/",
    )
    seen["confirmed"] = stripe.Subscription.retrieve(subscription.id).status


def year(price: Any, seen: dict[str, Any]) -> None:
    """Live through three renewals on a test clock, with an invoice item on one of them."""
    clock = stripe.test_helpers.TestClock.create(frozen_time=START)
    customer = payer(test_clock=clock.id)
    subscription = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id}])
    stripe.InvoiceItem.create(customer=customer.id, amount=250, currency="usd")
    stripe.test_helpers.TestClock.advance(clock.id, frozen_time=START + MONTH + 7200)
    ready(clock)
    stripe.test_helpers.TestClock.advance(clock.id, frozen_time=START + 2 * MONTH + 7200)
    ready(clock)
    invoices = stripe.Invoice.list(subscription=subscription.id, expand=["data.customer"])
    seen["invoices"] = [[each.status, each.total] for each in invoices.auto_paging_iter()]
    note = stripe.CreditNote.create(invoice=invoices.data[0].id, amount=100, refund_amount=100)
    seen["note"] = note.total
    if hasattr(stripe.Invoice, "list_lines"):
        stripe.Invoice.list_lines(invoices.data[0].id)
    stripe.InvoiceItem.list(customer=customer.id)
    stripe.SubscriptionItem.list(subscription=subscription.id)
    stripe.Charge.list(customer=customer.id)
    stripe.PaymentIntent.list(customer=customer.id)
    stripe.test_helpers.TestClock.delete(clock.id)


def ready(clock: Any) -> None:
    for _ in range(600):
        if stripe.test_helpers.TestClock.retrieve(clock.id).status == "ready":
            return
        time.sleep(0.05)
    raise TimeoutError("the clock did not become ready")


def lists(seen: dict[str, Any]) -> None:
    """Read what mirrors of the data read."""
    seen["events"] = len(stripe.Event.list(limit=100).data) > 20
    for noun in (
        stripe.Customer, stripe.Subscription, stripe.Invoice, stripe.Charge, stripe.Refund,
        stripe.PaymentIntent, stripe.Product, stripe.Price, stripe.Plan, stripe.Coupon,
        stripe.BalanceTransaction, stripe.CreditNote, stripe.SetupIntent, stripe.TaxRate,
        stripe.PromotionCode,
    ):  # fmt: skip
        noun.list(limit=20)


if __name__ == "__main__":
    main()

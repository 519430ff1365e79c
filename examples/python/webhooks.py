"""Webhooks: what billing tells the shop, and what the shop does about it, once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import stripe
from flask import Blueprint, request

import books
import settings
import wishes
from access import provision, user_of
from settings import billing

pages = Blueprint("webhooks", __name__)
_secret = settings.WEBHOOK_SECRET


@pages.post("/webhooks")
def receive() -> tuple[str, int]:
    """Take an event: only with a right signature, and acted upon only once."""
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = stripe.Webhook.construct_event(request.get_data(), signature, _secret)
    except (ValueError, stripe.SignatureVerificationError):
        return "The signature is wrong.", 400
    act_upon(event)
    return "", 200


def act_upon(event: Any, *, look: bool = True) -> str | None:
    """Do what an event asks for, and note it, in one transaction: a second time does nothing.

    Return the customer that it is about. With `look` false it is left to the caller to look at
    what that customer has by now.
    """
    handler = HANDLERS.get(event.type)
    if handler is None:
        return None
    about = event.data.object
    customer = getattr(about, "customer", None)
    with books.writing() as db:
        if books.was_told(db, event.id):
            return None
        # A wish (a trial, an upgrade) is carried out before the look at what there is.
        done = handler(about)
        if customer is not None:
            user = user_of(db, customer, getattr(about, "client_reference_id", None))
            if look:
                provision(db, user, customer)
        books.remember(
            db, id=event.id, type=event.type, created=event.created, customer=customer, done=done
        )
    return customer


def day(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%-d %b %Y}"


def money(amount: int, currency: str) -> str:
    """Return cents as people write them."""
    sign = "$" if currency == "usd" else f"{currency.upper()} "
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def checkout_completed(session: Any) -> str:
    if session.payment_status == "unpaid":
        return "Ordered; the bank's answer will take some days"
    if session.mode == "setup":
        return "A card was saved at Checkout"
    return "Bought at Checkout: access given"


def invoice_paid(invoice: Any) -> str:
    until = max(line.period.end for line in invoice.lines.data)
    paid = money(invoice.amount_paid, invoice.currency)
    return f"{paid} paid: access until {day(until)}"


def invoice_failed(invoice: Any) -> str:
    due = money(invoice.amount_due, invoice.currency)
    return f"{due} declined: no access until it is paid"


def subscription_created(subscription: Any) -> str:
    if subscription.status == "incomplete":
        return "Subscribed; waits for the first payment"
    if subscription.trial_end:
        return f"Free trial until {day(subscription.trial_end)}: access given"
    return "Subscribed: access given"


def subscription_updated(subscription: Any) -> str:
    if subscription.cancel_at or subscription.cancel_at_period_end:
        return "Will end; access until then"
    return f"The subscription is now {subscription.status.replace('_', ' ')}"


def trial_will_end(subscription: Any) -> str:
    return f"The trial ends on {day(subscription.trial_end)}"


def entitlements_updated(summary: Any) -> str:
    keys = sorted(each.lookup_key for each in summary.entitlements.data)
    return f"May use: {', '.join(keys) or 'nothing'}"


HANDLERS: dict[str, Callable[[Any], str]] = {
    "checkout.session.completed": checkout_completed,
    "checkout.session.async_payment_succeeded": lambda session: "The bank paid: access given",
    "checkout.session.async_payment_failed": lambda session: "The bank did not pay",
    "customer.subscription.created": subscription_created,
    "customer.subscription.updated": subscription_updated,
    "customer.subscription.deleted": lambda subscription: "The subscription ended: access ends",
    "customer.subscription.paused": lambda subscription: "The subscription pauses: no access",
    "customer.subscription.resumed": lambda subscription: "The subscription goes on",
    "customer.subscription.trial_will_end": trial_will_end,
    "entitlements.active_entitlement_summary.updated": entitlements_updated,
    "invoice.paid": invoice_paid,
    "invoice.payment_failed": invoice_failed,
    "setup_intent.succeeded": wishes.carry_out,
}


def listen() -> None:
    """Make the endpoint at which this shop is told, unless its secret was given."""
    global _secret
    if _secret:
        return
    url = f"{settings.URL}/webhooks"
    # The secret is told once, when an endpoint is made: an earlier one of ours gives way.
    for each in billing.webhook_endpoints.list({"limit": 100}).data:
        if each.url == url:
            billing.webhook_endpoints.delete(each.id)
    made = billing.webhook_endpoints.create(
        {"url": url, "enabled_events": list(HANDLERS), "api_version": stripe.api_version}
    )
    _secret = made.secret or ""


def catch_up() -> None:
    """Act upon what was told while the shop was down; look at each customer once."""
    missed = billing.events.list({"types": list(HANDLERS), "limit": 100}).auto_paging_iter()
    told = {act_upon(event, look=False): event for event in reversed(list(missed))}
    for customer in filter(None, told):
        with books.writing() as db:
            provision(db, user_of(db, customer), customer)

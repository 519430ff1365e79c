"""Wishes: what becomes of a card that was saved for a purpose.

A trial or an upgrade begins on the card's own word, `setup_intent.succeeded`: it came whether
the card was typed at Checkout or on our page, and also when the browser was closed too early.
"""

from __future__ import annotations

from typing import Any

import stripe

from catalogue import PAID
from settings import billing

TRIAL_DAYS = 14
_prices: dict[str, str] = {}


def know_prices(prices: dict[str, str]) -> None:
    """Take the ids behind the catalogue's lookup keys."""
    _prices.update(prices)


def wish(what: str, plan: str) -> dict[str, str]:
    """Return the metadata of a setup intent that is for a trial or an upgrade."""
    assert what in {"trial", "upgrade"} and plan in PAID
    return {"wish": what, "plan": plan}


def carry_out(intent: Any) -> str:
    """Do what the card was saved for; the intent's id is the key that makes it happen once."""
    said = intent.metadata.to_dict() if intent.metadata else {}
    if said.get("wish") not in {"trial", "upgrade"} or said.get("plan") not in PAID:
        return "A card was saved"
    plan = PAID[said["plan"]]
    try:
        if said["wish"] == "trial":
            _begin_trial(intent, _prices[plan.monthly])
            return f"A card was saved: the trial of {plan.name} begins"
        _upgrade(intent, _prices[plan.monthly])
        return f"A card was saved: upgraded to {plan.name}"
    except stripe.CardError as declined:
        return f"A card was saved, and declined when it was charged: {declined.user_message}"


def _begin_trial(intent: Any, price: str) -> None:
    billing.subscriptions.create(
        {
            "customer": intent.customer,
            "items": [{"price": price}],
            "trial_period_days": TRIAL_DAYS,
            "default_payment_method": intent.payment_method,
        },
        {"idempotency_key": f"trial-{intent.id}"},
    )


def _upgrade(intent: Any, price: str) -> None:
    """Move the free subscription to a paid price, and charge at once or change nothing."""
    listed = billing.subscriptions.list({"customer": intent.customer, "status": "active"})
    if not listed.data:
        return
    subscription = listed.data[0]
    billing.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": price}],
            "default_payment_method": intent.payment_method,
            "proration_behavior": "always_invoice",
            "payment_behavior": "error_if_incomplete",
        },
        {"idempotency_key": f"upgrade-{intent.id}"},
    )

"""Freemium: access without payment details; who wants more upgrades, and pays from then on.

Signing up makes a subscription on a price of 0, and access is given when
`customer.subscription.created` arrives. An upgrade asks for a card (at Checkout, in our own page
or in the portal) and changes the price; `invoice.paid` raises the access.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request

import settings
from access import customer_of
from catalogue import PAID, PLANS, Plan
from pay_up_front import price_of
from people import for_users
from settings import billing
from wishes import wish

pages = Blueprint("freemium", __name__, url_prefix="/freemium")


@pages.get("")
def plans() -> str:
    return render_template("freemium.html", free=PLANS["free"], plans=PAID.values())


@pages.post("/join")
@for_users
def join() -> Any:
    """Subscribe to the free plan; a second press of the button makes no second subscription."""
    if not g.user.has_access:
        billing.subscriptions.create(
            {"customer": customer_of(g.user), "items": [{"price": price_of(PLANS["free"])}]},
            {"idempotency_key": f"join-{g.user.id}-{g.user.subscription}"},
        )
    return redirect("/welcome", 303)


@pages.post("/checkout")
@for_users
def checkout() -> Any:
    """Lead to the hosted page to save a card; the upgrade happens when it is saved."""
    plan = _upgrade(request.form.get("plan"))
    session = billing.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "usd",
            "customer": customer_of(g.user),
            "client_reference_id": str(g.user.id),
            "setup_intent_data": {"metadata": wish("upgrade", plan.key)},
            "custom_text": {
                "submit": {"message": f"{plan.name} costs ${plan.amount // 100}.00 a month."}
            },
            "success_url": f"{settings.URL}/welcome?plan={plan.key}",
            "cancel_url": f"{settings.URL}/freemium",
        }
    )
    return redirect(str(session.url), 303)


@pages.get("/pay/<plan>")
@for_users
def card(plan: str) -> str:
    """Take the card in our own page; the upgrade happens when it is saved."""
    chosen = _upgrade(plan)
    return render_template(
        "pay.html", plan=chosen, mode="setup", amount=0, action="/freemium/setup-intents",
        button=f"Upgrade to {chosen.name}", today=f"${chosen.amount // 100}.00",
        back="/freemium", done=f"/welcome?plan={chosen.key}",
    )  # fmt: skip


@pages.post("/setup-intents")
@for_users
def set_up() -> Any:
    plan = _upgrade(request.form.get("plan"))
    intent = billing.setup_intents.create(
        {
            "customer": customer_of(g.user),
            "usage": "off_session",
            "automatic_payment_methods": {"enabled": True},
            "metadata": wish("upgrade", plan.key),
        },
        {"idempotency_key": f"upgrade-{g.user.id}-{plan.key}-{request.form['attempt']}"},
    )
    return {"clientSecret": intent.client_secret}


def _upgrade(key: str | None) -> Plan:
    """Return the plan; there must be a free subscription to upgrade."""
    if key not in PAID:
        abort(404)
    if g.user.status != "active":
        abort(redirect("/freemium", 303))
    return PAID[key]

"""Pay up front: the customer is charged before access, and every month from then on.

With Checkout access is given when `checkout.session.completed` arrives, with Elements when
`invoice.paid` arrives; each further `invoice.paid` extends it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request

import settings
from access import customer_of
from catalogue import PAID, Plan
from people import for_users
from settings import billing

pages = Blueprint("pay_up_front", __name__, url_prefix="/pay-up-front")


@pages.get("")
def plans() -> str:
    return render_template("pay_up_front.html", plans=PAID.values())


@pages.post("/checkout")
@for_users
def checkout() -> Any:
    """Lead to the hosted page, which asks for the payment details."""
    plan = _plan(request.form.get("plan"))
    if g.user.has_access:
        return redirect(f"/account/change/{plan.key}", 303)
    session = billing.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer_of(g.user),
            "client_reference_id": str(g.user.id),
            "line_items": [{"price": price_of(plan), "quantity": 1}],
            "allow_promotion_codes": True,
            "success_url": f"{settings.URL}/welcome?session_id={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{settings.URL}/pay-up-front",
        }
    )
    return redirect(str(session.url), 303)


@pages.get("/pay/<plan>")
@for_users
def pay(plan: str) -> Any:
    """Show the payment element in our own page; nothing is made before it is filled in."""
    chosen = _plan(plan)
    if g.user.has_access:
        return redirect(f"/account/change/{chosen.key}", 303)
    return render_template(
        "pay.html", plan=chosen, mode="subscription", amount=chosen.amount,
        action="/pay-up-front/subscriptions", button=f"Pay ${chosen.amount // 100}.00",
        today=f"${chosen.amount // 100}.00", back="/pay-up-front",
    )  # fmt: skip


@pages.post("/subscriptions")
@for_users
def subscribe() -> Any:
    """Make the subscription that the page then pays; answer with what unlocks its payment.

    `attempt` is new with each page: a card that is declined and tried again pays the same
    subscription.
    """
    plan = _plan(request.form.get("plan"))
    if g.user.has_access:
        return {"error": "You have a plan already: change it in your account."}, 409
    subscription: Any = billing.subscriptions.create(
        {
            "customer": customer_of(g.user),
            "items": [{"price": price_of(plan)}],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": ["latest_invoice.confirmation_secret"],
        },
        {"idempotency_key": f"subscribe-{g.user.id}-{plan.key}-{request.form['attempt']}"},
    )
    return {"clientSecret": subscription.latest_invoice.confirmation_secret.client_secret}


def price_of(plan: Plan) -> str:
    """Return the id of the plan's monthly price."""
    return str(current_app.config["CATALOGUE"].prices[plan.monthly])


def _plan(key: str | None) -> Plan:
    if key not in PAID:
        abort(404)
    return PAID[key]

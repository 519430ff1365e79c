"""Free trial: payment details now, two weeks of use for nothing, then the first charge.

Access is given when the trial begins (`checkout.session.completed`). Three days before its end
`customer.subscription.trial_will_end` arrives, at its end `invoice.paid` or
`invoice.payment_failed`. Without a card the subscription pauses at the end.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request

import settings
from access import customer_of
from catalogue import PAID, Plan
from pay_up_front import price_of
from people import for_users
from settings import billing
from wishes import TRIAL_DAYS, wish

pages = Blueprint("free_trial", __name__, url_prefix="/free-trial")


@pages.get("")
def plans() -> str:
    return render_template("free_trial.html", plans=PAID.values(), days=TRIAL_DAYS)


@pages.post("/checkout")
@for_users
def checkout() -> Any:
    """Lead to the hosted page; with `card=later` it asks for no payment details."""
    plan = _plan(request.form.get("plan"))
    later = request.form.get("card") == "later"
    # Once on a trial, or after it, there is nothing more to try.
    if g.user.subscription:
        return redirect("/account", 303)
    session = billing.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer_of(g.user),
            "client_reference_id": str(g.user.id),
            "line_items": [{"price": price_of(plan), "quantity": 1}],
            "payment_method_collection": "if_required" if later else "always",
            "subscription_data": {
                "trial_period_days": TRIAL_DAYS,
                "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
            },
            "success_url": f"{settings.URL}/welcome?session_id={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{settings.URL}/free-trial",
        }
    )
    return redirect(str(session.url), 303)


@pages.get("/pay/<plan>")
@for_users
def card(plan: str) -> Any:
    """Take the card in our own page; the trial begins when it is known to be good."""
    chosen = _plan(plan)
    if g.user.subscription:
        return redirect("/account", 303)
    return render_template(
        "pay.html", plan=chosen, mode="setup", amount=0, action="/free-trial/setup-intents",
        button="Start trial", today="$0.00", days=TRIAL_DAYS, back="/free-trial",
    )  # fmt: skip


@pages.post("/setup-intents")
@for_users
def set_up() -> Any:
    plan = _plan(request.form.get("plan"))
    intent = billing.setup_intents.create(
        {
            "customer": customer_of(g.user),
            "usage": "off_session",
            "automatic_payment_methods": {"enabled": True},
            "metadata": wish("trial", plan.key),
        },
        {"idempotency_key": f"trial-{g.user.id}-{plan.key}-{request.form['attempt']}"},
    )
    return {"clientSecret": intent.client_secret}


def _plan(key: str | None) -> Plan:
    if key not in PAID:
        abort(404)
    return PAID[key]

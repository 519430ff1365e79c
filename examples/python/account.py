"""Account: what somebody has, the way into the portal, and a change of plan in our own page."""

from __future__ import annotations

import time
from typing import Any

import stripe
from flask import Blueprint, abort, current_app, g, redirect, render_template, request

import books
import settings
from catalogue import PLANS
from pay_up_front import price_of
from people import for_users
from settings import billing

pages = Blueprint("account", __name__)
# For how long a price that was shown counts.
SEEN_SECONDS = 600
# Parts of the portal that a link may lead straight into.
FLOWS = {"payment_method_update", "subscription_cancel", "subscription_update"}


@pages.get("/account")
@for_users
def account() -> str:
    with books.reading() as db:
        told = books.told_of(db, g.user.customer) if g.user.customer else []
    return render_template("account.html", plan=_present(), plans=PLANS, told=told)


@pages.post("/account/portal")
@for_users
def portal() -> Any:
    """Lead to the customer portal, or straight to one thing in it."""
    if g.user.customer is None:
        return redirect("/account", 303)
    wanted: Any = {
        "customer": g.user.customer,
        "configuration": current_app.config["CATALOGUE"].portal,
        "return_url": f"{settings.URL}/account",
    }
    flow = request.form.get("flow")
    if flow in FLOWS:
        wanted["flow_data"] = {
            "type": flow,
            "after_completion": {
                "type": "redirect",
                "redirect": {"return_url": f"{settings.URL}/account"},
            },
        }
        if flow != "payment_method_update":
            wanted["flow_data"][flow] = {"subscription": g.user.subscription}
    return redirect(billing.billing_portal.sessions.create(wanted).url, 303)


@pages.route("/account/change/<plan>", methods=["GET", "POST"])
@for_users
def change(plan: str) -> Any:
    """Change the plan: first what it costs is shown, then exactly that is charged."""
    if plan not in PLANS or not g.user.has_access:
        abort(404)
    present = _present()
    # Who is on the free plan has no card yet: the upgrade asks for one.
    if present is not None and not present.amount and PLANS[plan].amount:
        return redirect(f"/freemium/pay/{plan}", 303)
    subscription = billing.subscriptions.retrieve(g.user.subscription)
    moment = _moment(_now(subscription))
    wanted: Any = {
        "items": [
            {"id": subscription["items"].data[0].id, "price": price_of(PLANS[plan])},
        ],
        "proration_behavior": "always_invoice",
        "proration_date": moment,
    }
    declined = None
    if request.method == "POST":
        try:
            billing.subscriptions.update(
                subscription.id, {**wanted, "payment_behavior": "error_if_incomplete"}
            )
        except stripe.CardError as error:
            declined = error.user_message
        else:
            return redirect(f"/welcome?plan={plan}", 303)
    preview = billing.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": wanted}
    )
    return render_template(
        "change.html", plan=PLANS[plan], present=present, preview=preview, moment=moment,
        declined=declined,
    )  # fmt: skip


@pages.get("/welcome")
@for_users
def welcome() -> str:
    """Wait, after a payment, for the event that gives access."""
    failed = request.args.get("redirect_status") == "failed"
    return render_template(
        "welcome.html", plan=_present(), ready=_arrived(), failed=failed,
        wanted=request.args.get("plan", ""),
    )  # fmt: skip


@pages.get("/welcome/arrived")
@for_users
def arrived() -> dict[str, bool]:
    """Tell the page that waits whether it has come."""
    return {"arrived": _arrived()}


def _arrived() -> bool:
    """Return whether there is access, to the plan that was wanted if one was named."""
    wanted, present = request.args.get("plan"), _present()
    return g.user.has_access and (not wanted or (present is not None and present.key == wanted))


def _present() -> Any:
    """Return the plan that the user has or had, if any."""
    return current_app.config["CATALOGUE"].plan_of(g.user.plan or "")


def _moment(now: int) -> int:
    """Return the second at which shares of the month are reckoned: that of the page seen.

    The page sends it back, and whoever sends it could choose it: an old or odd one does not count.
    """
    seen = request.form.get("moment", "")
    return int(seen) if seen.isdigit() and 0 <= now - int(seen) <= SEEN_SECONDS else now


def _now(subscription: Any) -> int:
    """Return the present second; a customer on a test clock has a time of its own."""
    if subscription.test_clock:
        return int(billing.test_helpers.test_clocks.retrieve(subscription.test_clock).frozen_time)
    return int(time.time())

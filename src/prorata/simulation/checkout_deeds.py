"""Checkout deeds: visitors open sessions and links, change their minds, pay, fail and leave."""

from typing import Any

from prorata.simulation.shop import Broken
from prorata.simulation.townsfolk import Townsfolk, deed

SESSIONS = "/v1/checkout/sessions"
CARDS = ("visa", "visa", "visa", "chargeDeclined", "authenticationRequired", "mastercard")


def _price(folk: Townsfolk, recurring: bool) -> dict[str, Any] | None:
    type = "recurring" if recurring else "one_time"
    found = [
        each
        for each in folk.listed("/v1/prices", active="true", type=type)
        if each["unit_amount"] is not None
        and (not recurring or each["recurring"]["usage_type"] == "licensed")
    ]
    return folk.pick(found) if found else None


def _confirm(folk: Townsfolk, session: dict[str, Any]) -> None:
    """Look at a session's page and confirm it; raise Broken where it asks for something else."""
    page = folk.ask(f"/v1/payment_pages/{session['id']}", "GET")
    if page is None or page["status"] != "open":
        return
    due = page["total"]["due"]
    card = f"pm_card_{folk.pick(list(CARDS))}"
    done = folk.ask(
        f"/v1/payment_pages/{session['id']}/confirm", payment_method=card, expected_amount=due
    )
    if done is None:
        return
    again = folk.ask(f"{SESSIONS}/{session['id']}", "GET")
    if done["status"] == "complete" and again is not None and again["status"] != "complete":
        raise Broken(f"{session['id']}: it was complete, and is {again['status']}")


@deed(4)
def a_visitor_checks_out(folk: Townsfolk) -> None:
    """Open a session for something, and confirm it, once or again after a decline."""
    mode = folk.pick(["subscription", "subscription", "payment", "setup"])
    tree: dict[str, Any] = {"mode": mode, "success_url": "https://example.com/done"}
    if mode == "setup":
        tree["currency"] = "usd"
    else:
        price = _price(folk, mode == "subscription")
        if price is None:
            return
        tree["line_items"] = [{"price": price["id"], "quantity": 1 + folk.source.randrange(3)}]
        tree["allow_promotion_codes"] = True
    if mode == "subscription" and folk.chance(30):
        tree["subscription_data"] = {"trial_period_days": 1 + folk.source.randrange(30)}
        tree["payment_method_collection"] = folk.pick(["always", "if_required"])
    if folk.chance(40):
        customer = folk.somebody()
        if customer is not None:
            tree["customer"] = customer
    if mode == "payment" and folk.chance(40):
        tree["invoice_creation"] = {"enabled": True}
    session = folk.ask(SESSIONS, **tree)
    if session is None:
        return
    for _ in range(1 + folk.source.randrange(2)):
        _confirm(folk, session)
    if folk.chance(20):
        folk.ask(f"{SESSIONS}/{session['id']}/expire")


@deed(2)
def a_visitor_comes_back(folk: Townsfolk) -> None:
    """Take up a session that was left open: confirm it, or let it go."""
    found = folk.listed(SESSIONS, status="open")
    if not found:
        return
    session = folk.pick(found)
    if folk.chance(70):
        _confirm(folk, session)
    else:
        folk.ask(f"{SESSIONS}/{session['id']}/expire")

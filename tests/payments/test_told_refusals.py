"""Told refusals: whose payment was declined hears so under their key, whatever died meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from prorata.simulation.proofs import faults
from prorata.simulation.shop import Shop, Troubles

BEGINS = 1_769_851_800
# The prime meets every part of a request.
EVERY = 7


def update(shop: Shop, ids: dict[str, str]) -> Any:
    return shop.ask(
        "POST", f"/v1/subscriptions/{ids['subscription']}",
        items=[{"id": ids["item"], "quantity": 3}], proration_behavior="always_invoice",
        payment_behavior="error_if_incomplete",
    )  # fmt: skip


def subscribe(shop: Shop, ids: dict[str, str]) -> Any:
    return shop.ask(
        "POST", "/v1/subscriptions", customer=ids["customer"], items=[{"price": ids["price"]}],
        payment_behavior="error_if_incomplete",
    )  # fmt: skip


def pay(shop: Shop, ids: dict[str, str]) -> Any:
    return shop.ask("POST", f"/v1/invoices/{ids['invoice']}/pay")


def pay_with_question(shop: Shop, ids: dict[str, str]) -> Any:
    shop.gateway.decline_all(False)
    return shop.ask(
        "POST", f"/v1/invoices/{ids['invoice']}/pay", payment_method=ids["asking"],
        off_session=False,
    )  # fmt: skip


def confirm(shop: Shop, ids: dict[str, str]) -> Any:
    return shop.ask(
        "POST", "/v1/payment_intents", customer=ids["customer"], amount=700, currency="usd",
        payment_method=ids["card"], confirm=True, return_url="https://shop.test",
    )  # fmt: skip


def charge(shop: Shop, ids: dict[str, str]) -> Any:
    return shop.ask("POST", "/v1/charges", amount=700, currency="usd", source="tok_visa")


def declined(call: Callable[..., Any], strike_in: int) -> tuple[int, Any, int, int]:
    """Return a declined request's moments, its answer, and the charges and subscriptions then.

    strike_in: the moment of the request at which its process dies; 0: it lives.
    """
    shop = Shop("sqlite://", 1, BEGINS, Troubles(mean_life=0, gateway=False))
    try:
        shop.fate.suspended = True
        ids = _prepared(shop)
        shop.gateway.decline_all()
        shop.fate.suspended = False
        shop.fate.moments = 0
        shop.fate.strike_in(strike_in or 1_000_000)
        reply = call(shop, ids)
        moments = shop.fate.moments
        shop.fate.suspended = True
        assert faults(shop.system) == []
        charges, subscriptions = (
            len(shop.desk.get(f"/v1/{kind}")["data"]) for kind in ("charges", "subscriptions")
        )
        told = (reply.status, reply.refusal, reply.body.get("error", {}).get("code"))
        return moments, told, charges, subscriptions
    finally:
        shop.close()


def _prepared(shop: Shop) -> dict[str, str]:
    ask = lambda *args, **params: shop.ask("POST", *args, **params).body  # noqa: E731
    customer = ask("/v1/customers", name="Ada")["id"]
    card = ask("/v1/payment_methods/pm_card_visa/attach", customer=customer)["id"]
    asking = ask(
        "/v1/payment_methods/pm_card_authenticationRequired/attach", customer=customer
    )["id"]  # fmt: skip
    ask(f"/v1/customers/{customer}", invoice_settings={"default_payment_method": card})
    price = ask(
        "/v1/prices", product_data={"name": "Plan"}, currency="usd", unit_amount=1_000,
        recurring={"interval": "month"},
    )["id"]  # fmt: skip
    made = ask("/v1/subscriptions", customer=customer, items=[{"price": price}])
    ask("/v1/invoiceitems", customer=customer, amount=500, currency="usd")
    invoice = ask(
        "/v1/invoices", customer=customer, pending_invoice_items_behavior="include",
        auto_advance=False,
    )["id"]  # fmt: skip
    ask(f"/v1/invoices/{invoice}/finalize")
    return {
        "customer": customer, "card": card, "asking": asking, "price": price, "invoice": invoice,
        "subscription": made["id"], "item": made["items"]["data"][0]["id"],
    }  # fmt: skip


@pytest.mark.parametrize("call", [update, subscribe, pay, confirm, charge])
def test_a_decline_is_told_at_whatever_moment_the_process_dies(call: Callable[..., Any]) -> None:
    expected = refused_at_every_moment(call)
    assert expected[0] == (402, "Your card was declined.", "card_declined")


def test_a_question_of_the_bank_is_told_at_whatever_moment_the_process_dies() -> None:
    expected = refused_at_every_moment(pay_with_question)
    status, message, code = expected[0]
    assert (status, code) == (402, "invoice_payment_intent_requires_action")
    assert message.startswith("Payment for this invoice requires additional user action")


def refused_at_every_moment(call: Callable[..., Any]) -> Any:
    """Return what a refused request comes to, whether its process lives or dies."""
    moments, *expected = declined(call, 0)
    assert moments > 10
    for moment in range(1, moments, EVERY):
        _, *found = declined(call, moment)
        assert found == expected, f"after a death in moment {moment}"
    return expected

"""Changes of a plan that wait for their payment, and who comes back from a bank."""

from __future__ import annotations

import pytest

from portal.seller import Seller
from portal.test_safety import Visitor


def test_a_change_that_is_not_paid_yet_is_paid_or_dropped(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan, session, visitor = seller.subscribe(ada), seller.session(ada), Visitor(seller)
    card = seller.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": ada.id})
    settings = {"default_payment_method": card.id}
    seller.v1.customers.update(ada.id, {"invoice_settings": settings})
    seller.v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "price": seller.pro.id}],
        "payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice",
    })  # fmt: skip
    waiting = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    home = visitor.get(session.url).text
    assert "Change not paid yet" in home and "once it is paid, until" in home
    assert f'href="{waiting.latest_invoice.hosted_invoice_url}">Pay now' in home
    page, token = f"{session.url}/subscriptions/{plan.id}", visitor.token(session.url)
    assert visitor.post(f"{page}/drop", token).headers["location"].endswith("done=undone")
    after = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert (after.pending_update, after.latest_invoice.status) == (None, "void")
    assert after["items"].data[0].price.id == seller.basic.id
    assert visitor.post(f"{page}/drop", token).status_code == 400


@pytest.mark.parametrize("place", ["returned", "resumed"])
def test_who_comes_back_from_no_bank_is_told_nothing(seller: Seller, place: str) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan, session, visitor = seller.subscribe(ada), seller.session(ada), Visitor(seller)
    page, token = f"{session.url}/subscriptions/{plan.id}", visitor.token(
        f"{session.url}/payment-methods/add"
    )
    visitor.post(f"{page}/update", token, price=seller.pro.id)
    came = visitor.get(f"{page}/{place}")
    assert (came.status_code, "done=" in came.headers["location"]) == (303, False)

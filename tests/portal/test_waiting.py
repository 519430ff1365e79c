"""Plans and changes that wait for a payment or for a method, and who comes back from a bank."""

from __future__ import annotations

import pytest

from portal.browser import Screen
from portal.seller import CARD, NEEDS_BANK, Seller
from portal.test_journeys import add_card, until
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


def test_a_plan_that_waits_for_a_payment_method_begins(seller: Seller, desk: Screen) -> None:
    clock = seller.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    ada = seller.customer(card=None, test_clock=clock.id)
    plan = seller.subscribe(
        ada, trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip
    api = seller.v1.test_helpers.test_clocks
    api.advance(clock.id, {"frozen_time": 1_800_000_000 + 8 * 86_400})
    until(lambda: api.retrieve(clock.id).status == "ready")
    assert seller.v1.subscriptions.retrieve(plan.id).status == "paused"
    desk.open(seller.session(ada).url)
    desk.press("Add payment method", role="link")
    add_card(desk, CARD)
    desk.press("Confirm and pay $10.00")
    assert "Your plan goes on." in desk.text()
    assert seller.v1.subscriptions.retrieve(plan.id).status == "active"


def test_a_new_card_may_pay_for_plans_that_have_one_of_their_own(
    seller: Seller, desk: Screen
) -> None:
    ada = seller.customer(card=None)
    old = seller.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id}).id
    plan = seller.subscribe(ada, default_payment_method=old)
    desk.open(f"{seller.session(ada).url}/payment-methods/add")
    desk.page.get_by_label("Use it for all my plans").uncheck()
    add_card(desk, CARD)
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method == old
    desk.press("Add payment method", role="link")
    assert desk.page.get_by_label("Use it for all my plans").is_checked()
    desk.page.get_by_label("Card number").fill(NEEDS_BANK)
    desk.page.get_by_label("Expiry date").fill("12 / 34")
    desk.page.get_by_label("Security code").fill("123")
    desk.page.get_by_role("button", name="Add payment method").click()
    desk.page.get_by_role("button", name="Complete").click()
    desk.page.wait_for_url("**/p/session/*?done=added")
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method is None
    # Nothing is left to be asked.
    desk.press("Add payment method", role="link")
    assert desk.page.get_by_label("Use it for all my plans").count() == 0


def test_a_change_goes_on_waiting_while_another_card_is_chosen(seller: Seller) -> None:
    ada = seller.customer()
    plan = seller.subscribe(ada)
    unsure = seller.v1.payment_methods.attach("pm_card_authenticationRequired",
                                              {"customer": ada.id}).id  # fmt: skip
    seller.v1.subscriptions.update(plan.id, {"default_payment_method": unsure})
    seller.v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "price": seller.pro.id}],
        "payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice",
    })  # fmt: skip
    assert seller.v1.subscriptions.retrieve(plan.id).pending_update is not None
    good = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    url, visitor = f"{seller.session(ada).url}/subscriptions/{plan.id}/pay-with", Visitor(seller)
    assert visitor.post(url, payment_method=good).status_code == 303
    changed = seller.v1.subscriptions.retrieve(plan.id)
    assert changed.default_payment_method is None and changed.pending_update is not None

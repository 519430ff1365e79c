"""At once: what somebody does in the portal before its scripts come, and after going back."""

from __future__ import annotations

from typing import Any

from checkout_pages.test_at_once import Gate
from portal.browser import READY, Screen
from portal.seller import Seller

GONE_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


def swallowed_posts(page: Any) -> list[str]:
    """Let nothing come of what forms send, so that the page stays; return what was sent."""
    sent: list[str] = []

    def swallow(route: Any) -> None:
        if route.request.method == "POST":
            sent.append(route.request.post_data)
            route.fulfill(status=204)
        else:
            route.fallback()

    page.route("**/p/session/**", swallow)
    return sent


def test_a_button_that_is_pressed_before_the_scripts_come_cannot_be_pressed_again(
    seller: Seller, desk: Screen
) -> None:
    seller.allow(customer_update={"enabled": True, "allowed_updates": ["tax_id"]})
    ada, page = seller.customer(), desk.page
    Gate(page)
    sent = swallowed_posts(page)
    page.goto(f"{seller.session(ada).url}/details")
    page.fill("#tax_value", "DE123456789")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("button.is-busy:disabled")
    page.press("#tax_value", "Enter")
    page.wait_for_selector("button.is-busy:disabled")
    assert len(sent) == 1 and "DE123456789" in sent[0]


def test_who_comes_back_to_a_page_can_press_its_button_again(
    seller: Seller, desk: Screen
) -> None:
    # A browser shows a page as it was left, when somebody goes back to it.
    seller.allow_updates()
    ada, page = seller.customer(), desk.page
    plan = seller.subscribe(ada)
    desk.open(f"{seller.session(ada).url}/subscriptions/{plan.id}/update")
    swallowed_posts(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("button.is-busy:disabled")
    with page.expect_navigation():
        page.evaluate(GONE_BACK)
    assert page.get_by_role("button", name="Continue").is_enabled()


def test_the_scripts_lead_nobody_away_from_what_is_being_typed(
    seller: Seller, desk: Screen
) -> None:
    ada, page = seller.customer(), desk.page
    gate = Gate(page)
    page.goto(f"{seller.session(ada).url}/payment-methods/add")
    for name, value in (("number", "4000000000000002"), ("expiry", "1234"), ("cvc", "123")):
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="Add payment method").click()
    page.wait_for_selector("#problem")
    page.focus("#number")
    page.keyboard.type("4242")
    gate.open()
    page.wait_for_function(READY)
    page.keyboard.type("424242424242")
    assert page.input_value("#number") == "4242 4242 4242 4242"


def test_seats_are_asked_for_where_a_plan_has_some_from_the_first_paint_on(
    seller: Seller, desk: Screen
) -> None:
    seller.allow_updates()
    ada, page = seller.customer(), desk.page
    gate = Gate(page)
    plan = seller.subscribe(ada)
    page.goto(f"{seller.session(ada).url}/subscriptions/{plan.id}/update")
    assert not page.is_visible("#quantity")
    page.get_by_label("Seats").check()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="More").click()
    gate.open()
    page.wait_for_function(READY)
    assert page.input_value("#quantity") == "3"

"""Slow: what is chosen while an answer is on its way is neither undone by it nor lost."""

from __future__ import annotations

from typing import Any

from checkout_pages.test_elsewhere import table
from checkout_pages.visitor import Visitor

# What browsers tell a page that they have kept while another one was looked at.
SHOWN_AGAIN = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


class Changes:
    """Holds the changes back that a page sends of its session."""

    def __init__(self, visitor: Visitor) -> None:
        self.held, self.is_open, self.is_lost = list[Any](), False, False
        self.page = visitor.page
        visitor.open(
            allow_promotion_codes=True,
            line_items=[{
                "price": visitor.price(500, "Seat"), "quantity": 1,
                "adjustable_quantity": {"enabled": True},
            }],
        )  # fmt: skip
        self.path = f"**/v1/payment_pages/{visitor.session.id}"
        self.page.route(self.path, lambda route: self._pass(route))

    def _pass(self, route: Any) -> None:
        if self.is_lost:
            route.abort()
        elif self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def press(self) -> None:
        """Press + and wait until the change is on its way."""
        with self.page.expect_request(self.path):
            self.page.click("[data-step='1']")

    def let_one_go(self) -> None:
        self.held.pop(0).continue_()

    def let_all_go(self) -> None:
        self.is_open = True
        while self.held:
            self.let_one_go()


def test_an_older_answer_does_not_undo_a_press(desktop: Visitor) -> None:
    changes = Changes(desktop)
    changes.press()
    desktop.page.click("[data-step='1']")
    changes.let_one_go()
    desktop.wait_text("#amount-now", "$10.00")
    assert desktop.page.input_value(".stepper input") == "3"
    desktop.page.click("[data-step='1']")
    changes.let_all_go()
    desktop.wait_text("#amount-now", "$20.00")
    desktop.type_card()
    desktop.press()
    desktop.arrive()
    assert desktop.read().amount_total == 2000


def test_an_answer_does_not_close_what_is_typed_in(desktop: Visitor) -> None:
    changes = Changes(desktop)
    changes.press()
    desktop.page.click(".add-code")
    desktop.page.keyboard.type("SAVE")
    changes.let_one_go()
    desktop.wait_text("#amount-now", "$10.00")
    desktop.page.keyboard.type("20")
    assert desktop.page.input_value("#code") == "SAVE20"


def test_a_number_that_was_not_taken_is_not_paid(desktop: Visitor) -> None:
    changes = Changes(desktop)
    desktop.type_card()
    changes.is_lost = True
    desktop.page.click("[data-step='1']")
    desktop.press()
    desktop.wait_text("#payment-error", "Nothing was charged")
    assert desktop.page.input_value(".stepper input") == "1"
    assert desktop.read().status == "open"


def test_two_presses_begin_one_checkout(desktop: Visitor) -> None:
    begun = list[str]()
    desktop.page.on("request", lambda request: begun.append(request.method))
    desktop.page.goto(f"{desktop.server.url}/pricing/{table(desktop)}")
    desktop.page.wait_for_selector("html[data-ready]")
    desktop.page.dblclick("[data-choose] >> nth=0")
    desktop.page.wait_for_selector("#form[data-ready]")
    assert begun.count("POST") == 1


def test_who_comes_back_finds_what_was_chosen_open(desktop: Visitor) -> None:
    page = desktop.page
    desktop.open(
        cancel_url=f"{desktop.server.url}/?cancelled=1", billing_address_collection="required",
        allowed_payment_method_types=["card", "us_bank_account"],
        shipping_address_collection={"allowed_countries": ["US"]},
        tax_id_collection={"enabled": True},
    )  # fmt: skip
    page.check("#as-business")
    page.uncheck("#same-address")
    page.click(".method-head >> nth=1")
    page.click(".back")
    page.wait_for_url("**cancelled=1")
    page.go_back()
    page.wait_for_selector("#form[data-ready]")
    for box, part in (("#as-business", "#business"), ("#same-address:not(:checked)", "#billing"),
                      ("[value=us_bank_account]:checked", "#form-us_bank_account")):  # fmt: skip
        assert page.locator(box).count() == 1
        assert page.is_visible(part)


def test_a_page_that_was_kept_on_its_way_is_loaded_anew(desktop: Visitor) -> None:
    desktop.open()
    desktop.type_card()
    desktop.page.route("**/confirm", lambda route: None)
    desktop.press()
    desktop.page.wait_for_selector("#submit.is-busy")
    with desktop.page.expect_navigation():
        desktop.page.evaluate(SHOWN_AGAIN)
    desktop.page.wait_for_selector("#form[data-ready]")
    assert desktop.page.locator(".is-busy").count() == 0

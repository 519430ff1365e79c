"""The hosted invoice page in a real browser: by keyboard, on a phone, in French."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checkout_pages.test_at_once import Gate
from chromium import chromium
from documents.seller import customer, dress, invoice
from portal.browser import DESK, PHONE, READY, Screen

TYPES = {"payment_method_types": ["card", "sepa_debit", "customer_balance"]}
ITEM = [{"amount": 2500, "description": "Storage"}]


class Window(Screen):
    """A window whose every page is checked."""

    checked = "/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(params=[("phone", "en-US"), ("desk", "fr-FR")], ids=["phone", "desk"])
def window(browser: Any, request: pytest.FixtureRequest) -> Iterator[Window]:
    size, locale = request.param
    shown = Window(browser, PHONE if size == "phone" else DESK, locale)
    yield shown
    shown.context.close()


def test_a_declined_card_is_mended_with_the_keyboard_alone(client: Any, window: Window) -> None:
    dress(client)
    made = invoice(client, customer(client), ITEM, payment_settings=TYPES)
    window.open(made.hosted_invoice_url)
    page = window.page

    def reach(id: str) -> None:
        for _ in range(40):
            if page.evaluate("document.activeElement.id") == id:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{id} cannot be reached")

    reach("number")
    # A full number leads to the date, a full date to the code.
    page.keyboard.type("4000000000009995")
    assert page.evaluate("document.activeElement.id") == "expiry"
    page.keyboard.type("1230")
    assert page.evaluate("document.activeElement.id") == "cvc"
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "problem"
    window.check()
    reach("number")
    page.keyboard.press("Control+a")
    page.keyboard.type("4242424242424242")
    page.locator("#pay-button").press("Enter")
    page.wait_for_selector(".outcome-paid")
    window.check()
    assert client.v1.invoices.retrieve(made.id).status == "paid"


def test_who_types_and_pays_before_the_scripts_come_is_led_nowhere_else_and_pays(
    client: Any, window: Window
) -> None:
    made, page = invoice(client, customer(client), ITEM), window.page
    gate = Gate(page)
    page.goto(made.hosted_invoice_url)
    page.fill("#number", "4242424242424242")
    page.fill("#expiry", "1230")
    page.fill("#cvc", "123")
    page.focus("#holder")
    page.keyboard.type("Ada")
    gate.open()
    page.wait_for_function(READY)
    page.keyboard.type(" Lovelace")
    assert page.input_value("#holder") == "Ada Lovelace"
    assert page.input_value("#number") == "4242 4242 4242 4242"
    gate.is_open = False
    gate.held.clear()
    page.goto(made.hosted_invoice_url)
    page.fill("#number", "4242424242424242")
    page.fill("#expiry", "1230")
    page.fill("#cvc", "123")
    page.click("#pay-button")
    # It is seen to have been pressed.
    page.wait_for_selector("#pay-button.is-busy")
    gate.open()
    page.wait_for_selector(".outcome-paid")


def _middle(page: Any, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    return float(box["y"] + box["height"] / 2)


def test_a_wrong_number_is_told_where_it_stands(client: Any, window: Window) -> None:
    # The longest words that an invoice can have are no wider than a phone.
    wide = [{"name": "n" * 40, "value": "W" * 140}]
    made = invoice(client, customer(client), ITEM, custom_fields=wide, footer="W" * 300)
    window.open(made.hosted_invoice_url)
    page = window.page
    page.locator("#number").fill("4242424242424241")
    page.locator("#expiry").focus()
    assert page.locator("#number").get_attribute("aria-invalid") == "true"
    assert page.locator("#number-note").inner_text()
    page.locator("#expiry").fill("01 / 20")
    page.locator("#holder").focus()
    assert page.locator("#expiry-note").inner_text()
    # What is said below moves neither the card's mark nor the field beside.
    assert _middle(page, ".card-brand") == pytest.approx(_middle(page, "#number"), abs=1)
    assert _middle(page, "#cvc") == pytest.approx(_middle(page, "#expiry"), abs=1)
    window.check()
    page.locator("#number").fill("4242424242424242")
    assert page.locator("#number").get_attribute("aria-invalid") is None


def test_a_challenge_is_failed_then_passed(client: Any, window: Window) -> None:
    dress(client)
    made = invoice(client, customer(client), ITEM)
    page = window.page

    def pay() -> None:
        page.locator("#number").fill("4000002500003155")
        page.locator("#expiry").fill("1230")
        page.locator("#cvc").fill("123")
        page.locator("#pay-button").click()
        page.wait_for_url("**/challenge/**")
        window.check()

    window.open(made.hosted_invoice_url)
    pay()
    page.locator('button[value="fail"]').click()
    page.wait_for_selector("#problem:not([hidden])")
    window.check()
    # No secret stays in the address.
    page.wait_for_url(made.hosted_invoice_url)
    pay()
    page.locator('button[value="complete"]').click()
    page.wait_for_selector(".outcome-paid")
    window.check()
    page.get_by_role("link", name="PDF").first.evaluate("link => link.href")


def test_a_debit_and_a_transfer(client: Any, window: Window) -> None:
    dress(client)
    page = window.page
    made = invoice(client, customer(client), ITEM, payment_settings=TYPES)
    window.open(made.hosted_invoice_url)
    page.locator('input[value="sepa_debit"]').check()
    page.locator("#sepa_debit_holder").fill("Ada Lovelace")
    page.locator("#iban").press_sequentially("DE89370400440532013000")
    assert page.locator("#iban").input_value() == "DE89 3704 0044 0532 0130 00"
    window.check()
    page.locator("#pay-button").click()
    page.wait_for_selector(".outcome-processing")
    window.check()
    made = invoice(client, customer(client), ITEM, payment_settings=TYPES)
    window.open(made.hosted_invoice_url)
    page.locator('input[value="customer_balance"]').check()
    page.locator("#pay-button").click()
    page.wait_for_selector(".numbers-list")
    window.check()


def test_receipts_and_the_home_page(server: Any, client: Any, window: Window) -> None:
    dress(client)
    ada = customer(client, payment_method="pm_card_visa",
                   invoice_settings={"default_payment_method": "pm_card_visa"})  # fmt: skip
    made = invoice(client, ada, ITEM)
    client.v1.invoices.pay(made.id)
    window.open(made.hosted_invoice_url)
    [charge] = client.v1.charges.list({"customer": ada.id}).data
    window.open(charge.receipt_url)
    assert made.number in window.page.inner_text("main")
    window.open(server.url)
    window.page.locator('input[value="python"]').check()
    assert window.page.locator('[data-example="python"]').is_visible()
    window.check()


def test_what_a_bank_asks_about_stands_in_lines_of_japanese(client: Any, browser: Any) -> None:
    """Each letter could begin a line, and a long name beside them leaves no room by itself."""
    account = client.v1.accounts.retrieve_current().id
    name = {"name": "Lumen Fotografie & Söhne Gesellschaft"}
    client.v1.accounts.update(account, {"business_profile": name})
    asked = client.v1.payment_intents.create({
        "amount": 2000, "currency": "jpy", "payment_method": "pm_card_threeDSecure2Required",
        "confirm": True, "return_url": "https://shop.example/account",
    })  # fmt: skip
    shown = Window(browser, PHONE, "ja-JP")
    shown.open(asked.next_action.redirect_to_url.url)
    counted = shown.page.evaluate(
        """() => [...document.querySelectorAll("dt")].map(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return range.getClientRects().length;
        })"""
    )
    assert counted == [1, 1, 1]
    shown.context.close()

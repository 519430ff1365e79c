"""The payment element: a shop's page takes payments with it, in each of the documented ways."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest

from script.shop import Shop, frame_in, press, says, type_card

FORM = '<form id="form"><div id="payment"></div><button id="pay">Pay</button></form>'
WATCHED = "'ready', 'change', 'focus', 'blur', 'loaderror', 'loaderstart'"
CONFIRM = (
    "form.onsubmit = async (event) => {{ event.preventDefault(); show(await stripe.{call}({{ elements,"
    " confirmParams: {{ return_url: location.origin + '/done?order=7' }}, redirect: '{redirect}' }}));"
    " }};"
)


def intent_page(shop: Shop, secret: str, *, call: str = "confirmPayment",
                redirect: str = "if_required", options: str = "{}") -> str:  # fmt: skip
    return shop.page(
        FORM,
        f"const elements = stripe.elements({{ clientSecret: '{secret}' }});"
        f"const element = elements.create('payment', {options}); watch(element, {WATCHED});"
        f"element.mount('#payment'); {CONFIRM.format(call=call, redirect=redirect)}",
    )


def payment(shop: Shop, currency: str = "usd", **params: Any) -> Any:
    return shop.client.v1.payment_intents.create(
        {"amount": 1999, "currency": currency, "automatic_payment_methods": {"enabled": True},
         **params}
    )  # fmt: skip


def status(shop: Shop, id: str) -> str:
    return str(shop.client.v1.payment_intents.retrieve(id).status)


def test_a_card_pays_an_intent(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "succeeded")
    paid = shop.client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["payment_method", "latest_charge"]}
    )
    assert paid.status == "succeeded"
    assert paid.payment_method.card.last4 == "4242"
    assert paid.payment_method.billing_details.address.postal_code == "94103"
    names = [name for name, _ in page.evaluate("heard")]
    assert names[:2] == ["loaderstart", "ready"]
    last = [event for name, event in page.evaluate("heard") if name == "change"][-1]
    assert last == {
        "elementType": "payment", "empty": False, "complete": True, "collapsed": False,
        "value": {"type": "card"},
    }  # fmt: skip
    assert page.evaluate("result.paymentIntent.client_secret") == intent.client_secret
    assert page.evaluate("'customer' in result.paymentIntent") is False
    assert not page.faults  # type: ignore[attr-defined]


def test_the_number_is_nowhere_in_the_shop_s_page(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    page.evaluate(
        "window.messages = []; addEventListener('message', (event) =>"
        " messages.push(JSON.stringify(event.data)))"
    )
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "succeeded")
    assert "4242424242424242" not in page.content()
    assert page.evaluate("messages").__len__() > 3
    assert not [
        each for each in page.evaluate("messages") if "4242 4242" in each or "42424242" in each
    ]


def test_the_page_is_left_for_the_return_url(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret, redirect="always"))
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    page.wait_for_url("**/done?**")
    assert page.url == (
        f"{shop.url}/done?order=7&payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}&redirect_status=succeeded"
    )


def test_what_is_missing_is_said_where_it_is_missing(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    frame = frame_in(page, "#payment")
    frame.locator("[autocomplete=cc-number]").press_sequentially("4242424242424241")
    page.click("#pay")
    says(page, "Your card number is invalid.")
    assert page.evaluate("result.error") == {
        "type": "validation_error", "code": "invalid_number",
        "message": "Your card number is invalid.",
    }  # fmt: skip
    assert (
        frame.locator("#payment-numberInput-error").inner_text() == "Your card number is invalid."
    )
    assert frame.locator("#payment-expiryInput-error").is_visible()
    assert frame.locator("[autocomplete=cc-number]").get_attribute("aria-invalid") == "true"
    assert status(shop, intent.id) == "requires_payment_method"


def test_a_declined_card_is_mended_by_another(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    frame = frame_in(page, "#payment")
    type_card(frame, "4000000000009995")
    page.click("#pay")
    says(page, "Your card has insufficient funds.")
    error = page.evaluate("result.error")
    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error", "card_declined", "insufficient_funds",
    )  # fmt: skip
    assert error["payment_intent"]["id"] == intent.id
    # The page is told before the field is.
    frame.locator("#payment-numberInput-error").get_by_text(error["message"], exact=True).wait_for()
    frame.locator("[autocomplete=cc-number]").fill("")
    frame.locator("[autocomplete=cc-number]").press_sequentially("5555555555554444")
    page.click("#pay")
    says(page, "succeeded")
    assert status(shop, intent.id) == "succeeded"


@pytest.mark.parametrize("passed", [True, False])
def test_a_bank_asks_in_a_window_of_its_own(shop: Shop, passed: bool) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    type_card(frame_in(page, "#payment"), "4000002760003184")
    page.click("#pay")
    modal = page.frame_locator("dialog iframe")
    modal.get_by_role(
        "button", name="Complete authentication" if passed else "Fail authentication"
    ).click()
    if passed:
        says(page, "succeeded")
        assert status(shop, intent.id) == "succeeded"
    else:
        says(page, "unable to authenticate")
        assert page.evaluate("result.error.code") == "payment_intent_authentication_failure"
        assert page.evaluate("result.error.payment_intent.status") == "requires_payment_method"
    assert page.locator("dialog").count() == 0
    assert page.url == f"{shop.url}/"


def test_a_challenge_that_is_closed_has_failed(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    type_card(frame_in(page, "#payment"), "4000002760003184")
    page.click("#pay")
    page.get_by_role("button", name="Close").click()
    says(page, "unable to authenticate")
    assert status(shop, intent.id) == "requires_payment_method"


def test_a_challenge_and_then_the_return_url(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret, redirect="always"))
    type_card(frame_in(page, "#payment"), "4000002760003184")
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    page.wait_for_url("**/done?**")
    assert "redirect_status=succeeded" in page.url


def test_a_debit_by_its_tab(shop: Shop) -> None:
    intent = payment(shop, "eur")
    page = shop.open(intent_page(shop, intent.client_secret))
    frame = frame_in(page, "#payment")
    press(frame.get_by_role("tab", name="SEPA Direct Debit"))
    frame.locator("[name=iban]").press_sequentially("AT611904300234573201")
    frame.locator("[name=name]").fill("Ada Lovelace")
    frame.locator("[name=email]").fill("ada@example.com")
    assert "authorise" in frame.locator(".TermsText").inner_text()
    page.click("#pay")
    says(page, "processing")
    method = shop.client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["payment_method"]}
    ).payment_method
    assert method.type == "sepa_debit"
    assert method.billing_details.email == "ada@example.com"


def test_a_debit_in_dollars_shows_what_proves_the_account(shop: Shop) -> None:
    intent = payment(shop)
    page = shop.open(intent_page(shop, intent.client_secret))
    frame = frame_in(page, "#payment")
    press(frame.get_by_role("tab", name="US bank account"))
    frame.locator("[name=routingNumber]").fill("110000000")
    frame.locator("[name=accountNumber]").fill("000123456789")
    frame.locator("[name=name]").fill("Ada Lovelace")
    frame.locator("[name=email]").fill("ada@example.com")
    page.click("#pay")
    says(page, "requires_action")
    assert page.evaluate("result.paymentIntent.next_action.type") == "verify_with_microdeposits"
    verified = page.evaluate(
        "(secret) => stripe.verifyMicrodepositsForPayment(secret, {amounts: [32, 45]})",
        intent.client_secret,
    )
    assert verified["paymentIntent"]["status"] in ("processing", "succeeded")


def test_a_set_up(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"name": "Ada"})
    intent = shop.client.v1.setup_intents.create({"customer": customer.id})
    page = shop.open(intent_page(shop, intent.client_secret, call="confirmSetup"))
    frame = frame_in(page, "#payment")
    type_card(frame)
    assert "later payments" in frame.locator(".TermsText").inner_text()
    page.click("#pay")
    says(page, "succeeded")
    saved = shop.client.v1.customers.payment_methods.list(customer.id).data
    assert [each.card.last4 for each in saved] == ["4242"]


def test_an_intent_that_is_over_is_a_load_error(shop: Shop) -> None:
    intent = payment(shop)
    shop.client.v1.payment_intents.cancel(intent.id)
    page = shop.open(intent_page(shop, intent.client_secret))
    page.wait_for_function("heard.some(([name]) => name === 'loaderror')")
    (error,) = [event["error"] for name, event in page.evaluate("heard") if name == "loaderror"]
    assert error["code"] == "payment_intent_unexpected_state"
    assert "canceled" in frame_in(page, "#payment").locator("[role=alert]").inner_text()


def test_by_keyboard_alone(shop: Shop) -> None:
    intent = payment(shop, "eur")
    page = shop.open(intent_page(shop, intent.client_secret), locale="de-DE")
    frame = frame_in(page, "#payment")
    frame.locator("[autocomplete=cc-number]").wait_for()
    page.keyboard.press("Tab")
    # The frame is another process of the browser's: keys reach it once it has the focus.
    frame.locator("#card-tab:focus").wait_for()
    for key in ("ArrowRight", "ArrowLeft", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("4242424242424242")
    page.keyboard.type("1234")
    page.keyboard.type("123")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator("#pay:focus").wait_for()
    page.keyboard.press("Enter")
    says(page, "succeeded")
    assert status(shop, intent.id) == "succeeded"


@pytest.mark.parametrize(("number", "said"), [
    ("4000000000009995", "La carte"), ("4000000000000002", "Votre carte a été refusée."),
])  # fmt: skip
def test_a_decline_is_told_in_the_payer_s_language(shop: Shop, number: str, said: str) -> None:
    intent = payment(shop, "eur")
    page = shop.open(intent_page(shop, intent.client_secret), locale="fr-FR")
    frame = frame_in(page, "#payment")
    assert frame.locator("label[for=payment-numberInput]").inner_text() == "Numéro de carte"
    type_card(frame, number, postal="")
    page.click("#pay")
    says(page, "insuffisants" if said == "La carte" else said)
    assert page.evaluate("result.error.code") == "card_declined"

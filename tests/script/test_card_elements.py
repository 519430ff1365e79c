"""Card and IBAN in single lines, and what is made of them: payments, methods, tokens."""
# ruff: noqa: E501

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Page

from script.shop import Shop, frame_in, press, says

CARD = '<form id="form"><label for="card">Card</label><div id="card" class="box"></div><button id="pay">Pay</button></form>'
PARTS = (
    '<form id="form"><div id="number" class="box"></div><div id="expiry" class="box"></div>'
    '<div id="cvc" class="box"></div><button id="pay">Pay</button></form>'
)
MOUNT = (
    "const elements = stripe.elements(); const card = elements.create('card');"
    "watch(card, 'ready', 'change', 'focus', 'blur', 'escape'); card.mount('#card');"
)
MOUNT_PARTS = (
    "const elements = stripe.elements();"
    "const card = elements.create('cardNumber', {showIcon: true}); card.mount('#number');"
    "const expiry = elements.create('cardExpiry'); expiry.mount('#expiry');"
    "const cvc = elements.create('cardCvc'); cvc.mount('#cvc');"
    "watch(card, 'change'); watch(expiry, 'change'); watch(cvc, 'change');"
)


def submit(call: str) -> str:
    return (
        "form.onsubmit = async (event) => { event.preventDefault();"
        f" show(await stripe.{call}); }};"
    )


def type_line(frame: FrameLocator, number: str = "4242424242424242") -> None:
    """Fill in a card in one line: the caret goes on by itself."""
    press(frame.locator("[name=cardnumber]"))
    frame.locator("[name=cardnumber]").press_sequentially(number)
    frame.locator("[name=exp-date]").press_sequentially("1234")
    frame.locator("[name=cvc]").press_sequentially("123")
    frame.locator("[name=postal]").press_sequentially("94103")


def intent_of(shop: Shop, currency: str = "usd") -> tuple[str, str]:
    made = shop.client.v1.payment_intents.create(
        {"amount": 1200, "currency": currency, "automatic_payment_methods": {"enabled": True}}
    )
    return made.id, str(made.client_secret)


def last_change(page: Page, **wanted: object) -> dict[str, object]:
    """Return the last change that was heard, once it says what is wanted."""
    page.wait_for_function(
        "(wanted) => { const last = heard.filter(([name]) => name === 'change').at(-1);"
        " return last && Object.entries(wanted).every(([key, value]) => last[1][key] === value); }",
        arg=wanted,
    )
    return [event for name, event in page.evaluate("heard") if name == "change"][-1]  # type: ignore[no-any-return]


def test_a_card_in_one_line_pays(shop: Shop) -> None:
    id, secret = intent_of(shop)
    page = shop.open(shop.page(CARD, MOUNT + submit(
        f"confirmCardPayment('{secret}', {{payment_method: {{card, billing_details: {{name: 'Ada'}}}}}})"
    )))  # fmt: skip
    type_line(frame_in(page, "#card"))
    assert last_change(page, complete=True) == {
        "elementType": "card", "empty": False, "complete": True, "brand": "visa",
        "value": {"postalCode": "94103"}, "error": None,
    }  # fmt: skip
    assert "StripeElement--complete" in str(page.get_attribute("#card", "class"))
    page.click("#pay")
    says(page, "succeeded")
    method = shop.client.v1.payment_intents.retrieve(
        id, {"expand": ["payment_method"]}
    ).payment_method
    assert method.billing_details.name == "Ada"
    assert method.billing_details.address.postal_code == "94103"


def test_typing_goes_on_from_field_to_field(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT))
    frame = frame_in(page, "#card")
    press(frame.locator("[name=cardnumber]"))
    page.keyboard.type("378282246310005123412349410")
    assert frame.locator("[name=cardnumber]").input_value() == "3782 822463 10005"
    assert frame.locator("[name=exp-date]").input_value() == "12 / 34"
    assert frame.locator("[name=cvc]").input_value() == "1234"
    assert frame.locator("[name=postal]").input_value() == "9410"
    assert last_change(page, brand="amex")["complete"] is False


def test_a_label_outside_leads_inside(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT))
    frame_in(page, "#card").locator("[name=cardnumber]").wait_for()
    page.click("label")
    page.wait_for_function("heard.some(([name]) => name === 'focus')")
    assert "StripeElement--focus" in str(page.get_attribute("#card", "class"))
    page.keyboard.type("4000")
    page.keyboard.press("Escape")
    page.wait_for_function("heard.some(([name]) => name === 'escape')")
    assert frame_in(page, "#card").locator("[name=cardnumber]").input_value() == "4000"


def test_a_wrong_number_is_told_while_it_is_typed(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT))
    frame = frame_in(page, "#card")
    frame.locator("[name=cardnumber]").press_sequentially("4242424242424241")
    page.wait_for_function("heard.at(-1)[1].error")
    assert last_change(page)["error"] == {
        "type": "validation_error", "code": "invalid_number",
        "message": "Your card number is invalid.",
    }  # fmt: skip
    assert "StripeElement--invalid" in str(page.get_attribute("#card", "class"))


def test_parts_pay_with_a_challenge(shop: Shop) -> None:
    id, secret = intent_of(shop)
    page = shop.open(shop.page(PARTS, MOUNT_PARTS + submit(
        f"confirmCardPayment('{secret}', {{payment_method: {{card}}}})"
    )))  # fmt: skip
    frame_in(page, "#number").locator("[autocomplete=cc-number]").press_sequentially(
        "4000002760003184"
    )
    frame_in(page, "#expiry").locator("[autocomplete=cc-exp]").press_sequentially("1234")
    frame_in(page, "#cvc").locator("[autocomplete=cc-csc]").press_sequentially("123")
    page.wait_for_function(
        "new Set(heard.filter(([, event]) => event.complete).map(([, event]) => event.elementType))"
        ".size === 3"
    )
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    says(page, "succeeded")
    assert shop.client.v1.payment_intents.retrieve(id).status == "succeeded"


def test_without_actions_the_intent_comes_back_as_it_is(shop: Shop) -> None:
    _, secret = intent_of(shop)
    page = shop.open(shop.page(CARD, MOUNT + submit(
        f"confirmCardPayment('{secret}', {{payment_method: {{card}}}}, {{handleActions: false}})"
    )))  # fmt: skip
    type_line(frame_in(page, "#card"), "4000002760003184")
    page.click("#pay")
    says(page, "requires_action")
    done = page.evaluate("(secret) => { window.later = stripe.handleCardAction(secret)"
                         ".then((result) => { window.after = result; }); }", secret)  # fmt: skip
    assert done is None
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    page.wait_for_function("window.after")
    assert page.evaluate("after.paymentIntent.status") == "succeeded"


def test_a_card_is_set_up(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({})
    intent = shop.client.v1.setup_intents.create({"customer": customer.id})
    page = shop.open(shop.page(CARD, MOUNT + submit(
        f"confirmCardSetup('{intent.client_secret}', {{payment_method: {{card}}}})"
    )))  # fmt: skip
    type_line(frame_in(page, "#card"), "4000002500003155")
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    says(page, "succeeded")
    assert shop.client.v1.setup_intents.retrieve(intent.id).payment_method


@pytest.mark.parametrize("call", [
    "createPaymentMethod({type: 'card', card, billing_details: {email: 'ada@example.com'}})",
    "createPaymentMethod('card', card, {billing_details: {email: 'ada@example.com'}})",
    "createPaymentMethod({element: card, params: {billing_details: {email: 'ada@example.com'}}})",
])  # fmt: skip
def test_a_method_is_made_of_a_card(shop: Shop, call: str) -> None:
    page = shop.open(shop.page(CARD, MOUNT + submit(call)))
    type_line(frame_in(page, "#card"))
    page.click("#pay")
    says(page, "done")
    made = page.evaluate("result.paymentMethod")
    assert (made["card"]["last4"], made["billing_details"]["email"]) == ("4242", "ada@example.com")
    assert shop.client.v1.payment_methods.retrieve(made["id"]).id == made["id"]


def test_a_token_is_made_of_a_card_and_charged(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT + submit("createToken(card, {name: 'Ada'})")))
    type_line(frame_in(page, "#card"))
    page.click("#pay")
    says(page, "done")
    token = page.evaluate("result.token")
    assert (token["card"]["name"], token["card"]["address_zip"]) == ("Ada", "94103")
    charge = shop.client.v1.charges.create(
        {"amount": 500, "currency": "usd", "source": token["id"]}
    )
    assert charge.status == "succeeded"


def test_an_incomplete_card_makes_nothing(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT + submit("createPaymentMethod({type: 'card', card})")))
    frame_in(page, "#card").locator("[name=cardnumber]").press_sequentially("4242")
    page.click("#pay")
    says(page, "Your card number is incomplete.")
    assert page.evaluate("result.error.type") == "validation_error"


def test_elements_live_and_die(shop: Shop) -> None:
    page = shop.open(shop.page(CARD, MOUNT))
    frame = frame_in(page, "#card")
    frame.locator("[name=cardnumber]").press_sequentially("4242")
    assert page.evaluate("elements.getElement('card') === card")
    page.evaluate("card.clear()")
    page.wait_for_function("heard.at(-1)[1].empty === true")
    page.evaluate("card.update({hidePostalCode: true, disabled: true})")
    frame.locator("[name=postal]").wait_for(state="hidden")
    assert frame.locator("[name=cardnumber]").is_disabled()
    page.evaluate("card.unmount()")
    assert page.locator("#card iframe").count() == 0
    assert page.get_attribute("#card", "class") == "box"
    page.evaluate("card.update({disabled: false}); card.mount('#card')")
    frame.locator("[name=cardnumber]").press_sequentially("5555")
    page.evaluate("card.destroy()")
    assert page.evaluate("elements.getElement('card')") is None
    assert "destroyed" in page.evaluate("(() => { try { card.mount('#card'); } catch (fault)"
                                        " { return fault.name + fault.message; } })()")  # fmt: skip
    page.evaluate("elements.create('card').mount(document.getElementById('card'))")
    frame.locator("[name=cardnumber]").wait_for()


def test_an_iban_pays(shop: Shop) -> None:
    id, secret = intent_of(shop, "eur")
    body = '<form id="form"><div id="iban" class="box"></div><button id="pay">Pay</button></form>'
    page = shop.open(shop.page(body, (
        "const elements = stripe.elements(); const iban = elements.create('iban',"
        " {supportedCountries: ['SEPA']}); watch(iban, 'change'); iban.mount('#iban');"
    ) + submit(
        f"confirmSepaDebitPayment('{secret}', {{payment_method: {{sepa_debit: iban,"
        " billing_details: {name: 'Ada', email: 'ada@example.com'}}})"
    )))  # fmt: skip
    field = frame_in(page, "#iban").locator("[name=iban]")
    field.press_sequentially("at611904300234573201")
    assert field.input_value() == "AT61 1904 3002 3457 3201"
    change = last_change(page, complete=True)
    assert (change["complete"], change["country"]) == (True, "AT")
    page.click("#pay")
    says(page, "processing")
    assert shop.client.v1.payment_intents.retrieve(id).status == "processing"


def test_a_wrong_iban(shop: Shop) -> None:
    body = '<form id="form"><div id="iban" class="box"></div><button id="pay">Pay</button></form>'
    page = shop.open(shop.page(body, (
        "const elements = stripe.elements(); const iban = elements.create('iban');"
        "watch(iban, 'change'); iban.mount('#iban');"
    ) + submit("createPaymentMethod({type: 'sepa_debit', sepa_debit: iban})")))  # fmt: skip
    frame_in(page, "#iban").locator("[name=iban]").press_sequentially("DE00370400440532013000")
    page.click("#pay")
    says(page, "The IBAN you entered is invalid.")


@pytest.mark.parametrize(("call", "named"), [
    ("confirmIdealPayment('pi_1_secret_2')", "ideal"),
    ("createSource({type: 'card'})", "Sources"),
    ("verifyIdentity('x')", "Identity"),
])  # fmt: skip
def test_what_there_is_not_is_refused_by_name(shop: Shop, call: str, named: str) -> None:
    page = shop.open(shop.page("", ""))
    error = page.evaluate(f"stripe.{call}")["error"]
    assert error["type"] == "invalid_request_error"
    assert named in error["message"]


def test_wrappings_of_a_framework_are_what_they_hold(shop: Shop) -> None:
    """Vue's ref() gives out objects in proxies, all the way down; some look whether any is empty."""
    wrapped = (
        "const wrap = (object) => new Proxy(object, { get: (inner, name, self) => {"
        " const value = Reflect.get(inner, name, self);"
        " return value && typeof value === 'object' ? wrap(value) : value; } });"
        "const elements = wrap(wrap(stripe).elements());"
        "window.names = Object.keys(elements).length;"
        "const card = wrap(elements.create('card')); card.mount('#card');"
        "window.same = elements.getElement('card').on === card.on;"
        "window.embedded = async (secret) => {"
        " const page = await wrap(stripe).initEmbeddedCheckout({fetchClientSecret: () => secret});"
        " wrap(page).mount('#message'); wrap(page).destroy(); return 'gone'; };"
    )
    call = "createPaymentMethod({type: 'card', card}).then((made) => ({paymentIntent: {status: made.paymentMethod.type}}))"
    page = shop.open(shop.page(CARD, wrapped + submit(call)))
    assert page.evaluate("names") > 0
    assert page.evaluate("same")
    type_line(frame_in(page, "#card"))
    page.click("#pay")
    says(page, "card")
    product = {"name": "Album"}
    price = {"currency": "usd", "unit_amount": 500, "product_data": product}
    session = shop.client.v1.checkout.sessions.create({
        "mode": "payment", "ui_mode": "embedded_page", "return_url": "https://shop.example/",
        "line_items": [{"quantity": 1, "price_data": price}],
    })  # fmt: skip
    assert page.evaluate("embedded", session.client_secret) == "gone"

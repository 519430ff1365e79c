"""Two addresses of one page, ways to pay that wait behind a button, and what a wallet is asked."""

from __future__ import annotations

from typing import Any

import pytest

from script.shop import Shop, frame_in, press, says, type_card

BOTH = '<div id="ship"></div><div id="bill"></div><div id="pay"></div><button id="go">Pay</button>'


def write(frame: Any, name: str = "Ada Lovelace", country: str = "DE") -> None:
    frame.locator("[name=name]").fill(name)
    frame.locator("[name=country]").select_option(country)
    frame.locator("[name=addressLine1]").fill("Am Markt 1")
    frame.locator("[name=locality]").fill("Berlin")
    frame.locator("[name=postalCode]").fill("10117")


def both(shop: Shop, sync: str, bill: str = "{mode: 'billing'}") -> Any:
    intent = shop.client.v1.payment_intents.create(
        {"amount": 1999, "currency": "usd", "allowed_payment_method_types": ["card"]}
    )
    page = shop.open(shop.page(BOTH, (
        "window.told = []; console.warn = (text) => told.push(text);"
        f"const elements = stripe.elements({{clientSecret: '{intent.client_secret}', {sync}}});"
        f"const bill = elements.create('address', {bill}); bill.mount('#bill');"
        "watch(bill, 'change');"
        "elements.create('address', {mode: 'shipping'}).mount('#ship');"
        "elements.create('payment').mount('#pay');"
        "go.onclick = async () => show(await stripe.confirmPayment({elements,"
        " redirect: 'if_required'}));"
    )))  # fmt: skip
    page.intent = intent.id
    return page


def test_a_state_that_is_not_chosen_is_said_beside_it(shop: Shop) -> None:
    page = shop.open(shop.page('<div id="bill"></div><div id="pay"></div>', (
        "const elements = stripe.elements({mode: 'payment', amount: 900, currency: 'usd'});"
        "elements.create('address', {mode: 'billing', allowedCountries: ['US'],"
        " defaultValues: {name: 'Ada', address: {country: 'US', line1: '1 Main St', city: 'Reno',"
        " postal_code: '89501'}}}).mount('#bill');"
    )))  # fmt: skip
    frame = frame_in(page, "#bill")
    state = frame.get_by_label("State")
    state.wait_for()
    said = page.evaluate("elements.submit()")["error"]["message"]
    assert said == "Please fill in: State."
    assert state.get_attribute("aria-invalid") == "true"
    message = frame.locator(f"#{state.get_attribute('aria-describedby')}")
    assert message.inner_text() == said
    state.select_option("NV")
    assert state.get_attribute("aria-invalid") == "false"
    assert not message.is_visible()
    assert "error" not in page.evaluate("elements.submit()")


def test_one_address_is_the_other_until_the_payer_says_otherwise(shop: Shop) -> None:
    page = both(shop, "")
    ship, bill = frame_in(page, "#ship"), frame_in(page, "#bill")
    box = bill.get_by_label("Same as shipping address")
    assert box.is_checked() and bill.locator("[name=addressLine1]").count() == 0
    write(ship)
    page.wait_for_function("heard.at(-1)?.[1].complete")
    assert page.evaluate("heard.at(-1)[1].value.address.city") == "Berlin"
    assert page.evaluate("bill.getValue()")["value"]["name"] == "Ada Lovelace"
    box.uncheck()
    assert ship.get_by_role("checkbox").count() == 0
    page.wait_for_function("!heard.at(-1)[1].complete")
    box.check()
    type_card(frame_in(page, "#pay"), postal="")
    page.click("#go")
    says(page, "succeeded")
    paid = shop.client.v1.payment_intents.retrieve(page.intent, {"expand": ["payment_method"]})
    assert paid.shipping.address.city == "Berlin"
    assert paid.payment_method.billing_details.address.line1 == "Am Markt 1"
    assert page.evaluate("told") == []


def test_the_box_stands_where_the_page_wants_it(shop: Shop) -> None:
    page = both(shop, "syncAddressCheckbox: 'shipping'")
    box = frame_in(page, "#ship").get_by_label("Same as billing address")
    box.wait_for()
    assert frame_in(page, "#bill").get_by_role("checkbox").count() == 0
    page = both(shop, "syncAddressCheckbox: 'none'")
    for each in ("#ship", "#bill"):
        frame_in(page, each).locator("[name=addressLine1]").wait_for()
        assert frame_in(page, each).get_by_role("checkbox").count() == 0
    said = page.evaluate("() => { try { stripe.elements({syncAddressCheckbox: true}); }"
                         " catch (fault) { return fault.message; } }")  # fmt: skip
    assert "should be billing, shipping or none" in said


def test_an_address_elsewhere_cannot_be_the_same(shop: Shop) -> None:
    page = both(shop, "", "{mode: 'billing', allowedCountries: ['FR']}")
    bill = frame_in(page, "#bill")
    bill.locator("[name=addressLine1]").wait_for()
    write(frame_in(page, "#ship"), country="DE")
    assert bill.get_by_role("checkbox").count() == 0
    frame_in(page, "#ship").locator("[name=country]").select_option("FR")
    bill.get_by_label("Same as shipping address").wait_for()


@pytest.mark.parametrize(("count", "shown"), [("", 5), ("2", 2), ("0", 5)])
def test_ways_to_pay_wait_behind_a_button(shop: Shop, count: str, shown: int) -> None:
    said = f", visibleAccordionItemsCount: {count}" if count else ""
    page = shop.open(shop.page('<div id="here"></div>', (
        "window.told = []; console.warn = (text) => told.push(text);"
        "const elements = stripe.elements({mode: 'payment', amount: 900, currency: 'eur',"
        " allowedPaymentMethodTypes: ['card', 'sepa_debit', 'customer_balance']});"
        "elements.create('payment', {layout: {type: 'accordion',"
        f" paymentMethodLogoPosition: 'end'{said}}}}}).mount('#here');"
    )))  # fmt: skip
    frame = frame_in(page, "#here")
    frame.get_by_role("radio").first.wait_for()
    more = frame.get_by_role("button", name="More ways to pay")
    assert frame.get_by_role("radio").count() == min(shown, 3)
    assert more.count() == (1 if shown < 3 else 0)
    head = frame.locator(".AccordionItem-head").first
    assert head.evaluate("(node) => node.querySelector('.TabIcon').offsetLeft"
                         " > node.querySelector('.AccordionItemLabel').offsetLeft")  # fmt: skip
    if more.count():
        press(more)
        assert frame.get_by_role("radio").count() == 3
        assert frame.get_by_role("radio").nth(2).evaluate("(n) => n === document.activeElement")
    assert page.evaluate("told") == []


@pytest.mark.parametrize(("options", "asked"), [
    ("{}", True), ("{emailRequired: true}", False), ("{billingAddressRequired: false}", False),
    ("{emailRequired: true, billingAddressRequired: true}", True),
])  # fmt: skip
def test_a_wallet_gives_the_address_that_it_is_asked_for(
    shop: Shop, options: str, asked: bool
) -> None:
    page = shop.open(shop.page('<div id="here"></div>', (
        "const elements = stripe.elements({mode: 'payment', amount: 900, currency: 'usd'});"
        f"const element = elements.create('expressCheckout', {options}); element.mount('#here');"
        "element.on('confirm', async (event) => { await elements.submit();"
        " const {paymentMethod} = await stripe.createPaymentMethod({elements});"
        " window.made = [event.billingDetails, paymentMethod.billing_details];"
        " message.textContent = 'made'; });"
    )))  # fmt: skip
    press(frame_in(page, "#here").get_by_role("button"))
    sheet = page.frame_locator("dialog iframe")
    sheet.get_by_role("button", name="Pay").wait_for()
    assert sheet.locator("[name=line1]").count() == int(asked)
    sheet.get_by_role("button", name="Pay").click()
    says(page, "made")
    event, made = page.evaluate("made")
    assert event["name"] == made["name"] == "Ada Lovelace"
    assert event["address"]["city"] == ("London" if asked else "")
    assert made["address"]["city"] == ("London" if asked else None)


TWO = {"4000002500001001": "visa", "5555552500001001": "mastercard"}


@pytest.mark.parametrize(("element", "number", "options", "then"), [
    ("card", "4000002500001001", "{preferredNetwork: ['mastercard', 'visa']}", "visa"),
    ("cardNumber", "5555552500001001", "{}", None),
    ("payment", "4000002500001001", "{defaultValues: {card: {network: ['cartes_bancaires']}}}",
     "cartes_bancaires"),
])  # fmt: skip
def test_a_card_of_two_networks(
    shop: Shop, element: str, number: str, options: str, then: str | None
) -> None:
    made = (
        "const {error} = await elements.submit(); const {paymentMethod} ="
        " await stripe.createPaymentMethod({elements});"
        if element == "payment" else
        "const {paymentMethod} = await stripe.createPaymentMethod({type: 'card', card: element});"
    )  # fmt: skip
    page = shop.open(shop.page('<div id="here"></div><div id="x"></div><div id="c"></div>', (
        "const elements = stripe.elements({mode: 'setup', currency: 'eur',"
        " paymentMethodCreation: 'manual', allowedPaymentMethodTypes: ['card']});"
        f"const element = elements.create('{element}', {options}); element.mount('#here');"
        "watch(element, 'networkschange');"
        + ("elements.create('cardExpiry').mount('#x'); elements.create('cardCvc').mount('#c');"
           if element == "cardNumber" else "")
        + f"window.make = async () => {{ {made} return paymentMethod.card; }};"
    )))  # fmt: skip
    frame = frame_in(page, "#here")
    if element == "payment":
        type_card(frame, number)
    else:
        frame.locator("[name=cardnumber]").press_sequentially(number)
        alone = element == "card"
        expiry, code = (frame, frame) if alone else (frame_in(page, "#x"), frame_in(page, "#c"))
        expiry.locator("[name=exp-date]").press_sequentially("1234")
        code.locator("[name=cvc]").press_sequentially("123")
        if alone:
            frame.locator("[name=postal]").fill("94103")
    choice = frame.get_by_label("Card network")
    assert choice.input_value() == (then or "")
    page.wait_for_function("heard.length")
    assert page.evaluate("heard[0][1].networks") == ["cartes_bancaires", TWO[number]]
    networks = page.evaluate("make()")["networks"]
    assert networks == {"available": ["cartes_bancaires", TWO[number]], "preferred": then}
    choice.select_option("cartes_bancaires")
    assert page.evaluate("make()")["networks"]["preferred"] == "cartes_bancaires"

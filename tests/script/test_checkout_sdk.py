"""A Checkout session whose page the shop draws itself, by the checkout SDK of the script."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest

from script.shop import Shop, frame_in, press, says, type_card

BODY = (
    '<form id="form"><div id="contact"></div><div id="payment"></div>'
    '<div id="billing"></div><button id="pay">Subscribe</button></form>'
)
LOAD = (
    "window.checkout = stripe.initCheckoutElementsSdk({{ clientSecret: {secret} }});"
    "window.sessions = []; window.loaded = checkout.loadActions().then((result) => {{"
    " if (result.type === 'error') return show(result);"
    " window.actions = result.actions; checkout.on('change', (session) => sessions.push(session)); }});"
)
ELEMENTS = (
    "checkout.createContactDetailsElement().mount('#contact');"
    "checkout.createPaymentElement().mount('#payment');"
)
CONFIRM = (
    "form.onsubmit = async (event) => {{ event.preventDefault();"
    " const result = await actions.confirm({options}); window.result = result;"
    " message.textContent = result.type === 'error' ? result.error.message"
    " : result.session.status.type; }};"
)


def price_of(shop: Shop, amount: int = 1200, **recurring: Any) -> Any:
    product = shop.client.v1.products.create({"name": "Photos", "description": "All of them"})
    return shop.client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": amount,
         **({"recurring": recurring} if recurring else {})}
    )  # fmt: skip


def session_of(shop: Shop, price: Any, mode: str = "subscription", **params: Any) -> Any:
    return shop.client.v1.checkout.sessions.create(
        {"ui_mode": "elements", "mode": mode, "line_items": [{"price": price.id, "quantity": 1}],
         "return_url": f"{shop.url}/done?session={{CHECKOUT_SESSION_ID}}", **params}
    )  # fmt: skip


def open_checkout(shop: Shop, session: Any, *, elements: str = ELEMENTS,
                  options: str = "{redirect: 'if_required'}", promised: bool = False) -> Any:  # fmt: skip
    secret = f"'{session.client_secret}'"
    if promised:
        secret = f"new Promise((resolve) => setTimeout(() => resolve({secret}), 200))"
    script = LOAD.format(secret=secret) + elements + CONFIRM.format(options=options)
    page = shop.open(shop.page(BODY, script, train="/endive/stripe.js"))
    page.wait_for_function("window.actions")
    return page


def test_a_subscription_by_elements(shop: Shop) -> None:
    session = session_of(shop, price_of(shop, interval="month"))
    page = open_checkout(shop, session, promised=True)
    seen = page.evaluate("actions.getSession()")
    assert seen["total"]["total"] == {"minorUnitsAmount": 1200, "amount": "$12.00"}
    assert seen["lineItems"][0]["name"] == "Photos"
    assert seen["recurring"]["interval"] == "month"
    assert seen["canConfirm"] is False
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"))
    page.wait_for_function("sessions.some((session) => session.canConfirm)")
    page.click("#pay")
    says(page, "complete")
    done = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert done.subscription.status == "active"
    assert done.customer_details.email == "ada@example.com"


def test_the_number_is_nowhere_in_the_shop_s_page(shop: Shop) -> None:
    session = session_of(shop, price_of(shop), mode="payment")
    page = open_checkout(shop, session)
    page.evaluate(
        "window.messages = []; addEventListener('message', (event) =>"
        " messages.push(JSON.stringify(event.data)))"
    )
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "complete")
    messages = page.evaluate("messages")
    assert any("ada@example.com" in each for each in messages)
    assert not [each for each in messages if "4242 4242" in each or "42424242" in each]


def test_the_payer_goes_where_the_session_says(shop: Shop) -> None:
    session = session_of(shop, price_of(shop), mode="payment")
    page = open_checkout(shop, session, options="")
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    page.wait_for_url("**/done?**")
    assert page.url == f"{shop.url}/done?session={session.id}"


def test_a_decline_and_a_challenge(shop: Shop) -> None:
    session = session_of(shop, price_of(shop, interval="month"))
    page = open_checkout(shop, session)
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    frame = frame_in(page, "#payment")
    type_card(frame, "4000000000009995")
    page.click("#pay")
    says(page, "insufficient funds")
    assert page.evaluate("result.error.paymentFailed.declineCode") == "insufficient_funds"
    frame.locator("[autocomplete=cc-number]").fill("")
    frame.locator("[autocomplete=cc-number]").press_sequentially("4000002760003184")
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Fail").click()
    says(page, "unable to authenticate")
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    says(page, "complete")
    assert shop.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_actions_change_the_session(shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SAVE25"}
    )
    extra = price_of(shop, 300)
    session = session_of(
        shop, price_of(shop), mode="payment", allow_promotion_codes=True,
        line_items=[{"price": price_of(shop).id, "quantity": 1,
                     "adjustable_quantity": {"enabled": True, "maximum": 5}}],
        optional_items=[{"price": extra.id, "quantity": 1}],
    )  # fmt: skip
    page = open_checkout(shop, session, elements="")
    total = "result.session.total.total.minorUnitsAmount"

    def act(call: str) -> Any:
        return page.evaluate(f"actions.{call}.then((result) => (window.result = result))")

    assert act("applyPromotionCode('NONE')")["error"]["code"] == "invalidCode"
    assert act("applyPromotionCode('SAVE25')")["type"] == "success"
    assert page.evaluate(total) == 900
    assert page.evaluate("result.session.discountAmounts[0].promotionCode") == "SAVE25"
    act("removePromotionCode()")
    act("updateLineItemQuantity({lineItem: result.session.lineItems[0].id, quantity: 3})")
    assert page.evaluate(total) == 3600
    act(f"addOptionalLineItem('{extra.id}')")
    assert page.evaluate(total) == 3900
    act(f"removeOptionalLineItem('{extra.id}')")
    assert page.evaluate(total) == 3600
    assert act("updateEmail('ada@')")["error"]["code"] == "incompleteEmail"
    assert act("updateEmail('ada@example.com')")["session"]["email"] == "ada@example.com"
    assert act("updateEmail('no one@example.com')")["error"]["code"] == "invalidEmail"
    address = "{name: 'Ada', address: {country: 'GB', line1: '1 Row', postal_code: 'N1 9GU'}}"
    assert act(f"updateBillingAddress({address})")["session"]["billingAddress"]["name"] == "Ada"
    assert act("validateElements()")["error"]["code"] == "no_elements"
    assert act("runServerUpdate(async () => {})")["type"] == "success"
    assert len(page.evaluate("sessions")) >= 6


def test_a_trial_without_a_card(shop: Shop) -> None:
    session = session_of(
        shop, price_of(shop, interval="month"), subscription_data={"trial_period_days": 7},
        payment_method_collection="if_required",
    )  # fmt: skip
    page = open_checkout(shop, session, elements="checkout.createContactDetailsElement().mount('#contact');")
    assert page.evaluate("actions.getSession().recurring.trial.trialPeriodDays") == 7
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    page.click("#pay")
    says(page, "complete")
    done = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert done.subscription.status == "trialing"


def test_a_whole_form(shop: Shop) -> None:
    session = session_of(shop, price_of(shop, interval="month"), ui_mode="form")
    page = shop.open(shop.page('<div id="form"></div>', (
        f"window.checkout = stripe.initCheckoutFormSdk({{ clientSecret: '{session.client_secret}' }});"
        "window.loaded = checkout.loadActions().then(({ actions }) => { window.actions = actions;"
        " const element = checkout.createForm(); element.mount('#form');"
        " element.on('confirm', async (event) => { window.event = event;"
        " const result = await actions.confirm({ formConfirmEvent: event, redirect: 'if_required' });"
        " message.textContent = result.type === 'error' ? result.error.message"
        " : result.session.status.type; }); });"
    ), train="/endive/stripe.js"))  # fmt: skip
    frame = frame_in(page, "#form")
    frame.locator("[name=email]").fill("ada@example.com")
    type_card(frame)
    press(frame.get_by_role("button", name="Subscribe"))
    says(page, "complete")
    assert page.evaluate("event") == {
        "source": "checkout-form-pay-button", "paymentMethodType": "card",
    }  # fmt: skip
    assert page.evaluate("'updateEmail' in actions") is False


def test_a_wrong_secret(shop: Shop) -> None:
    page = shop.open(shop.page("", (
        "window.checkout = stripe.initCheckoutElementsSdk({ clientSecret: 'cs_test_x_secret_y' });"
    ), train="/endive/stripe.js"))  # fmt: skip
    assert page.evaluate("checkout.loadActions()")["type"] == "error"


@pytest.mark.parametrize(("train", "name", "works"), [
    ("/endive/stripe.js", "initCheckout", False),
    ("/dahlia/stripe.js", "initEmbeddedCheckout", False),
    ("/clover/stripe.js", "initEmbeddedCheckout", True),
    ("/v3/", "initEmbeddedCheckout", True),
])  # fmt: skip
def test_old_names_work_on_old_trains(shop: Shop, train: str, name: str, works: bool) -> None:
    page = shop.open(shop.page("", "", train=train))
    said = page.evaluate(
        f"(async () => {{ try {{ await stripe.{name}({{}}); }} catch (fault)"
        " { return fault.message; } })()"
    )
    assert ("renamed" in said) is not works


def test_the_checkout_of_basil(shop: Shop) -> None:
    session = session_of(shop, price_of(shop), mode="payment")
    page = shop.open(shop.page(BODY, "", train="/basil/stripe.js"))
    page.evaluate(
        "async (secret) => { window.checkout = await stripe.initCheckout({"
        " fetchClientSecret: async () => secret });"
        " checkout.createElement('payment').mount('#payment'); }",
        session.client_secret,
    )
    assert page.evaluate("checkout.session().total.total.amount") == "$12.00"
    type_card(frame_in(page, "#payment"))
    page.evaluate("checkout.updateEmail('ada@example.com')")
    result = page.evaluate("checkout.confirm({redirect: 'if_required'})")
    assert result["type"] == "success", result

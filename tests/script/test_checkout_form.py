"""A checkout in one element: in one piece or step by step, with a wallet and promotion codes."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FrameLocator, Page

from script.shop import Shop, frame_in, press, says, type_card

COUNTRIES = {"allowed_countries": ["DE", "FR"]}


def session_of(shop: Shop, **params: Any) -> Any:
    price = shop.client.v1.prices.create(
        {"currency": "usd", "unit_amount": 2000, "product_data": {"name": "Print"}}
    )
    return shop.client.v1.checkout.sessions.create({
        "ui_mode": "form", "mode": "payment", "return_url": f"{shop.url}/done",
        "line_items": [{"price": price.id, "quantity": 1}], **params,
    })  # fmt: skip


def open_form(shop: Shop, session: Any, options: str = "{}") -> tuple[Page, FrameLocator]:
    page = shop.open(shop.page('<div id="form"></div>', (
        "window.told = []; console.warn = (text) => told.push(text);"
        f"const sdk = stripe.initCheckoutFormSdk({{clientSecret: '{session.client_secret}'}});"
        "sdk.loadActions().then(({actions}) => {"
        f" const form = sdk.createForm({options}); window.form = form; form.mount('#form');"
        " form.on('confirm', async (event) => { window.event = event;"
        " const done = await actions.confirm({formConfirmEvent: event, redirect: 'if_required'});"
        " message.textContent = done.type === 'error' ? done.error.message"
        " : done.session.status.type; }); });"
    ), train="/endive/stripe.js"))  # fmt: skip
    return page, frame_in(page, "#form")


def ship(frame: FrameLocator) -> None:
    frame.locator("[name=name]").fill("Ada Lovelace")
    frame.locator("[name=country]").select_option("DE")
    frame.locator("[name=addressLine1]").fill("Am Markt 1")
    frame.locator("[name=postalCode]").first.fill("10117")
    frame.locator("[name=locality]").fill("Berlin")


def test_step_by_step_by_keyboard(shop: Shop) -> None:
    session = session_of(shop, shipping_address_collection=COUNTRIES,
                         billing_address_collection="required")  # fmt: skip
    page, frame = open_form(shop, session, "{layout: 'compact'}")
    frame.locator("[name=email]").wait_for()
    views = page.evaluate("form.getValue().then(({views}) => views)")
    assert [(each["label"], each["canNavigate"], each["active"]) for each in views] == [
        ("Contact", True, True), ("Shipping address", False, False), ("Payment", False, False),
    ]  # fmt: skip
    assert frame.locator("[autocomplete=cc-number]").count() == 0
    press(frame.get_by_role("button", name="Continue"))
    frame.get_by_text("Your email is incomplete").wait_for()
    frame.locator("[name=email]").fill("ada@example.com")
    frame.locator("[name=email]").press("Enter")
    ship(frame)
    press(frame.get_by_role("button", name="Continue"))
    # Bills go where the goods go, until the payer says otherwise.
    assert frame.get_by_label("Same as shipping address").is_checked()
    type_card(frame, postal="")
    press(frame.get_by_role("button", name="Pay $20.00"))
    says(page, "complete")
    done = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert done.customer_details.address.city == "Berlin"
    assert done.collected_information.shipping_details.address.line1 == "Am Markt 1"
    assert page.evaluate("told") == []


def test_a_wallet_above_the_form(shop: Shop) -> None:
    session = session_of(shop, shipping_address_collection={"allowed_countries": ["GB"]})
    page, frame = open_form(shop, session, "{expressCheckout: {buttonHeight: 50}}")
    button = frame.get_by_role("button", name="wallet")
    button.wait_for()
    assert button.evaluate("(node) => node.offsetHeight") == 50
    press(button)
    page.frame_locator("dialog iframe").get_by_role("button", name="Pay $20.00").click()
    says(page, "complete")
    assert page.evaluate("[event.source, event.expressPaymentType]") == [
        "checkout-form-ece", "google_pay",
    ]  # fmt: skip
    done = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, done.customer_details.email) == ("paid", "ada@example.com")
    assert done.collected_information.shipping_details.address.city == "London"


def test_a_promotion_code_in_the_form(shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "QUARTER"}
    )
    session = session_of(shop, allow_promotion_codes=True)
    _, frame = open_form(shop, session)
    field = frame.get_by_label("Promotion code")
    field.fill("NOTHING")
    field.press("Enter")
    frame.get_by_text("This code is not valid").wait_for()
    field.fill("QUARTER")
    press(frame.get_by_role("button", name="Apply"))
    frame.get_by_role("button", name="Pay $15.00").wait_for()
    press(frame.get_by_role("button", name="Remove QUARTER"))
    frame.get_by_role("button", name="Pay $20.00").wait_for()


def test_what_a_page_does_not_want_is_not_shown(shop: Shop) -> None:
    session = session_of(shop, allow_promotion_codes=True)
    page, frame = open_form(shop, session, (
        "{features: {promotionCodeCollection: 'never'}, surprise: 1,"
        " expressCheckout: {paymentMethods: {googlePay: 'never'}}}"
    ))  # fmt: skip
    frame.get_by_role("button", name="Pay $20.00").wait_for()
    assert frame.get_by_role("button").count() == 1
    assert frame.get_by_label("Promotion code").count() == 0
    assert len(page.evaluate("told")) == 1 and "surprise" in page.evaluate("told")[0]

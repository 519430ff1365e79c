"""What payments are for: subscriptions, intents made afterwards, saved methods, wallets, checkout pages."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from prorata.web.script.bundle import bundle
from script.shop import Shop, frame_in, press, says, type_card

FORM = '<form id="form"><div id="payment"></div><button id="pay">Pay</button></form>'
EXPRESS = '<div id="express"></div>'


def price_of(shop: Shop) -> str:
    product = shop.client.v1.products.create({"name": "Photos"})
    return shop.client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 900,
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip


def subscribe(shop: Shop, customer: str, **params: Any) -> Any:
    return shop.client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price_of(shop)}],
         "payment_behavior": "default_incomplete",
         "payment_settings": {"save_default_payment_method": "on_subscription"},
         "expand": ["latest_invoice.confirmation_secret", "pending_setup_intent"], **params}
    )  # fmt: skip


def test_a_subscription_begins_with_its_first_payment(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(shop, customer.id)
    secret = subscription.latest_invoice.confirmation_secret.client_secret
    page = shop.open(shop.page(FORM, (
        f"const elements = stripe.elements({{clientSecret: '{secret}'}});"
        "elements.create('payment').mount('#payment'); form.onsubmit = async (event) => {"
        " event.preventDefault(); show(await stripe.confirmPayment({elements,"
        " redirect: 'if_required'})); };"
    )))  # fmt: skip
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "succeeded")
    begun = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert begun.status == "active"
    assert begun.default_payment_method


def test_a_trial_begins_with_a_set_up(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({})
    subscription = subscribe(shop, customer.id, trial_period_days=7)
    secret = subscription.pending_setup_intent.client_secret
    page = shop.open(shop.page(FORM, (
        f"const elements = stripe.elements({{clientSecret: '{secret}'}});"
        "elements.create('payment').mount('#payment'); form.onsubmit = async (event) => {"
        " event.preventDefault(); show(await stripe.confirmSetup({elements,"
        " redirect: 'if_required'})); };"
    )))  # fmt: skip
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "succeeded")
    assert shop.client.v1.subscriptions.retrieve(subscription.id).default_payment_method


DEFERRED = (
    "const elements = stripe.elements({mode: 'payment', amount: 1500, currency: 'usd'});"
    "elements.create('payment').mount('#payment');"
)


def test_an_intent_that_is_made_after_the_fields(shop: Shop) -> None:
    page = shop.open(shop.page(FORM, DEFERRED + (
        "form.onsubmit = async (event) => { event.preventDefault();"
        " const {error, selectedPaymentMethod} = await elements.submit();"
        " if (error) return show({error}); window.selected = selectedPaymentMethod;"
        " show(await stripe.confirmPayment({elements, clientSecret: await makeIntent(),"
        " redirect: 'if_required'})); };"
    )))  # fmt: skip
    page.expose_function("makeIntent", lambda: shop.client.v1.payment_intents.create(
        {"amount": 1500, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
    ).client_secret)  # fmt: skip
    page.click("#pay")
    says(page, "Your card number is incomplete.")
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    says(page, "succeeded")
    assert page.evaluate("selected") == "card"


def test_what_was_shown_in_one_currency_is_not_charged_in_another(shop: Shop) -> None:
    made = shop.client.v1.payment_intents.create(
        {"amount": 1500, "currency": "eur"}
    )
    page = shop.open(shop.page(FORM, DEFERRED + (
        "form.onsubmit = async (event) => { event.preventDefault(); await elements.submit();"
        f" show(await stripe.confirmPayment({{elements, clientSecret: '{made.client_secret}',"
        " redirect: 'if_required'})); };"
    )))  # fmt: skip
    type_card(frame_in(page, "#payment"))
    page.click("#pay")
    page.wait_for_function("window.result")
    error = page.evaluate("result.error")
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(
        "The provided currency (eur) does not match the expected currency (usd)"
    )
    assert shop.client.v1.payment_intents.retrieve(made.id).status == "requires_payment_method"


def test_confirming_without_submitting_is_said(shop: Shop) -> None:
    page = shop.open(shop.page(FORM, DEFERRED))
    said = page.evaluate(
        "(async () => { try { await stripe.confirmPayment({elements, clientSecret: 'pi_1_secret_2',"
        " redirect: 'if_required'}); } catch (fault) { return fault.name + ': ' + fault.message; } })()"
    )
    assert said.startswith("IntegrationError: Before stripe.confirmPayment() call elements.submit()")


def test_a_confirmation_token_is_confirmed_by_the_server(shop: Shop) -> None:
    page = shop.open(shop.page(FORM, DEFERRED + (
        "form.onsubmit = async (event) => { event.preventDefault(); await elements.submit();"
        " show(await stripe.createConfirmationToken({elements, params: {"
        " payment_method_data: {billing_details: {name: 'Ada'}},"
        " return_url: 'https://example.com/done'}})); };"
    )))  # fmt: skip
    type_card(frame_in(page, "#payment"), "4000002760003184")
    page.click("#pay")
    says(page, "done")
    token = page.evaluate("result.confirmationToken")
    assert token["payment_method_preview"]["card"]["last4"] == "3184"
    intent = shop.client.v1.payment_intents.create(
        {"amount": 1500, "currency": "usd", "confirm": True, "confirmation_token": token["id"]}
    )
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    page.evaluate("(secret) => { stripe.handleNextAction({clientSecret: secret})"
                  ".then((result) => show(result)); }", intent.client_secret)  # fmt: skip
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    says(page, "succeeded")
    paid = shop.client.v1.payment_intents.retrieve(intent.id, {"expand": ["payment_method"]})
    assert paid.payment_method.billing_details.name == "Ada"


def test_the_amount_may_change(shop: Shop) -> None:
    page = shop.open(shop.page(FORM, DEFERRED))
    frame = frame_in(page, "#payment")
    frame.locator("[autocomplete=cc-number]").press_sequentially("4242")
    page.evaluate("elements.update({currency: 'eur', amount: 2000})")
    frame.get_by_role("tab", name="SEPA").wait_for()
    page.evaluate("elements.update({currency: 'usd', amount: 2100})")
    frame.get_by_role("tab", name="US bank account").wait_for()
    assert page.evaluate("elements.fetchUpdates()") == {}


def saved_page(shop: Shop, **features: Any) -> Any:
    customer = shop.client.v1.customers.create({"name": "Ada"})
    method = shop.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    shop.client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    session = shop.client.v1.customer_sessions.create(
        {"customer": customer.id, "components": {"payment_element": {
            "enabled": True, "features": {
                "payment_method_redisplay": "enabled", "payment_method_save": "enabled",
                "payment_method_save_usage": "off_session", "payment_method_remove": "enabled",
            }}}}
    )  # fmt: skip
    intent = shop.client.v1.payment_intents.create(
        {"amount": 700, "currency": "usd", "customer": customer.id}
    )
    page = shop.open(shop.page(FORM, (
        f"const elements = stripe.elements({{clientSecret: '{intent.client_secret}',"
        f" customerSessionClientSecret: '{session.client_secret}'}});"
        "const element = elements.create('payment'); element.mount('#payment');"
        "watch(element, 'change', 'savedpaymentmethodremove');"
        "form.onsubmit = async (event) => { event.preventDefault();"
        " show(await stripe.confirmPayment({elements, redirect: 'if_required'})); };"
    )))  # fmt: skip
    return page, customer, method, intent


def test_what_was_saved_pays_again(shop: Shop) -> None:
    page, _, method, intent = saved_page(shop)
    frame_in(page, "#payment").get_by_text("Visa •••• 4242").wait_for()
    page.click("#pay")
    says(page, "succeeded")
    assert shop.client.v1.payment_intents.retrieve(intent.id).payment_method == method.id


def test_a_new_card_is_saved_where_the_payer_says_so(shop: Shop) -> None:
    page, customer, _, _ = saved_page(shop)
    frame = frame_in(page, "#payment")
    press(frame.get_by_text("Another way to pay"))
    type_card(frame, "5555555555554444")
    frame.get_by_label("Save these details").check()
    page.click("#pay")
    says(page, "succeeded")
    saved = shop.client.v1.customers.payment_methods.list(customer.id).data
    assert [(each.card.last4, each.allow_redisplay) for each in saved] == [
        ("4444", "always"), ("4242", "always"),
    ]  # fmt: skip


def test_a_saved_card_is_removed(shop: Shop) -> None:
    page, customer, _, _ = saved_page(shop)
    page.on("dialog", lambda dialog: dialog.accept())
    frame = frame_in(page, "#payment")
    press(frame.get_by_role("button", name="Remove Visa"))
    page.wait_for_function("heard.some(([name]) => name === 'savedpaymentmethodremove')")
    frame.locator("[autocomplete=cc-number]").wait_for()
    assert shop.client.v1.customers.payment_methods.list(customer.id).data == []


def test_a_wallet_pays_with_what_the_page_says_of_delivery(shop: Shop) -> None:
    page = shop.open(shop.page(EXPRESS, (
        "const elements = stripe.elements({mode: 'payment', amount: 1500, currency: 'usd'});"
        "const element = elements.create('expressCheckout'); element.mount('#express');"
        "watch(element, 'ready');"
        "element.on('click', ({resolve}) => resolve({emailRequired: true,"
        " shippingAddressRequired: true, lineItems: [{name: 'Print', amount: 1500}],"
        " shippingRates: [{id: 'post', amount: 0, displayName: 'Post'}]}));"
        "element.on('shippingaddresschange', ({address, resolve}) => { window.where = address;"
        " resolve({shippingRates: [{id: 'van', amount: 300, displayName: 'Van'}]}); });"
        "element.on('confirm', async (event) => { window.event = {...event, paymentFailed: null};"
        " await elements.submit(); show(await stripe.confirmPayment({elements,"
        " clientSecret: await makeIntent(), redirect: 'if_required'})); });"
    )))  # fmt: skip
    page.expose_function("makeIntent", lambda: shop.client.v1.payment_intents.create(
        {"amount": 1500, "currency": "usd"}
    ).client_secret)  # fmt: skip
    press(frame_in(page, "#express").get_by_role("button"))
    sheet = page.frame_locator("dialog iframe")
    sheet.get_by_text("Van · $3.00").wait_for(state="attached")
    sheet.get_by_role("button", name="Pay $15.00").click()
    says(page, "succeeded")
    assert page.evaluate("heard[0][1].availablePaymentMethods.googlePay") is True
    event = page.evaluate("event")
    assert event["expressPaymentType"] == "google_pay"
    assert event["shippingRate"]["id"] == "van"
    assert event["billingDetails"]["email"] == "ada@example.com"
    assert page.evaluate("where.country") == "GB"


def with_wallet_open(shop: Shop, told: str) -> Any:
    """Open a page that hears one event of the wallet's button, and press it."""
    page = shop.open(shop.page(EXPRESS, (
        "const elements = stripe.elements({mode: 'payment', amount: 1500, currency: 'usd'});"
        "const element = elements.create('expressCheckout'); element.mount('#express');"
        f"watch(element, '{told}');"
    )))  # fmt: skip
    press(frame_in(page, "#express").get_by_role("button"))
    return page


def test_a_wallet_may_be_closed(shop: Shop) -> None:
    page = with_wallet_open(shop, "cancel")
    page.get_by_role("button", name="Close").click()
    page.wait_for_function("heard.length === 1")
    assert page.locator("dialog").count() == 0


def test_a_wallet_stays_until_its_press_is_over(shop: Shop) -> None:
    # Who steers a browser waits for the press in it, and for ever where its frame has gone before.
    page = with_wallet_open(shop, "confirm")
    button = page.frame_locator("dialog iframe").get_by_role("button", name="Pay $15.00")
    button.evaluate("() => { window.requestAnimationFrame = (work) => { window.drawn = work; }; }")
    button.click()
    wallet = page.query_selector("dialog iframe").content_frame()
    for _ in range(2):
        wallet.wait_for_function("Boolean(window.drawn)", polling=20)
        assert page.evaluate("heard") == []
        wallet.evaluate("() => { const work = drawn; drawn = null; work(); }")
    page.wait_for_function("heard.length === 1")
    assert page.locator("dialog").count() == 0


def test_frames_that_never_come_keep_no_call_waiting(shop: Shop) -> None:
    # From here, where there are no frames, and with less patience than thirty seconds.
    shop.serve("/stripe.js", bundle().content.decode(), "text/javascript")
    shop.serve("/patient", (
        "<!doctype html><title>Shop</title><body><script>const later = setTimeout;"
        " window.setTimeout = (work, time) => later(work, time / 100);</script>"
        "<script src='/stripe.js'></script>"
        f"<script>const stripe = Stripe('{shop.server.publishable_key}');</script>"
    ))  # fmt: skip
    page = shop.open(f"{shop.url}/patient")
    # What was asked while there was hope, and what is asked when there is none.
    for _ in range(2):
        answer = page.evaluate("stripe.retrievePaymentIntent('pi_1_secret_2')")
        assert answer["error"]["type"] == "api_connection_error"

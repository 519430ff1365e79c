"""Subscribing on the hosted page: by card, on trial, in French, with codes and quantities."""

from __future__ import annotations

import re

import pytest

from checkout_pages.visitor import CHALLENGED, DECLINED, EMAIL, VISA, WRONG_CVC, Visitor


def test_a_visitor_subscribes_by_card(visitor: Visitor) -> None:
    visitor.open()
    assert visitor.text("#bill h1") == "Subscribe to Photo Basic"
    assert visitor.text(".headline .big") == "$15.00 per month"
    assert visitor.text("#submit") == "Subscribe"
    visitor.type_card()
    assert visitor.page.input_value("#card-number") == "4242 4242 4242 4242"
    visitor.press()
    visitor.arrive()
    session = visitor.read(expand=["subscription", "customer"])
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert session.subscription.status == "active"
    assert session.customer.email == EMAIL


def test_in_french_amounts_and_words_are_french(visitor: Visitor) -> None:
    visitor.open(locale="fr")
    assert visitor.page.locator("html").get_attribute("lang") == "fr"
    assert "15,00" in visitor.text(".headline .big")
    assert visitor.text("#submit") == "S’abonner"
    visitor.page.fill("#email", "ada")
    visitor.press()
    error = visitor.text("#email-error")
    assert error and not re.search(r"\b(Enter|Please)\b", error)
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    customer = visitor.read(expand=["customer"]).customer
    assert customer.preferred_locales in (["fr"], [])


def test_a_trial_without_a_card_asks_for_an_address_alone(visitor: Visitor) -> None:
    visitor.open(
        subscription_data={"trial_period_days": 14}, payment_method_collection="if_required"
    )
    assert visitor.text(".headline .big") == "14 days free"
    assert visitor.text(".headline .then") == "Then $15.00 per month"
    assert visitor.text("#submit") == "Start trial"
    assert not visitor.page.is_visible("#payment")
    visitor.page.fill("#email", EMAIL)
    visitor.press()
    visitor.arrive()
    session = visitor.read(expand=["subscription"])
    assert session.payment_status == "no_payment_required"
    assert session.subscription.status == "trialing"
    assert session.subscription.default_payment_method is None


def test_a_trial_is_begun_as_the_window_shows_it_that_begins_it(desktop: Visitor) -> None:
    item = {"price": desktop.price(), "quantity": 1, "adjustable_quantity": {"enabled": True}}
    desktop.open(line_items=[item], subscription_data={"trial_period_days": 14})
    desktop.type_card()
    other = Visitor(desktop.page.context.new_page(), desktop.server)
    other.go(desktop.session.url)
    other.page.click("[data-step='1']")
    other.wait_text("#bill", "$30.00")
    assert desktop.text(".headline .then") == "Then $15.00 per month"
    desktop.press()
    desktop.wait_text("#payment-error", "Your order has changed in the meantime.")
    assert desktop.text(".headline .then") == "Then $30.00 per month"
    assert desktop.read().status == "open"
    desktop.press()
    desktop.arrive()
    subscription = desktop.read(expand=["subscription"]).subscription
    assert (subscription.status, subscription["items"].data[0].quantity) == ("trialing", 2)


def test_a_trial_with_a_card_keeps_the_card(desktop: Visitor) -> None:
    desktop.open(subscription_data={"trial_period_days": 14})
    assert "Your trial ends on" in desktop.text("#agreement")
    desktop.type_card()
    desktop.press()
    desktop.arrive()
    assert desktop.read(expand=["subscription"]).subscription.default_payment_method


@pytest.mark.parametrize(("number", "field", "words"), [
    (DECLINED, "payment-error", "not enough money"),
    (WRONG_CVC, "card-cvc-error", "security code is incorrect"),
])  # fmt: skip
def test_a_decline_is_said_where_it_is_mended(
    visitor: Visitor, number: str, field: str, words: str
) -> None:
    visitor.open()
    visitor.type_card(number)
    visitor.press()
    visitor.wait_text(f"#{field}", words)
    assert visitor.focus() == ("payment-error" if field == "payment-error" else "card-cvc")
    assert visitor.text("#submit") == "Subscribe"
    visitor.type_card(VISA, email=None)
    visitor.press()
    visitor.arrive()
    assert visitor.read().payment_status == "paid"


def test_the_bank_asks_in_a_window_and_is_answered(visitor: Visitor) -> None:
    visitor.open()
    visitor.type_card(CHALLENGED)
    visitor.press()
    bank = visitor.page.frame_locator("#challenge iframe")
    bank.locator("button[value=complete]").click()
    visitor.arrive()
    assert visitor.read().payment_status == "paid"


def test_who_fails_the_bank_may_try_another_card(visitor: Visitor) -> None:
    visitor.open()
    visitor.type_card(CHALLENGED)
    visitor.press()
    visitor.page.frame_locator("#challenge iframe").locator("button[value=fail]").click()
    visitor.wait_text("#payment-error", "Your bank could not confirm that it is you")
    assert not visitor.page.is_visible("#challenge")
    visitor.type_card(VISA, email=None)
    visitor.press()
    visitor.arrive()
    assert visitor.read().status == "complete"


def test_who_closes_the_bank_window_stays_on_the_page(desktop: Visitor) -> None:
    desktop.open()
    desktop.type_card(CHALLENGED)
    desktop.press()
    desktop.page.frame_locator("#challenge iframe").locator("button[value=fail]").wait_for()
    desktop.page.keyboard.press("Escape")
    desktop.page.click("#challenge [data-close]") if desktop.page.is_visible("#challenge") else None
    desktop.wait_text("#payment-error", "confirm that it is you")
    assert desktop.read().status == "open"


def test_a_promotion_code_is_taken_and_let_go(visitor: Visitor) -> None:
    coupon = visitor.client.v1.coupons.create(
        {"percent_off": 20, "duration": "repeating", "duration_in_months": 3}
    )
    code = f"LAUNCH{'P' if visitor.page.viewport_size['width'] < 500 else 'D'}"
    visitor.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": code}
    )
    visitor.open(allow_promotion_codes=True)
    if visitor.page.is_visible(".fold"):
        visitor.page.click(".fold")
    visitor.page.click(".add-code")
    visitor.page.fill("#code", "NOTHING")
    visitor.page.keyboard.press("Enter")
    visitor.wait_text("#code-error", "This code is not valid.")
    visitor.page.fill("#code", code.lower())
    visitor.page.click("#code-form button")
    visitor.wait_text(".taken", code)
    assert visitor.text("#amount-now") == "$12.00"
    assert "20% off for 3 months" in visitor.text(".sums")
    visitor.page.click("[data-drop-code]")
    visitor.wait_text("#amount-now", "$15.00")
    visitor.page.click(".add-code")
    visitor.page.fill("#code", code)
    visitor.page.keyboard.press("Enter")
    visitor.wait_text("#amount-now", "$12.00")
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    assert visitor.read().amount_total == 1200


def test_a_quantity_is_chosen(visitor: Visitor) -> None:
    price = visitor.price(500, "Seat")
    adjustable = {"enabled": True, "minimum": 1, "maximum": 8}
    visitor.open(line_items=[
        {"price": price, "quantity": 2, "adjustable_quantity": adjustable}
    ])  # fmt: skip
    if visitor.page.is_visible(".fold"):
        visitor.page.click(".fold")
    visitor.page.click("[data-step='1']")
    visitor.wait_text("#amount-now", "$15.00")
    visitor.page.fill(".stepper input", "99")
    visitor.page.keyboard.press("Enter")
    visitor.wait_text("#amount-now", "$40.00")
    assert visitor.page.input_value(".stepper input") == "8"
    assert visitor.page.is_disabled("[data-step='1']")
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    items = visitor.read(expand=["subscription"]).subscription["items"].data
    assert items[0].quantity == 8


def test_a_longer_interval_is_a_switch(desktop: Visitor) -> None:
    month = desktop.client.v1.prices.retrieve(desktop.price())
    year = desktop.client.v1.prices.create({
        "product": month.product, "currency": "usd", "unit_amount": 15000,
        "recurring": {"interval": "year"},
    })  # fmt: skip
    desktop.client.raw_request("post", "/v1/prorata/upsells", price=month.id, upsells_to=year.id)
    desktop.open(line_items=[{"price": month.id, "quantity": 1}])
    assert "Save 16%" in desktop.text(".offer")
    desktop.page.check("[data-upsell]")
    desktop.wait_text("#amount-now", "$150.00")
    assert desktop.text(".headline .per") == "per year"
    desktop.page.uncheck("[data-upsell]")
    desktop.wait_text("#amount-now", "$15.00")


def test_who_is_subscribed_already_does_not_pay_again(desktop: Visitor) -> None:
    desktop.client.raw_request("post", "/v1/prorata/settings", one_subscription_per_customer="true")
    try:
        desktop.open(customer_email="twice@example.com")
        desktop.type_card(email=None)
        desktop.press()
        desktop.arrive()
        session = desktop.client.v1.checkout.sessions.create({
            "mode": "subscription", "success_url": desktop.thanks,
            "customer_email": "twice@example.com",
            "line_items": [{"price": desktop.price(), "quantity": 1}],
        })  # fmt: skip
        desktop.page.goto(session.url)
        assert "You are subscribed already" in desktop.text("h1")
    finally:
        desktop.client.raw_request(
            "post", "/v1/prorata/settings", one_subscription_per_customer="false"
        )


def test_a_customer_on_a_clock_sees_its_time(desktop: Visitor) -> None:
    clock = desktop.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_900_000_000})
    customer = desktop.client.v1.customers.create({"email": EMAIL, "test_clock": clock.id}).id
    desktop.open(customer=customer, subscription_data={"trial_period_days": 14})
    assert "March 31, 2030" in desktop.text("#agreement")
    desktop.type_card(email=None)
    desktop.press()
    desktop.arrive()
    subscription = desktop.read(expand=["subscription"]).subscription
    assert subscription.trial_end == 1_900_000_000 + 14 * 86400


@pytest.mark.any_shape("a payment page is our own object")
@pytest.mark.parametrize("answer", ["complete", "fail"])
def test_who_was_sent_to_the_bank_comes_back(desktop: Visitor, answer: str) -> None:
    desktop.open()
    confirmed = desktop.client.raw_request(
        "post", f"/v1/payment_pages/{desktop.session.id}/confirm", email=EMAIL,
        payment_method="pm_card_authenticationRequired",
        return_url=desktop.session.url,
    )  # fmt: skip
    action = confirmed.data["intent"]["next_action"]
    desktop.page.goto(action["redirect_to_url"]["url"])
    desktop.page.click(f"button[value={answer}]")
    if answer == "complete":
        desktop.arrive()
    else:
        desktop.page.wait_for_selector("#form[data-ready]")
        assert "Your bank could not confirm that it is you" in desktop.text("#payment-error")


def test_taxes_follow_the_address_and_the_business(desktop: Visitor) -> None:
    client, page = desktop.client, desktop.page
    office = {"address": {"country": "DE"}}
    client.v1.tax.settings.update({"head_office": office})
    for kind in ("standard", "oss_union"):
        client.v1.tax.registrations.create(
            {"country": "DE", "country_options": {"de": {"type": kind}}, "active_from": "now"}
        )
    price = desktop.price(tax_behavior="exclusive")
    desktop.open(
        line_items=[{"price": price, "quantity": 1}],
        automatic_tax={"enabled": True},
        tax_id_collection={"enabled": True},
    )
    assert "Tax Depends on the address Total due today $15.00" in desktop.text("#bill")
    page.select_option("#billing-country", "FR")
    for name, value in (("line1", "1 rue de Rivoli"), ("postalCode", "75001"), ("city", "Paris")):
        page.fill(f"#billing-{name}", value)
    page.locator("#billing-city").blur()
    desktop.wait_text("#bill", "VAT (20%) $3.00 Total due today $18.00")

    page.check("#as-business")
    assert page.input_value("#tax-type") == "eu_vat"
    page.fill("#tax-value", "FR1")
    page.locator("#tax-value").blur()
    desktop.wait_text("#tax-value-error", "does not have the form")
    page.fill("#tax-value", "FRAB123456789")
    page.locator("#tax-value").blur()
    desktop.wait_text("#bill", "VAT (0%) $0.00 Total due today $15.00")
    desktop.type_card()
    desktop.press()
    desktop.arrive()
    session = desktop.read(expand=["subscription.latest_invoice"])
    [tax] = session.subscription.latest_invoice.total_taxes
    assert (session.amount_total, tax.taxability_reason) == (1500, "reverse_charge")


def test_what_is_used_is_priced_by_the_piece(desktop: Visitor) -> None:
    meters = desktop.client.v1.billing.meters
    meter = meters.create({
        "display_name": "Calls", "event_name": "checkout_page_calls",
        "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    price = desktop.client.v1.prices.create({
        "currency": "usd", "unit_amount_decimal": "0.25", "recurring": recurring,
        "product_data": {"name": "API calls"},
    })  # fmt: skip
    desktop.open(line_items=[{"price": price.id}])
    assert desktop.text(".headline .then") == "You are billed per month for what you use."
    assert desktop.text(".item-amount") == "$0.0025 each per month"


def test_what_is_due_until_the_anchor_is_not_called_the_price(desktop: Visitor) -> None:
    price = desktop.client.v1.prices.retrieve(desktop.price(3100))
    anchor = price.created + 2 * 86400
    desktop.open(
        line_items=[{"price": price.id, "quantity": 2}],
        subscription_data={"billing_cycle_anchor": anchor, "proration_behavior": "none"},
    )
    assert desktop.text(".headline .then") == "Then $62.00 per month"
    assert desktop.text(".item-amount") == "$0.00 then $31.00 each per month"

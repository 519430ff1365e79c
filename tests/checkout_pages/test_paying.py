"""Paying once, setting up, saved methods, bank debits, wallets: on the hosted page."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_pages.visitor import EMAIL, NAME, Visitor


def shipped(visitor: Visitor, **params: Any) -> dict[str, Any]:
    """Return the parameters of a session that sends something."""
    price = visitor.price(8900, "Instant camera", recurring=None)

    def rate(name: str, amount: int) -> dict[str, Any]:
        return {"shipping_rate_data": {
            "type": "fixed_amount", "display_name": name,
            "fixed_amount": {"amount": amount, "currency": "usd"},
            "delivery_estimate": {"maximum": {"unit": "business_day", "value": 3}},
        }}  # fmt: skip

    return {
        "mode": "payment",
        "line_items": [{"price": price, "quantity": 1}],
        "shipping_address_collection": {"allowed_countries": ["US", "FR"]},
        "shipping_options": [rate("Standard", 500), rate("Express", 1500)],
        **params,
    }


def test_what_is_sent_has_an_address_and_a_way(visitor: Visitor) -> None:
    visitor.open(**shipped(
        visitor, billing_address_collection="required", phone_number_collection={"enabled": True}
    ))  # fmt: skip
    assert visitor.text("#submit") == "Pay $94.00"
    visitor.page.check("input[name=rate] >> nth=1")
    visitor.wait_text("#submit", "Pay $104.00")
    visitor.press()
    assert visitor.focus() == "email"
    visitor.page.fill("#phone", "+14155550100")
    visitor.type_address()
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    session = visitor.read(expand=["payment_intent"])
    assert session.amount_total == 10400
    details = session.collected_information.shipping_details
    assert (details.name, details.address.state) == (NAME, "CA")
    assert session.payment_intent.shipping.address.postal_code == "94107"
    assert session.customer_details.address.line1 == "510 Townsend St"


def test_an_address_takes_the_form_of_its_country(desktop: Visitor) -> None:
    desktop.open(**shipped(desktop))
    desktop.page.select_option("#shipping-country", "FR")
    assert not desktop.page.is_visible("#shipping-state")
    desktop.page.select_option("#shipping-country", "US")
    assert desktop.page.locator("select#shipping-state").is_visible()
    assert desktop.page.locator("#shipping-postalCode").get_attribute("placeholder") == "ZIP code"


def test_questions_of_the_seller_are_answered(desktop: Visitor) -> None:
    price = desktop.price(2000, "Print", recurring=None)
    desktop.open(
        mode="payment", line_items=[{"price": price, "quantity": 1}],
        custom_fields=[
            {"key": "paper", "label": {"type": "custom", "custom": "Paper"}, "type": "dropdown",
             "dropdown": {"options": [{"label": "Matte", "value": "matte"}]}},
            {"key": "note", "label": {"type": "custom", "custom": "Note"}, "type": "text",
             "text": {"minimum_length": 3}, "optional": True},
        ],
        tax_id_collection={"enabled": True}, name_collection={"individual": {"enabled": True}},
    )  # fmt: skip
    desktop.page.fill("#individual_name", NAME)
    desktop.page.fill("#custom-note", "ab")
    desktop.page.check("#as-business")
    desktop.page.select_option("#tax-type", "eu_vat")
    desktop.page.fill("#tax-value", "DE12")
    desktop.type_card()
    desktop.press()
    assert desktop.text("#custom-paper-error") == "Please fill in this field."
    assert desktop.text("#custom-note-error") == "Enter at least 3 characters."
    desktop.page.select_option("#custom-paper", "matte")
    desktop.page.fill("#custom-note", "For Charles")
    desktop.press()
    desktop.wait_text("#tax-value-error", "does not have the form")
    desktop.page.fill("#tax-value", "DE123456789")
    desktop.press()
    desktop.arrive()
    session = desktop.read()
    assert session.custom_fields[0].dropdown.value == "matte"
    assert session.customer_details.tax_ids[0].value == "DE123456789"


def test_something_more_is_added_and_taken_out(desktop: Visitor) -> None:
    strap = desktop.price(1900, "Strap", recurring=None)
    desktop.open(**shipped(desktop, optional_items=[{"price": strap, "quantity": 1}]))
    desktop.page.click("[data-add]")
    desktop.wait_text("#submit", "Pay $113.00")
    desktop.page.click("[data-remove]")
    desktop.wait_text("#submit", "Pay $94.00")
    assert desktop.page.is_visible("[data-add]")


def test_who_gives_chooses_the_amount(visitor: Visitor) -> None:
    price = visitor.client.v1.prices.create({
        "product_data": {"name": "Donation"}, "currency": "usd",
        "custom_unit_amount": {"enabled": True, "preset": 2500},
    })  # fmt: skip
    visitor.open(
        mode="payment", submit_type="donate", line_items=[{"price": price.id, "quantity": 1}]
    )
    assert visitor.text("#submit") == "Donate"
    visitor.page.fill("#chosen", "40")
    visitor.page.keyboard.press("Enter")
    visitor.wait_text("#amount-now", "$40.00")
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    assert visitor.read().amount_total == 4000


def test_an_amount_counts_as_it_is_written_whatever_is_pressed_next(desktop: Visitor) -> None:
    price = desktop.client.v1.prices.create({
        "product_data": {"name": "Donation"}, "currency": "eur",
        "custom_unit_amount": {"enabled": True, "minimum": 500, "maximum": 200_000, "preset": 2500},
    })  # fmt: skip
    desktop.open(
        mode="payment", line_items=[{"price": price.id, "quantity": 1}], locale="de",
        submit_type="donate", allowed_payment_method_types=["card"],
    )  # fmt: skip
    page = desktop.page
    assert page.input_value("#chosen") == "25,00"
    desktop.type_card()
    for wrong in ("4,99", "-40", "vierzig", ""):
        page.fill("#chosen", wrong)
        desktop.press()
        assert page.get_attribute("#chosen", "aria-invalid") == "true"
        assert desktop.focus() == "chosen"
    page.fill("#chosen", "1.250 €")
    page.locator("#chosen").blur()
    desktop.wait_text("#amount-now", "1.250,00 €")
    page.fill("#chosen", "40,5")
    desktop.press()
    desktop.arrive()
    assert desktop.read().amount_total == 4050


def test_a_business_is_asked_its_name_once(desktop: Visitor) -> None:
    price = desktop.price(2000, "Print", recurring=None)
    desktop.open(
        mode="payment", line_items=[{"price": price, "quantity": 1}],
        tax_id_collection={"enabled": True}, name_collection={"business": {"enabled": True}},
    )  # fmt: skip
    page = desktop.page
    page.check("#as-business")
    assert page.locator("[autocomplete=organization]").count() == 1
    page.fill("#business_name", "Pixels Ltd")
    page.select_option("#tax-type", "eu_vat")
    page.fill("#tax-value", "DE123456789")
    desktop.type_card()
    desktop.press()
    desktop.arrive()
    details = desktop.read().customer_details
    assert (details.business_name, details.tax_ids[0].value) == ("Pixels Ltd", "DE123456789")


def test_details_are_set_up_without_a_payment(visitor: Visitor) -> None:
    customer = visitor.client.v1.customers.create({"email": EMAIL})
    visitor.open(mode="setup", currency="usd", customer=customer.id)
    assert visitor.text("#submit") == "Save payment method"
    visitor.type_card(email=None)
    visitor.press()
    visitor.arrive()
    intent = visitor.read(expand=["setup_intent"]).setup_intent
    assert intent.status == "succeeded"


def test_a_saved_card_pays_and_another_is_removed(desktop: Visitor) -> None:
    customer = desktop.client.v1.customers.create({"email": EMAIL}).id
    for token in ("pm_card_visa", "pm_card_mastercard"):
        method = desktop.client.v1.payment_methods.attach(token, {"customer": customer})
        desktop.client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    desktop.open(
        customer=customer, saved_payment_method_options={"payment_method_remove": "enabled"}
    )
    assert desktop.page.locator("[data-saved]").count() == 2
    desktop.page.on("dialog", lambda dialog: dialog.accept())
    desktop.page.click("[data-forget] >> nth=0")
    desktop.page.locator("[data-saved] >> nth=1").wait_for(state="detached")
    desktop.press()
    desktop.arrive()
    assert desktop.read().payment_status == "paid"


def test_the_wallet_pays_in_one_press(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.fill("#email", EMAIL)
    visitor.page.click("#wallet")
    visitor.page.check("input[value=tok_chargeDeclined]")
    visitor.page.click("#wallet-pay")
    visitor.wait_text("#payment-error", "declined")
    visitor.page.click("#wallet")
    visitor.page.check("input[value=tok_visa]")
    visitor.page.click("#wallet-pay")
    visitor.arrive()
    assert visitor.read().payment_status == "paid"


def test_the_wallet_asks_where_to_send_as_every_way_to_pay(desktop: Visitor) -> None:
    desktop.open(**shipped(desktop))
    page = desktop.page
    page.fill("#email", EMAIL)
    page.click("#wallet")
    page.click("#wallet-pay")
    assert desktop.focus() == "shipping-name"
    assert desktop.text("#shipping-state-error") == "State: Please fill in this field."
    assert not page.is_visible("#card-number-error")
    page.select_option("#shipping-country", "FR")
    assert not page.is_visible("#shipping-state-error")
    assert not page.is_visible("#shipping-city-error")
    desktop.type_address()
    page.click("#wallet")
    page.click("#wallet-pay")
    desktop.arrive()
    assert desktop.read().collected_information.shipping_details.name == NAME


@pytest.mark.parametrize(("currency", "type", "fields"), [
    ("eur", "sepa_debit", {"iban": "DE89370400440532013000", "sepa-name": NAME}),
    ("usd", "us_bank_account",
     {"us-name": NAME, "us-routing": "110000000", "us-account": "000123456789"}),
])  # fmt: skip
def test_a_debit_is_on_its_way(
    desktop: Visitor, currency: str, type: str, fields: dict[str, str]
) -> None:
    price = desktop.price(2000, "Print", recurring=None, currency=currency)
    desktop.open(mode="payment", line_items=[{"price": price, "quantity": 1}])
    desktop.page.fill("#email", EMAIL)
    desktop.page.check(f"input[name=method][value={type}]")
    assert not desktop.page.is_visible("#card-number")
    for name, value in fields.items():
        desktop.page.fill(f"#{name}", value)
    assert "authorise Pixelbox" in desktop.text(f"[data-terms={type}]")
    desktop.press()
    if type == "us_bank_account":
        # Whose the account is, two deposits tell.
        bank = desktop.page.frame_locator("#challenge iframe")
        bank.locator("[name=descriptor_code]").wait_for()
        desktop.page.click("#challenge [data-close]")
        desktop.wait_text("#payment-error", "Two small deposits are on their way")
        desktop.page.reload()
        desktop.page.click("#form[data-ready] #verify")
        bank.locator("[name=descriptor_code]").fill("SM11AA")
        bank.locator("button").click()
    desktop.arrive()
    # As it was then: the debit itself settles within seconds.
    told = desktop.client.v1.events.list({"type": "checkout.session.completed"})
    [session] = [each.data.object for each in told if each.data.object.id == desktop.session.id]
    assert (session.status, session.payment_status) == ("complete", "unpaid")


def test_a_page_that_is_over_says_so_and_leads_on(visitor: Visitor) -> None:
    visitor.open(after_expiration={"recovery": {"enabled": True}}, cancel_url=visitor.server.url)
    url = visitor.page.url
    visitor.client.v1.checkout.sessions.expire(visitor.session.id)
    visitor.page.goto(url)
    assert visitor.text("h1") == "This page has expired"
    visitor.page.click("text=Continue with your order")
    visitor.page.wait_for_selector("#form[data-ready]")
    assert visitor.page.url != url
    assert visitor.text(".headline .big") == "$15.00 per month"


def test_a_session_that_is_complete_says_so(desktop: Visitor) -> None:
    desktop.open()
    url = desktop.page.url
    desktop.type_card()
    desktop.press()
    desktop.arrive()
    desktop.page.goto(url)
    assert desktop.text("h1") == "You are subscribed"
    desktop.page.click("text=Continue to Pixelbox")
    desktop.arrive()


def test_the_terms_must_be_accepted(desktop: Visitor) -> None:
    account = desktop.client.v1.accounts.retrieve_current().id
    desktop.client.raw_request(
        "post",
        f"/v1/accounts/{account}",
        **{"business_profile": {"url": "https://pixelbox.example"}},
    )
    desktop.open(consent_collection={"terms_of_service": "required"})
    desktop.type_card()
    desktop.press()
    assert desktop.text("#terms-error") == "Please accept the terms to go on."
    assert desktop.focus() == "terms"
    desktop.page.check("#terms")
    desktop.press()
    desktop.arrive()
    assert desktop.read().consent.terms_of_service == "accepted"

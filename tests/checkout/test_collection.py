"""What visitors are asked for: asked again until it is there, and kept where it belongs."""

from __future__ import annotations

import pytest

from checkout.desk import refused_by_api

ADDRESS = {"line1": "1 Rue X", "city": "Paris", "postal_code": "75001", "country": "FR"}


def field(key, type="text", **params):
    label = {"type": "custom", "custom": key.title()}
    return {"key": key, "type": type, "label": label, **params}


def test_custom_fields(desk):
    sizes = {"options": [{"label": "Small", "value": "s"}, {"label": "Large", "value": "l"}]}
    session = desk.sell(custom_fields=[
        field("engraving", text={"maximum_length": 5}),
        field("size", "dropdown", dropdown=sizes),
        field("age", "numeric", optional=True, numeric={"default_value": "18"}),
    ])  # fmt: skip
    assert session.custom_fields[2].numeric.value == "18"
    assert desk.page(session)["missing"] == [
        "email",
        "custom_fields[engraving]",
        "custom_fields[size]",
    ]
    for values, param in (
        ({"engraving": "too long"}, "custom_fields[engraving]"),
        ({"size": "xl"}, "custom_fields[size]"),
        ({"age": "old"}, "custom_fields[age]"),
        ({"none": "x"}, "custom_fields[none]"),
    ):
        assert desk.refused("change", session, custom_fields=values).param == param
    assert desk.refused("confirm", session).param == "custom_fields[engraving]"
    desk.change(session, custom_fields={"engraving": "Jo", "size": "l", "age": ""})
    desk.confirm(session)
    values = {each.key: getattr(each, each.type).value for each in desk.read(session).custom_fields}
    assert values == {"engraving": "Jo", "size": "l", "age": None}


@pytest.mark.parametrize("by", ["window", "seller"])
def test_what_is_sent_goes_the_way_that_the_page_showed(desk, by):
    post, pickup = (
        {"shipping_rate_data": {
            "display_name": name, "type": "fixed_amount",
            "fixed_amount": {"amount": 500, "currency": "usd"},
        }}
        for name in ("Post", "Pickup")
    )  # fmt: skip
    session = desk.sell(2000, shipping_options=[post, pickup])
    seen = desk.page(session)
    first, second = (each["id"] for each in seen["shipping_options"])
    if by == "window":
        desk.change(session, shipping_rate=second)
    else:
        desk.client.checkout.sessions.update(session.id, {"shipping_options": [pickup]})
    agreed = {"expected_amount": 2500, "expected_mark": seen["mark"]}
    assert desk.refused("confirm", session, **agreed).code == "checkout_page_outdated"
    now = desk.page(session)
    # A wallet names the way that was chosen in it.
    named = {"shipping_rate": first} if by == "window" else {}
    done = desk.confirm(session, expected_amount=2500, expected_mark=now["mark"], **named)
    assert done["status"] == "complete"
    shown = desk.read(session).shipping_cost.shipping_rate
    assert shown == (first if by == "window" else now["shipping_rate"])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ([field(f"f{n}") for n in range(4)], "custom_fields"),
        ([field("a"), field("a")], "custom_fields"),
        ([field("a", "dropdown")], "custom_fields[0][dropdown]"),
        (
            [field("a", dropdown={"options": [{"label": "x", "value": "x"}]})],
            "custom_fields[0][dropdown]",
        ),
        (
            [field("a", text={"minimum_length": 5, "maximum_length": 2})],
            "custom_fields[0][text][minimum_length]",
        ),
        (
            [field("a", "numeric", numeric={"default_value": "x"})],
            "custom_fields[0][numeric][default_value]",
        ),
        ([field("a b")], "custom_fields[0][key]"),
    ],
)
def test_custom_fields_that_cannot_be(desk, fields, param):
    assert refused_by_api(desk.sell, custom_fields=fields).param == param


def test_shipping(desk):
    post = desk.client.shipping_rates.create({
        "display_name": "Post", "fixed_amount": {"amount": 500, "currency": "usd"},
    }).id  # fmt: skip
    session = desk.sell(
        2000, shipping_address_collection={"allowed_countries": ["FR", "DE"]},
        shipping_options=[
            {"shipping_rate": post},
            {"shipping_rate_data": {
                "display_name": "Express", "type": "fixed_amount",
                "fixed_amount": {"amount": 1500, "currency": "usd"},
            }},
        ],
    )  # fmt: skip
    assert (session.amount_subtotal, session.amount_total) == (2000, 2500)
    assert session.total_details.amount_shipping == 500
    assert session.shipping_cost.shipping_rate == post
    express = session.shipping_options[1].shipping_rate
    page = desk.change(session, shipping_rate=express)
    assert (page["total"]["shipping"], page["total"]["due"]) == (1500, 3500)
    assert desk.refused("change", session, shipping_rate="shr_none").param == "shipping_rate"
    assert desk.refused("confirm", session).param == "shipping"
    refusal = desk.refused(
        "change", session, shipping={"name": "J", "address": {**ADDRESS, "country": "US"}}
    )
    assert refusal.param == "shipping[address][country]"
    desk.change(session, shipping={"name": "Jo", "address": ADDRESS, "phone": "+331"})
    desk.confirm(session, expected_amount=3500)
    shown = desk.read(session, "payment_intent")
    assert shown.collected_information.shipping_details.name == "Jo"
    assert shown.collected_information.shipping_details.address.country == "FR"
    assert shown.payment_intent.shipping.address.city == "Paris"
    assert shown.payment_intent.amount == 3500


def test_shipping_that_cannot_be(desk):
    assert (
        refused_by_api(desk.sell, shipping_address_collection={"allowed_countries": ["XX"]}).param
        == "shipping_address_collection[allowed_countries][0]"
    )
    assert (
        refused_by_api(desk.subscribe, shipping_options=[{"shipping_rate": "shr_1"}]).param
        == "shipping_options"
    )
    euro = desk.client.shipping_rates.create({
        "display_name": "Post", "fixed_amount": {"amount": 500, "currency": "eur"},
    }).id  # fmt: skip
    assert refused_by_api(desk.sell, shipping_options=[{"shipping_rate": euro}]).param == (
        "shipping_options[0]"
    )


def test_names_phone_and_billing_address(desk):
    session = desk.subscribe(
        billing_address_collection="required", phone_number_collection={"enabled": True},
        name_collection={
            "individual": {"enabled": True}, "business": {"enabled": True, "optional": True},
        },
    )  # fmt: skip
    assert desk.page(session)["missing"] == ["email", "phone", "individual_name", "billing_address"]
    assert desk.refused("confirm", session, phone="+3312", individual_name="Jo").param == (
        "billing_address"
    )
    desk.confirm(
        session, phone="+3312", individual_name="Jo", business_name="Acme", billing_address=ADDRESS
    )
    shown = desk.read(session, "customer")
    details = shown.customer_details
    assert (details.individual_name, details.business_name, details.phone) == (
        "Jo",
        "Acme",
        "+3312",
    )
    assert details.address.country == shown.customer.address.country == "FR"
    assert (shown.customer.individual_name, shown.customer.business_name) == ("Jo", "Acme")
    assert shown.customer.phone == "+3312"
    assert shown.collected_information.individual_name == "Jo"


def test_names_only_where_they_are_asked_for(desk):
    assert desk.refused("change", desk.sell(), individual_name="Jo").param == "individual_name"
    assert desk.refused(
        "change", desk.sell(), shipping={"name": "x", "address": ADDRESS}
    ).param == ("shipping")
    assert desk.refused("change", desk.sell(), consent={"promotions": "opt_in"}).param == "consent"


def test_tax_ids(desk):
    session = desk.subscribe(tax_id_collection={"enabled": True, "required": "if_supported"})
    assert "tax_id" in desk.page(session)["missing"]
    wrong = desk.refused("change", session, tax_id={"type": "eu_vat", "value": "X"})
    assert (wrong.code, wrong.param) == ("tax_id_invalid", "tax_id[value]")
    assert (
        desk.refused("change", session, tax_id={"type": "moon", "value": "X"}).param
        == "tax_id[type]"
    )
    desk.confirm(session, tax_id={"type": "eu_vat", "value": "DE123456789"}, business_name="Acme")
    shown = desk.read(session, "customer", "invoice")
    assert [each.value for each in shown.customer_details.tax_ids] == ["DE123456789"]
    [held] = desk.client.customers.tax_ids.list(shown.customer.id).data
    assert held.value == "DE123456789"
    assert shown.invoice.customer_tax_ids[0].value == "DE123456789"
    assert shown.customer.name == "Acme"
    assert desk.refused("change", desk.sell(), tax_id={"type": "eu_vat", "value": "DE1"}).param == (
        "tax_id"
    )


def test_consent(desk):
    session = desk.sell(consent_collection={"terms_of_service": "required", "promotions": "auto"})
    assert desk.refused("confirm", session).param == "consent[terms_of_service]"
    desk.confirm(session, consent={"terms_of_service": "accepted", "promotions": "opt_in"})
    consent = desk.read(session).consent
    assert (consent.terms_of_service, consent.promotions) == ("accepted", "opt_in")
    silent = desk.sell(consent_collection={"promotions": "auto"})
    desk.confirm(silent)
    assert desk.read(silent).consent.promotions == "opt_out"


def test_email_addresses(desk):
    session = desk.subscribe()
    wrong = desk.refused("change", session, email="nobody")
    assert (wrong.code, wrong.param) == ("email_invalid", "email")
    assert desk.refused("confirm", session, silent=True).code == "incomplete_email"
    known = desk.subscribe(customer_email="known@example.com")
    page = desk.page(known)
    assert (page["collected"]["email"], page["collects"]["email_locked"]) == (
        "known@example.com",
        True,
    )
    assert desk.refused("change", known, email="other@example.com").param == "email"
    desk.confirm(known)
    assert desk.read(known, "customer").customer.email == "known@example.com"
    error = refused_by_api(desk.subscribe, customer_email="nobody")
    assert (error.code, error.param) == ("email_invalid", "customer_email")


def test_a_customer_is_kept_as_it_is_unless_told_otherwise(desk):
    made = {"email": "k@example.com", "name": "Old", "address": {"country": "DE"}}
    customer = desk.client.customers.create(made).id
    said = {"name": "New", "billing_address": ADDRESS}
    session = desk.sell(customer=customer)
    assert session.customer_details.email == "k@example.com"
    desk.confirm(session, **said)
    kept = desk.client.customers.retrieve(customer)
    assert (kept.name, kept.address.country) == ("Old", "DE")
    session = desk.sell(
        customer=customer, customer_update={"name": "auto", "address": "auto", "shipping": "auto"},
        shipping_address_collection={"allowed_countries": ["FR"]},
    )  # fmt: skip
    desk.confirm(session, **said, shipping={"name": "New", "address": ADDRESS})
    changed = desk.client.customers.retrieve(customer)
    assert (changed.name, changed.address.country) == ("New", "FR")
    assert changed.shipping.address.city == "Paris"


def test_customers_that_cannot_be(desk):
    customer = desk.client.customers.create({"email": "x@example.com"}).id
    for params, param in (
        ({"customer": customer, "customer_email": "y@example.com"}, "customer"),
        ({"customer": customer, "customer_creation": "always"}, "customer_creation"),
        ({"customer_update": {"name": "auto"}}, "customer_update"),
        ({"customer": "cus_none"}, "customer"),
        ({"customer": customer, "tax_id_collection": {"enabled": True}}, "customer_update[name]"),
        ({"customer_account": "acct_x"}, "customer_account"),
    ):
        assert refused_by_api(desk.sell, **params).param == param
    desk.client.customers.delete(customer)
    assert refused_by_api(desk.sell, customer=customer).param == "customer"
    assert refused_by_api(desk.subscribe, customer_creation="always").param == "customer_creation"


@pytest.mark.parametrize("challenged", [False, True])
def test_a_customer_deleted_while_the_page_is_open(desk, challenged):
    """Nobody else buys in their place, and a card that is set up meanwhile begins nothing."""
    customer = desk.client.customers.create({"email": "gone@example.com"}).id
    session = desk.subscribe(
        customer=customer, subscription_data={"trial_period_days": 7} if challenged else {})
    page = desk.confirm(session, "threeDSecure2Required") if challenged else None
    desk.client.customers.delete(customer)
    if page is not None:
        desk.pass_challenge(page)
    else:
        refused = desk.refused("confirm", session, email="new@example.com")
        assert (refused.error["param"], refused.error["code"]) == ("customer", "resource_missing")
    found = desk.read(session)
    assert (found.status, found.subscription, found.customer) == ("open", None, customer)


def test_a_customer_in_another_currency(desk):
    customer = desk.client.customers.create({"email": "c@example.com"}).id
    desk.confirm(desk.subscribe(customer=customer))
    error = refused_by_api(desk.open, desk.price(currency="eur"), customer=customer)
    assert "combine currencies" in error.user_message


def test_what_a_page_says(desk):
    session = desk.sell(
        locale="fr", submit_type="donate", cancel_url="https://shop.example/cart",
        custom_text={"submit": {"message": "Merci"}, "after_submit": {"message": "A bientot"}},
        branding_settings={
            "display_name": "Powdur", "button_color": "#112233", "border_style": "pill",
            "font_family": "inter", "icon": {"type": "url", "url": "https://x.example/i.png"},
        },
    )  # fmt: skip
    page = desk.page(session)
    assert (page["locale"], page["submit_type"], page["cancel_url"]) == (
        "fr", "donate", "https://shop.example/cart",
    )  # fmt: skip
    assert page["custom_text"]["submit"]["message"] == "Merci"
    brand = page["branding"]
    assert (brand["display_name"], brand["button_color"], brand["border_style"]) == (
        "Powdur", "#112233", "pill",
    )  # fmt: skip
    assert "metadata" not in page
    done = desk.confirm(session, locale="de")
    assert (done["page_locale"], done["completion"]["message"]) == ("de", "A bientot")
    assert refused_by_api(desk.sell, branding_settings={"button_color": "red"}).param == (
        "branding_settings[button_color]"
    )
    assert refused_by_api(desk.sell, branding_settings={"logo": {"type": "file"}}).param == (
        "branding_settings[logo][file]"
    )


@pytest.mark.parametrize(("params", "param"), [
    ({"automatic_tax": {"enabled": True}}, "automatic_tax[enabled]"),
    ({"adaptive_pricing": {"enabled": True}}, "adaptive_pricing[enabled]"),
    ({"managed_payments": {"enabled": True}}, "managed_payments[enabled]"),
    ({"payment_method_configuration": "pmc_1"}, "payment_method_configuration"),
    ({"allowed_payment_method_types": ["klarna"]}, "allowed_payment_method_types[0]"),
    ({"allowed_payment_method_types": ["customer_balance"]}, "allowed_payment_method_types[0]"),
    ({"allowed_payment_method_types": ["card", "bacs_debit"]}, "allowed_payment_method_types[1]"),
    ({"allowed_payment_method_types": ["card"], "excluded_payment_method_types": ["card"]},
     "excluded_payment_method_types"),
    ({"excluded_payment_method_types": ["klarna", "clarna"]}, "excluded_payment_method_types[1]"),
    ({"payment_method_options": {"klarna": {"capture_method": "manual"}}},
     "payment_method_options[klarna]"),
    ({"payment_intent_data": {"transfer_data": {"destination": "acct_1"}}},
     "payment_intent_data[transfer_data]"),
    ({"payment_intent_data": {"application_fee_amount": 5}},
     "payment_intent_data[application_fee_amount]"),
    ({"payment_intent_data": {"statement_descriptor_suffix": "1*2"}},
     "payment_intent_data[statement_descriptor_suffix]"),
    ({"subscription_data": {"trial_period_days": 3}}, "subscription_data"),
    ({"setup_intent_data": {"description": "x"}}, "setup_intent_data"),
    ({"payment_method_collection": "if_required"}, "payment_method_collection"),
    ({"client_reference_id": "a b"}, "client_reference_id"),
    ({"success_url": "nowhere"}, "success_url"),
    ({"return_url": "https://a.example"}, "return_url"),
    ({"locale": "tlh"}, "locale"),
    ({"unheard_of": 1}, "unheard_of"),
    ({"expires_at": 1}, "expires_at"),
    ({"expires_at": 4_000_000_000}, "expires_at"),
    ({"line_items": []}, "line_items"),
])  # fmt: skip
def test_parameters_that_cannot_be(desk, params, param):
    error = refused_by_api(desk.open, *(
        () if "line_items" in params else (desk.price(recurring=None),)
    ), mode="payment", **params)  # fmt: skip
    assert (error.http_status, error.param) == (400, param)


def test_what_a_payment_is_given(desk):
    session = desk.sell(
        payment_intent_data={
            "receipt_email": "r@example.com", "statement_descriptor_suffix": "MUG",
            "shipping": {"name": "Jo", "address": {"line1": "1 X", "country": "FR"}},
        },
        payment_method_data={"allow_redisplay": "always"}, customer_creation="always",
        allowed_payment_method_types=["card", "link"],
        wallet_options={"link": {"display": "never"}},
        origin_context="web", integration_identifier="cart-1",
        permissions={"update_shipping_details": "server_only"},
    )  # fmt: skip
    assert session.wallet_options.link.display == "never"
    assert session.permissions.update_shipping_details == "server_only"
    desk.confirm(session)
    intent = desk.read(session, "payment_intent").payment_intent
    assert (intent.receipt_email, intent.statement_descriptor_suffix) == ("r@example.com", "MUG")
    assert intent.shipping.address.line1 == "1 X"
    assert intent.payment_method_types == ["card", "link"]

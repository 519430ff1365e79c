"""Payment methods: described, attached, changed, listed and detached."""

import pytest
import stripe

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


def test_a_card_shows_what_is_known_of_it(client):
    method = client.v1.payment_methods.create({
        "type": "card", "card": CARD, "billing_details": {"name": "Ada", "address": {
            "postal_code": "10115"}},
    })

    card = method.card
    assert (card.brand, card.last4, card.funding, card.country) == ("visa", "4242", "credit", "US")
    assert (card.exp_month, card.exp_year) == (12, 2040)
    assert card.checks.cvc_check == "unchecked"
    assert card.checks.address_postal_code_check == "unchecked"
    assert method.billing_details.name == "Ada"
    assert method.billing_details.address.postal_code == "10115"
    assert method.customer is None


def test_equal_numbers_share_a_fingerprint(client):
    first = client.v1.payment_methods.create({"type": "card", "card": CARD})
    second = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert first.id != second.id
    assert first.card.fingerprint == second.card.fingerprint


@pytest.mark.parametrize(("change", "code", "param"), [
    pytest.param({"number": "4242424242424241"}, "incorrect_number", "number", id="check digit"),
    pytest.param({"exp_month": 13}, "invalid_expiry_month", "exp_month", id="month 13"),
    pytest.param({"exp_year": 1995}, "invalid_expiry_year", "exp_year", id="long past"),
    pytest.param({"cvc": "12"}, "invalid_cvc", "cvc", id="short code"),
])
def test_wrong_card_data_is_refused(client, change, code, param):
    with pytest.raises(stripe.CardError) as raised:
        client.v1.payment_methods.create({"type": "card", "card": {**CARD, **change}})
    assert (raised.value.http_status, raised.value.code, raised.value.param) == (402, code, param)


@pytest.mark.parametrize(("params", "code", "param"), [
    pytest.param({}, "parameter_missing", "type", id="nothing"),
    pytest.param({"type": "card"}, "parameter_missing", "card", id="no card"),
    pytest.param(
        {"type": "card", "card": {"token": "tok_nope"}}, None, "token", id="no such token"
    ),
    pytest.param({"type": "klarna"}, None, "type", id="not supported"),
    pytest.param(
        {"type": "sepa_debit", "sepa_debit": {"iban": "DE00"}},
        "invalid_bank_account_iban", "sepa_debit[iban]", id="no account",
    ),
    pytest.param({"type": "card", "card": CARD, "customer": "cus_x"}, None, None, id="customer"),
])
def test_a_wrong_method_is_refused(client, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_methods.create(params)
    assert (raised.value.code, raised.value.param) == (code, param)


def test_attaching_checks_the_card_and_tells_it(client, customer, told):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    assert method.customer == customer.id
    assert method.card.checks.cvc_check == "pass"
    assert told.types() == ["payment_method.attached"]
    again = client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    assert again.id == method.id
    assert told.types() == []


def test_a_declining_card_cannot_be_attached(client, customer):
    with pytest.raises(stripe.CardError) as raised:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})

    error = raised.value.json_body["error"]
    assert (error["code"], error["decline_code"], error["param"]) == (
        "card_declined", "generic_decline", "",
    )
    assert "payment_intent" not in error and "charge" not in error


def test_a_card_that_fails_later_can_be_attached(client, customer, pay):
    method = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {
        "customer": customer.id,
    })
    with pytest.raises(stripe.CardError):
        pay(method.id, customer=customer.id)


def test_a_method_has_one_customer(client, customer):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    other = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_methods.attach(method.id, {"customer": other.id})
    assert raised.value.user_message == (
        "The payment method you provided has already been attached to a customer."
    )


def test_detaching_is_final_and_clears_the_default(client, customer, told):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.customers.update(
        customer.id, {"invoice_settings": {"default_payment_method": method.id}}
    )
    told.read()

    detached = client.v1.payment_methods.detach(method.id)

    assert detached.customer is None
    events = told.read()
    assert [each.type for each in events] == ["payment_method.detached", "customer.updated"]
    assert events[0].data.previous_attributes.to_dict() == {"customer": customer.id}
    settings = client.v1.customers.retrieve(customer.id).invoice_settings
    assert settings.default_payment_method is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.v1.payment_methods.detach(method.id)


def test_methods_are_listed_by_customer_and_type(client, customer):
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    bank = client.v1.payment_methods.attach(
        "pm_usBankAccount_success", {"customer": customer.id}
    )

    def ids(**params):
        return [each.id for each in client.v1.payment_methods.list(params).data]

    assert ids(customer=customer.id) == [bank.id, card.id]
    assert ids(customer=customer.id, type="card") == [card.id]
    assert ids() == []
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_methods.list({"customer": "cus_x"})
    assert (raised.value.http_status, raised.value.param) == (400, "customer")


def test_a_saved_method_can_be_changed(client, customer, told):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    told.read()

    method = client.v1.payment_methods.update(method.id, {
        "billing_details": {"address": {"city": "Berlin", "country": "DE"}, "name": "Ada"},
        "card": {"exp_month": 1, "exp_year": 2035},
        "metadata": {"a": "b"},
        "allow_redisplay": "always",
    })

    assert method.billing_details.address.to_dict() == {
        "city": "Berlin", "country": "DE", "line1": None, "line2": None, "postal_code": None,
        "state": None,
    }
    assert (method.card.exp_month, method.card.exp_year) == (1, 2035)
    assert method.allow_redisplay == "always"
    events = told.read()
    assert [each.type for each in events] == ["payment_method.updated"]
    assert events[0].data.previous_attributes.to_dict()["metadata"] == {"a": None}


@pytest.mark.parametrize("year", [-3420, -1, 100, 1969, 2100, 99999])
def test_a_saved_card_expires_in_no_year_that_cards_do_not_have(client, customer, year):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    source = client.v1.customers.payment_sources.create(customer.id, {"source": "tok_visa"})

    for param, change in (
        ("card[exp_year]", lambda: client.v1.payment_methods.update(
            method.id, {"card": {"exp_year": year}})),
        ("card[exp_year]", lambda: client.raw_request(
            "post", f"/v1/prorata/payment_methods/{method.id}/automatic_update",
            card={"exp_year": year})),
        ("exp_year", lambda: client.v1.customers.payment_sources.update(
            customer.id, source.id, {"exp_year": year})),
    ):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            change()
        assert (raised.value.code, raised.value.param) == ("invalid_expiry_year", param)
    assert client.v1.payment_methods.retrieve(method.id).card == method.card


def test_a_method_that_nobody_saved_stays_as_it_is(client):
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError, match="save this PaymentMethod"):
        client.v1.payment_methods.update(method.id, {"metadata": {"a": "b"}})


def test_an_unknown_method_is_named(client, customer):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_methods.retrieve("pm_x")
    assert (raised.value.http_status, raised.value.param) == (404, "payment_method")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_methods.attach("pm_x", {"customer": customer.id})
    assert raised.value.http_status == 404


class TestTokens:
    """Cards and bank accounts of the older calls."""

    def test_a_token_is_used_once(self, client):
        token = client.v1.tokens.create({"card": CARD})
        assert (token.type, token.used, token.card.last4) == ("card", False, "4242")
        assert token.card.brand == "Visa"

        method = client.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
        assert method.card.last4 == "4242"
        assert client.v1.tokens.retrieve(token.id).used is True
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
        assert raised.value.code == "token_already_used"

    def test_a_bank_account_becomes_a_token(self, client):
        token = client.v1.tokens.create({"bank_account": {
            "country": "US", "currency": "usd", "account_holder_name": "Ada",
            "account_holder_type": "individual", "routing_number": "110000000",
            "account_number": "000123456789",
        }})
        assert (token.type, token.bank_account.last4) == ("bank_account", "6789")

    def test_a_token_of_nothing_is_refused(self, client):
        with pytest.raises(stripe.InvalidRequestError, match="You must supply either a card"):
            client.v1.tokens.create({})

    @pytest.mark.parametrize(("params", "type"), [
        ({"pii": {"id_number": "000000000"}}, "pii"),
        ({"cvc_update": {"cvc": "123"}}, "cvc_update"),
    ])
    def test_other_secrets_have_tokens_too(self, client, params, type):
        assert client.v1.tokens.create(params).type == type


def test_a_card_of_two_networks_is_charged_on_the_one_its_payer_prefers(client, pay):
    prefers = {"card": {"token": "tok_visa_cartesBancaires",
                        "networks": {"preferred": "cartes_bancaires"}}}  # fmt: skip
    chosen = client.v1.payment_methods.create({"type": "card", **prefers})
    assert chosen.card.brand == "visa" and chosen.card.display_brand == "cartes_bancaires"
    for method, network in ((chosen.id, "cartes_bancaires"),
                            ("pm_card_visa_cartesBancaires", "visa")):  # fmt: skip
        charge = client.v1.charges.retrieve(pay(method).latest_charge)
        assert charge.payment_method_details.card.network == network

"""Test cards: each number and name is the documented card, pays, and passes its checks."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.till import refused

ADDRESS = {"address": {"line1": "1 Way", "postal_code": "10115", "country": "DE"}}

# number, brand, funding, country, name behind pm_card_ and tok_ where it has one
GOOD = [
    ("4242424242424242", "visa", "credit", "US", "visa"),
    ("4000056655665556", "visa", "debit", "US", "visa_debit"),
    ("5555555555554444", "mastercard", "credit", "US", "mastercard"),
    ("2223003122003222", "mastercard", "credit", "US", None),
    ("5200828282828210", "mastercard", "debit", "US", "mastercard_debit"),
    ("5105105105105100", "mastercard", "prepaid", "US", "mastercard_prepaid"),
    ("378282246310005", "amex", "credit", "US", "amex"),
    ("371449635398431", "amex", "credit", "US", None),
    ("6011111111111117", "discover", "credit", "US", "discover"),
    ("6011000990139424", "discover", "credit", "US", None),
    ("6011981111111113", "discover", "debit", "US", None),
    ("3056930009020004", "diners", "credit", "US", "diners"),
    ("36227206271667", "diners", "credit", "US", None),
    ("3566002020360505", "jcb", "credit", "US", "jcb"),
    ("6200000000000005", "unionpay", "credit", "US", "unionpay"),
    ("6200000000000047", "unionpay", "debit", "US", None),
    ("6205500000000000004", "unionpay", "credit", "US", None),
    ("4000000760000002", "visa", "credit", "BR", "br"),
    ("4000001240000000", "visa", "credit", "CA", "ca"),
    ("4000002760000016", "visa", "credit", "DE", "de"),
    ("4000002500000003", "visa", "credit", "FR", "fr"),
    ("4000008260000000", "visa", "credit", "GB", "gb"),
    ("4000003560000008", "visa", "credit", "IN", "in"),
    ("4000003920000003", "visa", "credit", "JP", "jp"),
]


def described(number: str, change: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the parameters of a card."""
    code = "1234" if number.startswith(("34", "37")) else "123"
    card = {"number": number, "exp_month": 1, "exp_year": 2035, "cvc": code, **(change or {})}
    return {"type": "card", "card": card}


def pay(client: Any, method: str, **params: Any) -> Any:
    return client.v1.payment_intents.create({
        "amount": 2000, "currency": "usd", "payment_method": method, "confirm": True, **params})


def charge_of(client: Any, intent: Any) -> Any:
    return client.v1.charges.retrieve(intent.latest_charge)


@pytest.fixture
def customer(client):
    return client.v1.customers.create({}).id


@pytest.mark.parametrize(("number", "brand", "funding", "country", "name"), GOOD)
def test_a_card_is_what_its_number_and_its_names_say(
    client, customer, number, brand, funding, country, name
):
    methods = [client.v1.payment_methods.create(described(number))]
    if name is not None:
        methods += [
            client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": customer}),
            client.v1.payment_methods.create(
                {"type": "card", "card": {"token": f"tok_{name}"}}),
        ]
    for method in methods:
        assert (method.card.brand, method.card.funding, method.card.country, method.card.last4) == (
            brand, funding, country, number[-4:])
        assert method.card.networks.available == [brand]
    assert len({method.card.fingerprint for method in methods}) == 1
    intent = pay(client, methods[0].id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    shown = charge_of(client, intent).payment_method_details.card
    assert (shown.brand, shown.country, shown.last4) == (brand, country, number[-4:])
    assert shown.fingerprint == methods[0].card.fingerprint


def test_fingerprints_of_cards_differ(client):
    found = {
        client.v1.payment_methods.create(described(number)).card.fingerprint
        for number, *_ in GOOD
    }
    assert len(found) == len(GOOD)


@pytest.mark.parametrize(("change", "code", "message"), [
    ({"number": "4242424242424241"}, "incorrect_number", "Your card number is incorrect."),
    ({"exp_month": 13}, "invalid_expiry_month", "Your card's expiration month is invalid."),
    ({"exp_month": 0}, "invalid_expiry_month", "Your card's expiration month is invalid."),
    ({"exp_year": 95}, "invalid_expiry_year", "Your card's expiration year is invalid."),
    ({"exp_year": 2019}, "invalid_expiry_year", "Your card's expiration year is invalid."),
    ({"cvc": "12"}, "invalid_cvc", "Your card's security code is invalid."),
])
@pytest.mark.parametrize("how", ["method", "token", "intent"])
def test_wrong_card_data_is_refused_wherever_it_is_given(client, how, change, code, message):
    data = described("4242424242424242", change)
    calls = {
        "method": (client.v1.payment_methods.create, data),
        "token": (client.v1.tokens.create, {"card": data["card"]}),
        "intent": (client.v1.payment_intents.create, {
            "amount": 2000, "currency": "usd", "confirm": True, "payment_method_data": data}),
    }
    call, params = calls[how]
    names = {"incorrect_number": "number", "invalid_expiry_month": "exp_month",
             "invalid_expiry_year": "exp_year", "invalid_cvc": "cvc"}
    assert refused(call, params) == (402, code, names[code], message)


@pytest.mark.parametrize(("year", "kept"), [(35, 2035), (2035, 2035)])
def test_a_year_may_have_two_digits(client, year, kept):
    method = client.v1.payment_methods.create(described("4242424242424242", {"exp_year": year}))
    assert method.card.exp_year == kept


# name, number, cvc, line1, postal code, risk
CHECKS = [
    ("visa", "4242424242424242", "pass", "pass", "pass", "normal"),
    ("cvcCheckFail", "4000000000000101", "fail", "pass", "pass", "normal"),
    ("avsZipFail", "4000000000000036", "pass", "pass", "fail", "normal"),
    ("avsLine1Fail", "4000000000000028", "pass", "fail", "pass", "normal"),
    ("avsFail", "4000000000000010", "pass", "fail", "fail", "normal"),
    ("avsUnchecked", "4000000000000044", "pass", "unavailable", "unavailable", "normal"),
    ("riskLevelElevated", "4000000000009235", "pass", "pass", "pass", "elevated"),
    ("cvcCheckFailElevatedRisk", "4000058400307872", "fail", "pass", "pass", "elevated"),
    ("avsZipFailElevatedRisk", "4000058400306072", "pass", "pass", "fail", "elevated"),
]


def checks(shown: Any) -> tuple[str | None, str | None, str | None]:
    found = shown.checks
    return found.cvc_check, found.address_line1_check, found.address_postal_code_check


@pytest.mark.parametrize(("name", "number", "cvc", "line1", "postal", "risk"), CHECKS)
def test_checks_say_what_the_issuer_thinks_of_what_was_given(
    client, customer, name, number, cvc, line1, postal, risk
):
    method = client.v1.payment_methods.create({**described(number), "billing_details": ADDRESS})
    assert checks(method.card) == ("unchecked", "unchecked", "unchecked")
    method = client.v1.payment_methods.attach(method.id, {"customer": customer})
    assert checks(method.card) == (cvc, line1, postal)
    charge = charge_of(client, pay(client, method.id, customer=customer))
    assert checks(charge.payment_method_details.card) == (cvc, line1, postal)
    assert charge.outcome.risk_level == risk
    assert charge.outcome.type == ("manual_review" if risk == "elevated" else "authorized")
    named = client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": customer})
    assert checks(named.card) == (cvc, None, None)


def test_what_was_not_given_is_not_checked(client, customer):
    method = client.v1.payment_methods.create({"type": "card", "card": {
        "number": "4000000000000101", "exp_month": 1, "exp_year": 2035}})
    assert checks(method.card) == (None, None, None)
    method = client.v1.payment_methods.attach(method.id, {"customer": customer})
    assert checks(method.card) == (None, None, None)


def test_a_token_card_expires_a_year_ahead_and_is_not_checked_before_it_is_kept(client, customer):
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert checks(method.card) == ("unchecked", None, None)
    assert method.allow_redisplay == "unspecified"
    assert method.billing_details.to_dict() == {
        "address": dict.fromkeys(
            ("city", "country", "line1", "line2", "postal_code", "state")),
        "email": None, "name": None, "phone": None, "tax_id": None,
    }
    method = client.v1.payment_methods.attach(method.id, {"customer": customer})
    assert checks(method.card) == ("pass", None, None)


@pytest.mark.parametrize("name", ["radarBlock", "riskLevelHighest"])
def test_the_highest_risk_is_blocked(client, name):
    assert refused(pay, client, f"pm_card_{name}") == (
        402, "card_declined", None, "Your card was declined.")
    charge = client.v1.charges.list({"limit": 1}).data[0]
    assert (charge.outcome.type, charge.outcome.network_status, charge.outcome.risk_level) == (
        "blocked", "not_sent_to_network", "highest")
    assert charge.outcome.reason == "highest_risk_level"
    assert (charge.failure_code, charge.paid) == ("card_declined", False)


@pytest.mark.parametrize("name", ["bypassPending", "bypassPendingInternational"])
def test_some_money_can_be_used_at_once(client, name):
    charge = charge_of(client, pay(client, f"pm_card_{name}"))
    movement = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (movement.status, movement.available_on) == ("available", movement.created)

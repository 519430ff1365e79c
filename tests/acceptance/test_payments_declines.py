"""Declined cards: refused when they are kept and when they are charged, with the recorded words."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.test_payments_cards import described, pay
from acceptance.till import Till, at

GENERIC = "Your card was declined."
# number, names, code, decline_code, message, network, advice, network advice, param on confirm
DECLINES = [
    ("4000000000000002", ("visa_chargeDeclined", "chargeDeclined"), "card_declined",
     "generic_decline", GENERIC, "01", "try_again_later", None, None),
    ("4000000000009995", ("visa_chargeDeclinedInsufficientFunds",), "card_declined",
     "insufficient_funds", "Your card has insufficient funds.", "51", "try_again_later", "02",
     None),
    ("4000000000009987", ("visa_chargeDeclinedLostCard",), "card_declined",
     "lost_card", GENERIC, "41", "do_not_try_again", "01", None),
    ("4000000000009979", ("visa_chargeDeclinedStolenCard",), "card_declined",
     "stolen_card", GENERIC, "43", "do_not_try_again", "01", None),
    ("4000000000006975", ("visa_chargeDeclinedVelocityLimitExceeded",), "card_declined",
     "card_velocity_exceeded",
     "Your card was declined for making repeated attempts too frequently or exceeding its amount"
     " limit.", "61", "try_again_later", "02", None),
    ("4000000000000069", ("chargeDeclinedExpiredCard",), "expired_card", "expired_card",
     "Your card has expired.", "54", "confirm_card_data", "03", "exp_month"),
    ("4000000000000127", ("chargeDeclinedIncorrectCvc",), "incorrect_cvc", "incorrect_cvc",
     "Your card's security code is incorrect.", "N7", "confirm_card_data", "03", "cvc"),
    ("4000000000000119", ("chargeDeclinedProcessingError",), "processing_error",
     "processing_error",
     "An error occurred while processing your card. Try again in a little bit.", "06",
     "try_again_later", None, None),
    (None, ("visa_chargeDeclinedFraudulent",), "card_declined", "fraudulent", GENERIC, "59",
     "do_not_try_again", "01", None),
]
CODES = ("code", "decline_code", "message", "network_decline_code", "advice_code",
         "network_advice_code", "param")


@pytest.fixture
def customer(client):
    return client.v1.customers.create({}).id


def refusal(call: Any, *args: Any, **params: Any) -> dict[str, Any]:
    """Return the error object of a declined call."""
    with pytest.raises(stripe.CardError) as caught:
        call(*args, **params)
    assert caught.value.http_status == 402
    assert caught.value.headers["stripe-should-retry"] == "false"
    error = caught.value.json_body["error"]
    assert error["type"] == "card_error"
    assert error["doc_url"] == (
        "https://stripe.com/docs/error-codes/" + error["code"].replace("_", "-"))
    assert list(error) == sorted(error)
    return error


@pytest.mark.parametrize("row", DECLINES, ids=[row[3] for row in DECLINES])
class TestDeclines:
    def test_a_declining_card_cannot_be_kept(self, client, customer, row):
        number, names, *wanted = row
        if wanted[1] == "generic_decline":
            wanted[-1] = ""
        methods = [f"pm_card_{name}" for name in names] + [
            client.v1.payment_methods.create({"type": "card", "card": {"token": f"tok_{name}"}}).id
            for name in names
        ]
        if number is not None:
            methods.append(client.v1.payment_methods.create(described(number)).id)
        for method in methods:
            error = refusal(client.v1.payment_methods.attach, method, {"customer": customer})
            assert [error.get(name) for name in CODES] == wanted
            assert not {"charge", "payment_intent", "payment_method"} & set(error)
        assert client.v1.payment_methods.list({"customer": customer}).data == []

    def test_nor_with_a_new_customer_or_as_its_source(self, client, customer, row):
        name = row[1][0]
        for call, params in (
            (client.v1.customers.create, ({"payment_method": f"pm_card_{name}"},)),
            (client.v1.customers.create, ({"source": f"tok_{name}"},)),
            (client.v1.customers.update, (customer, {"source": f"tok_{name}"})),
        ):
            assert refusal(call, *params)["decline_code"] == row[3]
        assert client.v1.customers.retrieve(customer).default_source is None

    def test_a_payment_with_it_is_declined(self, client, row):
        _, names, *wanted = row
        error = refusal(pay, client, f"pm_card_{names[0]}")
        assert [error.get(name) for name in CODES] == wanted
        intent = client.v1.payment_intents.retrieve(error["payment_intent"]["id"])
        assert error["payment_intent"]["status"] == intent.status == "requires_payment_method"
        assert (intent.payment_method, intent.latest_charge) == (None, error["charge"])
        kept = intent.last_payment_error.to_dict()
        assert [kept.get(name) for name in CODES] == wanted
        assert (kept["charge"], kept["payment_method"]["id"]) == (
            error["charge"], error["payment_method"]["id"])
        charge = client.v1.charges.retrieve(error["charge"])
        assert (charge.status, charge.paid, charge.captured, charge.refunded) == (
            "failed", False, False, False)
        assert (charge.failure_code, charge.failure_message) == (wanted[0], wanted[2])
        outcome = charge.outcome
        assert (outcome.type, outcome.network_status, outcome.reason) == (
            "issuer_declined", "declined_by_network", wanted[1])
        assert (outcome.network_decline_code, outcome.advice_code) == (wanted[3], wanted[4])
        assert outcome.network_advice_code == wanted[5]
        assert charge.balance_transaction is None
        assert charge.payment_method_details.card.checks.cvc_check == (
            "fail" if wanted[0] == "incorrect_cvc" else "pass")

    def test_a_set_up_with_it_is_declined(self, client, customer, row):
        _, names, *wanted = row
        error = refusal(client.v1.setup_intents.create, {
            "customer": customer, "payment_method": f"pm_card_{names[0]}", "confirm": True})
        assert [error.get(name) for name in CODES] == wanted
        intent = client.v1.setup_intents.retrieve(error["setup_intent"]["id"])
        assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
        assert intent.last_setup_error.decline_code == wanted[1]
        attempt = client.v1.setup_attempts.list({"setup_intent": intent.id}).data[0]
        assert (attempt.status, attempt.id) == ("failed", intent.latest_attempt)
        assert "charge" not in error and "payment_intent" not in error

    def test_a_charge_of_its_token_is_declined(self, client, row):
        error = refusal(client.v1.charges.create, {
            "amount": 2000, "currency": "usd", "source": f"tok_{row[1][0]}"})
        assert error["decline_code"] == row[3]
        assert client.v1.charges.retrieve(error["charge"]).status == "failed"


def test_a_wrong_code_is_noticed_only_where_one_is_given(client, customer):
    method = client.v1.payment_methods.create({"type": "card", "card": {
        "number": "4000000000000127", "exp_month": 1, "exp_year": 2035}}).id
    client.v1.payment_methods.attach(method, {"customer": customer})
    assert pay(client, method, customer=customer).status == "succeeded"


LATER = [
    ("pm_card_chargeCustomerFail", "generic_decline"),
    ("tok_chargeCustomerFail", "generic_decline"),
    ("tok_visa_chargeCustomerFail", "generic_decline"),
    ("tok_visa_chargeCustomerFailLostCard", "lost_card"),
    ("tok_visa_chargeCustomerFailStolenCard", "stolen_card"),
    ("4000000000000341", "generic_decline"),
]


@pytest.mark.parametrize(("name", "decline_code"), LATER)
def test_some_cards_can_be_kept_and_fail_at_each_charge(client, name, decline_code):
    till = Till(client, on="2027-01-15", card=None)
    method = name
    if not name.startswith("pm_"):
        card = {"token": name} if name.startswith("tok_") else described(name)["card"]
        method = client.v1.payment_methods.create({"type": "card", "card": card}).id
    method = client.v1.payment_methods.attach(method, {"customer": till.customer}).id
    assert refusal(pay, client, method, customer=till.customer)["decline_code"] == decline_code
    assert client.v1.setup_intents.create({
        "customer": till.customer, "payment_method": method, "confirm": True,
    }).status == "succeeded"
    assert client.v1.payment_methods.retrieve(method).customer == till.customer


def subscribe(till: Till, **params: Any) -> Any:
    price = till.client.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"}})
    return till.client.subscriptions.create({
        "customer": till.customer, "items": [{"price": price.id}],
        "expand": ["latest_invoice.payments"], **params})


class TestSubscriptions:
    @pytest.fixture
    def till(self, client):
        found = Till(client, on="2027-01-15")
        found.use("pm_card_chargeCustomerFail")
        return found

    def test_a_declined_first_payment_leaves_it_incomplete(self, till):
        found = subscribe(till)
        invoice = found.latest_invoice
        intent = till.client.payment_intents.retrieve(
            invoice.payments.data[0].payment.payment_intent)
        assert (found.status, invoice.status, invoice.attempt_count) == ("incomplete", "open", 1)
        assert (intent.status, intent.last_payment_error.decline_code) == (
            "requires_payment_method", "generic_decline")
        till.advance(24 * 3600)
        assert till.client.subscriptions.retrieve(found.id).status == "incomplete_expired"
        assert till.read(invoice).status == "void"
        intent = till.client.payment_intents.retrieve(intent.id)
        assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")

    def test_nothing_is_left_when_the_error_was_asked_for(self, till):
        before = till.mark()
        error = refusal(subscribe, till, payment_behavior="error_if_incomplete")
        assert (error["code"], error["decline_code"]) == ("card_declined", "generic_decline")
        assert till.client.subscriptions.list(
            {"customer": till.customer, "status": "all"}).data == []
        assert till.invoices() == []
        assert [each for each in till.told(since=before) if not each.startswith(
            ("plan.", "price.", "product."))] == []

    def test_the_payer_may_confirm_with_another_card(self, till):
        found = subscribe(till, payment_behavior="default_incomplete")
        intent = found.latest_invoice.payments.data[0].payment.payment_intent
        error = refusal(till.client.payment_intents.confirm, intent)
        assert error["payment_intent"]["status"] == "requires_payment_method"
        assert till.client.subscriptions.retrieve(found.id).status == "incomplete"
        till.client.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
        assert till.client.subscriptions.retrieve(found.id).status == "active"

    @pytest.mark.parametrize(("card", "tries"), [
        ("pm_card_chargeCustomerFail", 4),
        ("tok_visa_chargeCustomerFailLostCard", 1),
        ("pm_card_radarBlock", 1),
        ("pm_card_authenticationRequired", 1),
    ])
    def test_a_declined_renewal_is_retried_unless_it_is_hopeless(self, till, card, tries):
        till.use("pm_card_visa")
        found = subscribe(till)
        if card.startswith("tok_"):
            card = till.client.payment_methods.create(
                {"type": "card", "card": {"token": card}}).id
        till.use(card)
        till.advance(to=at("2027-02-15 01:01"))
        assert till.client.subscriptions.retrieve(found.id).status == "past_due"
        till.advance(3 * 24 * 3600)
        charges = till.client.charges.list({"customer": till.customer}).data
        assert [each.status for each in charges] == ["failed"] * tries + ["succeeded"]
        assert till.invoices()[-1].attempt_count == tries

    def test_an_invoice_that_cannot_be_paid_says_why(self, till):
        invoice = till.open(1500)
        error = refusal(till.client.invoices.pay, invoice.id)
        assert (error["code"], error["decline_code"]) == ("card_declined", "generic_decline")
        assert till.read(invoice).status == "open"

"""3-D Secure cards: who is challenged when, what a passed and a failed challenge come to."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.payer import Payer
from acceptance.test_payments_cards import described, pay
from acceptance.test_payments_declines import refusal, subscribe
from acceptance.till import Till, at

PASSED, DECLINED, REFUSED = "succeeded", "card_declined", "authentication_required"

# number, name, on session after the challenge, off session when only attached, off session once
# set up. None: no challenge on session.
CARDS = [
    ("4000002500003155", "authenticationRequiredOnSetup", PASSED, REFUSED, PASSED),
    ("4000002760003184", "authenticationRequired", PASSED, REFUSED, REFUSED),
    ("4000003800000446", "authenticationRequiredSetupForOffSession", PASSED, PASSED, PASSED),
    ("4000008260003178", "authenticationRequiredChargeDeclinedInsufficientFunds",
     "insufficient_funds", REFUSED, REFUSED),
    ("4000000000003220", "threeDSecure2Required", PASSED, REFUSED, PASSED),
    ("4000000000003063", "threeDSecureRequired", PASSED, REFUSED, PASSED),
    ("4000008400001629", "threeDSecureRequiredChargeDeclined",
     "generic_decline", REFUSED, "generic_decline"),
    ("4000582600000094", None, PASSED, None, PASSED),
    ("4000582600000045", None, PASSED, None, PASSED),
    ("4000582600000102", None, PASSED, None, PASSED),
    ("4000582600000110", None, PASSED, None, PASSED),
    ("4000000000001208", None, PASSED, None, PASSED),
    ("4000000000003725", None, PASSED, None, PASSED),
]  # fmt: skip
FREE = [
    ("4000000000003055", "threeDSecureOptional"),
    ("4000000000003097", "threeDSecureOptionalProcessingError"),
    ("4242424242424242", "visa_threeDSecureNotEnrolled"),
    ("378282246310005", "amex_threeDSecureNotSupported"),
]


@pytest.fixture
def payer(server):
    return Payer(server)


@pytest.fixture
def customer(client):
    return client.v1.customers.create({}).id


def method(client: Any, number: str) -> str:
    return client.v1.payment_methods.create(described(number)).id


def away(client: Any, customer: str, id: str) -> str:
    """Charge a saved method while the payer is away; return what that comes to."""
    try:
        return pay(client, id, customer=customer, off_session=True).status
    except stripe.CardError as declined:
        error = declined.json_body["error"]
        assert error["payment_intent"]["status"] == "requires_payment_method"
        return error["decline_code"]


@pytest.mark.parametrize(("number", "name", "on_session", "attached", "set_up"), CARDS)
class TestChallenged:
    def test_the_payer_who_is_there(
        self, client, payer, number, name, on_session, attached, set_up
    ):
        for success in (True, False):
            intent = pay(client, method(client, number), return_url="https://example.com/back")
            assert (intent.status, intent.next_action.type) == (
                "requires_action", "redirect_to_url")
            assert (intent.amount_received, intent.latest_charge) == (0, None)
            done = payer.answer(intent, success)
            error = done["last_payment_error"] or {}
            if not success:
                assert done["status"] == "requires_payment_method"
                assert error["code"] == "payment_intent_authentication_failure"
                assert (error["type"], done["latest_charge"]) == ("invalid_request_error", None)
            elif on_session == PASSED:
                assert (done["status"], done["amount_received"]) == ("succeeded", 2000)
            else:
                assert (done["status"], error["decline_code"]) == (
                    "requires_payment_method", on_session)

    def test_the_payer_who_is_away(
        self, client, payer, customer, number, name, on_session, attached, set_up
    ):
        if name is not None:
            kept = client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": customer}).id
            assert away(client, customer, kept) == attached
        intent = client.v1.setup_intents.create({
            "customer": customer, "payment_method": method(client, number), "confirm": True})
        assert intent.status == "requires_action"
        failed = client.v1.setup_intents.create({
            "customer": customer, "payment_method": method(client, number), "confirm": True})
        failed = payer.answer(failed, success=False)
        assert (failed["status"], failed["last_setup_error"]["code"]) == (
            "requires_payment_method", "setup_intent_authentication_failure")
        done = payer.answer(intent)
        assert done["status"] == "succeeded"
        kept = client.v1.payment_methods.retrieve(done["payment_method"])
        assert kept.customer == customer
        assert away(client, customer, kept.id) == set_up
        # With the payer there it is always challenged.
        assert pay(client, kept.id, customer=customer).status == "requires_action"


@pytest.mark.parametrize(("number", "name"), FREE)
def test_other_cards_are_not_challenged(client, customer, number, name):
    assert pay(client, method(client, number)).status == "succeeded"
    kept = client.v1.payment_methods.attach(f"pm_card_{name}", {"customer": customer})
    assert kept.card.three_d_secure_usage.supported is not name.startswith("amex")
    assert away(client, customer, kept.id) == "succeeded"


@pytest.mark.parametrize(("number", "status", "result"), [
    ("4000000000003055", "requires_action", None),
    ("4000000000003097", "succeeded", "processing_error"),
    ("4242424242424242", "succeeded", "attempt_acknowledged"),
    ("378282246310005", "succeeded", "not_supported"),
])
@pytest.mark.parametrize("eagerness", ["any", "challenge"])
def test_a_challenge_can_be_asked_for(client, payer, number, status, result, eagerness):
    intent = pay(client, method(client, number), payment_method_options={
        "card": {"request_three_d_secure": eagerness}})
    assert intent.status == status
    charge = intent.latest_charge or payer.answer(intent)["latest_charge"]
    shown = client.v1.charges.retrieve(charge).payment_method_details.card.three_d_secure
    assert shown.result == (result or "authenticated")
    assert shown.authentication_flow == {
        None: "challenge", "attempt_acknowledged": "frictionless"}.get(result)


def test_a_lookup_that_fails_declines_where_a_challenge_is_required(client):
    error = refusal(pay, client, "pm_card_threeDSecureRequiredProcessingError")
    assert (error["code"], error["decline_code"]) == ("card_declined", "generic_decline")
    charge = client.v1.charges.retrieve(error["charge"])
    assert charge.payment_method_details.card.three_d_secure.result == "processing_error"


def test_a_payment_away_that_needs_its_payer_says_so(client, customer):
    kept = client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer})
    error = refusal(pay, client, kept.id, customer=customer, off_session=True)
    assert (error["code"], error["decline_code"], error["message"]) == (
        "authentication_required", "authentication_required",
        "Your card was declined. This transaction requires authentication.")
    assert error["payment_method"]["id"] == kept.id
    # The same intent goes on with the payer there.
    intent = client.v1.payment_intents.confirm(
        error["payment_intent"]["id"], {"payment_method": kept.id})
    assert intent.status == "requires_action"


def test_an_action_can_be_refused_at_once(client, payer):
    error = refusal(
        pay, client, "pm_card_threeDSecure2Required", error_on_requires_action=True)
    assert (error["code"], error["decline_code"]) == (
        "authentication_required", "authentication_required")
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert "charge" not in error


def test_a_payment_saves_its_card_for_when_the_payer_is_away(client, payer, customer):
    for usage, later in (("off_session", PASSED), ("on_session", REFUSED)):
        intent = pay(
            client, method(client, "4000002500003155"), customer=customer,
            setup_future_usage=usage)
        done = payer.answer(intent)
        assert client.v1.payment_methods.retrieve(done["payment_method"]).customer == customer
        assert away(client, customer, done["payment_method"]) == later


class TestSubscriptions:
    @pytest.fixture
    def till(self, client):
        return Till(client, on="2027-01-15", card=None)

    @pytest.fixture
    def kinds(self, till):
        """Give the function that returns the types told since a mark, without small talk."""
        spared = ("test_helpers.", "customer.updated", "product.", "price.", "plan.", "payment_m")

        def read(since):
            return [each for each in till.told(since=since) if not each.startswith(spared)]

        return read

    @pytest.mark.parametrize(("card", "renewed"), [
        ("pm_card_authenticationRequiredOnSetup", ("active", "paid")),
        ("pm_card_authenticationRequired", ("past_due", "open")),
        ("pm_card_authenticationRequiredSetupForOffSession", ("active", "paid")),
    ])
    def test_the_first_payment_waits_for_its_payer(
        self, client, payer, till, kinds, card, renewed
    ):
        till.use(card)
        before = till.mark()
        found = subscribe(till)
        invoice = found.latest_invoice
        assert (found.status, invoice.status) == ("incomplete", "open")
        assert (invoice.attempted, invoice.attempt_count) == (True, 0)
        assert {"payment_intent.requires_action", "invoice.payment_action_required"} <= set(
            kinds(before))
        intent = client.v1.payment_intents.retrieve(
            invoice.payments.data[0].payment.payment_intent)
        assert intent.next_action.type == "use_stripe_sdk"

        before = till.mark()
        payer.answer(intent)

        assert client.v1.subscriptions.retrieve(found.id).status == "active"
        assert kinds(before) == [
            "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
            "invoice.payment_succeeded", "customer.subscription.updated", "invoice_payment.paid",
        ]
        till.advance(to=at("2027-02-15 02:00"))
        found = client.v1.subscriptions.retrieve(found.id, {"expand": ["latest_invoice"]})
        assert (found.status, found.latest_invoice.status) == renewed

    def test_a_renewal_that_needs_its_payer_can_still_be_paid(self, client, payer, till, kinds):
        till.use("pm_card_authenticationRequired")
        found = subscribe(till)
        first = found.latest_invoice.payments.data[0].payment.payment_intent
        payer.answer(client.v1.payment_intents.retrieve(first))
        before = till.mark()
        till.advance(to=at("2027-02-15 02:00"))
        told = kinds(before)
        assert {"invoice.payment_failed", "invoice.payment_action_required"} <= set(told)
        invoice = till.invoices()[-1]
        with pytest.raises(stripe.CardError) as caught:
            client.v1.invoices.pay(invoice.id, {"off_session": False})
        assert caught.value.code == "invoice_payment_intent_requires_action"
        payment = till.read(invoice, "payments").payments.data[0].payment
        intent = client.v1.payment_intents.retrieve(payment.payment_intent)
        assert payer.answer(intent)["status"] == "succeeded"
        assert client.v1.subscriptions.retrieve(found.id).status == "active"

    def test_a_failed_challenge_leaves_it_incomplete(self, client, payer, till):
        till.use("pm_card_authenticationRequired")
        found = subscribe(till)
        intent = client.v1.payment_intents.retrieve(
            found.latest_invoice.payments.data[0].payment.payment_intent)
        assert payer.answer(intent, success=False)["status"] == "requires_payment_method"
        assert client.v1.subscriptions.retrieve(found.id).status == "incomplete"
        assert till.invoices()[-1].status == "open"

    def test_it_can_be_refused_as_a_whole(self, till):
        till.use("pm_card_authenticationRequired")
        error = refusal(subscribe, till, payment_behavior="error_if_incomplete")
        assert error["code"] == "subscription_payment_intent_requires_action"
        assert error["message"].startswith(
            "Payment for this subscription requires additional user action, but the requested"
            " payment behavior doesn't save the invoice or PaymentIntent.")
        assert till.invoices() == []


class TestManualConfirmation:
    """The seller confirms once more after the challenge: only then money moves."""

    def wait(self, client, **params):
        return pay(client, "pm_card_threeDSecure2Required", confirmation_method="manual", **params)

    def test_the_seller_confirms_once_more(self, client, payer):
        intent = self.wait(client)
        assert intent.status == "requires_action"
        passed = payer.answer(intent)
        assert (passed["status"], passed["next_action"]) == ("requires_confirmation", None)
        assert client.v1.charges.list({"payment_intent": intent.id}).data == []
        paid = client.v1.payment_intents.confirm(intent.id)
        assert (paid.status, paid.amount_received) == ("succeeded", 2000)

    def test_another_amount_needs_another_challenge(self, client, payer):
        intent = self.wait(client)
        payer.answer(intent)
        client.v1.payment_intents.update(intent.id, {"amount": 3000})
        assert client.v1.payment_intents.confirm(intent.id).status == "requires_action"
        payer.answer(intent)
        assert client.v1.payment_intents.confirm(intent.id).amount_received == 3000

    def test_another_method_begins_anew(self, client, payer):
        intent = self.wait(client)
        payer.answer(intent)
        paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert paid.status == "succeeded"
        charge = client.v1.charges.retrieve(paid.latest_charge)
        assert charge.payment_method_details.card.last4 == "4242"

    def test_a_failed_challenge_ends_it_as_ever(self, client, payer):
        failed = payer.answer(self.wait(client), success=False)
        assert failed["status"] == "requires_payment_method"

    def test_a_card_may_still_be_declined(self, client, payer):
        intent = pay(
            client, "pm_card_threeDSecureRequiredChargeDeclined", confirmation_method="manual")
        payer.answer(intent)
        error = refusal(client.v1.payment_intents.confirm, intent.id)
        assert error["decline_code"] == "generic_decline"

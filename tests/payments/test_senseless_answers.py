"""Answers that make no sense, or none at all: the gateway is looked up, and charges once."""

import pytest
import stripe

from prorata.gateways.outcomes import Canceled, Declined, NeedsAction, Succeeded
from prorata.gateways.protocol import CardRefused, GatewayError
from prorata.gateways.transfers import VirtualAccount


@pytest.mark.parametrize("question", ["lookup", "disputes_of"])
def test_an_error_of_a_question_refuses_nothing(world, question):
    asked = getattr(world.gateway, question)

    def fails(*args):
        raise GatewayError("The key of the API has expired.")

    setattr(world.gateway, question, fails)
    if question == "lookup":
        world.gateway.force("lose_answer")
    intent = world.pay(payment_method="pm_card_createDispute")
    world.later(60)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "processing"

    setattr(world.gateway, question, asked)
    world.later(4000)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(world.charges(intent.id)) == 1


@pytest.mark.parametrize("manual", [False, True])
def test_a_sum_that_was_not_ordered_is_looked_up(world, manual):
    charge = world.gateway.charge

    def guesses(order):
        outcome = charge(order)
        return Succeeded(outcome.reference, captured=order.amount if manual else 0)

    world.gateway.charge = guesses
    intent = world.pay(capture_method="manual" if manual else "automatic")
    assert intent.status == "processing"
    world.later(60)
    found = world.client.v1.payment_intents.retrieve(intent.id)
    received = (found.status, found.amount_received, found.amount_capturable)
    assert received == (("requires_capture", 0, 2000) if manual else ("succeeded", 2000, 0))


@pytest.mark.parametrize("wrong", [
    Declined(None, None), Declined("card_declined", "No\x00"), Declined("card_declined", "\ud800"),
    Declined("card_declined", "No", risk_score="high"), NeedsAction("x", "a dance", "x"),
])  # fmt: skip
def test_an_answer_whose_fields_make_no_sense_is_looked_up(world, wrong):
    charge = world.gateway.charge

    def mumbles(order):
        charge(order)
        return wrong

    world.gateway.charge = mumbles
    intent = world.pay()
    assert intent.status == "processing"
    world.later(60)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(world.charges(intent.id)) == 1


def test_a_charge_that_was_canceled_at_the_network_has_failed_and_can_be_made_again(world):
    charge = world.gateway.charge
    world.gateway.charge = lambda order: Canceled("x")
    with pytest.raises(stripe.CardError) as raised:
        world.pay()
    assert raised.value.code == "processing_error"

    world.gateway.charge = charge
    intent = raised.value.error.payment_intent
    assert intent.status == "requires_payment_method"
    paid = world.client.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "return_url": "https://example.com"}
    )
    assert paid.status == "succeeded"


def test_no_answer_at_all_is_looked_up(world):
    charge = world.gateway.charge

    def says_nothing(order):
        charge(order)

    world.gateway.charge = says_nothing
    assert world.pay().status == "succeeded"


@pytest.mark.parametrize("wrong", [
    [], [None], "GB29", {"iban": "GB29"}, [VirtualAccount("iban", 5, {}, ())],
    [VirtualAccount("zengin", "JP", {"bank_code": "1\x00"}, ("zengin",))],
    [VirtualAccount("barter", "JP", {"bank_code": "1"}, ("zengin",))],
    [VirtualAccount("zengin", "JP", {"account_number": 5}, ("zengin",))],
])  # fmt: skip
def test_accounts_that_make_no_sense_are_a_silence(world, wrong):
    v1, known = world.client.v1, world.gateway.virtual_accounts
    customer = v1.customers.create({}).id
    world.gateway.virtual_accounts = lambda *order, **named: wrong
    with pytest.raises(stripe.APIError) as silence:
        v1.customers.funding_instructions.create(customer, {
            "currency": "jpy", "funding_type": "bank_transfer",
            "bank_transfer": {"type": "jp_bank_transfer"},
        })
    assert silence.value.http_status == 503
    waits = v1.payment_intents.create({
        "amount": 5000, "currency": "jpy", "customer": customer, "confirm": True,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {"customer_balance": {
            "funding_type": "bank_transfer", "bank_transfer": {"type": "jp_bank_transfer"},
        }},
    })
    assert waits.status == "processing"

    world.gateway.virtual_accounts = known
    world.later(60)
    assert v1.payment_intents.retrieve(waits.id).status == "requires_action"


@pytest.mark.parametrize("error", [
    GatewayError("No\ud800\x00 way"), CardRefused("invalid_number", "No\ud800\x00 way", "number"),
])  # fmt: skip
def test_a_refusal_whose_words_are_no_text_is_a_refusal(world, error):
    v1 = world.client.v1

    def refuses(*order):
        raise error

    world.gateway.attach = refuses
    customer = v1.customers.create({}).id
    with pytest.raises(stripe.StripeError) as refusal:
        v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    assert refusal.value.http_status in (400, 402)
    assert str(refusal.value).endswith("No way")


def test_a_refused_capture_whose_words_are_no_text_is_told(world):
    intent = world.pay(capture_method="manual")

    def refuses(*order):
        raise GatewayError("No\ud800\x00 way")

    world.gateway.capture = refuses
    with pytest.raises(stripe.InvalidRequestError, match="No way"):
        world.client.v1.payment_intents.capture(intent.id)

"""Setup intents: a method is made ready for the time when the payer is away."""

import pytest
import stripe

from prorata.engine.payments.client_secret import CONFIRMS_MAX

CHALLENGED = "pm_card_authenticationRequired"


def test_an_intent_begins_without_a_method(client):
    intent = client.v1.setup_intents.create({})
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    assert len(intent.client_secret) == len(intent.id) + len("_secret_") + 31


def test_confirming_saves_the_card_with_the_customer(client, customer, told):
    intent = client.v1.setup_intents.create({"customer": customer.id})
    intent = client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert intent.status == "succeeded"
    assert told.types() == [
        "setup_intent.created", "setup_intent.succeeded", "payment_method.attached",
    ]
    assert client.v1.payment_methods.retrieve(intent.payment_method).customer == customer.id
    attempts = client.v1.setup_attempts.list({"setup_intent": intent.id}).data
    assert [(each.id, each.status) for each in attempts] == [(intent.latest_attempt, "succeeded")]


def test_a_card_set_up_with_a_challenge_is_charged_without_one(client, customer, pay, challenge):
    intent = client.v1.setup_intents.create({
        "customer": customer.id,
        "payment_method": "pm_card_authenticationRequiredOnSetup",
        "confirm": True,
    })
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")

    done = challenge(intent)

    assert done["status"] == "succeeded"
    paid = pay(done["payment_method"], customer=customer.id, off_session=True)
    assert paid.status == "succeeded"


def test_a_card_that_was_not_set_up_needs_its_payer(client, customer, pay):
    method = client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredOnSetup", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError) as raised:
        pay(method.id, customer=customer.id, off_session=True)
    assert (raised.value.code, raised.value.json_body["error"]["decline_code"]) == (
        "authentication_required", "authentication_required",
    )


def test_a_declining_card_is_raised_and_noted(client, customer, told):
    intent = client.v1.setup_intents.create({"customer": customer.id})
    with pytest.raises(stripe.CardError) as raised:
        client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})

    error = raised.value.json_body["error"]
    assert error["setup_intent"]["id"] == intent.id
    intent = client.v1.setup_intents.retrieve(intent.id)
    assert (intent.status, intent.last_setup_error.code) == (
        "requires_payment_method", "card_declined",
    )
    assert told.types() == ["setup_intent.created", "setup_intent.setup_failed"]


def test_a_failed_challenge_asks_for_another_method(client, customer, challenge):
    intent = client.v1.setup_intents.create({
        "customer": customer.id, "payment_method": "pm_card_authenticationRequired",
        "confirm": True,
    })
    failed = challenge(intent, success=False)
    assert failed["status"] == "requires_payment_method"
    assert failed["last_setup_error"]["code"] == "setup_intent_authentication_failure"


def test_an_open_intent_can_be_canceled_once(client, told):
    intent = client.v1.setup_intents.create({})
    intent = client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert told.types() == ["setup_intent.created", "setup_intent.canceled"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.setup_intents.cancel(intent.id)
    assert raised.value.code == "setup_intent_unexpected_state"
    shown = raised.value.json_body["error"]["setup_intent"]
    assert (shown["id"], shown["status"]) == (intent.id, "canceled")


def test_intents_are_listed_by_customer_and_method(client, customer):
    intent = client.v1.setup_intents.create({
        "customer": customer.id, "payment_method": "pm_card_visa", "confirm": True,
    })
    listed = client.v1.setup_intents.list({"customer": customer.id})
    assert [each.id for each in listed.data] == [intent.id]
    listed = client.v1.setup_intents.list({"payment_method": intent.payment_method})
    assert [each.id for each in listed.data] == [intent.id]


@pytest.mark.any_shape("a publishable key sees less")
def test_a_browser_confirms_one_intent_only_so_often(client, server):
    visitor = stripe.StripeClient(server.publishable_key, base_addresses={"api": server.url})
    visitor = visitor.v1
    payment = client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    setup = client.v1.setup_intents.create({})
    for intents, intent in ((visitor.payment_intents, payment), (visitor.setup_intents, setup)):
        declined = {
            "client_secret": intent.client_secret, "payment_method": "pm_card_chargeDeclined",
            "return_url": "https://shop.example",
        }  # fmt: skip
        for _ in range(CONFIRMS_MAX):
            with pytest.raises(stripe.CardError):
                intents.confirm(intent.id, declined)
        with pytest.raises(stripe.RateLimitError) as refused:
            intents.confirm(intent.id, declined, {"max_network_retries": 0})
        assert refused.value.error.code == "rate_limit"
    # The shop itself may go on.
    paid = client.v1.payment_intents.confirm(
        payment.id, {"payment_method": "pm_card_visa", "return_url": "https://shop.example"}
    )
    assert paid.status == "succeeded"


def both_wait(v1, pay, customer, card):
    """Return a set-up and a payment that save a card, and wait for its challenge."""
    setup = v1.setup_intents.create({
        "customer": customer, "payment_method": card, "confirm": True,
        "return_url": "https://example.com",
    })  # fmt: skip
    payment = pay(customer=customer, payment_method=card, setup_future_usage="off_session")
    assert [setup.status, payment.status] == ["requires_action"] * 2
    return setup, payment


def test_who_lets_go_of_a_card_during_its_challenge_has_let_go(client, customer, pay, challenge):
    v1 = client.v1
    saved = v1.payment_methods.attach(CHALLENGED, {"customer": customer}).id
    setup, payment = both_wait(v1, pay, customer, saved)
    v1.payment_methods.detach(saved)

    challenge(setup)
    challenge(payment)

    assert v1.setup_intents.retrieve(setup.id).status == "succeeded"
    assert v1.payment_intents.retrieve(payment.id).status == "succeeded"
    assert v1.payment_methods.retrieve(saved).customer is None


def test_who_is_deleted_during_a_challenge_saves_no_card(client, customer, pay, challenge):
    v1 = client.v1
    setup, payment = both_wait(v1, pay, customer, CHALLENGED)
    v1.customers.delete(customer.id)

    challenge(setup)
    challenge(payment)

    assert v1.payment_intents.retrieve(payment.id).status == "succeeded"
    for intent in (setup, payment):
        assert v1.payment_methods.retrieve(intent.payment_method).customer is None


def test_types_to_leave_out_exist(client):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.setup_intents.create({"excluded_payment_method_types": ["unset"]})
    assert raised.value.param == "excluded_payment_method_types[0]"

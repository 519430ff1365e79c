"""Answers of gateways: one that comes late, or makes no sense, neither loses money nor invents it.
"""

import msgspec
import pytest
import stripe

from payments.world import wait
from prorata.gateways.faults import FaultyGateway
from prorata.gateways.outcomes import Canceled, NeedsAction, Processing, Succeeded
from prorata.gateways.protocol import GatewayError, GatewayTimeout, KeyReused
from sound import assert_sound

HOUR, DAY = 3600, 86400
INCREMENTAL = {"card": {"request_incremental_authorization": "if_available"}}


def reserve(world, **params):
    intent = world.pay(capture_method="manual", **params)
    assert intent.status == "requires_capture"
    return intent


def shown(world, intent):
    """Return the status of an intent, what it received, and its charge's sums."""
    intent = world.client.v1.payment_intents.retrieve(intent.id)
    [charge] = world.charges(intent.id)
    return intent.status, intent.amount_received, charge.amount_captured, charge.amount_refunded


@pytest.mark.parametrize(
    "said",
    [
        Processing("x"),
        NeedsAction("x", "three_d_secure", "t"),
        Succeeded("x"),
        Succeeded("x", captured=2001),
    ],
)
def test_a_capture_that_is_not_done_yet_or_makes_no_sense_is_asked_for_again(world, said):
    intent, capture = reserve(world), world.gateway.capture
    world.gateway.capture = lambda *order: said
    assert world.client.v1.payment_intents.capture(intent.id).status == "requires_capture"
    with pytest.raises(stripe.RateLimitError):
        world.client.v1.payment_intents.cancel(intent.id)

    world.gateway.capture = capture
    wait(world, 120)
    assert shown(world, intent) == ("succeeded", 2000, 2000, 0)


def test_a_capture_that_its_network_had_made_before_is_written_as_it_was_made(world):
    # Of a copy of the books that is older than the capture: the network makes no second one.
    charge, reserved = world.gateway.charge, []

    def noted(order):
        reserved.append(charge(order))
        return reserved[-1]

    world.gateway.charge = noted
    intent = reserve(world)
    now = world.system.clock.now()
    world.gateway.capture(reserved[0].reference, 1500, "an earlier one", now)
    done = world.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1200})
    assert (done.status, done.amount_received) == ("succeeded", 1500)
    assert shown(world, intent) == ("succeeded", 1500, 1500, 0)
    assert_sound(world.system)


@pytest.mark.parametrize(
    "wrong",
    [{"fee": -500}, {"fee": 2**62}, {"available_on": 2**63}, {"available_on": -1}],
)
def test_numbers_that_no_network_can_mean_are_looked_up(world, wrong):
    charge = world.gateway.charge
    world.gateway.charge = lambda order: msgspec.structs.replace(charge(order), **wrong)
    intent = world.pay()
    wait(world, 60)
    assert shown(world, intent) == ("succeeded", 2000, 2000, 0)
    assert_sound(world.system)


def test_a_capture_of_all_ends_the_reservation_whatever_the_answer_keeps_of_it(world):
    v1, capture = world.client.v1, world.gateway.capture

    def keeps(reference, amount, key, now):
        done = capture(reference, amount, key, now)
        return Succeeded(done.reference, captured=done.captured, capture_before=now + DAY)

    world.gateway.capture = keeps
    charge = v1.charges.create(
        {"amount": 2000, "currency": "usd", "source": "tok_visa", "capture": False}
    )
    charge = v1.charges.capture(charge.id, {"amount": 500})
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 500, 0)


class Lesser:
    """Another version of a gateway, which can neither raise reservations nor take parts of them."""

    def __init__(self, gateway):
        self.gateway = gateway

    def __getattr__(self, name):
        if name in ("increment", "capture_part"):
            raise AttributeError(name)
        return getattr(self.gateway, name)


def test_what_a_gateway_cannot_do_any_more_is_refused(world):
    intent = reserve(world, payment_method_options={"card": {
        "request_incremental_authorization": "if_available",
        "request_multicapture": "if_available",
    }})  # fmt: skip
    world.system.gateway = Lesser(world.gateway)
    intents = world.client.v1.payment_intents
    for refused in (
        lambda: intents.increment_authorization(intent.id, {"amount": 3000}),
        lambda: intents.capture(intent.id, {"amount_to_capture": 500, "final_capture": False}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()
    assert intents.capture(intent.id).status == "succeeded"
    assert_sound(world.system)


@pytest.mark.parametrize("captured", [True, False])
def test_a_reservation_does_not_lapse_while_it_is_being_captured(world, captured):
    intent, capture = reserve(world), world.gateway.capture

    def silence(*order):
        raise GatewayTimeout("Nobody is there.")

    world.gateway.capture = silence
    world.client.v1.payment_intents.capture(intent.id)
    wait(world, DAY, 10)
    assert shown(world, intent) == ("requires_capture", 0, 0, 0)

    world.gateway.capture = capture if captured else lambda reference, *_: Canceled(reference)
    wait(world, HOUR, 2)
    told = [each.type for each in world.client.v1.events.list({"limit": 100}).data]
    if captured:
        assert shown(world, intent) == ("succeeded", 2000, 2000, 0)
        assert "payment_intent.canceled" not in told
    else:
        assert shown(world, intent) == ("canceled", 0, 0, 0)
        assert told.count("payment_intent.canceled") == 1


@pytest.mark.parametrize("refuses", [True, False])
def test_a_reservation_whose_capture_was_refused_lapses_in_its_time(world, refuses):
    intent = reserve(world)

    def refuse(*order):
        raise GatewayError("Not today.")

    if refuses:
        world.gateway.capture = refuse
        with pytest.raises(stripe.InvalidRequestError, match="Not today"):
            world.client.v1.payment_intents.capture(intent.id)
    wait(world, DAY, 10)
    assert shown(world, intent) == ("canceled", 0, 0, 0)


def test_a_reservation_that_may_still_be_raised_stays_as_it_is_until_that_is_known(world):
    intent = reserve(world, payment_method_options=INCREMENTAL)
    inner, answers = world.gateway.inner, [Processing("x"), None]
    increment = inner.increment
    inner.increment = lambda *order: answers.pop(0) or increment(*order)
    raised = world.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 2500})
    assert raised.amount == 2000

    wait(world, 120)
    assert answers == []
    assert world.client.v1.payment_intents.retrieve(intent.id).amount_capturable == 2500


def test_a_reservation_that_is_gone_when_it_is_raised_has_lapsed(world):
    intent = reserve(world, payment_method_options=INCREMENTAL)
    world.gateway.inner.increment = lambda reference, *_: Canceled(reference)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        world.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 2500})
    assert raised.value.code == "charge_expired_for_capture"
    assert shown(world, intent) == ("canceled", 0, 0, 0)


def test_a_debit_that_its_network_cancels_has_failed(world):
    world.gateway.charge = lambda order: Processing("x")
    world.gateway.poll = lambda reference, now: Canceled(reference)
    intent = world.pay()
    wait(world, 6 * HOUR, 2)

    assert shown(world, intent) == ("requires_payment_method", 0, 0, 0)
    assert [each.status for each in world.charges(intent.id)] == ["failed"]
    told = [each.type for each in world.client.v1.events.list({"limit": 100}).data]
    assert told.count("charge.failed") == told.count("payment_intent.payment_failed") == 1


@pytest.mark.parametrize("captured", [0, 1999, 5000])
def test_a_debit_that_comes_with_another_sum_is_asked_for_until_it_makes_sense(world, captured):
    world.gateway.charge = lambda order: Processing("x")
    world.gateway.poll = lambda reference, now: Succeeded(reference, captured=captured)
    intent = world.pay()
    wait(world, 6 * HOUR, 2)
    assert shown(world, intent) == ("processing", 0, 0, 0)

    world.gateway.poll = lambda reference, now: Succeeded(reference, captured=2000)
    wait(world, HOUR)
    assert shown(world, intent) == ("succeeded", 2000, 2000, 0)


def test_a_set_up_that_its_network_cancels_has_failed(world):
    world.gateway.setup = lambda order: Processing("x")
    world.gateway.poll = lambda reference, now: Canceled(reference)
    intent = world.client.v1.setup_intents.create({
        "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    })
    wait(world, 6 * HOUR, 2)
    found = world.client.v1.setup_intents.retrieve(intent.id)
    assert found.status == "requires_payment_method"


@pytest.mark.parametrize("closes", [True, False])
def test_a_dispute_whose_answer_is_refused_can_be_answered_again(world, closes):
    v1 = world.client.v1
    intent = world.pay(payment_method="pm_card_createDispute")
    [dispute] = v1.disputes.list({"payment_intent": intent.id}).data
    respond = world.gateway.respond_dispute

    def refuse(*order):
        raise GatewayError("Too late.")

    world.gateway.respond_dispute = world.gateway.close_dispute = refuse
    evidence = {"evidence": {"uncategorized_text": "Mine."}}
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="Too late"):
            if closes:
                v1.disputes.close(dispute.id)
            else:
                v1.disputes.update(dispute.id, evidence)

    found = v1.disputes.retrieve(dispute.id)
    assert found.status == "needs_response"
    assert found.evidence_details.submission_count == 0
    world.gateway.respond_dispute = respond
    assert v1.disputes.update(dispute.id, evidence).status == "under_review"


@pytest.mark.parametrize("said", [7, {"a": 1, "b": 2}, iter([None, None])])
def test_charges_that_are_answered_with_no_list_are_looked_up(world, said):
    v1, together = world.client.v1, world.gateway.charge_many
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "week"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    for _ in range(2):
        payer = v1.customers.create({"source": "tok_visa"})
        v1.subscriptions.create({"customer": payer.id, "items": [{"price": price.id}]})

    def strange(orders):
        together(orders)
        return said

    world.gateway.charge_many = strange
    wait(world, 7 * DAY)
    wait(world, 2 * HOUR, 2)
    assert len(v1.invoices.list({"status": "paid"}).data) == 4
    assert len(v1.charges.list({"limit": 10}).data) == 4


@pytest.mark.parametrize("wrong", [{"amount": -2000}, {"fee": -1500}])
def test_a_dispute_that_brings_money_makes_no_sense(world, wrong):
    disputes_of = world.gateway.disputes_of
    world.gateway.disputes_of = lambda *asked: [
        msgspec.structs.replace(fact, **wrong) for fact in disputes_of(*asked)
    ]
    intent = world.pay(payment_method="pm_card_createDispute")
    assert world.client.v1.disputes.list({"payment_intent": intent.id}).data == []

    world.gateway.disputes_of = disputes_of
    wait(world, 120)
    [dispute] = world.client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.amount, dispute.balance_transactions[0].net) == (2000, -3500)


def test_a_refund_whose_key_is_known_already_is_looked_up(world):
    intent, refund = world.pay(), world.gateway.refund

    def reused(order):
        refund(order)
        raise KeyReused(order.key)

    world.gateway.refund = reused
    made = world.client.v1.refunds.create({"payment_intent": intent.id})
    assert made.status == "succeeded"
    assert shown(world, intent) == ("succeeded", 2000, 2000, 2000)


def test_what_is_on_its_way_at_one_gateway_is_no_question_for_another(world):
    former, asked = world.gateway, []
    former.go_down()
    intent = world.pay()
    former.come_up()

    other = FaultyGateway(former.inner, seed=8)
    other.name = "other"
    other.charge = other.lookup = asked.append
    world.system.gateway = other
    wait(world, HOUR, 3)
    assert asked == []
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "processing"

    world.system.gateway = former
    wait(world, HOUR)
    assert shown(world, intent) == ("succeeded", 2000, 2000, 0)

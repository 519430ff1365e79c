"""Asked again: what is on its way at a network is asked for until it is known."""

import msgspec
import pytest

from payments.world import START
from prorata.engine.advance import run_due
from prorata.engine.payments.authenticate import decide_challenge
from prorata.engine.payments.settle import settle
from prorata.gateways.outcomes import Processing, RefundOutcome, Succeeded
from prorata.gateways.protocol import GatewayTimeout
from prorata.resources.payments.payment_intent import PaymentIntent

HOUR, DAY = 3600, 86400


class Bank:
    """Answers one question with one after the other; None is silence. `asked`: at which hours."""

    def __init__(self, world, *answers):
        self.world, self.answers, self.asked = world, list(answers), []

    def __call__(self, reference, now):
        assert now == self.world.system.clock.now()
        self.asked.append((now - START) // HOUR)
        answer = self.answers.pop(0)
        if answer is None:
            raise GatewayTimeout("The bank is closed.")
        return answer

    def hours(self, number):
        for _ in range(number):
            assert self.world.later(HOUR).failed == []


def test_a_debit_of_which_nobody_can_say_when_is_asked_for_every_six_hours(world):
    way = Processing("x")
    world.gateway.charge = lambda order: way
    world.gateway.poll = bank = Bank(world, way, None, way, Succeeded("x", captured=2000))
    intent = world.pay()
    bank.hours(24)

    assert bank.asked == [6, 12, 13, 19]
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    # One debit, whatever was silent in between.
    assert [each.status for each in world.charges(intent.id)] == ["succeeded"]
    assert len(world.client.v1.events.list({"type": "charge.pending"}).data) == 1


def test_a_debit_that_is_not_known_when_it_was_to_be_is_asked_for_again(world):
    way = Processing("x", START + 60)
    world.gateway.charge = lambda order: way
    world.gateway.poll = bank = Bank(world, way, way, Succeeded("x", captured=2000))
    intent = world.pay()
    bank.hours(24)

    assert bank.asked == [1, 7, 13]
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_set_up_of_which_nobody_can_say_when_is_asked_for_every_six_hours(world):
    way = Processing("x", START)
    world.gateway.setup = lambda order: way
    world.gateway.poll = bank = Bank(world, way, Processing("x"), Succeeded("x"))
    intent = world.client.v1.setup_intents.create({
        "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    })
    assert intent.status == "processing"
    bank.hours(24)

    assert bank.asked == [1, 7, 13]
    assert world.client.v1.setup_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("settles_at, asked", [(None, [6, 12, 13]), (START + 60, [1, 7, 8])])
def test_a_refund_that_is_pending_is_asked_for_until_it_is_not(world, settles_at, asked):
    way = RefundOutcome("pending", "x", settles_at)
    world.gateway.refund = lambda order: way
    world.gateway.poll_refund = bank = Bank(world, way, None, RefundOutcome("succeeded", "x"))
    refund = world.client.v1.refunds.create({"payment_intent": world.pay().id})
    assert refund.status == "pending"
    bank.hours(24)

    assert bank.asked == asked
    assert world.client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_direct_charge_that_is_on_its_way_is_looked_up(world):
    world.gateway.charge = lambda order: Processing("x")
    world.gateway.lookup = lambda key: Succeeded("x", captured=2000)
    charge = world.client.v1.charges.create(
        {"amount": 2000, "currency": "usd", "source": "tok_visa"}
    )
    assert (charge.status, charge.paid) == ("pending", False)
    world.later(60)
    assert world.client.v1.charges.retrieve(charge.id).status == "succeeded"


@pytest.mark.parametrize("answered", [False, True])
def test_a_dispute_is_asked_for_once_a_day_until_its_network_has_decided(world, answered):
    v1 = world.client.v1
    intent = world.pay(payment_method="pm_card_createDispute")
    [dispute] = v1.disputes.list({"payment_intent": intent.id}).data
    if answered:
        dispute = v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "Mine."}})
        assert dispute.status == "under_review"
    due_by, asked = dispute.evidence_details.due_by, []
    said = dispute.status
    disputes_of = world.gateway.disputes_of

    def decides_slowly(reference, now):
        asked.append(now)
        found = disputes_of(reference, now)
        return [msgspec.structs.replace(each, status=said) for each in found]

    world.gateway.disputes_of = decides_slowly
    if not answered:
        world.later(due_by + 1 - world.system.clock.now())
    for _ in range(3):
        assert world.later(DAY).failed == []
    assert len(asked) == (3 if answered else 4)
    said = "won"
    world.later(DAY)
    dispute = v1.disputes.retrieve(dispute.id)
    assert (dispute.status, dispute.evidence_details.past_due) == ("won", not answered)
    world.later(9 * DAY)
    assert len(asked) == (4 if answered else 5)


def test_an_answer_that_was_held_up_does_not_answer_what_the_payer_did_since(world):
    inner, held = world.gateway.inner, []
    charge = inner.charge

    def slow(order):
        outcome = charge(order)
        inner.charge = charge
        world.later(40)
        [intent] = world.client.v1.payment_intents.list().data
        assert intent.status == "requires_action"

        def pass_it(uow):
            decide_challenge(uow, uow.get(PaymentIntent, intent.id), True)

        held.append(world.system.write(world.book, pass_it))
        return outcome

    inner.charge = slow
    intent = world.pay(payment_method="pm_card_threeDSecure2Required")
    assert len(held) == 1

    settle(world.system, world.book, held[0].attempts)

    intent = world.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert len(world.charges(intent.id)) == 1


def test_virtual_time_tells_a_late_outcome_when_it_is_asked_for(world):
    v1 = world.client.v1
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    other = v1.customers.create({"name": "Another"})
    now = world.system.clock.now()
    v1.subscriptions.create({
        "customer": other.id, "items": [{"price": price.id}], "trial_end": now + 5000,
    })
    world.gateway.force("lose_answer", "lose_answer")
    intent = world.pay(customer=v1.customers.create({"name": "Late"}).id)
    assert intent.status == "processing"

    assert run_due(world.system, now + 6000, virtual=True).failed == []

    [told] = v1.events.list({"type": "payment_intent.succeeded"}).data
    assert told.data.object.id == intent.id
    assert told.created < now + 100


def test_virtual_time_tells_a_late_outcome_in_the_order_of_its_customers_life(world):
    v1 = world.client.v1
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    customer = v1.customers.create({"name": "Late"}).id
    now = world.system.clock.now()
    v1.subscriptions.create({
        "customer": customer, "items": [{"price": price.id}], "trial_end": now + 1000,
        "collection_method": "send_invoice", "days_until_due": 3,
    })
    world.gateway.force("lose_answer", "lose_answer")
    # The key decides on the attempt's id, and so names no bucket of the customer's.
    params = {
        "amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "customer": customer,
    }
    v1.payment_intents.create(params, {"idempotency_key": "of-long-silence"})

    assert run_due(world.system, now + 6000, virtual=True).failed == []

    told = v1.events.list({"limit": 100}).data
    assert {"payment_intent.succeeded", "invoice.sent"} <= {each.type for each in told}
    told.sort(key=lambda each: each.id.rpartition("_")[2][7:15])
    lived = [each.created for each in told if each.created > now]
    assert lived == sorted(lived)

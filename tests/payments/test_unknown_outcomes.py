"""Unknown outcomes: whatever a network or a process fails at, money moves once."""

import itertools
import threading
import time

import pytest
import stripe

from payments.world import START, World, wait
from prorata.engine.line import Line
from prorata.engine.payments.settle import settle
from prorata.engine.system_time import advance_time
from prorata.gateways.faults import FaultyGateway
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from servers import running
from sound import assert_sound

DAY = 86_400


def test_a_lost_answer_is_looked_up_at_once(world):
    world.gateway.force("lose_answer")
    intent = world.pay()

    assert intent.status == "succeeded"
    assert len(world.charges(intent.id)) == 1


def test_a_silent_network_leaves_the_payment_processing_until_it_answers(world):
    world.gateway.go_down()
    intent = world.pay()
    assert intent.status == "processing"
    with pytest.raises(stripe.RateLimitError):
        world.client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.RateLimitError):
        world.client.v1.payment_intents.cancel(intent.id)

    world.later(20)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "processing"

    world.gateway.come_up()
    world.later(120)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(world.charges(intent.id)) == 1


def test_a_debit_that_is_heard_of_late_has_not_settled_before_it_was_on_its_way(world):
    """Frozen time: its second has passed by the time the network says that there is a debit."""
    v1 = world.client.v1
    customer = v1.customers.create({"name": "Ada"}).id
    bank = v1.payment_methods.attach("pm_usBankAccount_success", {"customer": customer}).id
    world.gateway.go_down()
    intent = world.pay(customer=customer, payment_method=bank)
    world.gateway.come_up()
    assert advance_time(world.system, START + 300).failed == []

    told = [
        each for each in reversed(v1.events.list({"limit": 100}).data)
        if each.type.startswith(("charge.", "payment_intent."))
    ]
    assert [each.type for each in told] == [
        "payment_intent.created", "charge.pending", "payment_intent.processing",
        "charge.succeeded", "payment_intent.succeeded",
    ]  # fmt: skip
    times = [each.created for each in told]
    assert times == sorted(times)
    assert v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_the_books_are_sound_while_an_answer_is_awaited(world):
    v1 = world.client.v1
    customer = v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    subscription = v1.subscriptions.create({"customer": customer, "items": [{"price": price.id}]})
    reserved = world.pay(capture_method="manual")
    world.gateway.force(*["lose_answer"] * 6)

    v1.subscriptions.update(subscription.id, {
        "items": [{"id": subscription["items"].data[0].id, "quantity": 3}],
        "proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete",
    })
    assert_sound(world.system)
    v1.payment_intents.capture(reserved.id)
    assert_sound(world.system)

    for _ in range(6):
        world.later(600)
    assert v1.payment_intents.retrieve(reserved.id).status == "succeeded"
    assert_sound(world.system)


def test_a_test_clock_is_not_deleted_while_a_payment_on_it_is_unknown(world):
    v1 = world.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": START}).id
    customer = v1.customers.create({"test_clock": clock}).id
    world.gateway.force("lose_answer", "lose_answer")
    intent = world.pay(customer=customer)
    assert intent.status == "processing"
    with pytest.raises(stripe.RateLimitError):
        v1.test_helpers.test_clocks.delete(clock)

    world.later(20)

    assert v1.payment_intents.retrieve(intent.id).status == "succeeded"
    v1.test_helpers.test_clocks.delete(clock)


class Slow(FaultyGateway):
    """A gateway that answers four questions, and the others once its gate opens."""

    immediate = False

    def __init__(self, inner):
        super().__init__(inner, seed=7)
        self.gate = threading.Event()
        self.asked = itertools.count(1)

    def lookup(self, key):
        if next(self.asked) > 4:
            self.gate.wait()
        return super().lookup(key)


def test_what_a_slow_network_was_not_asked_in_time_is_asked_soon(world):
    world.gateway.go_down()
    intents = [world.pay().id for _ in range(30)]
    wait(world, 3_601, 6)

    def paid():
        found = (world.client.v1.payment_intents.retrieve(id).status for id in intents)
        return sum(status == "succeeded" for status in found)

    slow = world.system.gateway = Slow(world.gateway.inner)
    # Long enough for four answers, however busy the machine.
    world.system.lines[False] = Line(slow, patience=3.0, rest=0)
    wait(world, 3_601)
    hanging = next(slow.asked) - 1 - 4
    assert (paid(), hanging < 26) == (4, True)

    slow.gate.set()
    wait(world, 20)
    assert paid() == 30 - hanging
    wait(world, 3_601)
    assert paid() == len(slow.inner.books.charges()) == 30
    assert_sound(world.system)


def test_an_order_that_was_done_in_silence_is_not_done_again(world):
    world.gateway.force("lose_answer", "lose_answer")
    intent = world.pay()
    assert intent.status == "processing"

    world.later(20)

    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(world.charges(intent.id)) == 1


def test_a_decline_that_comes_late_is_told_by_events(world):
    world.gateway.go_down()
    intent = world.pay(payment_method="pm_card_chargeDeclined")
    assert intent.status == "processing"

    world.gateway.come_up()
    world.later(60)

    intent = world.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.last_payment_error.code) == (
        "requires_payment_method", "card_declined",
    )
    types = [each.type for each in world.client.v1.events.list({}).data]
    assert types[0] == "payment_intent.payment_failed"


def test_a_process_that_dies_before_asking_leaves_the_attempt_to_others(world, monkeypatch):
    monkeypatch.setattr("prorata.api.dispatch.settle", _dies)
    with pytest.raises(stripe.APIError):
        world.pay()
    monkeypatch.undo()
    intent = world.client.v1.payment_intents.list({}).data[0]
    assert intent.status == "requires_confirmation"
    with pytest.raises(stripe.RateLimitError):
        world.client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    world.later(60)

    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(world.charges(intent.id)) == 1


def test_frozen_time_goes_on_with_the_payment_over_which_it_died(world, monkeypatch):
    """A batch lives as far as its latest document; who had been asked for money is not as far."""
    v1 = world.client.v1
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    }).id  # fmt: skip
    for card, days in (("pm_card_chargeCustomerFail", 2), ("pm_card_visa", 50)):
        customer = v1.customers.create({}).id
        method = v1.payment_methods.attach(card, {"customer": customer}).id
        v1.subscriptions.create({
            "customer": customer, "items": [{"price": price}], "trial_period_days": days,
            "default_payment_method": method,
        })  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr("prorata.engine.advance.settle", _dies)
        with pytest.raises(RuntimeError):
            advance_time(world.system, START + 60 * DAY)

    assert advance_time(world.system, START + 60 * DAY).failed == []

    tries = [each.created for each in v1.charges.list({"limit": 100}).data if not each.paid]
    assert min(tries) < START + 3 * DAY
    assert len(tries) == 9 and max(tries) < START + 30 * DAY


def test_a_process_that_dies_after_charging_charges_once(world, monkeypatch):
    monkeypatch.setattr("prorata.engine.payments.settle._write", _dies)
    with pytest.raises(stripe.APIError):
        world.pay()
    monkeypatch.undo()
    intent = world.client.v1.payment_intents.list({}).data[0]

    world.later(60)

    intent = world.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert len(world.charges(intent.id)) == 1


@pytest.mark.parametrize(("card", "behavior"), [
    pytest.param("pm_card_visa", "allow_incomplete", id="paid"),
    pytest.param("pm_card_chargeCustomerFail", "error_if_incomplete", id="undone"),
])
def test_an_outcome_that_could_not_be_written_is_told_whole_once_it_can(
    world, monkeypatch, card, behavior
):
    v1 = world.client.v1
    customer = v1.customers.create({}).id
    method = v1.payment_methods.attach(card, {"customer": customer}).id
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"}})
    # The worker takes it up, and fails once at what it hears.
    monkeypatch.setattr("prorata.api.dispatch.settle", _dies)
    with pytest.raises(stripe.APIError):
        v1.subscriptions.create({
            "customer": customer, "items": [{"price": price.id}],
            "default_payment_method": method, "payment_behavior": behavior,
        })  # fmt: skip
    monkeypatch.setattr("prorata.engine.payments.settle.apply_charge", _dies)
    monkeypatch.setattr("prorata.engine.payments.settle.undo", _dies)
    world.later(60)
    monkeypatch.undo()

    world.later(60)

    kept = v1.subscriptions.list({"customer": customer, "status": "all"}).data
    assert [each.status for each in kept] == (["active"] if card == "pm_card_visa" else [])
    told = [each.type for each in v1.events.list({"limit": 100}).data]
    kinds = ("customer.subscription.created", "invoice.created", "invoice.finalized")
    assert [told.count(each) for each in kinds] == [len(kept)] * 3
    assert_sound(world.system)


def test_an_outcome_is_written_once_however_often_it_is_settled(world):
    intent = world.pay()
    attempts = world.system.read(
        world.book, lambda uow: [each.id for each in uow.select(PaymentAttempt)]
    )

    assert settle(world.system, world.book, attempts) == []
    assert len(world.charges(intent.id)) == 1


def test_a_refund_without_an_answer_stays_pending_and_is_given_once(world):
    intent = world.pay()
    world.gateway.go_down()
    refund = world.client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        world.client.v1.refunds.create({"payment_intent": intent.id})
    assert raised.value.code == "charge_already_refunded"

    world.gateway.come_up()
    world.later(60)

    assert world.client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert world.client.v1.charges.retrieve(intent.latest_charge).refunded is True


def test_a_capture_without_an_answer_is_made_once(world):
    intent = world.pay(capture_method="manual")
    world.gateway.go_down()
    intent = world.client.v1.payment_intents.capture(intent.id)
    assert intent.status == "requires_capture"

    world.gateway.come_up()
    world.later(60)

    intent = world.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)


def test_many_payments_under_faults_move_money_once_each(world):
    from prorata.gateways.faults import Rates

    inner = world.gateway.inner
    world.system.gateway = FaultyGateway(
        inner, seed=3, rates=Rates(lose_order=0.2, lose_answer=0.3, twice=0.2)
    )
    intents = [world.pay(amount=1000 + number).id for number in range(30)]
    world.system.gateway = FaultyGateway(inner, seed=3)
    for _ in range(4):
        world.later(400)

    for number, id in enumerate(intents):
        intent = world.client.v1.payment_intents.retrieve(id)
        assert (intent.status, intent.amount_received) == ("succeeded", 1000 + number)
        assert [each.amount for each in world.charges(id)] == [1000 + number]
    locked = world.system.read(
        world.book,
        lambda uow: [each.id for each in uow.select(PaymentIntent) if each.private.asking],
    )
    assert locked == []


def who_buys_first(v1, duration):
    """Return a customer with a card, a price, and a code for first purchases alone."""
    price = v1.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id
    coupon = v1.coupons.create({"percent_off": 50, "duration": duration}).id
    code = v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon},
        "restrictions": {"first_time_transaction": True},
    }).id
    customer = v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id
    return customer, price, code


def test_a_code_for_first_purchases_waits_for_a_payment_that_is_being_made(world):
    v1 = world.client.v1
    customer, price, code = who_buys_first(v1, "once")
    wanted = {
        "customer": customer, "items": [{"price": price}],
        "discounts": [{"promotion_code": code}],
    }
    world.gateway.go_down()
    v1.subscriptions.create(wanted)
    with pytest.raises(stripe.RateLimitError):
        v1.subscriptions.create(wanted)
    world.gateway.come_up()
    world.later(120)
    with pytest.raises(stripe.InvalidRequestError, match="prior transactions"):
        v1.subscriptions.create(wanted)
    assert v1.promotion_codes.retrieve(code).times_redeemed == 1


def test_a_planned_code_for_first_purchases_is_not_lost_to_a_payment_that_fails(world):
    v1 = world.client.v1
    customer, price, code = who_buys_first(v1, "forever")
    schedule = v1.subscription_schedules.create({
        "customer": customer, "start_date": START + 86400,
        "phases": [{
            "items": [{"price": price}], "discounts": [{"promotion_code": code}],
            "duration": {"interval": "month", "interval_count": 1},
        }],
    })
    wait(world, 86400 - 10)
    world.gateway.go_down()
    failing = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    world.pay(customer=customer, payment_method=failing.id)
    wait(world, 15)
    status = v1.subscription_schedules.retrieve(schedule.id).status
    assert status == "not_started", "whether the code may be given is not known"
    world.gateway.come_up()
    wait(world, 3_600, 2)

    found = v1.subscription_schedules.retrieve(schedule.id)
    [invoice] = v1.invoices.list({"subscription": found.subscription}).data
    assert (found.status, invoice.subtotal, invoice.total) == ("active", 1000, 500)
    assert v1.promotion_codes.retrieve(code).times_redeemed == 1


def test_a_dispute_that_is_told_twice_is_one(world):
    disputes_of = world.gateway.disputes_of
    world.gateway.disputes_of = lambda *args: disputes_of(*args) * 2
    intent = world.pay(payment_method="pm_card_createDispute")
    world.later(60)
    assert len(world.client.v1.disputes.list({"payment_intent": intent.id}).data) == 1


def _dies(*args, **kwargs):
    raise RuntimeError("the process dies here")


def test_in_real_time_an_outcome_is_told_when_it_is_known(store):
    with running(worker=False) as server:
        world = World(server)
        charge = world.gateway.charge

        def slow(order):
            time.sleep(1.1)
            return charge(order)

        world.gateway.charge = slow
        intent = world.pay()
        [told] = world.client.v1.events.list({"type": "payment_intent.succeeded"}).data
        assert told.created > intent.created


def test_the_books_are_sound_while_refunds_wait_for_an_answer(world):
    intent = world.pay()
    customer = world.client.v1.customers.create({"payment_method": "pm_card_visa"}).id
    card = world.client.v1.payment_methods.list({"customer": customer}).data[0].id
    v1 = world.client.v1
    invoice = v1.invoices.create({"customer": customer, "auto_advance": False}).id
    v1.invoice_items.create(
        {"customer": customer, "invoice": invoice, "amount": 900, "currency": "usd"}
    )
    v1.invoices.finalize_invoice(invoice)
    v1.invoices.pay(invoice, {"payment_method": card})
    world.gateway.go_down()
    v1.refunds.create({"payment_intent": intent.id, "amount": 700})
    v1.credit_notes.create({"invoice": invoice, "amount": 500, "refund_amount": 500})
    assert_sound(world.system)

    world.gateway.come_up()
    world.later(60)
    assert_sound(world.system)

"""Refunds: money of a charge goes back, at once, later, or not at all."""

import pytest
import stripe

from prorata.resources.payments.charge import Charge
from sound import assert_sound

START = 1_700_000_000


def test_a_refund_gives_back_what_is_left(client, pay, told):
    intent = pay()
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    told.read()

    refund = client.v1.refunds.create({
        "charge": intent.latest_charge, "reason": "requested_by_customer", "metadata": {"a": "b"},
    })

    assert (refund.amount, refund.status) == (1500, "succeeded")
    assert (refund.charge, refund.payment_intent) == (intent.latest_charge, intent.id)
    events = told.read()
    assert [each.type for each in events] == ["charge.refunded", "refund.created"]
    assert events[0].data.previous_attributes.to_dict() == {
        "amount_refunded": 500, "refunded": False,
    }
    assert events[1].data.object.status == "succeeded"
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (2000, True)
    assert [each.amount for each in charge.refunds.data] == [1500, 500]
    assert [each.amount for each in client.v1.refunds.list({"charge": charge.id}).data] == [
        1500, 500,
    ]


def test_a_refund_moves_the_money_without_the_fee(client, pay):
    refund = client.v1.refunds.create(
        {"payment_intent": pay().id, "amount": 500, "expand": ["balance_transaction"]}
    )

    movement = refund.balance_transaction
    assert (movement.amount, movement.fee, movement.net, movement.type) == (-500, 0, -500, "refund")
    assert movement.source == refund.id


@pytest.mark.parametrize(("params", "code", "message"), [
    pytest.param(
        {"amount": 2001}, None,
        "Refund amount ($20.01) is greater than unrefunded amount on charge ($20.00)",
        id="more than was paid",
    ),
    pytest.param({"amount": 0}, "parameter_invalid_integer", "Invalid positive integer", id="0"),
    pytest.param(
        {"payment_intent": None}, "parameter_missing",
        "One of the following params should be provided for this request: payment_intent or"
        " charge.",
        id="of nothing",
    ),
])
def test_a_wrong_refund_is_refused(client, pay, params, code, message):
    wanted = {"payment_intent": pay().id, **params}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.refunds.create({k: v for k, v in wanted.items() if v is not None})
    assert (raised.value.code, raised.value.user_message) == (code, message)


def test_nothing_is_given_back_twice(client, pay):
    intent = pay()
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert raised.value.code == "charge_already_refunded"


def test_what_was_not_paid_cannot_be_refunded(client):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_only_a_refund_that_waits_for_the_payer_is_canceled(client, pay):
    refund = client.v1.refunds.create({"payment_intent": pay().id})
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        client.v1.refunds.cancel(refund.id)


def test_metadata_of_a_refund_can_be_changed(client, pay, told):
    refund = client.v1.refunds.create({"payment_intent": pay().id})
    told.read()

    refund = client.v1.refunds.update(refund.id, {"metadata": {"why": "cold tea"}})
    assert refund.metadata.to_dict() == {"why": "cold tea"}
    assert told.types() == ["refund.updated", "charge.refund.updated"]


class TestLater:
    """Refunds of some cards come to their end on the customer's clock."""

    @pytest.fixture
    def clock(self, client):
        return client.v1.test_helpers.test_clocks.create({"frozen_time": START})

    @pytest.fixture
    def payer(self, client, clock):
        return client.v1.customers.create({"test_clock": clock.id})

    def test_a_pending_refund_succeeds(self, client, pay, clock, payer, told, advance):
        refund = client.v1.refunds.create(
            {"payment_intent": pay("pm_card_pendingRefund", customer=payer.id).id}
        )
        assert (refund.status, refund.pending_reason) == ("pending", "processing")
        told.read()

        advance(clock, START + 60)

        refund = client.v1.refunds.retrieve(refund.id)
        assert refund.status == "succeeded"
        types = [each for each in told.types() if "refund" in each]
        assert types == ["refund.updated", "charge.refund.updated"]

    def test_a_failed_refund_leaves_the_charge_paid(
        self, client, pay, clock, payer, told, advance
    ):
        intent = pay("pm_card_refundFail", customer=payer.id)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        assert refund.status == "succeeded"
        told.read()

        advance(clock, START + 60)

        refund = client.v1.refunds.retrieve(
            refund.id, {"expand": ["failure_balance_transaction"]}
        )
        assert (refund.status, refund.failure_reason) == ("failed", "unknown")
        assert refund.failure_balance_transaction.amount == 2000
        charge = client.v1.charges.retrieve(intent.latest_charge)
        assert (charge.amount_refunded, charge.refunded) == (0, False)
        types = [each for each in told.types() if "refund" in each]
        assert types == ["refund.updated", "refund.failed", "charge.refund.updated"]


def test_what_was_let_go_is_not_refunded_also_where_it_once_was(world):
    v1 = world.client.v1
    intents = [world.pay(capture_method="manual").id for _ in range(2)]
    for each in intents:
        v1.payment_intents.capture(each, {"amount_to_capture": 700})

    def as_once(uow):
        # Until now the part that was not taken counted as refunded.
        with uow.step(uow.now, None):
            [charge] = uow.select(Charge, payment_intent=intents[0])
            charge.private.let_go, charge.amount_refunded = 0, 1300

    world.system.write(world.book, as_once)
    for intent, more in zip(intents, (1300, 0), strict=True):
        assert v1.refunds.create({"payment_intent": intent, "amount": 300}).amount == 300
        shown = v1.charges.list({"payment_intent": intent}).data[0]
        assert (shown.amount_refunded, shown.refunded) == (300 + more, False)
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            v1.refunds.create({"payment_intent": intent, "amount": 401})
        assert v1.refunds.create({"payment_intent": intent}).amount == 400
        shown = v1.charges.list({"payment_intent": intent}).data[0]
        assert (shown.amount_refunded, shown.refunded) == (700 + more, True)
        with pytest.raises(stripe.InvalidRequestError) as raised:
            v1.refunds.create({"payment_intent": intent})
        assert raised.value.code == "charge_already_refunded"
    assert_sound(world.system)

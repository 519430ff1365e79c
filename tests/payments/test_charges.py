"""Charges: taken the older way, noted on, captured and found."""

import pytest
import stripe

from payments.world import wait
from prorata.gateways.outcomes import Canceled
from prorata.gateways.protocol import GatewayTimeout
from prorata.resources.payments.charge import Charge
from sound import assert_sound


def test_a_token_is_charged_at_once(client, told):
    charge = client.v1.charges.create({
        "amount": 2000, "currency": "usd", "source": "tok_visa", "description": "Tea",
    })

    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert (charge.payment_intent, charge.description) == (None, "Tea")
    assert (charge.source.brand, charge.source.last4) == ("Visa", "4242")
    assert charge.source.id == charge.payment_method
    assert charge.source.id.startswith("card_")
    assert told.types() == ["charge.succeeded"]


def test_a_token_of_a_card_is_charged_as_that_card(client):
    token = client.v1.tokens.create({
        "card": {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "name": "Ada",
                 "address_zip": "10115"},
    })  # fmt: skip
    charge = client.v1.charges.create({"amount": 2000, "currency": "usd", "source": token.id})

    assert charge.source.id == charge.payment_method == token.card.id
    assert (charge.source.name, charge.source.address_zip) == ("Ada", "10115")
    billing = charge.billing_details
    assert (billing.name, billing.address.postal_code) == ("Ada", "10115")


def test_a_customer_is_charged_by_the_default_source(client):
    customer = client.v1.customers.create({"source": "tok_visa"})
    charge = client.v1.charges.create({
        "amount": 2000, "currency": "usd", "customer": customer.id,
    })
    assert (charge.customer, charge.status) == (customer.id, "succeeded")
    assert charge.payment_method == charge.source.id == customer.default_source


def test_a_decline_is_raised_with_its_charge(client, told):
    with pytest.raises(stripe.CardError) as raised:
        client.v1.charges.create({
            "amount": 2000, "currency": "usd", "source": "tok_chargeDeclined",
        })

    charge = client.v1.charges.retrieve(raised.value.json_body["error"]["charge"])
    assert (charge.status, charge.failure_code) == ("failed", "card_declined")
    assert told.types() == ["charge.failed"]


def test_a_reserved_charge_is_captured_later(client, told):
    charge = client.v1.charges.create({
        "amount": 2000, "currency": "usd", "source": "tok_visa", "capture": False,
    })
    assert (charge.captured, charge.balance_transaction) == (False, None)
    told.read()

    charge = client.v1.charges.capture(charge.id, {"amount": 1200})

    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1200, 0)
    assert told.types() == ["charge.captured"]


RESERVED = {"amount": 2000, "currency": "usd", "source": "tok_visa", "capture": False}


def test_a_reservation_that_is_refunded_is_let_go(world):
    v1 = world.client.v1
    charge = v1.charges.create(RESERVED)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be refunded in part"):
        v1.refunds.create({"charge": charge.id, "amount": 500})
    refund = v1.refunds.create({"charge": charge.id, "metadata": {"why": "gone"}})

    assert (refund.status, refund.amount, refund.metadata.why) == ("succeeded", 2000, "gone")
    assert refund.balance_transaction is None
    charge = v1.charges.retrieve(charge.id)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 2000)
    assert _at_network(world, charge) == Canceled
    told = {each.type for each in v1.events.list().data}
    assert told == {"charge.succeeded", "charge.refunded", "refund.created"}
    for again in (v1.refunds.create, lambda sent: v1.charges.capture(sent["charge"])):
        with pytest.raises(stripe.InvalidRequestError):
            again({"charge": charge.id})
    assert_sound(world.system)


def test_a_reservation_lapses_unless_it_is_captured(world):
    v1 = world.client.v1
    charge, captured = v1.charges.create(RESERVED), v1.charges.create(RESERVED)
    v1.charges.capture(captured.id)
    ends = charge.payment_method_details.card.capture_before - world.system.clock.now()
    wait(world, ends - 1)
    assert not v1.events.list({"type": "charge.expired"}).data
    wait(world, 1)
    wait(world, 60, 2)

    charge = v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, False, 0)
    assert charge.refunds.data == []
    assert _at_network(world, charge) == Canceled
    told = [each.data.object.id for each in v1.events.list({"type": "charge.expired"}).data]
    assert told == [charge.id]
    assert not v1.charges.retrieve(captured.id).refunded
    assert_sound(world.system)


def test_a_reservation_on_a_test_clock_lapses_in_its_time(client, advance):
    start = 1_700_000_000
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": start})
    customer = client.v1.customers.create({"test_clock": clock.id, "source": "tok_visa"})
    charge = client.v1.charges.create({
        "amount": 2000, "currency": "usd", "customer": customer.id, "capture": False,
    })
    advance(clock, start + 7 * 86_400)
    [told] = client.v1.events.list({"type": "charge.expired"}).data
    assert told.data.object.id == charge.id


def test_a_reservation_whose_capture_is_open_neither_lapses_nor_is_let_go(world):
    v1, capture = world.client.v1, world.gateway.capture
    charge = v1.charges.create(RESERVED)

    def silence(*order):
        raise GatewayTimeout("Nobody is there.")

    world.gateway.capture = silence
    v1.charges.capture(charge.id)
    with pytest.raises(stripe.RateLimitError):
        v1.refunds.create({"charge": charge.id})
    wait(world, 86_400, 8)
    assert not v1.events.list({"type": "charge.expired"}).data

    world.gateway.capture = capture
    wait(world, 3_600, 2)
    assert v1.charges.retrieve(charge.id).captured
    assert_sound(world.system)


def _at_network(world, charge):
    """Return which outcome the sandbox has of a charge."""
    reference = world.system.read(
        world.book, lambda uow: uow.get(Charge, charge.id).private.reference
    )
    return type(world.gateway.books.get(reference).outcome)


def test_a_charge_can_be_refunded_by_itself(client):
    charge = client.v1.charges.create({"amount": 2000, "currency": "usd", "source": "tok_visa"})
    assert client.v1.refunds.create({"charge": charge.id}).status == "succeeded"


def test_notes_on_a_charge_can_be_changed(client, pay, told):
    charge = client.v1.charges.retrieve(pay().latest_charge)
    told.read()

    charge = client.v1.charges.update(charge.id, {
        "description": "Tea", "metadata": {"a": "b"}, "fraud_details": {"user_report": "safe"},
    })

    assert (charge.description, charge.metadata.to_dict()) == ("Tea", {"a": "b"})
    assert charge.fraud_details.user_report == "safe"
    assert told.types() == ["charge.updated"]


@pytest.mark.parametrize(("params", "code", "param"), [
    pytest.param({"amount": None}, "parameter_missing", "amount", id="no amount"),
    pytest.param({"source": None}, "parameter_missing", None, id="nobody"),
    pytest.param({"source": "tok_x"}, "resource_missing", "source", id="no such token"),
    pytest.param({"transfer_group": "x"}, None, "transfer_group", id="connect"),
])
def test_a_wrong_charge_is_refused(client, params, code, param):
    wanted = {"amount": 2000, "currency": "usd", "source": "tok_visa", **params}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.charges.create({k: v for k, v in wanted.items() if v is not None})
    assert (raised.value.code, raised.value.param) == (code, param)

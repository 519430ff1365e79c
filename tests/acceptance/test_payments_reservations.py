"""Reservations: raised, taken in parts, and let go."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.till import DAY, Till, refused


@pytest.fixture
def till(client: stripe.StripeClient) -> Till:
    return Till(client)


def reserve(till: Till, *features: str, **params: Any) -> Any:
    card = {f"request_{name}": "if_available" for name in features}
    return till.client.payment_intents.create({
        "amount": 2_000, "currency": "usd", "customer": till.customer, "confirm": True,
        "payment_method": "pm_card_visa", "capture_method": "manual", "expand": ["latest_charge"],
        "payment_method_options": {"card": card}, **params,
    })  # fmt: skip


def test_a_charge_says_what_can_be_done_with_its_reservation(till):
    for features in ((), ("multicapture",), ("incremental_authorization",)):
        card = reserve(till, *features).latest_charge.payment_method_details.card
        for name in ("multicapture", "incremental_authorization"):
            wanted = "available" if name in features else "unavailable"
            assert card[name].status == wanted


def test_a_reservation_is_raised(till):
    intent = reserve(till, "incremental_authorization")
    mark = till.mark()
    raised = till.client.payment_intents.increment_authorization(
        intent.id, {"amount": 3_500, "description": "One more night"}
    )
    assert (raised.status, raised.amount, raised.amount_capturable) == (
        "requires_capture", 3_500, 3_500,
    )  # fmt: skip
    assert raised.description == "One more night"
    assert set(till.told(since=mark)) == {
        "payment_intent.amount_capturable_updated", "charge.updated",
    }  # fmt: skip
    paid = till.client.payment_intents.capture(intent.id)
    assert (paid.status, paid.amount_received) == ("succeeded", 3_500)


def test_what_cannot_be_raised(till):
    increment = till.client.payment_intents.increment_authorization
    assert refused(increment, reserve(till).id, {"amount": 3_000})[0] == 400
    intent = reserve(till, "incremental_authorization")
    assert refused(increment, intent.id, {"amount": 2_000})[2] == "amount"
    for amount in range(2_001, 2_011):
        increment(intent.id, {"amount": amount})
    assert "10 times" in refused(increment, intent.id, {"amount": 3_000})[3]
    till.client.payment_intents.capture(intent.id)
    assert refused(increment, intent.id, {"amount": 3_000})[1] == "payment_intent_unexpected_state"


def test_a_reservation_is_taken_in_parts(till):
    intent = reserve(till, "multicapture")
    capture = till.client.payment_intents.capture
    mark = till.mark()
    first = capture(intent.id, {"amount_to_capture": 500, "final_capture": False})
    assert (first.status, first.amount_received, first.amount_capturable) == (
        "requires_capture", 500, 1_500,
    )  # fmt: skip
    assert till.told(since=mark)[:2] == [
        "charge.updated", "payment_intent.amount_capturable_updated",
    ]  # fmt: skip
    assert refused(till.client.payment_intents.cancel, intent.id)[1] == (
        "payment_intent_unexpected_state"
    )
    assert refused(capture, intent.id, {"amount_to_capture": 1_501})[1] == "amount_too_large"
    mark = till.mark()
    last = capture(intent.id, {"amount_to_capture": 1_000, "expand": ["latest_charge"]})
    assert (last.status, last.amount_received, last.amount_capturable) == ("succeeded", 1_500, 0)
    charge = last.latest_charge
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1_500, 0)
    assert till.told(since=mark)[:2] == ["charge.captured", "payment_intent.succeeded"]
    moves = till.client.balance_transactions.list({"source": charge.id}).data
    assert sorted(each.amount for each in moves) == [500, 1_000]


def test_a_part_that_is_all_that_is_left_is_the_last(till):
    intent = reserve(till, "multicapture")
    capture = till.client.payment_intents.capture
    capture(intent.id, {"amount_to_capture": 500, "final_capture": False})
    sent = {"final_capture": False, "expand": ["latest_charge"]}
    last = capture(intent.id, sent)
    assert (last.status, last.amount_received, last.amount_capturable) == ("succeeded", 2_000, 0)
    assert (last.latest_charge.captured, last.latest_charge.amount_captured) == (True, 2_000)


def test_parts_must_have_been_asked_for(till):
    intent = reserve(till)
    capture = till.client.payment_intents.capture
    sent = {"amount_to_capture": 500, "final_capture": False}
    assert refused(capture, intent.id, sent)[2] == "final_capture"


def test_what_was_taken_of_a_reservation_that_lapses_stays(client):
    till = Till(client, on="2026-01-01")
    intent = reserve(till, "multicapture")
    till.client.payment_intents.capture(
        intent.id, {"amount_to_capture": 500, "final_capture": False}
    )
    till.advance(8 * DAY)
    ended = till.client.payment_intents.retrieve(intent.id)
    assert (ended.status, ended.amount_received, ended.amount_capturable) == ("succeeded", 500, 0)


def test_an_invoice_is_paid_what_was_taken_in_parts(till):
    invoice = till.open(5_000)
    intent = reserve(till, "multicapture")
    till.client.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})
    capture = till.client.payment_intents.capture
    capture(intent.id, {"amount_to_capture": 500, "final_capture": False})
    capture(intent.id, {"amount_to_capture": 700})
    assert till.read(invoice).amount_paid == 1_200


def test_what_was_not_taken_is_no_refund_of_the_invoice_that_was_paid(till):
    late, early = till.open(1_200), till.open(700)
    attach = till.client.invoices.attach_payment
    capture = till.client.payment_intents.capture
    intent = reserve(till)
    attach(late.id, {"payment_intent": intent.id})
    capture(intent.id, {"amount_to_capture": 1_200})
    intent = reserve(till)
    capture(intent.id, {"amount_to_capture": 700})
    attach(early.id, {"payment_intent": intent.id})
    for invoice in (till.read(late), till.read(early)):
        assert (invoice.status, invoice.amount_remaining) == ("paid", 0)
        note = till.client.credit_notes.create({
            "invoice": invoice.id, "amount": invoice.total, "refund_amount": invoice.total,
        })  # fmt: skip
        assert note.post_payment_amount == invoice.total

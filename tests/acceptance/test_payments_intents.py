"""Intents: every move between their states, and every refusal of one, in the recorded words."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.payer import Payer
from acceptance.tape import Tape
from acceptance.till import Till, refused

UNEXPECTED = "payment_intent_unexpected_state"
STATES = (
    "requires_payment_method", "requires_confirmation", "requires_action", "processing",
    "requires_capture", "succeeded", "canceled",
)  # fmt: skip
OPEN = STATES[:3]
ACCEPTED = {"customer_acceptance": {"type": "offline"}}
CANCELABLE = (
    "requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation,"
    " requires_action, expired, processing"
)


def intent_in(client: Any, state: str) -> Any:
    """Return a payment intent in a state."""
    how: dict[str, dict[str, Any]] = {
        "requires_confirmation": {"payment_method": "pm_card_visa"},
        "requires_action": {"payment_method": "pm_card_threeDSecure2Required", "confirm": True},
        "processing": {"payment_method": "pm_usBankAccount_processing", "confirm": True,
                       "mandate_data": ACCEPTED},
        "requires_capture": {"payment_method": "pm_card_visa", "confirm": True,
                             "capture_method": "manual"},
        "succeeded": {"payment_method": "pm_card_visa", "confirm": True},
    }
    intents = client.v1.payment_intents
    found = intents.create({"amount": 2000, "currency": "usd", **how.get(state, {})})
    if state == "canceled":
        found = intents.cancel(found.id)
    assert found.status == state
    return found


@pytest.mark.parametrize("state", STATES)
class TestMoves:
    def test_confirm(self, client, state):
        intent = intent_in(client, state)
        confirm = client.v1.payment_intents.confirm
        if state in OPEN:
            assert confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
            return
        status, code, param, message = refused(confirm, intent.id)
        assert (status, code, param) == (400, UNEXPECTED, None)
        assert message.startswith("You cannot confirm this PaymentIntent because it has")

    def test_cancel(self, client, state):
        intent = intent_in(client, state)
        cancel = client.v1.payment_intents.cancel
        if state in (*OPEN, "requires_capture"):
            done = cancel(intent.id, {"cancellation_reason": "abandoned"})
            assert (done.status, done.cancellation_reason, done.next_action) == (
                "canceled", "abandoned", None)
            assert done.canceled_at >= done.created
            return
        assert refused(cancel, intent.id) == (
            400, UNEXPECTED, None,
            f"You cannot cancel this PaymentIntent because it has a status of {state}. Only a"
            f" PaymentIntent with one of the following statuses may be canceled: {CANCELABLE}.")

    def test_capture(self, client, state):
        intent = intent_in(client, state)
        capture = client.v1.payment_intents.capture
        if state == "requires_capture":
            assert capture(intent.id).status == "succeeded"
            return
        assert refused(capture, intent.id) == (
            400, UNEXPECTED, None,
            f"This PaymentIntent could not be captured because it has a status of {state}. Only a"
            " PaymentIntent with one of the following statuses may be captured: requires_capture.")

    @pytest.mark.parametrize(("name", "value"), [
        ("amount", 3000), ("currency", "eur"), ("payment_method", "pm_card_mastercard"),
        ("setup_future_usage", "off_session"), ("capture_method", "manual"),
    ])
    def test_terms_are_fixed_once_the_money_is_on_its_way(self, client, state, name, value):
        intent = intent_in(client, state)
        update = client.v1.payment_intents.update
        if state in OPEN:
            changed = update(intent.id, {name: value})
            if name != "payment_method":
                assert changed[name] == value
            return
        assert refused(update, intent.id, {name: value}) == (
            400, UNEXPECTED, name,
            f"This PaymentIntent's {name} could not be updated because it has a status of {state}."
            f" You may only update the {name} of a PaymentIntent with one of the following"
            " statuses: requires_payment_method, requires_confirmation, requires_action.")

    def test_texts_may_change_at_any_time(self, client, state):
        intent = intent_in(client, state)
        changed = client.v1.payment_intents.update(
            intent.id, {"description": "Tea", "metadata": {"order": "7"}})
        assert (changed.status, changed.description, changed.metadata["order"]) == (
            state, "Tea", "7")


def test_an_intent_begins_with_the_documented_values(client):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "USD"})
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert len(intent.client_secret.removeprefix(f"{intent.id}_secret_")) == 25
    shown = intent.to_dict()
    assert {name: shown[name] for name in (
        "amount_details", "automatic_payment_methods", "cancellation_reason", "capture_method",
        "confirmation_method", "currency", "latest_charge", "status",
    )} == {
        "amount_details": {"tip": {}},
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None, "capture_method": "automatic_async",
        "confirmation_method": "automatic", "currency": "usd", "latest_charge": None,
        "status": "requires_payment_method",
    }  # fmt: skip
    assert "invoice" not in shown


def test_types_are_allowed_by_their_new_name(client):
    intents = client.v1.payment_intents
    shown = intents.create({
        "amount": 2000, "currency": "usd", "allowed_payment_method_types": ["card"]})
    assert (shown.payment_method_types, shown.allowed_payment_method_types) == (["card"], ["card"])
    assert shown.automatic_payment_methods is None
    code = "payment_method_types_no_longer_supported"
    old = {"payment_method_types": ["card"]}
    for call, args in (
        (intents.create, ({"amount": 2000, "currency": "usd", **old},)),
        (intents.update, (shown.id, old)), (intents.confirm, (shown.id, old)),
        (client.v1.setup_intents.create, (old,)),
        (client.v1.setup_intents.update, (client.v1.setup_intents.create({}).id, old)),
    ):  # fmt: skip
        assert refused(call, *args)[:3] == (400, code, "payment_method_types")


NOT_POSITIVE = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your"
    " account and the currency set"
    " (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to"
    " save a Payment Method for future use without an immediate payment, use a Setup Intent"
    " instead: https://docs.stripe.com/payments/setup-intents"
)


@pytest.mark.parametrize(("amount", "currency", "code"), [
    (0, "usd", "parameter_invalid_integer"), (-1, "usd", "parameter_invalid_integer"),
    (49, "usd", "amount_too_small"), (49, "jpy", "amount_too_small"),
    (29, "gbp", "amount_too_small"), (100_000_000, "usd", "amount_too_large"),
])
def test_amounts_have_bounds(client, amount, currency, code):
    found = refused(
        client.v1.payment_intents.create, {"amount": amount, "currency": currency})
    assert found[:3] == (400, code, "amount")
    if amount <= 0:
        assert found[3] == NOT_POSITIVE


@pytest.mark.parametrize("reason", [
    "duplicate", "fraudulent", "requested_by_customer", "abandoned"])
def test_reasons_of_a_cancellation(client, reason):
    intent = intent_in(client, "requires_payment_method")
    assert client.v1.payment_intents.cancel(
        intent.id, {"cancellation_reason": reason}).cancellation_reason == reason


@pytest.mark.parametrize("reason", ["void_invoice", "failed_invoice", "automatic", "expired"])
def test_reasons_of_the_system_are_not_given(client, reason):
    intent = intent_in(client, "requires_payment_method")
    params = {"cancellation_reason": reason}
    assert refused(client.v1.payment_intents.cancel, intent.id, params) == (
        400, None, "cancellation_reason",
        "Invalid cancellation_reason: must be one of abandoned, duplicate, fraudulent, or"
        " requested_by_customer")


def test_the_intent_of_an_invoice_is_found_by_its_payments(client):
    till = Till(client)
    invoice = till.open(1500)
    (payment,) = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.amount, intent.status, intent.description) == (
        1500, "requires_confirmation", "Payment for Invoice")
    found = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent.id}}).data
    assert [each.invoice for each in found] == [invoice.id]
    assert refused(client.v1.payment_intents.cancel, intent.id)[1] == UNEXPECTED
    client.v1.invoices.void_invoice(invoice.id)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")


def test_events_follow_a_payment(client, server):
    tape = Tape(server)
    intents = client.v1.payment_intents
    intent = intents.create({"amount": 2000, "currency": "usd"})
    assert tape.types() == ["payment_intent.created"]
    declining = {"payment_method": "pm_card_chargeDeclined"}
    assert refused(intents.confirm, intent.id, declining)[0] == 402
    assert tape.types() == ["charge.failed", "payment_intent.payment_failed"]
    intent = intents.confirm(intent.id, {"payment_method": "pm_card_threeDSecure2Required"})
    assert tape.types() == ["payment_intent.requires_action"]
    Payer(server).answer(intent)
    assert tape.types() == ["charge.succeeded", "payment_intent.succeeded"]
    intents.cancel(intent_in(client, "requires_confirmation").id)
    assert tape.types() == ["payment_intent.created", "payment_intent.canceled"]


SETUP_STATES = ("requires_payment_method", "requires_confirmation", "requires_action", "succeeded",
                "canceled")


def setup_in(client: Any, state: str) -> Any:
    """Return a setup intent in a state."""
    how: dict[str, dict[str, Any]] = {
        "requires_confirmation": {"payment_method": "pm_card_visa"},
        "requires_action": {"payment_method": "pm_card_threeDSecure2Required", "confirm": True},
        "succeeded": {"payment_method": "pm_card_visa", "confirm": True},
    }
    found = client.v1.setup_intents.create(how.get(state, {}))
    if state == "canceled":
        found = client.v1.setup_intents.cancel(found.id)
    assert found.status == state
    return found


@pytest.mark.parametrize("state", SETUP_STATES)
def test_a_set_up_moves_likewise(client, state):
    intents = client.v1.setup_intents
    calls = {
        "succeeded": (intents.confirm, {"payment_method": "pm_card_visa"}),
        "canceled": (intents.cancel, {"cancellation_reason": "abandoned"}),
        "requires_confirmation": (intents.update, {"payment_method": "pm_card_visa"}),
    }
    for after, (call, params) in calls.items():
        intent = setup_in(client, state)
        if state in OPEN:
            assert call(intent.id, params).status == after
        else:
            assert refused(call, intent.id, params)[:2] == (400, "setup_intent_unexpected_state")
    changed = intents.update(setup_in(client, state).id, {"description": "Tea"})
    assert (changed.status, changed.description) == (state, "Tea")


def test_a_set_up_begins_with_the_documented_values(client):
    intent = client.v1.setup_intents.create({})
    assert (intent.usage, intent.latest_attempt, intent.mandate) == ("off_session", None, None)
    assert len(intent.client_secret.removeprefix(f"{intent.id}_secret_")) == 31
    assert client.v1.setup_intents.create({"usage": "on_session"}).usage == "on_session"


def test_unknown_intents_are_named(client):
    assert refused(client.v1.payment_intents.retrieve, "pi_x") == (
        404, "resource_missing", "intent", "No such payment_intent: 'pi_x'")
    assert refused(client.v1.setup_intents.retrieve, "seti_x")[:3] == (
        404, "resource_missing", "intent")

"""Money that goes back: refunds, released reservations and disputes of the test cards."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.tape import Tape, previous
from acceptance.test_payments_cards import charge_of, pay
from acceptance.till import DAY, Till, at, refused

START = "2027-01-15"


@pytest.fixture
def tape(server):
    return Tape(server)


def held(client: Any, **params: Any) -> Any:
    """Reserve 20.00 with a good card."""
    return pay(client, "pm_card_visa", capture_method="manual", **params)


class TestRefunds:
    def test_a_charge_is_refunded_in_parts_until_it_is_exhausted(self, client, tape):
        intent = pay(client, "pm_card_visa")
        tape.play()
        for amount, total, whole in ((500, 500, False), (1500, 2000, True)):
            refund = client.v1.refunds.create({
                "payment_intent": intent.id, "amount": amount, "reason": "duplicate"})
            assert (refund.status, refund.amount, refund.reason) == (
                "succeeded", amount, "duplicate")
            charge = charge_of(client, intent)
            assert (charge.amount_refunded, charge.refunded) == (total, whole)
            told = tape.play()
            assert [each.type for each in told] == ["charge.refunded", "refund.created"]
            assert previous(told[0]) == (
                {"amount_refunded": 500, "refunded": False} if whole else {"amount_refunded": 0})
            movement = client.v1.balance_transactions.retrieve(refund.balance_transaction)
            assert (movement.amount, movement.type, movement.net) == (-amount, "refund", -amount)
        assert refused(client.v1.refunds.create, {"payment_intent": intent.id})[:2] == (
            400, "charge_already_refunded")
        assert charge_of(client, intent).status == "succeeded"

    @pytest.mark.parametrize("reason", ["duplicate", "fraudulent", "requested_by_customer"])
    def test_reasons_are_kept(self, client, reason):
        intent = pay(client, "pm_card_visa")
        refund = client.v1.refunds.create({"payment_intent": intent.id, "reason": reason})
        assert client.v1.refunds.retrieve(refund.id).reason == reason

    def test_a_reason_of_their_own_is_refused(self, client):
        charge = pay(client, "pm_card_visa").latest_charge
        assert refused(client.v1.refunds.create, {"charge": charge, "reason": "bored"}) == (
            400, None, "reason",
            "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")

    @pytest.mark.parametrize(("card", "at_once", "later", "reason", "left"), [
        ("pm_card_pendingRefund", "pending", "succeeded", None, 2000),
        ("pm_card_refundFail", "succeeded", "failed", "unknown", 0),
    ])
    def test_some_refunds_change_later(self, client, card, at_once, later, reason, left):
        till = Till(client, on=START, card=card)
        intent = pay(client, client.v1.customers.retrieve(
            till.customer).invoice_settings.default_payment_method, customer=till.customer)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        assert refund.status == at_once
        assert charge_of(client, intent).amount_refunded == 2000
        before = till.mark()
        till.advance(DAY)
        refund = client.v1.refunds.retrieve(refund.id)
        assert (refund.status, refund.to_dict().get("failure_reason")) == (later, reason)
        charge = charge_of(client, intent)
        assert (charge.amount_refunded, charge.refunded) == (left, left == 2000)
        told = [each for each in till.told(since=before) if "refund" in each]
        assert told == [
            "refund.updated", *(["refund.failed"] if reason else []), "charge.refund.updated"]
        if reason:
            movement = client.v1.balance_transactions.retrieve(
                refund.failure_balance_transaction)
            assert (movement.amount, movement.type) == (2000, "refund_failure")

    @pytest.mark.parametrize(("params", "wanted"), [
        ({}, (400, "parameter_missing", None, "One of the following params should be provided for"
              " this request: payment_intent or charge.")),
        ({"charge": "ch_x"}, (400, "resource_missing", "charge", "No such charge: 'ch_x'")),
        ({"payment_intent": "pi_x"}, (400, "resource_missing", "payment_intent",
                                      "No such payment_intent: 'pi_x'")),
    ])
    def test_a_refund_is_of_something(self, client, params, wanted):
        assert refused(client.v1.refunds.create, params) == wanted


class TestReservations:
    def test_money_is_reserved_and_then_taken(self, client, tape):
        intent = held(client)
        assert (intent.status, intent.amount_capturable, intent.amount_received) == (
            "requires_capture", 2000, 0)
        assert tape.types() == ["payment_intent.created", "charge.succeeded",
                                "payment_intent.amount_capturable_updated"]
        charge = charge_of(client, intent)
        assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == (
            "succeeded", True, False, 0)
        assert charge.balance_transaction is None
        intent = client.v1.payment_intents.capture(intent.id)
        assert (intent.status, intent.amount_capturable, intent.amount_received) == (
            "succeeded", 0, 2000)
        assert tape.types() == ["charge.captured", "payment_intent.succeeded"]
        charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
        assert (charge.captured, charge.amount_captured, charge.refunds.data) == (True, 2000, [])

    def test_what_is_not_taken_goes_back(self, client):
        intent = held(client)
        intent = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700})
        assert (intent.amount, intent.amount_received) == (2000, 700)
        charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
        assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (700, 0, False)
        assert charge.refunds.data == []
        first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
        assert not charge_of(client, intent).refunded
        rest = client.v1.refunds.create({"payment_intent": intent.id})
        charge = charge_of(client, intent)
        assert (rest.amount, charge.amount_refunded, charge.refunded) == (400, 700, True)
        assert [each.id for each in client.v1.refunds.list({"charge": charge.id}).data] == [
            rest.id, first.id]

    def test_a_canceled_reservation_goes_back_whole(self, client):
        intent = held(client)
        assert client.v1.payment_intents.cancel(intent.id).amount_capturable == 0
        charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
        assert (charge.captured, charge.amount_refunded, charge.refunded) == (False, 0, False)
        assert charge.refunds.data == client.v1.refunds.list({"charge": charge.id}).data == []

    def test_a_reservation_lapses_after_seven_days(self, client):
        till = Till(client, on=START)
        card = client.v1.payment_methods.list({"customer": till.customer}).data[0].id
        intent = pay(client, card, customer=till.customer, capture_method="manual")
        shown = charge_of(client, intent).payment_method_details.card
        assert shown.capture_before == at(START) + 7 * DAY
        before = till.mark()
        till.advance(7 * DAY + 1)
        intent = client.v1.payment_intents.retrieve(intent.id)
        assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
        assert [each for each in till.told(since=before) if "clock" not in each] == [
            "charge.expired", "payment_intent.canceled"]
        assert client.v1.refunds.list({"charge": intent.latest_charge}).data == []
        charge = charge_of(client, intent)
        assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (0, 0, False)

    def test_not_more_than_the_reservation_is_taken(self, client):
        intent = held(client)
        capture = client.v1.payment_intents.capture
        assert refused(capture, intent.id, {"amount_to_capture": 2001})[:3] == (
            400, "amount_too_large", "amount_to_capture")
        assert refused(capture, intent.id, {"amount_to_capture": 0})[:3] == (
            400, "parameter_invalid_integer", "amount_to_capture")
        assert refused(client.v1.refunds.create, {"payment_intent": intent.id})[:2] == (
            400, "charge_not_refundable")
        assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


# card, reason, status, amounts
DISPUTES = [
    ("createDispute", "fraudulent", "needs_response", [2000]),
    ("createDisputeProductNotReceived", "product_not_received", "needs_response", [2000]),
    ("createDisputeInquiry", "fraudulent", "warning_needs_response", [2000]),
    ("createMultipleDisputes", "fraudulent", "needs_response", [1000, 1000]),
    ("createCe3EligibleDispute", "fraudulent", "needs_response", [2000]),
    ("createComplianceDispute", "noncompliant", "needs_response", [2000]),
]


class TestDisputes:
    @pytest.mark.parametrize(("card", "reason", "status", "amounts"), DISPUTES)
    def test_a_payment_is_disputed_as_it_succeeds(
        self, client, tape, card, reason, status, amounts
    ):
        intent = pay(client, f"pm_card_{card}")
        assert intent.status == "succeeded"
        charge = charge_of(client, intent)
        assert charge.disputed is True
        found = client.v1.disputes.list({"charge": charge.id}).data
        assert [(each.reason, each.status, each.amount) for each in found] == [
            (reason, status, amount) for amount in amounts]
        opened = ["charge.dispute.created"] * len(amounts)
        if status == "needs_response":
            opened += ["charge.dispute.funds_withdrawn"] * len(amounts)
            assert [each.balance_transactions[0].amount for each in found] == [
                -amount for amount in amounts]
            assert refused(client.v1.refunds.create, {"charge": charge.id})[:2] == (
                400, "charge_disputed")
        else:
            assert found[0].balance_transactions == []
        assert tape.types() == [
            "payment_intent.created", "charge.succeeded", *opened, "payment_intent.succeeded"]

    @pytest.mark.parametrize(("card", "evidence", "status", "moved"), [
        ("createDispute", "winning_evidence", "won", [-2000, 2000]),
        ("createDispute", "losing_evidence", "lost", [-2000]),
        ("createDisputeInquiry", "winning_evidence", "warning_closed", []),
        ("createDisputeInquiry", "losing_evidence", "warning_closed", []),
    ])
    def test_evidence_closes_it(self, client, tape, card, evidence, status, moved):
        intent = pay(client, f"pm_card_{card}")
        dispute = client.v1.disputes.list({"charge": intent.latest_charge}).data[0]
        tape.play()
        dispute = client.v1.disputes.update(
            dispute.id, {"evidence": {"uncategorized_text": evidence}})
        assert dispute.status == status
        assert [each.amount for each in dispute.balance_transactions] == moved
        told = tape.types()
        assert told[:2] == ["charge.dispute.updated", "charge.dispute.closed"]
        assert ("charge.dispute.funds_reinstated" in told) is (status == "won")

    def test_an_issuer_warns_of_fraud(self, client, tape):
        intent = pay(client, "pm_card_createIssuerFraudRecord")
        assert charge_of(client, intent).disputed is False
        (warning,) = client.v1.radar.early_fraud_warnings.list(
            {"charge": intent.latest_charge}).data
        assert warning.actionable is True
        assert "radar.early_fraud_warning.created" in tape.types()

    def test_a_disputed_renewal_stays_paid(self, client):
        till = Till(client, card="pm_card_createDispute")
        invoice = till.paid(1500)
        assert (invoice.status, invoice.amount_paid) == ("paid", 1500)
        charge = client.v1.charges.list({"customer": till.customer}).data[0]
        assert charge.disputed is True

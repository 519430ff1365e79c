"""Disputes: the money goes, the seller answers, the network decides."""

import pytest
import stripe

START = 1_700_000_000


@pytest.fixture
def dispute(client, pay):
    """Give the function that pays with a card and returns the dispute it meets."""

    def meet(method="pm_card_createDispute", **params):
        intent = pay(method, **params)
        return client.v1.disputes.list({"payment_intent": intent.id}).data[0]

    return meet


def test_a_dispute_takes_the_money_and_a_fee(client, dispute, told):
    found = dispute()

    assert told.types() == [
        "payment_intent.created", "charge.succeeded", "charge.dispute.created",
        "charge.dispute.funds_withdrawn", "payment_intent.succeeded",
    ]
    assert (found.amount, found.reason, found.status) == (2000, "fraudulent", "needs_response")
    assert [(each.amount, each.fee) for each in found.balance_transactions] == [(-2000, 1500)]
    charge = client.v1.charges.retrieve(found.charge)
    assert charge.disputed is True
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.refunds.create({"charge": charge.id})
    assert raised.value.code == "charge_disputed"


def test_winning_evidence_brings_the_money_back(client, dispute, told):
    found = dispute()
    told.read()

    won = client.v1.disputes.update(
        found.id, {"evidence": {"uncategorized_text": "winning_evidence"}}
    )

    assert won.status == "won"
    assert won.evidence_details.has_evidence is True
    assert won.evidence_details.submission_count == 1
    assert [each.amount for each in won.balance_transactions] == [-2000, 2000]
    assert told.types() == [
        "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated",
    ]


def test_losing_evidence_loses(client, dispute):
    found = dispute()
    lost = client.v1.disputes.update(
        found.id, {"evidence": {"uncategorized_text": "losing_evidence"}}
    )
    assert lost.status == "lost"
    assert [each.amount for each in lost.balance_transactions] == [-2000]


def test_evidence_can_be_staged_before_it_is_submitted(client, dispute, told):
    found = dispute()
    told.read()

    staged = client.v1.disputes.update(
        found.id, {"evidence": {"product_description": "Tea"}, "submit": False}
    )
    assert (staged.status, staged.evidence.product_description) == ("needs_response", "Tea")
    assert staged.evidence_details.submission_count == 0
    assert told.types() == ["charge.dispute.updated"]

    sent = client.v1.disputes.update(found.id, {"submit": True})
    assert sent.status == "under_review"


def test_a_dispute_can_be_accepted_as_lost(client, dispute, told):
    found = dispute()
    told.read()

    closed = client.v1.disputes.close(found.id)

    assert closed.status == "lost"
    assert told.types() == ["charge.dispute.updated", "charge.dispute.closed"]
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(found.id)


def test_an_inquiry_takes_no_money(client, dispute, told):
    found = dispute("pm_card_createDisputeInquiry")

    assert found.status == "warning_needs_response"
    assert found.balance_transactions == []
    assert found.is_charge_refundable is True
    assert "charge.dispute.funds_withdrawn" not in told.types()


def test_a_dispute_without_an_answer_is_lost_after_its_last_day(client, dispute, advance):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    payer = client.v1.customers.create({"test_clock": clock.id})
    found = dispute(customer=payer.id)

    advance(clock, found.evidence_details.due_by + 10)

    lost = client.v1.disputes.retrieve(found.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_an_issuer_may_warn_of_fraud(client, pay, told):
    intent = pay("pm_card_createIssuerFraudRecord")
    assert "radar.early_fraud_warning.created" in told.types()

    warning = client.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data[0]
    assert (warning.charge, warning.actionable) == (intent.latest_charge, True)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable is False


def test_an_inquiry_may_become_a_dispute(client, dispute, told):
    found = dispute("pm_card_createDisputeInquiry")
    told.read()

    escalated = client.v1.disputes.update(
        found.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
    )

    assert (escalated.status, escalated.is_charge_refundable) == ("needs_response", False)
    assert [(each.amount, each.fee) for each in escalated.balance_transactions] == [(-2000, 1500)]
    assert told.types() == ["charge.dispute.funds_withdrawn", "charge.dispute.updated"]


def test_a_charge_can_be_disputed_in_parts(client, pay):
    intent = pay("pm_card_createMultipleDisputes")
    found = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert [each.amount for each in found] == [1000, 1000]


def test_a_reservation_is_disputed_once_it_is_captured_and_for_what_was_taken(client, pay, told):
    intent = pay("pm_card_createDisputeProductNotReceived", capture_method="manual")
    assert intent.status == "requires_capture"
    assert client.v1.disputes.list({"payment_intent": intent.id}).data == []
    told.read()

    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1172})

    [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.amount, dispute.reason) == (1172, "product_not_received")
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_captured, charge.amount_refunded, charge.disputed) == (1172, 0, True)
    assert told.types() == [
        "charge.captured", "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]

"""Combinations: several payments, credits and refunds on one invoice, and what goes wrong later."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.till import DAY, Till, refused


def settled(client: stripe.StripeClient, till: Till, amount: int, **params: Any) -> Any:
    """Pay an amount by an intent of its own."""
    return client.v1.payment_intents.create({
        "amount": amount, "currency": till.currency, "customer": till.customer,
        "payment_method": "pm_card_visa", "confirm": True, **params,
    })  # fmt: skip


def attach(client: stripe.StripeClient, invoice: Any, intent: Any) -> Any:
    return client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})


@pytest.fixture
def till(client: stripe.StripeClient) -> Till:
    return Till(client)


def test_a_part_paid_elsewhere_completes_a_part_paid_here(client, till):
    invoice = till.open(5_000)
    attach(client, invoice, settled(client, till, 2_000))
    mark = till.mark()
    invoice = client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (invoice.status, invoice.amount_paid, invoice.amount_paid_off_stripe) == (
        "paid", 5_000, 3_000,
    )  # fmt: skip
    assert (invoice.attempted, invoice.attempt_count) == (False, 0)
    assert till.told(since=mark) == ["payment_intent.canceled", "invoice.updated", "invoice.paid"]


def test_capturing_less_than_was_reserved_pays_that_much(client, till):
    invoice = till.open(5_000)
    intent = settled(client, till, 2_000, capture_method="manual")
    assert attach(client, invoice, intent).amount_paid == 0
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1_500})
    invoice = till.read(invoice, "payments")
    assert (invoice.amount_paid, invoice.amount_remaining) == (1_500, 3_500)
    shown = [(each.status, each.amount_requested, each.amount_paid, each.is_default)
             for each in invoice.payments.data]  # fmt: skip
    assert shown == [("paid", 2_000, 1_500, False), ("open", 3_500, None, True)]
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_a_note_on_an_invoice_paid_in_part_lowers_it_and_gives_the_rest_back(client, till):
    invoice = till.open(5_000)
    attach(client, invoice, settled(client, till, 2_000))
    create = client.v1.credit_notes.create
    assert "($10.00)" in refused(create, {"invoice": invoice.id, "amount": 4_000})[3]
    mark = till.mark()
    note = create({"invoice": invoice.id, "amount": 4_000, "refund_amount": 1_000})
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == (
        "mixed", 3_000, 1_000,
    )  # fmt: skip
    invoice = till.read(invoice)
    assert (invoice.status, invoice.amount_due, invoice.amount_paid) == ("paid", 2_000, 2_000)
    assert till.told(since=mark) == [
        "payment_intent.canceled", "charge.refunded", "refund.created", "credit_note.created",
        "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
    ]  # fmt: skip
    assert refused(client.v1.credit_notes.void_credit_note, note.id)[0] == 400
    last = create({"invoice": invoice.id, "amount": 1_000, "refund_amount": 600,
                   "credit_amount": 300, "out_of_band_amount": 100})  # fmt: skip
    assert (last.type, last.out_of_band_amount, till.balance) == ("post_payment", 100, -300)
    assert refused(create, {"invoice": invoice.id, "amount": 1, "refund_amount": 1})[2] == "amount"


def test_what_the_balance_paid_is_credited_and_not_refunded(client, till):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -2_000, "currency": "usd"}
    )
    invoice = till.paid(5_000)
    create = client.v1.credit_notes.create
    assert refused(create, {"invoice": invoice.id, "amount": 4_000, "refund_amount": 4_000})[2] == (
        "refund_amount"
    )
    create({"invoice": invoice.id, "amount": 5_000, "refund_amount": 3_000,
            "credit_amount": 2_000})  # fmt: skip
    assert till.balance == -2_000


def test_a_note_refunds_several_payments_the_newest_first_and_tells_it_at_once(client, till):
    invoice = till.open(5_000)
    for amount in (2_000, 1_500):
        attach(client, invoice, settled(client, till, amount))
    client.v1.invoices.pay(invoice.id)
    mark = till.mark()
    note = client.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 4_000, "refund_amount": 4_000}
    )
    assert [each.amount_refunded for each in note.refunds] == [1_500, 2_000, 500]
    assert till.told(since=mark) == [
        *["charge.refunded"] * 3, *["refund.created"] * 3, "credit_note.created", "invoice.updated",
    ]  # fmt: skip
    made = [each for each in till.events(since=mark) if each.type == "refund.created"]
    assert {each.data.object.status for each in made} == {"succeeded"}


def test_a_refund_that_fails_later_leaves_the_note_and_the_charge_refundable(client):
    till = Till(client, on="2026-01-01", card="pm_card_refundFail")
    invoice = till.paid(5_000)
    note = client.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 2_000, "refund_amount": 2_000}
    )
    mark = till.mark()
    till.advance(60)
    assert till.told(since=mark) == [
        "test_helpers.test_clock.advancing", "refund.updated", "refund.failed",
        "charge.refund.updated", "test_helpers.test_clock.ready",
    ]  # fmt: skip
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert client.v1.credit_notes.retrieve(note.id).status == "issued"
    refund = client.v1.refunds.list({"charge": charge.id}).data[0]
    failure = client.v1.balance_transactions.retrieve(refund.failure_balance_transaction)
    assert (refund.status, failure.type, failure.amount) == ("failed", "refund_failure", 2_000)


def test_what_pays_a_voided_invoice_after_all_is_the_customers_credit(client, till):
    invoice = till.open(5_000)
    intent = client.v1.payment_intents.create(
        {"amount": 2_000, "currency": "usd", "customer": till.customer}
    )
    attach(client, invoice, intent)
    client.v1.invoices.void_invoice(invoice.id)
    client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    invoice = till.read(invoice)
    assert (invoice.status, invoice.amount_paid, invoice.amount_overpaid) == ("void", 0, 2_000)
    assert till.moves() == [("invoice_overpaid", -2_000)]


def debtor(client: stripe.StripeClient, iban: str) -> Till:
    """Give a customer on a clock whose invoices debit a SEPA account."""
    till = Till(client, on="2026-01-01", card=None, currency="eur")
    method = client.v1.payment_methods.create({
        "type": "sepa_debit", "sepa_debit": {"iban": iban},
        "billing_details": {"name": "Ada", "email": "ada@example.com"},
    })  # fmt: skip
    till.use(method.id)
    return till


def test_a_debit_that_fails_reopens_what_it_was_to_pay(client):
    till = debtor(client, "AT861904300235473202")
    draft = till.draft(5_000)
    mark = till.mark()
    invoice = client.v1.invoices.pay(draft.id)
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("open", True, 1)
    assert till.told(since=mark)[-3:] == [
        "charge.pending", "payment_intent.processing", "invoice.updated",
    ]  # fmt: skip
    again = refused(client.v1.invoices.pay, draft.id)
    assert again[3] == "A payment on this invoice is already being processed."
    mark = till.mark()
    till.advance(DAY)
    assert till.told(since=mark)[1:4] == [
        "charge.failed", "payment_intent.payment_failed", "invoice.payment_failed",
    ]  # fmt: skip
    assert till.read(draft).status == "open"


def test_a_debit_on_its_way_when_the_invoice_is_paid_elsewhere_becomes_credit(client):
    till = debtor(client, "AT611904300234573201")
    invoice = till.open(5_000)
    client.v1.invoices.pay(invoice.id)
    client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    till.advance(60)
    invoice = till.read(invoice)
    assert (invoice.status, invoice.amount_paid, invoice.amount_overpaid) == ("paid", 5_000, 5_000)
    assert till.balance == -5_000


WITHDRAWN, RETURNED = ("adjustment", -5_000, 1_500), ("adjustment", 5_000, 0)


@pytest.mark.parametrize(("evidence", "status", "moves", "events"), [
    ("winning_evidence", "won", [WITHDRAWN, RETURNED],
     ["charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"]),
    ("losing_evidence", "lost", [WITHDRAWN], ["charge.dispute.updated", "charge.dispute.closed"]),
    ("words", "under_review", [WITHDRAWN], ["charge.dispute.updated"]),
    (None, "lost", [WITHDRAWN], ["charge.dispute.updated", "charge.dispute.closed"]),
])  # fmt: skip
def test_a_dispute_moves_the_money_of_an_invoice_that_stays_paid(
    client, evidence, status, moves, events
):
    till = Till(client, card="pm_card_createDispute")
    invoice = till.paid(5_000)
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    [dispute] = client.v1.disputes.list({"charge": charge.id}).data
    create = client.v1.credit_notes.create
    sent = {"invoice": invoice.id, "amount": 1_000, "refund_amount": 1_000}
    assert refused(create, sent)[1] == "charge_disputed"
    mark = till.mark()
    if evidence is None:
        dispute = client.v1.disputes.close(dispute.id)
    else:
        sent = {"evidence": {"uncategorized_text": evidence}, "submit": True}
        dispute = client.v1.disputes.update(dispute.id, sent)
    assert dispute.status == status
    assert [(each.type, each.amount, each.fee) for each in dispute.balance_transactions] == moves
    assert till.told(since=mark) == events
    assert till.read(invoice).status == "paid"


@pytest.mark.parametrize(("params", "param"), [
    ({"statement_descriptor": "ACME"}, "statement_descriptor"),
    ({"statement_descriptor_suffix": "x" * 23}, "statement_descriptor_suffix"),
    ({"statement_descriptor_suffix": "<b>"}, "statement_descriptor_suffix"),
    ({"statement_descriptor_suffix": "1234"}, "statement_descriptor_suffix"),
])  # fmt: skip
def test_words_that_no_card_statement_prints_are_refused(client, till, params, param):
    assert refused(settled, client, till, 900, **params)[::2] == (400, param)


def test_a_suffix_stands_behind_the_accounts_own_words(client, till):
    card_payments = {"statement_descriptor_prefix": "ACME"}
    client.v1.accounts.update(
        client.v1.accounts.retrieve_current().id, {"settings": {"card_payments": card_payments}}
    )
    intent = settled(client, till, 900, statement_descriptor_suffix="ORDER 17",
                     expand=["latest_charge"])  # fmt: skip
    assert intent.latest_charge.calculated_statement_descriptor == "ACME* ORDER 17"


def test_a_method_that_a_payment_was_to_save_can_be_attached_later(client, till):
    intent = client.v1.payment_intents.create({
        "amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "setup_future_usage": "off_session",
    })  # fmt: skip
    again = {"amount": 900, "currency": "usd", "payment_method": intent.payment_method,
             "confirm": True}  # fmt: skip
    assert refused(client.v1.payment_intents.create, again)[2] == "payment_method"
    client.v1.payment_methods.attach(intent.payment_method, {"customer": till.customer})
    paid = client.v1.payment_intents.create(
        {**again, "customer": till.customer, "off_session": True}
    )
    assert paid.status == "succeeded"

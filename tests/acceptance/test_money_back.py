"""Money back: notes and refunds in all their forms, and never more than there was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import stripe

from acceptance.till import DAY, Till, at, refused


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def credit(client):
    def make(invoice: Any, **params: Any) -> Any:
        return client.v1.credit_notes.create({"invoice": invoice.id, **params})

    return make


def line_of(invoice: Any, place: int = 0, **params: Any) -> dict[str, Any]:
    line = invoice.lines.data[place].id
    return {"type": "invoice_line_item", "invoice_line_item": line, **params}


def custom(**params: Any) -> dict[str, Any]:
    return {"type": "custom_line_item", "description": "Goodwill", "quantity": 1, **params}


def intent_of(till: Till, invoice: Any) -> str:
    [payment] = till.client.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    return payment.payment.payment_intent


def refund(till: Till, invoice: Any, amount: int | None = None) -> Any:
    params: dict[str, Any] = {"payment_intent": intent_of(till, invoice)}
    if amount is not None:
        params["amount"] = amount
    return till.client.refunds.create(params)


def rate(client: stripe.StripeClient, percentage: int, *, inclusive: bool = False) -> str:
    return client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    ).id


# Lines


@pytest.mark.parametrize(("own", "field"), [
    ({"description": "x"}, "description"), ({"unit_amount": 5}, "unit_amount"),
    ({"unit_amount_decimal": "5.5"}, "unit_amount_decimal"), ({"tax_rates": ["@"]}, "tax_rates"),
])  # fmt: skip
def test_what_is_for_custom_lines_alone_is_refused_on_others(client, till, credit, own, field):
    invoice = till.open(1500)
    params = {name: [rate(client, 5)] if value == ["@"] else value for name, value in own.items()}
    assert refused(credit, invoice, lines=[line_of(invoice, amount=5, **params)])[:3] == (
        400, None, f"lines[0][{field}]",
    )  # fmt: skip


def test_custom_lines_are_described_by_themselves(client, till, credit):
    invoice, vat = till.open(5000), rate(client, 10)
    wrong = [
        ({"unit_amount": 5, "amount": 5}, "lines[0][amount]"),
        ({"unit_amount": 5, "invoice_line_item": invoice.lines.data[0].id},
         "lines[0][invoice_line_item]"),
        ({}, "lines[0][unit_amount]"),
        ({"unit_amount_decimal": "1.0000000000001"}, "lines[0][unit_amount_decimal]"),
        ({"unit_amount_decimal": "-1"}, "lines[0][unit_amount_decimal]"),
        ({"unit_amount": 50, "tax_rates": [vat],
          "tax_amounts": [{"amount": 1, "tax_rate": vat, "taxable_amount": 9}]},
         "lines[0][tax_amounts]"),
    ]  # fmt: skip
    for params, param in wrong:
        status, _, named, _ = refused(credit, invoice, lines=[custom(**params)])
        assert (status, named) == (400, param), params
    inside = rate(client, 25, inclusive=True)

    note = credit(invoice, lines=[
        custom(unit_amount_decimal="33.335", quantity=3, tax_rates=[vat]),
        custom(unit_amount=500, tax_rates=[inside]),
        custom(unit_amount=200, tax_amounts=[
            {"amount": 7, "tax_rate": vat, "taxable_amount": 70}]),
    ])  # fmt: skip

    assert [line.amount for line in note.lines.data] == [100, 500, 200]
    assert note.lines.data[0].unit_amount is None
    assert note.lines.data[0].unit_amount_decimal == Decimal("33.335")
    taxes = [line.taxes[0] for line in note.lines.data]
    assert [(tax.amount, tax.tax_behavior, tax.taxable_amount) for tax in taxes] == [
        (10, "exclusive", 100), (100, "inclusive", 400), (7, "exclusive", 70),
    ]  # fmt: skip
    assert (note.subtotal, note.total, note.total_excluding_tax) == (800, 817, 700)
    assert note.subtotal_excluding_tax == 700
    assert {(tax.tax_rate_details.tax_rate, tax.amount) for tax in note.total_taxes} == {
        (vat, 17), (inside, 100),
    }  # fmt: skip


def test_taxes_of_a_line_may_be_given_by_amount_or_left_away(client, till, credit):
    vat = rate(client, 20)
    invoice = till.open(2000, default_tax_rates=[vat])
    assert invoice.total == 2400

    given = credit(invoice, lines=[line_of(invoice, amount=1000, tax_amounts=[
        {"amount": 55, "tax_rate": vat, "taxable_amount": 275}])])  # fmt: skip
    without = credit(invoice, lines=[line_of(invoice, amount=100, tax_amounts="")])
    reckoned = credit(invoice, lines=[line_of(invoice, amount=900)])

    assert [note.total for note in (given, without, reckoned)] == [1055, 100, 1080]
    assert till.read(invoice).amount_due == 2400 - 1055 - 100 - 1080


def test_the_parts_of_a_line_make_its_whole(client, till, credit):
    third = client.v1.coupons.create({"percent_off": 33.33}).id
    rates = [rate(client, 7), rate(client, 19, inclusive=True)]
    invoice = till.open(999, 1001, discounts=[{"coupon": third}], default_tax_rates=rates)
    notes = [
        credit(invoice, lines=[line_of(invoice, place, amount=part)])
        for place, whole in enumerate(each.amount for each in invoice.lines.data)
        for part in (1, 333, whole - 334)
    ]
    assert sum(note.total for note in notes) == invoice.total
    assert sum(note.discount_amount for note in notes) == invoice.total_discount_amounts[0].amount
    paid = till.read(invoice)
    assert (paid.status, paid.amount_due, paid.amount_paid) == ("paid", 0, 0)


def test_a_preview_has_all_that_the_note_will_have(client, till, credit):
    invoice = till.paid(3000, 700, default_tax_rates=[rate(client, 10)])
    params = {
        "refund_amount": 1210, "credit_amount": 1000, "out_of_band_amount": 460, "memo": "m",
        "reason": "order_change", "metadata": {"a": "b"}, "effective_at": at("2026-01-05"),
        "lines": [
            line_of(invoice, 1, amount=700), custom(unit_amount=800), line_of(invoice, amount=1000),
        ],
    }  # fmt: skip

    preview = client.v1.credit_notes.preview({"invoice": invoice.id, **params})
    page = client.v1.credit_notes.preview_lines.list({"invoice": invoice.id, "limit": 2, **params})
    listed = list(page.auto_paging_iter())
    made = credit(invoice, **params)

    assert (made.total, made.type, made.out_of_band_amount) == (2670, "post_payment", 460)
    own = {"id", "lines", "pdf", "refunds", "customer_balance_transaction", "created"}
    shown = {name: value for name, value in preview.to_dict().items() if name not in own}
    assert shown == {name: value for name, value in made.to_dict().items() if name not in own}
    lines = [
        {name: value for name, value in line.to_dict().items() if name != "id"}
        for line in made.lines.data
    ]
    for found in (preview.lines.data, listed):
        assert [
            {name: value for name, value in line.to_dict().items() if name != "id"}
            for line in found
        ] == lines  # fmt: skip
    assert (len(page.data), page.has_more) == (2, True)
    first = client.v1.credit_notes.line_items.list(made.id, {"limit": 1})
    assert first.has_more and [each.amount for each in first.auto_paging_iter()] == [700, 800, 1000]
    assert [each.amount for each in client.v1.refunds.list(
        {"payment_intent": intent_of(till, invoice)}).data] == [1210]  # fmt: skip
    assert till.balance == -1000


def test_shipping_is_credited_once_and_only_the_invoices_own(client, till, credit):
    rates = [
        client.v1.shipping_rates.create(
            {"display_name": "Post", "type": "fixed_amount",
             "fixed_amount": {"amount": 300, "currency": "usd"}}
        ).id
        for _ in range(2)
    ]  # fmt: skip
    invoice = till.paid(1000, shipping_cost={"shipping_rate": rates[0]})
    assert refused(credit, invoice, shipping_cost={"shipping_rate": rates[1]}, refund_amount=300)[
        :3
    ] == (400, None, "shipping_cost[shipping_rate]")

    note = credit(invoice, shipping_cost={"shipping_rate": rates[0]}, refund_amount=300)

    assert (note.total, note.amount_shipping, note.shipping_cost.shipping_rate) == (
        300, 300, rates[0],
    )  # fmt: skip
    again = refused(credit, invoice, shipping_cost={"shipping_rate": rates[0]}, refund_amount=300)
    assert again[:3] == (400, None, "shipping_cost")


# Refunds that notes count in


def test_a_refund_counts_once(till, credit):
    invoice = till.paid(2000)
    first, second = refund(till, invoice, 500), refund(till, invoice, 300)
    twice = [{"refund": first.id}, {"refund": first.id}]
    assert refused(credit, invoice, amount=1000, refunds=twice)[:3] == (
        400, None, "refunds[1][amount_refunded]",
    )  # fmt: skip

    note = credit(invoice, amount=600, refunds=[
        {"refund": first.id, "amount_refunded": 400}, {"refund": second.id, "amount_refunded": 200},
    ])  # fmt: skip

    assert [(each.refund, each.amount_refunded, each.type) for each in note.refunds] == [
        (first.id, 400, "refund"), (second.id, 200, "refund"),
    ]  # fmt: skip
    assert (
        refused(
            credit, invoice, amount=101, refunds=[{"refund": first.id, "amount_refunded": 101}]
        )[2]
        == "refunds[0][amount_refunded]"
    )
    rest = credit(invoice, amount=200, refunds=[
        {"refund": first.id, "amount_refunded": 100}, {"refund": second.id, "amount_refunded": 100},
    ])  # fmt: skip
    assert rest.total == 200
    assert till.read(invoice).post_payment_credit_notes_amount == 800
    other = till.paid(500)
    assert refused(credit, other, amount=500, refunds=[{"refund": first.id}])[2] == (
        "refunds[0][refund]"
    )


def test_a_refund_that_failed_counts_for_nothing(client, credit):
    till = Till(client, on="2026-01-01", card="pm_card_refundFail")
    invoice = till.paid(2000)
    failed = refund(till, invoice, 700)
    till.advance(DAY)
    assert client.v1.refunds.retrieve(failed.id).status == "failed"
    assert refused(credit, invoice, amount=700, refunds=[{"refund": failed.id}])[2] == (
        "refunds[0][refund]"
    )
    assert credit(invoice, credit_amount=2000).total == 2000


def test_a_refund_that_was_reported_counts_as_out_of_band_and_leaves_once(
    client, server, till, credit
):
    invoice = till.open(1000)
    record = client.v1.payment_records.report_payment({
        "amount_requested": {"currency": "usd", "value": 1000}, "initiated_at": 1_760_000_000,
        "payment_method_details": {"type": "custom", "custom": {"display_name": "Cheque"}},
        "customer_details": {"customer": till.customer}, "outcome": "guaranteed",
        "guaranteed": {"guaranteed_at": 1_760_000_000},
    }).id  # fmt: skip
    client.v1.invoices.attach_payment(invoice.id, {"payment_record": record})
    client.v1.payment_records.report_refund(record, {
        "outcome": "refunded", "refunded": {"refunded_at": 1_760_000_000},
        "processor_details": {"type": "custom", "custom": {"refund_reference": "no 8"}},
        "amount": {"currency": "usd", "value": 400},
    })  # fmt: skip
    assert refused(credit, invoice, credit_amount=601)[2] == "amount"

    assert credit(invoice, out_of_band_amount=400).total == 400
    assert credit(invoice, amount=600, out_of_band_amount=100, credit_amount=500).total == 600

    cash = server.system.database.read(
        lambda connection: connection.query(
            "SELECT SUM(amount) FROM ledger WHERE account = 'cash' AND object_id = ?",
            (invoice.id,),
        )
    )
    assert cash == [(500,)]
    assert till.balance == -500


def test_a_note_tells_what_happened_in_order(client, till, credit):
    invoice = till.paid(2000)
    before = till.mark()
    credit(invoice, refund_amount=500)
    told = till.told(since=before)
    order = ["charge.refunded", "refund.created", "credit_note.created", "invoice.updated"]
    assert [each for each in told if each in order] == order
    open_one = till.open(900)
    note = credit(open_one, amount=100)
    before = till.mark()
    client.v1.credit_notes.void_credit_note(note.id)
    told = till.told(since=before)
    assert "credit_note.voided" in told and "invoice.updated" in told


# Never more than there was


def test_what_was_credited_is_not_refunded_too(till, credit):
    invoice = till.paid(2000)
    credit(invoice, credit_amount=600)
    credit(invoice, out_of_band_amount=300)
    status, _, param, message = refused(refund, till, invoice, 1101)
    assert (status, param) == (400, "amount") and "$11.00" in message
    refund(till, invoice, 100)

    rest = refund(till, invoice)

    assert rest.amount == 1000
    assert refused(refund, till, invoice, 1)[0] == 400
    assert refused(credit, invoice, credit_amount=1)[0] == 400
    assert till.balance == -600


def test_what_was_refunded_is_not_credited_too(till, credit):
    invoice = till.paid(2000)
    refund(till, invoice, 1500)
    assert refused(credit, invoice, credit_amount=501)[2] == "amount"
    credit(invoice, credit_amount=500)
    assert refused(credit, invoice, refund_amount=1)[0] == 400


def test_what_the_balance_paid_goes_back_to_it(client, till, credit):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -400, "currency": "usd"}
    )
    invoice = till.paid(1000)
    assert (invoice.amount_paid, till.balance) == (600, 0)
    assert refused(credit, invoice, refund_amount=1000)[2] == "refund_amount"
    note = credit(invoice, amount=1000, refund_amount=600, credit_amount=400)
    assert (note.post_payment_amount, till.balance) == (1000, -400)
    assert refused(refund, till, invoice)[1] == "charge_already_refunded"


def test_a_voided_invoice_gives_the_credit_of_a_proration_back(client):
    till = Till(client, on="2026-01-01")
    prices = [
        client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Plan"},
             "recurring": {"interval": "month"}}
        ).id
        for amount in (6200, 3100)
    ]  # fmt: skip
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": prices[0]}]}
    )
    till.advance(to="2026-01-11")
    client.v1.subscriptions.update(subscription.id, {
        "items": [{"id": subscription["items"].data[0].id, "price": prices[1]}],
        "proration_behavior": "always_invoice",
    })  # fmt: skip
    assert till.balance == -2100
    till.use("pm_card_chargeCustomerFail")
    till.advance(to="2026-02-01 02:00")
    renewal = till.invoices()[-1]
    assert (renewal.status, renewal.total, renewal.amount_due) == ("open", 3100, 1000)
    assert till.balance == 0

    client.v1.invoices.void_invoice(renewal.id)

    assert till.balance == -2100
    assert till.moves()[0] == ("unapplied_from_invoice", -2100)


# Disputes


@pytest.mark.parametrize("whole", [True, False])
def test_an_inquiry_may_be_refunded_and_takes_no_more_than_is_left(client, whole):
    till = Till(client, on="2026-01-01", card="pm_card_createDisputeInquiry")
    invoice = till.paid(2000)
    [dispute] = client.v1.disputes.list({"payment_intent": intent_of(till, invoice)}).data
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)

    made = refund(till, invoice, 2000 if whole else 500)

    assert made.status == "succeeded"
    if not whole:
        escalated = client.v1.disputes.update(
            dispute.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
        )
        assert (escalated.status, escalated.amount) == ("needs_response", 1500)
        assert [each.amount for each in escalated.balance_transactions] == [-1500]
        assert refused(refund, till, invoice)[1] == "charge_disputed"
        return
    closed = client.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
    )
    assert (closed.status, closed.balance_transactions) == ("warning_closed", [])


@pytest.mark.parametrize(("evidence", "status"), [
    ("winning_evidence", "won"), ("losing_evidence", "lost"),
])  # fmt: skip
def test_what_a_bank_took_back_is_not_refunded(client, credit, evidence, status):
    till = Till(client, card="pm_card_createDispute")
    invoice = till.paid(2000)
    assert refused(refund, till, invoice)[1] == "charge_disputed"
    assert refused(credit, invoice, refund_amount=100)[1] == "charge_disputed"
    [dispute] = client.v1.disputes.list({"payment_intent": intent_of(till, invoice)}).data
    client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    dispute = client.v1.disputes.retrieve(dispute.id)
    assert dispute.status == status
    moved = [each.amount for each in dispute.balance_transactions]
    assert moved == ([-2000, 2000] if status == "won" else [-2000])
    assert refused(refund, till, invoice)[1] == "charge_disputed"

"""Credit notes: before and after payment, by line and by amount."""

import pytest
import stripe


@pytest.fixture
def opened(client, ada, draft):
    def make(*amounts, **params):
        return client.v1.invoices.finalize_invoice(draft(ada, *amounts, **params).id)

    return make


@pytest.fixture
def paid(client, ada, draft):
    def make(*amounts, **params):
        return client.v1.invoices.pay(draft(ada, *amounts, **params).id)

    return make


def test_crediting_an_open_invoice_lowers_what_is_owed(client, opened):
    invoice = opened(2000)

    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 500})

    assert (note.type, note.amount, note.total) == ("pre_payment", 500, 500)
    assert (note.pre_payment_amount, note.post_payment_amount) == (500, 0)
    assert note.number == f"{invoice.number}-CN-01"
    after = client.v1.invoices.retrieve(invoice.id, {"expand": ["payments"]})
    assert (after.status, after.amount_due, after.amount_remaining) == ("open", 1500, 1500)
    assert after.pre_payment_credit_notes_amount == 500
    assert after.payments.data[0].amount_requested == 1500

    client.v1.credit_notes.create({"invoice": invoice.id, "amount": 1500})
    done = client.v1.invoices.retrieve(invoice.id)
    assert (done.status, done.amount_due, done.amount_paid) == ("paid", 0, 0)
    with pytest.raises(stripe.InvalidRequestError, match="more than what is left"):
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": 1})


def test_a_note_of_an_open_invoice_can_be_voided(client, opened):
    invoice = opened(2000)
    note = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 500})

    void = client.v1.credit_notes.void_credit_note(note.id)

    assert void.status == "void" and void.voided_at
    assert client.v1.invoices.retrieve(invoice.id).amount_remaining == 2000
    with pytest.raises(stripe.InvalidRequestError, match="already been voided"):
        client.v1.credit_notes.void_credit_note(note.id)


def test_what_was_paid_goes_back_as_asked(client, ada, paid):
    invoice = paid(2000)

    note = client.v1.credit_notes.create(
        {
            "invoice": invoice.id,
            "amount": 900,
            "refund_amount": 500,
            "credit_amount": 300,
            "out_of_band_amount": 100,
            "reason": "duplicate",
        }
    )

    assert (note.type, note.post_payment_amount) == ("post_payment", 900)
    refund = client.v1.refunds.retrieve(note.refunds[0].refund)
    assert (refund.amount, refund.status, refund.reason) == (500, "succeeded", "duplicate")
    assert client.v1.customers.retrieve(ada.id).balance == -300
    transaction = client.v1.customers.balance_transactions.list(ada.id).data[0]
    assert (transaction.type, transaction.id) == ("credit_note", note.customer_balance_transaction)
    after = client.v1.invoices.retrieve(invoice.id)
    assert (after.amount_paid, after.post_payment_credit_notes_amount) == (2000, 900)
    with pytest.raises(stripe.InvalidRequestError, match="must equal"):
        client.v1.credit_notes.create(
            {"invoice": invoice.id, "amount": 500, "refund_amount": 100}
        )


def test_a_refund_made_before_may_be_counted(client, paid):
    invoice = paid(2000)
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    refund = client.v1.refunds.create(
        {"payment_intent": payment.payment.payment_intent, "amount": 400}
    )

    note = client.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 400, "refunds": [{"refund": refund.id}]}
    )

    assert [(each.refund, each.amount_refunded) for each in note.refunds] == [(refund.id, 400)]


def test_lines_are_credited_with_their_discounts_and_taxes(client, opened):
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    )
    half = client.v1.coupons.create({"percent_off": 50})
    invoice = opened(
        1000, 3000, default_tax_rates=[rate.id], discounts=[{"coupon": half.id}]
    )
    assert invoice.total == 2400
    first = invoice.lines.data[0]

    params = {
        "invoice": invoice.id,
        "lines": [
            {"type": "invoice_line_item", "invoice_line_item": first.id, "amount": 400},
            {
                "type": "custom_line_item",
                "description": "Goodwill",
                "quantity": 2,
                "unit_amount": 50,
                "tax_rates": [rate.id],
            },
        ],
    }
    previewed = client.v1.credit_notes.preview(params)
    note = client.v1.credit_notes.create(params)

    assert (note.subtotal, note.discount_amount, note.total) == (500, 200, 360)
    assert (previewed.subtotal, previewed.total) == (500, 360)
    assert [tax.amount for tax in note.total_taxes] == [60]
    assert [line.amount for line in note.lines.data] == [400, 100]
    lines = client.v1.credit_notes.line_items.list(note.id).data
    assert [line.type for line in lines] == ["invoice_line_item", "custom_line_item"]
    previews = client.v1.credit_notes.preview_lines.list(params).data
    assert [line.amount for line in previews] == [400, 100]
    with pytest.raises(stripe.InvalidRequestError, match="credited by amount before"):
        client.v1.credit_notes.create(
            {
                "invoice": invoice.id,
                "lines": [
                    {"type": "invoice_line_item", "invoice_line_item": first.id, "quantity": 1}
                ],
            }
        )
    with pytest.raises(stripe.InvalidRequestError, match="than is left of it"):
        client.v1.credit_notes.create(
            {
                "invoice": invoice.id,
                "lines": [
                    {"type": "invoice_line_item", "invoice_line_item": first.id, "amount": 700}
                ],
            }
        )


def test_the_parts_of_a_line_credited_by_quantity_add_up(client, ada, opened):
    product = client.v1.products.create({"name": "Hours"})
    price = client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount_decimal": "33.4"}
    )
    invoice = client.v1.invoices.create({"customer": ada.id})
    client.v1.invoice_items.create(
        {"customer": ada.id, "invoice": invoice.id, "pricing": {"price": price.id}, "quantity": 3}
    )
    invoice = client.v1.invoices.finalize_invoice(invoice.id)
    line = invoice.lines.data[0]
    assert line.amount == 100

    amounts = [
        client.v1.credit_notes.create(
            {
                "invoice": invoice.id,
                "lines": [
                    {"type": "invoice_line_item", "invoice_line_item": line.id, "quantity": 1}
                ],
            }
        ).amount
        for _ in range(3)
    ]

    assert sum(amounts) == 100 and amounts == [33, 34, 33]


def test_drafts_and_void_invoices_are_not_credited(client, ada, draft):
    with pytest.raises(stripe.InvalidRequestError, match="open or paid invoice"):
        client.v1.credit_notes.create({"invoice": draft(ada, 500).id, "amount": 1})

"""Credit notes: what they take off open and paid invoices, how it is given back, their limits."""

import pytest

from acceptance.till import Till, refused


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def credit(client):
    def make(invoice, **params):
        return client.v1.credit_notes.create({"invoice": invoice.id, **params})

    return make


def line_of(invoice, place=0, **params):
    return {
        "type": "invoice_line_item", "invoice_line_item": invoice.lines.data[place].id, **params
    }  # fmt: skip


def test_a_note_lowers_what_is_due_on_an_open_invoice(client, till, credit):
    invoice = till.open(1500)
    before = till.mark()

    note = credit(invoice, amount=400, reason="duplicate", memo="sorry", metadata={"a": "b"})

    assert (note.type, note.status, note.number) == (
        "pre_payment", "issued", f"{invoice.number}-CN-01"
    )  # fmt: skip
    assert note.amount == note.total == note.subtotal == 400
    assert (note.pre_payment_amount, note.post_payment_amount) == (400, 0)
    assert (note.reason, note.memo, note.refunds) == ("duplicate", "sorry", [])
    assert note.customer_balance_transaction is None
    shown = till.read(invoice)
    assert (shown.amount_due, shown.amount_remaining, shown.total) == (1100, 1100, 1500)
    assert shown.pre_payment_credit_notes_amount == 400
    types = till.told(since=before)
    assert types.index("credit_note.created") < types.index("invoice.updated")
    payment = till.read(invoice, "payments.data.payment.payment_intent").payments.data[0]
    assert payment.amount_requested == payment.payment.payment_intent.amount == 1100
    assert client.v1.invoices.pay(invoice.id).amount_paid == 1100


def test_a_note_for_all_that_remains_pays_the_invoice(client, till, credit):
    invoice = till.open(1500)

    credit(invoice, amount=500)
    second = credit(invoice, amount=1000)

    assert second.number == f"{invoice.number}-CN-02"
    shown = till.read(invoice, "payments")
    assert (shown.status, shown.amount_due, shown.amount_paid) == ("paid", 0, 0)
    assert [each.status for each in shown.payments.data] == ["canceled"]
    assert client.v1.charges.list({"customer": till.customer}).data == []


def test_a_paid_invoice_is_refunded_credited_or_settled_elsewhere(client, till, credit):
    invoice = till.paid(2000)
    before = till.mark()

    note = credit(
        invoice, amount=1000, refund_amount=500, credit_amount=300, out_of_band_amount=200
    )

    assert (note.type, note.post_payment_amount, note.pre_payment_amount) == (
        "post_payment", 1000, 0
    )  # fmt: skip
    assert note.out_of_band_amount == 200
    [refund] = note.refunds
    assert refund.amount_refunded == 500
    made = client.v1.refunds.retrieve(refund.refund)
    assert (made.amount, made.status) == (500, "succeeded")
    assert till.balance == -300
    assert till.moves() == [("credit_note", -300)]
    assert note.customer_balance_transaction is not None
    shown = till.read(invoice)
    assert (shown.status, shown.amount_due, shown.amount_paid) == ("paid", 2000, 2000)
    assert shown.post_payment_credit_notes_amount == 1000
    told = [
        each for each in till.told(since=before)
        if each in ("charge.refunded", "refund.created", "credit_note.created", "invoice.updated")
    ]  # fmt: skip
    assert told == ["charge.refunded", "refund.created", "credit_note.created", "invoice.updated"]


def test_the_ways_back_must_make_the_amount(client, till, credit):
    invoice = till.paid(2000)

    for params in (
        {"amount": 1000}, {"amount": 1000, "refund_amount": 900},
        {"amount": 1000, "refund_amount": 600, "credit_amount": 600},
        {"amount": 3000, "refund_amount": 3000}, {"amount": 0}, {"amount": -5}, {},
        {"amount": 100, "credit_amount": 100, "reason": "whatever"},
    ):  # fmt: skip
        assert refused(credit, invoice, **params)[0] == 400, params
    assert till.balance == 0
    assert client.v1.credit_notes.list({"invoice": invoice.id}).data == []
    note = credit(invoice, credit_amount=700)  # the amount follows
    assert (note.amount, note.post_payment_amount) == (700, 700)


def test_a_note_beyond_what_remains_is_mixed(client, till, credit):
    invoice = till.open(1000)
    intent = client.v1.payment_intents.create(
        {"amount": 600, "currency": "usd", "customer": till.customer, "confirm": True,
         "payment_method": "pm_card_visa",
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip
    client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})

    note = credit(invoice, amount=700, credit_amount=300)

    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("mixed", 400, 300)
    shown = till.read(invoice)
    assert (shown.status, shown.amount_remaining, shown.amount_due) == ("paid", 0, 600)
    assert (shown.pre_payment_credit_notes_amount, shown.post_payment_credit_notes_amount) == (
        400, 300
    )  # fmt: skip


def test_an_existing_refund_can_be_counted(client, till, credit):
    invoice = till.paid(2000)
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 800})

    note = credit(invoice, amount=800, refunds=[{"refund": refund.id}])

    assert [(each.refund, each.amount_refunded) for each in note.refunds] == [(refund.id, 800)]
    assert till.read(invoice).post_payment_credit_notes_amount == 800
    client.v1.refunds.create({"charge": charge.id, "amount": 900})
    assert refused(credit, invoice, amount=400, credit_amount=400)[0] == 400
    assert credit(invoice, amount=300, credit_amount=300).total == 300


def test_lines_are_credited_by_quantity_or_amount_but_not_both(client, till, credit):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 300, "product_data": {"name": "Seat"}}
    ).id
    invoice = till.draft()
    till.item(invoice=invoice.id, pricing={"price": price}, quantity=4)
    till.item(1000, invoice=invoice.id)
    invoice = client.v1.invoices.finalize_invoice(invoice.id)

    note = credit(invoice, lines=[line_of(invoice, 0, quantity=1), line_of(invoice, 1, amount=250)])

    first, second = note.lines.data
    assert (first.type, first.amount, first.quantity) == ("invoice_line_item", 300, 1)
    assert first.invoice_line_item == invoice.lines.data[0].id
    assert (second.amount, note.total) == (250, 550)
    assert note.lines.url == f"/v1/credit_notes/{note.id}/lines"
    assert refused(credit, invoice, lines=[line_of(invoice, 0, amount=100)])[0] == 400
    assert refused(credit, invoice, lines=[line_of(invoice, 1, quantity=1)])[0] == 400
    assert refused(credit, invoice, lines=[line_of(invoice, 0, quantity=4)])[0] == 400
    assert refused(credit, invoice, lines=[line_of(invoice, 1, amount=751)])[0] == 400
    rest = credit(invoice, lines=[line_of(invoice, 0, quantity=3), line_of(invoice, 1, amount=750)])
    assert rest.total == 1650 and till.read(invoice).status == "paid"


def test_a_line_takes_its_discount_and_tax_back_in_proportion(client, till, credit):
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}
    ).id
    ten = client.v1.coupons.create({"percent_off": 10}).id
    invoice = till.open(2000, discounts=[{"coupon": ten}], default_tax_rates=[rate])
    assert invoice.total == 1980

    note = credit(invoice, lines=[line_of(invoice, amount=1000)])

    [line] = note.lines.data
    assert (line.amount, line.discount_amount, line.taxes[0].amount) == (1000, 100, 90)
    assert (note.subtotal, note.discount_amount, note.total) == (1000, 100, 990)
    assert note.total_excluding_tax == 900
    assert [tax.amount for tax in note.total_taxes] == [90]
    rest = credit(invoice, lines=[line_of(invoice, amount=1000)])
    assert rest.total == 990 and till.read(invoice).amount_remaining == 0


def test_custom_lines(till, credit, client):
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    ).id
    invoice = till.open(5000)

    note = credit(
        invoice,
        lines=[{"type": "custom_line_item", "description": "Goodwill", "quantity": 2,
                "unit_amount": 500, "tax_rates": [rate]}],
    )  # fmt: skip

    [line] = note.lines.data
    assert (line.type, line.description, line.quantity, line.unit_amount, line.amount) == (
        "custom_line_item", "Goodwill", 2, 500, 1000
    )  # fmt: skip
    assert note.total == 1200


def test_what_no_note_can_be_written_for(client, till, credit):
    draft, void, lost = till.draft(500), till.open(500), till.open(500)
    client.v1.invoices.void_invoice(void.id)
    client.v1.invoices.mark_uncollectible(lost.id)

    for invoice in (draft, void, lost):
        assert refused(credit, invoice, amount=100)[0] == 400, invoice.status
    assert refused(client.v1.credit_notes.create, {"invoice": "in_none", "amount": 1})[:3] == (
        400, "resource_missing", "invoice"
    )  # fmt: skip
    assert refused(client.v1.credit_notes.create, {"amount": 1})[:3] == (
        400, "parameter_missing", "invoice"
    )  # fmt: skip


def test_a_note_is_voided_while_its_invoice_is_open(client, till, credit):
    invoice = till.open(1500)
    note = credit(invoice, amount=400)
    before = till.mark()

    void = client.v1.credit_notes.void_credit_note(note.id)

    assert (void.status, void.voided_at is not None) == ("void", True)
    shown = till.read(invoice)
    assert (shown.amount_due, shown.pre_payment_credit_notes_amount) == (1500, 0)
    assert "credit_note.voided" in till.told(since=before)
    assert refused(client.v1.credit_notes.void_credit_note, note.id)[0] == 400
    paid = till.paid(700)
    given_back = credit(paid, credit_amount=700)
    assert refused(client.v1.credit_notes.void_credit_note, given_back.id)[0] == 400
    assert credit(invoice, amount=1500).number == f"{invoice.number}-CN-02"


def test_a_preview_is_the_note_that_would_be(client, till, credit):
    invoice = till.open(1500)
    params = {"invoice": invoice.id, "lines": [line_of(invoice, amount=500)]}

    preview = client.v1.credit_notes.preview(params)
    lines = client.v1.credit_notes.preview_lines.list(params).data

    assert (preview.object, preview.total, preview.number) == (
        "credit_note", 500, f"{invoice.number}-CN-01"
    )  # fmt: skip
    assert [line.amount for line in lines] == [500]
    assert client.v1.credit_notes.list({"invoice": invoice.id}).data == []
    assert till.read(invoice).amount_due == 1500


def test_a_preview_may_leave_open_how_the_money_goes_back(client, till, credit):
    """Integrations ask what was paid of a credit, and then say where that goes."""
    invoice, notes = till.paid(1500), client.v1.credit_notes
    params = {"invoice": invoice.id, "lines": [line_of(invoice, amount=500)]}

    asked = notes.preview(params)

    assert (asked.type, asked.post_payment_amount, asked.refunds) == ("post_payment", 500, [])
    assert [line.amount for line in notes.preview_lines.list(params).data] == [500]
    wanted = params | {"refund_amount": asked.post_payment_amount}
    assert notes.preview(wanted).total == notes.create(wanted).total == 500
    status, _, _, message = refused(notes.create, params)
    assert status == 400
    assert message == (
        "The sum of credit amount, refund amount and out of band amount ($0.00) must equal the"
        " credit note amount ($5.00)."
    )
    # What is said must make the amount, and be there to be refunded.
    assert refused(notes.preview, params | {"refund_amount": 400})[0] == 400
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -400, "currency": "usd"}
    )
    whole = {"invoice": till.paid(1000).id, "refund_amount": 1000}
    for ask in (notes.preview, notes.create):
        assert refused(ask, whole)[2] == "refund_amount"


def test_only_words_of_a_note_change(client, till, credit):
    note = credit(till.open(1500), amount=400)

    changed = client.v1.credit_notes.update(note.id, {"memo": "x", "metadata": {"a": "b"}})

    assert (changed.memo, changed.metadata.to_dict(), changed.total) == ("x", {"a": "b"}, 400)
    assert refused(client.v1.credit_notes.update, note.id, {"amount": 5})[:3] == (
        400, "parameter_unknown", "amount"
    )  # fmt: skip
    found = client.v1.credit_notes.list({"customer": till.customer}).data
    assert [each.id for each in found] == [note.id]


def test_shipping_can_be_credited(client, till, credit):
    rate = client.v1.shipping_rates.create(
        {"display_name": "Post", "type": "fixed_amount",
         "fixed_amount": {"amount": 300, "currency": "usd"}}
    ).id  # fmt: skip
    invoice = till.open(1000, shipping_cost={"shipping_rate": rate})

    note = credit(invoice, shipping_cost={"shipping_rate": rate})

    assert (note.total, note.amount_shipping) == (300, 300)
    assert till.read(invoice).amount_due == 1000

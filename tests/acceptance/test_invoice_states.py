"""Invoice states: every transition of an invoice, its moments and its events, and every refusal."""

import pytest
import stripe

from acceptance.till import Till, refused

NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


@pytest.fixture
def till(client):
    return Till(client)


def test_deleting_a_draft_keeps_its_items_with_it(client, till):
    pending = till.item(700)
    invoice = till.draft(pending_invoice_items_behavior="include")
    added = till.item(300, invoice=invoice.id)
    before = till.mark()

    answer = client.v1.invoices.delete(invoice.id)

    assert answer.to_dict() == {"id": invoice.id, "object": "invoice", "deleted": True}
    [deleted] = till.events(since=before)
    assert deleted.type == "invoice.deleted"
    assert (deleted.data.object.id, deleted.data.object.status) == (invoice.id, "draft")
    assert "deleted" not in deleted.data.object
    assert refused(client.v1.invoices.retrieve, invoice.id) == (
        404, "resource_missing", "invoice", f"No such invoice: '{invoice.id}'"
    )  # fmt: skip
    assert client.v1.invoice_items.list({"customer": till.customer, "pending": True}).data == []
    for item in (pending, added):
        assert client.v1.invoice_items.retrieve(item.id).invoice == invoice.id
        assert refused(client.v1.invoice_items.update, item.id, {"description": "x"}) == (
            400, None, None, "This invoice item has been deleted."
        )  # fmt: skip
        assert refused(client.v1.invoice_items.delete, item.id) == (
            400, None, None, "This invoice item has been deleted."
        )  # fmt: skip
    later = till.draft(pending_invoice_items_behavior="include")
    assert later.lines.data == [] and later.total == 0


def test_a_subscriptions_draft_cannot_be_deleted(client):
    till = Till(client, on="2026-01-01")
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
         "product_data": {"name": "Basic"}}
    )  # fmt: skip
    client.v1.subscriptions.create({"customer": till.customer, "items": [{"price": price.id}]})
    till.advance(to="2026-02-01")
    draft = till.invoices()[-1]
    assert draft.status == "draft"

    status, code, param, _ = refused(client.v1.invoices.delete, draft.id)

    assert (status, code, param) == (400, None, None)
    assert till.read(draft).status == "draft"


def test_finalizing_opens_and_attempts_nothing(client, till):
    draft = till.draft(1500)
    assert (draft.status, draft.number, draft.effective_at) == ("draft", None, None)
    assert draft.ending_balance is None and draft.attempted is False
    before = till.mark()

    invoice = client.v1.invoices.finalize_invoice(draft.id)

    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("open", False, 0)
    assert (invoice.auto_advance, invoice.next_payment_attempt) == (False, None)
    assert invoice.amount_due == invoice.amount_remaining == 1500 and invoice.amount_paid == 0
    moments = invoice.status_transitions.to_dict()
    assert moments == {
        "finalized_at": invoice.effective_at, "marked_uncollectible_at": None,
        "paid_at": None, "voided_at": None,
    }  # fmt: skip
    assert (invoice.starting_balance, invoice.ending_balance) == (0, 0)
    types = till.told(since=before)
    assert "invoice.finalized" in types and "payment_intent.created" in types
    assert not {"invoice.paid", "invoice.sent", "charge.succeeded", "invoice.created"} & set(types)
    intent = till.read(invoice, "payments").payments.data[0].payment.payment_intent
    assert client.v1.payment_intents.retrieve(intent).latest_charge is None
    assert refused(client.v1.invoices.finalize_invoice, invoice.id) == (
        400, None, None,
        "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
    )  # fmt: skip


def test_nothing_due_is_paid_by_finalizing(client, till):
    draft = till.draft()
    before = till.mark()

    invoice = client.v1.invoices.finalize_invoice(draft.id)

    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 0)
    moments = invoice.status_transitions
    assert moments.finalized_at == moments.paid_at == invoice.effective_at
    types = till.told(since=before)
    assert types.index("invoice.finalized") < types.index("invoice.paid")
    assert "payment_intent.created" not in types and "invoice_payment.paid" not in types
    shown = till.read(invoice, "payments", "confirmation_secret")
    assert shown.payments.data == [] and shown.confirmation_secret is None
    assert invoice.number.endswith("-0001")


def test_paying_a_draft_finalizes_and_pays_it_in_the_call(client, till):
    draft = till.draft(1500)
    before = till.mark()

    invoice = client.v1.invoices.pay(draft.id)

    moments = invoice.status_transitions
    assert invoice.status == "paid"
    assert moments.finalized_at == moments.paid_at == invoice.effective_at
    assert (invoice.attempted, invoice.attempt_count, invoice.auto_advance) == (True, 1, False)
    assert (invoice.amount_paid, invoice.amount_remaining, invoice.amount_due) == (1500, 0, 1500)
    types = till.told(since=before)
    optional = ("customer.updated", "payment_intent.created", "invoice.updated")
    assert [each for each in types if each not in optional] == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.finalized", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip
    assert refused(client.v1.invoices.pay, invoice.id) == (
        400, None, None, "Invoice is already paid"
    )  # fmt: skip


def test_sending_finalizes_a_draft_and_says_so(client, till):
    draft = till.draft(1500, collection_method="send_invoice", days_until_due=7)
    before = till.mark()

    sent = client.v1.invoices.send_invoice(draft.id)

    assert (sent.status, sent.attempted, sent.next_payment_attempt) == ("open", False, None)
    types = till.told(since=before)
    assert types.index("invoice.finalized") < types.index("invoice.sent")
    before = till.mark()
    again = client.v1.invoices.send_invoice(sent.id)
    assert again.status == "open"
    assert "invoice.sent" in till.told(since=before)


def test_sending_a_draft_with_nothing_due_pays_it(client, till):
    draft = till.draft(collection_method="send_invoice", days_until_due=7)

    sent = client.v1.invoices.send_invoice(draft.id)

    assert (sent.status, sent.number is not None) == ("paid", True)
    assert refused(client.v1.invoices.send_invoice, sent.id) == (
        400, None, None,
        "This invoice cannot be sent right now. Please contact us via"
        " https://support.stripe.com/contact with details, so we can help.",
    )  # fmt: skip


def test_a_failed_payment_is_a_402_and_leaves_the_invoice_open(client):
    till = Till(client, card="pm_card_chargeCustomerFail")
    invoice = till.open(1500)
    before = till.mark()

    with pytest.raises(stripe.CardError) as caught:
        client.v1.invoices.pay(invoice.id)

    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    assert caught.value.error.decline_code == "generic_decline"
    after = till.read(invoice)
    assert (after.status, after.attempted, after.attempt_count) == ("open", True, 1)
    assert (after.amount_paid, after.amount_remaining) == (0, 1500)
    types = till.told(since=before)
    assert "invoice.payment_failed" in types and "invoice.paid" not in types
    assert types.index("charge.failed") < types.index("payment_intent.payment_failed")
    assert types.index("payment_intent.payment_failed") < types.index("invoice.payment_failed")
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    assert till.read(invoice).attempt_count == 1  # only automatic retries count further

    paid = client.v1.invoices.pay(invoice.id, {"payment_method": till.use("pm_card_visa")})
    assert (paid.status, paid.attempt_count, paid.amount_paid) == ("paid", 1, 1500)


def test_paid_out_of_band_makes_no_attempt(client, till):
    invoice = till.open(1500)
    before = till.mark()

    paid = client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})

    assert (paid.status, paid.attempted, paid.attempt_count) == ("paid", False, 0)
    assert (paid.amount_paid, paid.amount_remaining, paid.amount_overpaid) == (1500, 0, 0)
    assert client.v1.charges.list({"customer": till.customer}).data == []
    types = till.told(since=before)
    assert "invoice.paid" in types and "invoice.payment_succeeded" not in types
    assert "charge.succeeded" not in types
    draft = till.draft(900)
    assert client.v1.invoices.pay(draft.id, {"paid_out_of_band": True}).status == "paid"


def test_voiding_is_for_open_invoices_and_cannot_be_undone(client, till):
    invoice = till.open(1500)
    before = till.mark()

    void = client.v1.invoices.void_invoice(invoice.id)

    assert (void.status, void.auto_advance, void.number) == ("void", False, invoice.number)
    assert void.status_transitions.voided_at is not None
    assert void.status_transitions.paid_at is None
    assert "invoice.voided" in till.told(since=before)
    api = client.v1.invoices
    for call in (api.void_invoice, api.mark_uncollectible):
        assert refused(call, invoice.id) == (400, None, None, NOT_OPEN)
    for call in (api.pay, api.send_invoice, api.finalize_invoice):
        assert refused(call, invoice.id)[0] == 400
    assert till.read(invoice).status == "void"


def test_what_cannot_be_voided(client, till):
    draft = till.draft(1500)
    assert refused(client.v1.invoices.void_invoice, draft.id) == (400, None, None, NOT_OPEN)
    assert refused(client.v1.invoices.mark_uncollectible, draft.id) == (400, None, None, NOT_OPEN)
    paid = client.v1.invoices.pay(draft.id)
    assert refused(client.v1.invoices.void_invoice, paid.id) == (
        400, None, None, "Invoices with `paid` payments cannot be voided."
    )  # fmt: skip
    assert refused(client.v1.invoices.mark_uncollectible, paid.id) == (400, None, None, NOT_OPEN)
    given_up = client.v1.invoices.mark_uncollectible(till.open(900).id)
    assert refused(client.v1.invoices.void_invoice, given_up.id) == (400, None, None, NOT_OPEN)


def test_an_uncollectible_invoice_may_still_be_paid(client):
    till = Till(client, card="pm_card_chargeCustomerFail")
    invoice = till.open(1500)
    before = till.mark()

    lost = client.v1.invoices.mark_uncollectible(invoice.id)

    assert (lost.status, lost.auto_advance, lost.amount_remaining) == ("uncollectible", False, 1500)
    assert lost.status_details.uncollectible.reason == "user_forgiven"
    assert lost.status_transitions.marked_uncollectible_at is not None
    assert "invoice.marked_uncollectible" in till.told(since=before)
    assert refused(client.v1.invoices.mark_uncollectible, invoice.id) == (
        400, None, None, "This invoice has already been marked uncollectible."
    )  # fmt: skip
    before = till.mark()
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    assert till.read(invoice).status == "uncollectible"
    assert "invoice.payment_failed" in till.told(since=before)
    before = till.mark()
    paid = client.v1.invoices.pay(invoice.id, {"payment_method": till.use("pm_card_visa")})
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert "invoice.paid" in till.told(since=before)
    assert paid.status_transitions.marked_uncollectible_at is not None


def test_only_drafts_are_deleted_and_unknown_ones_are_404(client, till):
    invoice = till.open(1500)
    assert refused(client.v1.invoices.delete, invoice.id) == (
        400, None, None, "You can only delete draft invoices."
    )  # fmt: skip
    api = client.v1.invoices
    for call, param in (
        (api.retrieve, "invoice"), (api.delete, "invoice"), (api.send_invoice, "invoice"),
        (api.update, "id"), (api.pay, "id"), (api.finalize_invoice, "id"),
        (api.void_invoice, "id"), (api.mark_uncollectible, "id"),
    ):  # fmt: skip
        arguments = ("in_none", {"description": "x"}) if call == api.update else ("in_none",)
        assert refused(call, *arguments) == (
            404, "resource_missing", param, "No such invoice: 'in_none'"
        )  # fmt: skip
    assert refused(api.add_lines, "in_none", {"lines": [{"amount": 1}]})[2] == "invoice"


def test_there_are_no_old_fields(till):
    invoice = till.open(1500).to_dict()

    assert not {
        "paid", "closed", "forgiven", "subscription", "subscription_details", "quote",
        "payment_intent", "charge", "paid_out_of_band", "tax", "total_tax_amounts", "discount",
        "transfer_data", "application_fee_amount", "payments", "confirmation_secret",
    } & invoice.keys()  # fmt: skip
    line = invoice["lines"]["data"][0]
    assert not {
        "price", "plan", "subscription_item", "proration", "tax_amounts", "tax_rates",
        "unit_amount_excluding_tax", "type", "invoice_item",
    } & line.keys()  # fmt: skip
    assert invoice["parent"] is None

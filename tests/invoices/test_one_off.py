"""One-off invoices: drafts made by hand, finalized, paid, voided, given up."""

import pytest
import stripe


def test_a_draft_is_empty_unless_pending_items_are_included(client, ada, draft):
    client.v1.invoice_items.create({"customer": ada.id, "amount": 700, "currency": "usd"})

    empty = client.v1.invoices.create({"customer": ada.id})
    full = client.v1.invoices.create(
        {"customer": ada.id, "pending_invoice_items_behavior": "include"}
    )

    assert (empty.status, empty.total, empty.number) == ("draft", 0, None)
    assert empty.billing_reason == "manual" and empty.auto_advance is False
    assert empty.period_start == empty.period_end == empty.created
    assert [line.amount for line in full.lines.data] == [700]
    assert full.amount_due == full.amount_remaining == 700
    assert client.v1.invoice_items.list({"customer": ada.id, "pending": True}).data == []


def test_paying_a_draft_finalizes_and_charges_it(client, ada, draft):
    invoice = draft(ada, 1500)

    paid = client.v1.invoices.pay(invoice.id, {"expand": ["payments"]})

    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1500, 0)
    assert (paid.attempted, paid.attempt_count, paid.auto_advance) == (True, 1, False)
    moments = paid.status_transitions
    # A second may begin between the two: the gateway is asked meanwhile.
    assert moments.finalized_at == paid.effective_at
    assert 0 <= moments.paid_at - moments.finalized_at <= 30
    assert paid.number.endswith("-0001")
    payment = paid.payments.data[0]
    assert (payment.status, payment.amount_paid, payment.is_default) == ("paid", 1500, True)
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.status, intent.description) == ("succeeded", "Payment for Invoice")


def test_finalizing_opens_a_payment_without_an_attempt(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, 1500).id)

    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("open", False, 0)
    assert invoice.hosted_invoice_url and invoice.invoice_pdf
    shown = client.v1.invoices.retrieve(
        invoice.id, {"expand": ["confirmation_secret", "payments"]}
    )
    intent = shown.payments.data[0].payment.payment_intent
    assert shown.confirmation_secret.client_secret.startswith(f"{intent}_secret_")
    with pytest.raises(stripe.InvalidRequestError, match="already finalized"):
        client.v1.invoices.finalize_invoice(invoice.id)


def test_the_payment_of_an_invoice_is_not_canceled_by_itself(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, 1500).id)
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]

    with pytest.raises(stripe.InvalidRequestError, match="Void the invoice instead"):
        client.v1.payment_intents.cancel(payment.payment.payment_intent)


def test_nothing_due_is_paid_at_once(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada).id)

    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 0)
    assert invoice.number is not None


def test_a_decline_is_a_402_and_leaves_the_invoice_open(client, draft):
    bob = client.v1.customers.create(
        {
            "payment_method": "pm_card_chargeCustomerFail",
            "invoice_settings": {"default_payment_method": "pm_card_chargeCustomerFail"},
        }
    )
    invoice = draft(bob, 1500)

    with pytest.raises(stripe.CardError) as declined:
        client.v1.invoices.pay(invoice.id)

    assert declined.value.code == "card_declined"
    after = client.v1.invoices.retrieve(invoice.id)
    assert (after.status, after.attempted, after.attempt_count) == ("open", True, 1)
    assert after.next_payment_attempt is None
    types = {event.type for event in client.v1.events.list({"limit": 20}).data}
    assert {"invoice.payment_failed", "charge.failed", "payment_intent.payment_failed"} <= types


def test_paying_out_of_band_charges_nothing(client, ada, draft):
    paid = client.v1.invoices.pay(draft(ada, 1500).id, {"paid_out_of_band": True})

    assert (paid.status, paid.attempted, paid.attempt_count) == ("paid", False, 0)
    assert client.v1.charges.list({"customer": ada.id}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="Invoice is already paid"):
        client.v1.invoices.pay(paid.id)


def test_voiding_and_giving_up(client, ada, draft):
    first = client.v1.invoices.finalize_invoice(draft(ada, 1500).id)
    second = client.v1.invoices.finalize_invoice(draft(ada, 900).id)

    void = client.v1.invoices.void_invoice(first.id, {"expand": ["payments"]})
    lost = client.v1.invoices.mark_uncollectible(second.id)

    assert void.status == "void" and void.status_transitions.voided_at
    assert void.payments.data[0].status == "canceled"
    intent = client.v1.payment_intents.retrieve(void.payments.data[0].payment.payment_intent)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")
    assert lost.status == "uncollectible"
    assert lost.status_details.uncollectible.reason == "user_forgiven"
    with pytest.raises(stripe.InvalidRequestError, match="already been marked uncollectible"):
        client.v1.invoices.mark_uncollectible(lost.id)
    with pytest.raises(stripe.InvalidRequestError, match="This invoice isn't open"):
        client.v1.invoices.void_invoice(lost.id)
    assert client.v1.invoices.pay(lost.id).status == "paid"


def test_the_balance_is_used_and_given_back(client, ada, draft):
    client.v1.customers.balance_transactions.create(ada.id, {"amount": -400, "currency": "usd"})
    invoice = draft(ada, 1500)
    assert (invoice.starting_balance, invoice.amount_due) == (-400, 1100)

    opened = client.v1.invoices.finalize_invoice(invoice.id)
    assert (opened.total, opened.amount_due, opened.ending_balance) == (1500, 1100, 0)
    assert client.v1.customers.retrieve(ada.id).balance == 0

    client.v1.invoices.void_invoice(invoice.id)
    assert client.v1.customers.retrieve(ada.id).balance == -400
    types = [each.type for each in client.v1.customers.balance_transactions.list(ada.id).data]
    assert types == ["unapplied_from_invoice", "applied_to_invoice", "adjustment"]


def test_what_is_too_little_to_charge_is_owed_on_the_balance(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, 30).id)

    assert (invoice.status, invoice.amount_due, invoice.total) == ("paid", 0, 30)
    assert (invoice.attempted, invoice.attempt_count, invoice.ending_balance) == (True, 0, 30)
    assert client.v1.customers.retrieve(ada.id).balance == 30
    assert client.v1.charges.list({"customer": ada.id}).data == []


def test_a_negative_total_becomes_credit(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, -500).id)

    assert (invoice.status, invoice.amount_due, invoice.total) == ("paid", 0, -500)
    assert invoice.ending_balance == -500
    transaction = client.v1.customers.balance_transactions.list(ada.id).data[0]
    assert (transaction.type, transaction.amount) == ("applied_to_invoice", -500)


def test_a_draft_can_be_changed_and_deleted_but_not_a_finalized_invoice(client, ada, draft):
    invoice = draft(ada, 1500)
    changed = client.v1.invoices.update(
        invoice.id, {"description": "Thanks", "auto_advance": True, "metadata": {"a": "1"}}
    )
    assert changed.description == "Thanks"
    assert changed.automatically_finalizes_at == changed.created + 3601
    assert changed.next_payment_attempt == changed.created + 3600
    off = client.v1.invoices.update(invoice.id, {"auto_advance": False})
    assert off.automatically_finalizes_at is None and off.next_payment_attempt is None

    other = client.v1.invoices.finalize_invoice(draft(ada, 900).id)
    with pytest.raises(stripe.InvalidRequestError, match="can't be updated in this way") as refused:
        client.v1.invoices.update(other.id, {"description": "No"})
    assert refused.value.param == "description"
    with pytest.raises(stripe.InvalidRequestError, match="only delete draft"):
        client.v1.invoices.delete(other.id)

    assert client.v1.invoices.delete(invoice.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as gone:
        client.v1.invoices.retrieve(invoice.id)
    assert (gone.value.http_status, gone.value.param) == (404, "invoice")


def test_sending_needs_a_due_date(client, ada, draft):
    with pytest.raises(stripe.InvalidRequestError, match="you must specify 'due_date'"):
        client.v1.invoices.create({"customer": ada.id, "collection_method": "send_invoice"})
    with pytest.raises(stripe.InvalidRequestError, match="if invoice collection method is 'send"):
        client.v1.invoices.create({"customer": ada.id, "days_until_due": 3})

    invoice = draft(ada, 1500, collection_method="send_invoice", days_until_due=10)
    sent = client.v1.invoices.send_invoice(invoice.id)

    assert sent.status == "open" and sent.next_payment_attempt is None
    assert sent.due_date == sent.status_transitions.finalized_at + 10 * 86400
    assert "invoice.sent" in {each.type for each in client.v1.events.list().data}


def test_invoices_are_listed_and_found(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, 1500).id)
    draft(ada)

    opened = client.v1.invoices.list({"customer": ada.id, "status": "open"}).data
    assert [each.id for each in opened] == [invoice.id]
    found = client.v1.invoices.search({"query": f'customer:"{ada.id}" AND total>1000'}).data
    assert [each.id for each in found] == [invoice.id]
    lines = client.v1.invoices.line_items.list(invoice.id).data
    assert [line.amount for line in lines] == [1500]
    with pytest.raises(stripe.InvalidRequestError, match="Invalid status: must be one of draft"):
        client.v1.invoices.list({"status": "nope"})


def test_there_are_no_templates_until_someone_designs_one(client, ada):
    assert client.v1.invoice_rendering_templates.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.create(
            {"customer": ada.id, "rendering": {"template": "inrtem_none"}}
        )
    assert refused.value.param == "rendering[template]"

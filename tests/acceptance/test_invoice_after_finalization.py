"""Invoices once finalized: what is frozen, what may change, numbers, and who pays with what."""

import pytest
import stripe

from acceptance.till import DAY, Till, at, refused


@pytest.fixture
def till(client):
    return Till(client, name="Ada", email="ada@example.com")


def test_finalizing_freezes_the_customer_and_shows_the_pages(client, till):
    draft = till.draft(1500)
    client.v1.customers.update(
        till.customer,
        {"name": "Ada L", "address": {"country": "GB", "line1": "1 Way"}, "phone": "1",
         "shipping": {"name": "Ada S", "address": {"country": "FR"}}},
    )  # fmt: skip
    assert draft.hosted_invoice_url is None and draft.invoice_pdf is None

    invoice = client.v1.invoices.finalize_invoice(draft.id)
    client.v1.customers.update(till.customer, {"name": "Later", "email": "later@example.com"})

    shown = till.read(invoice)
    assert (shown.customer_name, shown.customer_email) == ("Ada L", "ada@example.com")
    assert (shown.customer_address.country, shown.customer_phone) == ("GB", "1")
    assert shown.customer_shipping.name == "Ada S"
    assert shown.hosted_invoice_url.startswith("http") and shown.invoice_pdf.startswith("http")


def test_effective_at_is_kept_when_it_was_chosen(client, till):
    draft = till.draft(1500, effective_at=at("2024-05-05"))

    invoice = client.v1.invoices.finalize_invoice(draft.id)

    assert invoice.effective_at == at("2024-05-05")
    assert invoice.status_transitions.finalized_at > invoice.effective_at


def test_a_finalized_invoice_changes_only_in_how_it_is_collected(client, till):
    invoice = till.open(1500, metadata={"kept": "1"})
    method = till.use("pm_card_mastercard")

    changed = client.v1.invoices.update(
        invoice.id,
        {"metadata": {"a": "b"}, "auto_advance": True, "default_payment_method": method},
    )
    assert changed.metadata.to_dict() == {"kept": "1", "a": "b"}
    assert (changed.auto_advance, changed.default_payment_method) == (True, method)

    for name, value in {
        "description": "x", "footer": "x", "custom_fields": [{"name": "a", "value": "b"}],
        "number": "X-1", "effective_at": 5, "statement_descriptor": "x", "discounts": [],
        "default_tax_rates": [], "account_tax_ids": [], "rendering": {"pdf": {"page_size": "a4"}},
    }.items():  # fmt: skip
        assert refused(client.v1.invoices.update, invoice.id, {name: value or ""}) == (
            400, None, name, "Finalized invoices can't be updated in this way"
        ), name  # fmt: skip


def test_lines_of_a_finalized_invoice_are_not_editable(client, till):
    invoice = till.open(1500)
    line = invoice.lines.data[0]
    expected = (
        400, "invoice_not_editable", None, "Invalid invoice: This invoice is no longer editable"
    )  # fmt: skip
    api = client.v1.invoices
    assert refused(api.add_lines, invoice.id, {"lines": [{"amount": 5}]}) == expected
    assert refused(
        api.update_lines, invoice.id, {"lines": [{"id": line.id, "amount": 5}]}
    ) == expected
    assert refused(
        api.remove_lines, invoice.id, {"lines": [{"id": line.id, "behavior": "delete"}]}
    ) == expected
    status, *_ = refused(api.line_items.update, invoice.id, line.id, {"amount": 5})
    assert status == 400
    item = client.v1.invoice_items.list({"invoice": invoice.id}).data[0]
    for call in (client.v1.invoice_items.delete, client.v1.invoice_items.update):
        assert refused(call, item.id)[0] == 400
    assert refused(till.item, 5, invoice=invoice.id)[0] == 400
    assert till.read(invoice).total == 1500


def test_numbers_count_every_way_of_finalizing(client, till):
    prefix = client.v1.customers.retrieve(till.customer).invoice_prefix
    assert len(prefix) == 8 and prefix == prefix.upper()
    api = client.v1.invoices
    sent = {"collection_method": "send_invoice", "days_until_due": 3}

    numbers = [
        till.open(1500).number,
        till.open().number,  # nothing due
        till.paid(700).number,
        api.send_invoice(till.draft(900, **sent).id).number,
        api.pay(till.draft(100).id, {"paid_out_of_band": True}).number,
        till.open(-300).number,
    ]

    assert numbers == [f"{prefix}-000{place}" for place in range(1, 7)]
    customer = client.v1.customers.retrieve(till.customer)
    assert customer.next_invoice_sequence == 7
    draft = till.draft(100)
    assert draft.number is None
    api.delete(draft.id)
    assert client.v1.customers.retrieve(till.customer).next_invoice_sequence == 7


def test_a_sequence_and_a_prefix_can_be_chosen(client):
    till = Till(client, invoice_prefix="ACME12", next_invoice_sequence=9999)

    assert [till.open(100).number, till.open(100).number] == ["ACME12-9999", "ACME12-10000"]

    back = refused(client.v1.customers.update, till.customer, {"next_invoice_sequence": 5})
    assert back[0] == 400 and back[2] == "next_invoice_sequence"
    assert refused(Till, client, invoice_prefix="ACME12")[0] == 400
    for prefix in ("AB", "ABCDEFGHIJKLM", "acme", "AC-ME"):
        assert refused(Till, client, invoice_prefix=prefix)[0] == 400, prefix
    client.v1.customers.update(till.customer, {"next_invoice_sequence": 1_000_000_000})
    assert refused(
        client.v1.customers.update, till.customer, {"next_invoice_sequence": 1_000_000_001}
    )[0] == 400
    client.v1.customers.update(till.customer, {"invoice_prefix": "ACME34"})
    assert till.open(100).number == "ACME34-1000000000"
    assert refused(Till, client, invoice_prefix="ACME12")[0] == 400  # its numbers are out
    client.v1.customers.delete(till.customer)
    assert refused(Till, client, invoice_prefix="ACME34")[0] == 400


def test_the_payment_of_an_open_invoice_is_made_with_its_secret(client, till):
    invoice = till.read(till.open(1500), "payments", "confirmation_secret")

    [payment] = invoice.payments.data
    assert (payment.object, payment.status, payment.is_default) == ("invoice_payment", "open", True)
    assert (payment.amount_requested, payment.amount_paid) == (1500, None)
    assert payment.invoice == invoice.id and payment.payment.type == "payment_intent"
    intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert invoice.confirmation_secret.to_dict() == {
        "client_secret": intent.client_secret, "type": "payment_intent"
    }  # fmt: skip
    assert (intent.amount, intent.description) == (1500, "Payment for Invoice")
    confirmed = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert confirmed.status == "succeeded"
    paid = till.read(invoice)
    assert (paid.status, paid.attempt_count, paid.amount_paid) == ("paid", 1, 1500)
    assert client.v1.charges.retrieve(confirmed.latest_charge).description == "Payment for Invoice"


def test_pay_takes_the_named_method_before_the_invoices_and_the_customers(client, till):
    other = client.v1.payment_methods.attach("pm_card_amex", {"customer": till.customer}).id
    invoice = till.open(1500)
    client.v1.invoices.update(invoice.id, {"default_payment_method": other})

    paid = till.read(client.v1.invoices.pay(invoice.id), "payments.data.payment.payment_intent")
    assert paid.payments.data[0].payment.payment_intent.payment_method == other

    second = client.v1.invoices.pay(till.open(700).id, {"payment_method": other})
    shown = till.read(second, "payments.data.payment.payment_intent")
    assert shown.payments.data[0].payment.payment_intent.payment_method == other


def test_without_a_method_the_call_is_refused(client):
    till = Till(client, card=None)
    invoice = till.open(1500)

    status, _, param, message = refused(client.v1.invoices.pay, invoice.id)

    assert (status, param) == (400, None) and "default_payment_method" in message
    shown = till.read(invoice)
    assert (shown.status, shown.attempted) == ("open", False)
    foreign = Till(client)
    method = client.v1.customers.retrieve(foreign.customer).invoice_settings.default_payment_method
    assert refused(client.v1.invoices.pay, invoice.id, {"payment_method": method})[0] == 400


def test_paying_with_authentication_needed_leaves_it_open_and_uncounted(client):
    till = Till(client, card="pm_card_authenticationRequired")
    invoice = till.open(1500)
    before = till.mark()

    with pytest.raises(stripe.CardError) as caught:
        client.v1.invoices.pay(invoice.id, {"off_session": False})

    assert caught.value.code == "invoice_payment_intent_requires_action"
    shown = till.read(invoice)
    assert (shown.status, shown.attempted, shown.attempt_count) == ("open", True, 0)
    types = till.told(since=before)
    assert "payment_intent.requires_action" in types
    assert "invoice.payment_action_required" in types


def test_descriptor_and_fields_have_their_limits(client, till):
    create = client.v1.invoices.create
    base = {"customer": till.customer}
    ok = create({**base, "custom_fields": [{"name": "n" * 40, "value": "v" * 140}] * 4})
    assert len(ok.custom_fields) == 4
    for params in (
        {"custom_fields": [{"name": "n" * 41, "value": "v"}]},
        {"custom_fields": [{"name": "n", "value": "v" * 141}]},
        {"custom_fields": [{"name": "n", "value": "v"}] * 5},
        {"statement_descriptor": "x" * 23},
    ):
        assert refused(create, {**base, **params})[0] == 400, params
    invoice = till.open(900, statement_descriptor="ACME INC")
    intent = till.read(invoice, "payments").payments.data[0].payment.payment_intent
    assert client.v1.payment_intents.retrieve(intent).statement_descriptor == "ACME INC"


def test_a_revision_replaces_its_original_when_it_is_finalized(client, till):
    original = till.open(1500, 300, description="first")

    draft = client.v1.invoices.create(
        {"from_invoice": {"invoice": original.id, "action": "revision"}}
    )
    assert draft.status == "draft" and draft.total == 1800
    assert draft.from_invoice.to_dict() == {"action": "revision", "invoice": original.id}
    assert till.read(original).status == "open"
    line = draft.lines.data[0]
    client.v1.invoices.remove_lines(
        draft.id, {"lines": [{"id": line.id, "behavior": "delete"}]}
    )
    revised = client.v1.invoices.finalize_invoice(draft.id)

    before = till.read(original)
    assert (before.status, before.latest_revision) == ("void", revised.id)
    assert revised.status == "open" and revised.number != original.number
    assert refused(
        client.v1.invoices.create,
        {"from_invoice": {"invoice": original.id, "action": "revision"}},
    )[0] == 400


def test_the_invoices_of_a_deleted_customer_stay_and_advance_no_more(client):
    till = Till(client, on="2026-03-01")
    draft = till.draft(1500, auto_advance=True)
    opened = till.open(700, auto_advance=True)
    sent = till.open(800, collection_method="send_invoice", days_until_due=1)

    client.v1.customers.delete(till.customer)

    for each in (draft, opened):
        shown = till.read(each)
        assert (shown.auto_advance, shown.next_payment_attempt) == (False, None)
        assert shown.automatically_finalizes_at is None
    till.advance(10 * DAY)
    assert [till.read(each).status for each in (draft, opened, sent)] == ["draft", "open", "open"]
    assert client.v1.invoices.void_invoice(opened.id).status == "void"

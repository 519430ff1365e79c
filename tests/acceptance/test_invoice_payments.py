"""Invoice payments: which payments pay an invoice, in parts, from elsewhere, and too much."""

import pytest

from acceptance.payer import Payer
from acceptance.till import Till, refused

NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def intent(client, till):
    """Give the making of payment intents of the till's customer, paid unless told otherwise."""

    def make(amount, paid=True, **params):
        given = {
            "amount": amount, "currency": "usd", "customer": till.customer,
            "automatic_payment_methods": NO_REDIRECTS, **params,
        }  # fmt: skip
        if paid:
            given |= {"confirm": True, "payment_method": "pm_card_visa"}
        return client.v1.payment_intents.create(given)

    return make


def test_a_payment_is_open_until_it_is_paid(client, till):
    invoice = till.open(1500)
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    assert (payment.status, payment.amount_requested, payment.amount_paid) == ("open", 1500, None)
    assert payment.status_transitions.to_dict() == {"canceled_at": None, "paid_at": None}
    assert (payment.is_default, payment.currency, payment.livemode) == (True, "usd", False)
    assert payment.id.startswith("inpay_")
    before = till.mark()

    client.v1.invoices.pay(invoice.id)

    paid = client.v1.invoice_payments.retrieve(payment.id)
    assert (paid.status, paid.amount_paid) == ("paid", 1500)
    assert paid.status_transitions.paid_at is not None
    [event] = [each for each in till.events(since=before) if each.type == "invoice_payment.paid"]
    assert event.data.object.id == payment.id and event.data.object.status == "paid"
    by_intent = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent",
                     "payment_intent": payment.payment.payment_intent}}
    ).data  # fmt: skip
    assert [each.id for each in by_intent] == [payment.id]
    assert client.v1.invoice_payments.list({"invoice": invoice.id, "status": "open"}).data == []


def test_partial_payments_pay_an_invoice_together(client, till, intent):
    invoice = till.open(1000)

    first = client.v1.invoices.attach_payment(
        invoice.id, {"payment_intent": intent(400).id}
    )
    assert (first.status, first.amount_paid, first.amount_remaining) == ("open", 400, 600)
    assert first.amount_due == 1000
    default = [each for each in till.read(invoice, "payments").payments.data if each.is_default]
    assert [each.amount_requested for each in default] == [600]

    paid = client.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1000, 0)
    amounts = {
        each.is_default: (each.status, each.amount_paid)
        for each in till.read(invoice, "payments").payments.data
    }
    assert amounts == {True: ("paid", 600), False: ("paid", 400)}


def test_an_attached_intent_is_credited_when_it_succeeds(client, till, intent):
    invoice = till.open(1000)
    waiting = intent(1000, paid=False)
    attached = client.v1.invoices.attach_payment(invoice.id, {"payment_intent": waiting.id})
    assert (attached.status, attached.amount_paid) == ("open", 0)

    client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"})

    paid = till.read(invoice, "payments")
    assert (paid.status, paid.amount_paid) == ("paid", 1000)
    assert {each.is_default: each.status for each in paid.payments.data} == {
        True: "canceled", False: "paid"
    }  # fmt: skip
    [default] = [each for each in paid.payments.data if each.is_default]
    gone = client.v1.payment_intents.retrieve(default.payment.payment_intent)
    assert gone.status == "canceled"


def test_an_attached_intent_that_is_canceled_pays_nothing(client, till, intent):
    invoice = till.open(1000)
    waiting = intent(1000, paid=False)
    client.v1.invoices.attach_payment(invoice.id, {"payment_intent": waiting.id})

    client.v1.payment_intents.cancel(waiting.id)

    payments = till.read(invoice, "payments").payments.data
    assert {each.is_default: each.status for each in payments} == {True: "open", False: "canceled"}
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_what_cannot_be_attached(client, till, intent):
    invoice = till.open(1000)
    attach = client.v1.invoices.attach_payment
    paying = intent(400)
    attach(invoice.id, {"payment_intent": paying.id})
    assert refused(attach, invoice.id, {"payment_intent": paying.id})[0] == 400
    euros = intent(400, currency="eur")
    assert refused(attach, invoice.id, {"payment_intent": euros.id})[0] == 400
    assert refused(attach, invoice.id, {"payment_intent": "pi_none"})[:2] == (
        400, "resource_missing"
    )  # fmt: skip
    assert refused(attach, till.draft(100).id, {"payment_intent": intent(100).id})[0] == 400
    assert refused(attach, invoice.id)[:2] == (400, "parameter_missing")
    returned = intent(400)
    client.v1.refunds.create({"payment_intent": returned.id, "amount": 100})
    assert refused(attach, invoice.id, {"payment_intent": returned.id}) == (
        400, None, "payment_intent", f"The PaymentIntent {returned.id} was refunded."
    )  # fmt: skip


def test_the_default_payment_is_voided_with_its_invoice_not_canceled(client, till):
    invoice = till.open(1000)
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    paying = payment.payment.payment_intent
    assert refused(client.v1.payment_intents.cancel, paying)[0] == 400
    assert client.v1.payment_intents.retrieve(paying).status != "canceled"

    client.v1.invoices.void_invoice(invoice.id)

    shown = till.read(invoice, "payments")
    assert [each.status for each in shown.payments.data] == ["canceled"]
    assert shown.payments.data[0].status_transitions.canceled_at is not None
    canceled = client.v1.payment_intents.retrieve(paying)
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "void_invoice")


def test_the_amount_of_an_invoices_payment_is_the_invoices_to_say(client, till, intent):
    intents, invoice = client.v1.payment_intents, till.open(1500)
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    default = payment.payment.payment_intent
    for params, param in (({"amount": 100}, "amount"), ({"currency": "eur"}, "currency")):
        error = refused(intents.update, default, params)
        assert error[:3] == (400, "payment_intent_unexpected_state", param)
    same = {"amount": 1500, "currency": "usd", "metadata": {"seen": "yes"}}
    assert intents.update(default, same).metadata["seen"] == "yes"

    part = intent(400, paid=False)
    client.v1.invoices.attach_payment(invoice.id, {"payment_intent": part.id})
    assert refused(intents.update, part.id, {"currency": "eur"})[2] == "currency"
    assert intents.update(part.id, {"amount": 600}).amount == 600
    attached = client.v1.invoice_payments.list({"payment": {
        "type": "payment_intent", "payment_intent": part.id}}).data[0]  # fmt: skip
    assert attached.amount_requested == 600
    intents.confirm(part.id, {"payment_method": "pm_card_visa"})
    assert client.v1.invoices.retrieve(invoice.id).amount_remaining == 900


def test_who_was_to_approve_another_amount_is_asked_again(server, client, till):
    invoice = till.open(1500)
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    intents, default = client.v1.payment_intents, payment.payment.payment_intent
    card = {"payment_method": "pm_card_authenticationRequired"}
    assert intents.confirm(default, card).status == "requires_action"

    client.v1.credit_notes.create({"invoice": invoice.id, "amount": 400})

    intent = intents.retrieve(default)
    assert (intent.amount, intent.status, intent.next_action) == (
        1100, "requires_confirmation", None)  # fmt: skip
    Payer(server).answer(intents.confirm(default))
    paid = client.v1.invoices.retrieve(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_overpaid) == ("paid", 1100, 0)


def test_an_invoice_partly_paid_cannot_be_voided(client, till, intent):
    invoice = till.open(1000)
    client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent(400).id})

    assert refused(client.v1.invoices.void_invoice, invoice.id) == (
        400, None, None, "Invoices with `paid` payments cannot be voided."
    )  # fmt: skip


def test_payments_are_named_after_what_they_pay(client):
    till = Till(client, on="2026-01-01")
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    subscription = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}]}
    )
    till.advance(to="2026-02-02")
    client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": subscription["items"].data[0].id, "quantity": 3}],
         "proration_behavior": "always_invoice"},
    )  # fmt: skip
    till.paid(500)

    charges = client.v1.charges.list({"customer": till.customer}).data[::-1]

    assert [each.description for each in charges] == [
        "Subscription creation", "Subscription update", "Subscription update",
        "Payment for Invoice",
    ]  # fmt: skip
    intents = client.v1.payment_intents.list({"customer": till.customer}).data[::-1]
    assert [each.description for each in intents] == [each.description for each in charges]


def test_the_first_of_the_places_that_name_a_method_pays(client, till):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    amex = client.v1.payment_methods.attach("pm_card_amex", {"customer": till.customer}).id
    client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}], "default_payment_method": amex}
    )
    [invoice] = till.invoices()
    shown = till.read(invoice, "payments.data.payment.payment_intent")
    assert shown.payments.data[0].payment.payment_intent.payment_method == amex
    assert invoice.default_payment_method is None


@pytest.fixture
def record(client, till):
    """Give the reporting of payments made elsewhere, guaranteed unless told otherwise."""

    def make(value, outcome="guaranteed", currency="usd", **params):
        given = {
            "amount_requested": {"currency": currency, "value": value},
            "initiated_at": 1_760_000_000,
            "payment_method_details": {"type": "custom", "custom": {"display_name": "Cheque"}},
            "customer_details": {"customer": till.customer},
            "processor_details": {"type": "custom", "custom": {"payment_reference": "no 7"}},
            **params,
        }
        if outcome is not None:
            given |= {"outcome": outcome, outcome: {f"{outcome}_at": 1_760_000_000}}
        return client.v1.payment_records.report_payment(given)

    return make


def test_a_payment_reported_from_elsewhere_pays_in_part_or_whole(client, till, record):
    invoice = till.open(1000)
    first = record(400)
    assert (first.amount_guaranteed.value, first.amount_requested.value) == (400, 400)
    before = till.mark()

    part = client.v1.invoices.attach_payment(invoice.id, {"payment_record": first.id})

    assert (part.status, part.amount_paid, part.amount_remaining) == ("open", 400, 600)
    assert part.amount_paid_off_stripe == 400
    [paid] = client.v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    assert (paid.payment.type, paid.payment.payment_record) == ("payment_record", first.id)
    assert (paid.is_default, paid.amount_paid) == (False, 400)
    assert "invoice_payment.paid" in till.told(since=before)
    before = till.mark()
    rest = client.v1.invoices.attach_payment(invoice.id, {"payment_record": record(600).id})
    assert (rest.status, rest.attempted, rest.amount_paid) == ("paid", False, 1000)
    types = till.told(since=before)
    assert "invoice.paid" in types and "invoice.payment_succeeded" not in types
    assert "payment_intent.canceled" in types
    assert client.v1.charges.list({"customer": till.customer}).data == []


def test_a_reported_payment_counts_once_it_is_guaranteed(client, till, record):
    invoice = till.open(1000)
    waiting = record(1300, outcome=None)
    attached = client.v1.invoices.attach_payment(invoice.id, {"payment_record": waiting.id})
    assert (attached.status, attached.amount_paid) == ("open", 0)

    sure = client.v1.payment_records.report_payment_attempt_guaranteed(
        waiting.id, {"guaranteed_at": 1_760_000_000}
    )

    assert sure.amount_guaranteed.value == 1300
    paid = till.read(invoice)
    assert (paid.status, paid.amount_paid, paid.amount_overpaid) == ("paid", 1000, 300)
    assert till.balance == -300
    back = client.v1.payment_records.report_refund(
        waiting.id,
        {"outcome": "refunded", "refunded": {"refunded_at": 1_760_000_000},
         "processor_details": {"type": "custom", "custom": {"refund_reference": "no 8"}},
         "amount": {"currency": "usd", "value": 500}},
    )  # fmt: skip
    assert back.amount_refunded.value == 500
    assert client.v1.payment_records.retrieve(waiting.id).amount_refunded.value == 500


def test_a_reported_attempt_may_fail_and_be_made_again(client, till, record):
    failed = record(500, outcome="failed")
    assert (failed.amount_failed.value, failed.amount_guaranteed.value) == (500, 0)
    api = client.v1.payment_records
    invoice = till.open(500)
    attach = client.v1.invoices.attach_payment
    assert refused(attach, invoice.id, {"payment_record": failed.id})[2] == "payment_record"
    again = api.report_payment_attempt(
        failed.id,
        {"initiated_at": 1_760_000_000, "outcome": "guaranteed",
         "guaranteed": {"guaranteed_at": 1_760_000_000}},
    )  # fmt: skip
    assert (again.amount_failed.value, again.amount_guaranteed.value) == (0, 500)
    attempts = client.v1.payment_attempt_records
    newest, first = attempts.list({"payment_record": failed.id}).data
    assert (again.latest_payment_attempt_record, failed.latest_payment_attempt_record) == (
        newest.id, first.id,
    )  # fmt: skip
    assert (first.amount_failed.value, first.amount_guaranteed.value) == (500, 0)
    assert (newest.amount_failed.value, newest.amount_guaranteed.value) == (0, 500)
    assert first.processor_details.custom.payment_reference == "no 7"
    assert attempts.retrieve(first.id).payment_record == failed.id
    for unknown in (first.id[:-1], first.id.replace("par_01", "par_03"), "par_none", failed.id):
        assert refused(attempts.retrieve, unknown)[:2] == (404, "resource_missing")
    assert refused(attempts.list, {"payment_record": "pr_none"})[2] == "payment_record"
    late = {"failed_at": 1_760_000_000}
    assert refused(api.report_payment_attempt_failed, failed.id, late)[0] == 400
    assert attach(invoice.id, {"payment_record": failed.id}).status == "paid"
    assert refused(attach, till.open(500).id, {"payment_record": failed.id})[0] == 400
    euros = record(500, currency="eur")
    assert refused(attach, till.open(500).id, {"payment_record": euros.id})[0] == 400
    assert refused(record, 500, outcome=None, outcome_=1)[1] == "parameter_unknown"
    assert [each.id for each in api.list({"limit": 2}).data] == [euros.id, failed.id]


def test_what_a_customer_on_a_test_clock_has_paid_elsewhere_is_of_that_clock(client, record):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_760_000_100})
    customer = client.v1.customers.create({"test_clock": clock.id})
    paid = record(400, customer_details={"customer": customer.id})
    assert paid.created == clock.frozen_time

    client.v1.test_helpers.test_clocks.delete(clock.id)
    assert refused(client.v1.payment_records.retrieve, paid.id)[:2] == (404, "resource_missing")

"""Collection: what invoices do by themselves as time passes, and the events that tell of it."""

import pytest
import stripe

from clocks import arrived
from reading import read_events

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def clock(client):
    return client.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})


@pytest.fixture
def advance(client, clock):
    """Give a function that moves the clock by some seconds and waits until it is ready."""

    def move(seconds):
        now = client.v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": now + seconds})
        arrived(client.v1.test_helpers.test_clocks, clock.id)

    return move


@pytest.fixture
def customer(client, clock):
    """Give the making of a customer on the clock, with a card."""

    def make(card):
        return client.v1.customers.create(
            {
                "test_clock": clock.id,
                "payment_method": card,
                "invoice_settings": {"default_payment_method": card},
            }
        )

    return make


def told(client, invoice, since=0):
    """Return the types of the events about an invoice's customer and payments, oldest first."""
    found = []
    for event in read_events(client, created={"gte": since}):
        subject = event["data"]["object"]
        about = {subject.get("id"), subject.get("customer"), subject.get("invoice")}
        if about & {invoice.id, invoice.customer}:
            found.append(event["type"])
    return found[::-1]


def test_an_old_draft_that_is_let_go_on_does_so_now(client, clock, advance, customer, draft):
    invoice = draft(customer("pm_card_visa"), 2000)
    advance(3 * DAY)
    now = clock.frozen_time + 3 * DAY
    changed = client.v1.invoices.update(invoice.id, {"auto_advance": True})
    assert (changed.automatically_finalizes_at, changed.next_payment_attempt) == (now, now)

    advance(60)
    paid = client.v1.invoices.retrieve(invoice.id)
    assert paid.status == "paid"
    assert paid.status_transitions.finalized_at == paid.status_transitions.paid_at == now


def test_a_draft_waits_an_hour_and_is_charged(client, advance, customer, draft):
    ada = customer("pm_card_visa")
    invoice = draft(ada, 2000, auto_advance=True)
    assert invoice.automatically_finalizes_at == invoice.created + HOUR + 1

    advance(HOUR)
    assert client.v1.invoices.retrieve(invoice.id).status == "draft"
    advance(60)

    paid = client.v1.invoices.retrieve(invoice.id)
    assert (paid.status, paid.attempt_count) == ("paid", 1)
    assert paid.status_transitions.paid_at == invoice.created + HOUR + 1
    assert told(client, paid, paid.created + HOUR) == [
        "invoice.updated", "invoice.finalized", "payment_intent.created", "customer.updated",
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip


def test_a_declined_payment_is_retried_until_the_schedule_ends(client, advance, customer, draft):
    bob = customer("pm_card_chargeCustomerFail")
    invoice = draft(bob, 2000, auto_advance=True)

    advance(HOUR + 60)
    failed = client.v1.invoices.retrieve(invoice.id)
    assert (failed.status, failed.attempt_count) == ("open", 1)
    assert failed.next_payment_attempt > failed.created + HOUR

    advance(15 * DAY)
    given_up = client.v1.invoices.retrieve(invoice.id)
    assert (given_up.status, given_up.next_payment_attempt) == ("open", None)
    assert given_up.attempt_count == 9
    charges = client.v1.charges.list({"customer": bob.id, "limit": 20}).data
    assert len(charges) == 9 and {charge.status for charge in charges} == {"failed"}


def test_a_new_card_recovers_an_invoice_at_the_next_try(client, advance, customer, draft):
    bob = customer("pm_card_chargeCustomerFail")
    invoice = draft(bob, 2000, auto_advance=True)
    advance(HOUR + 60)
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": bob.id})
    client.v1.customers.update(
        bob.id, {"invoice_settings": {"default_payment_method": card.id}}
    )

    advance(3 * DAY)

    paid = client.v1.invoices.retrieve(invoice.id)
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 2, None)


def test_without_a_payment_method_the_attempt_has_failed(client, clock, advance, draft):
    cy = client.v1.customers.create({"test_clock": clock.id})
    invoice = draft(cy, 2000, auto_advance=True)

    advance(HOUR + 60)

    failed = client.v1.invoices.retrieve(invoice.id)
    assert (failed.status, failed.attempted, failed.attempt_count) == ("open", True, 1)
    assert failed.next_payment_attempt is not None
    with pytest.raises(stripe.InvalidRequestError, match="no `default_payment_method`"):
        client.v1.invoices.pay(invoice.id)


def test_a_sent_invoice_is_announced_and_falls_overdue(client, advance, customer, draft):
    ada = customer("pm_card_visa")
    invoice = draft(
        ada, 2000, auto_advance=True, collection_method="send_invoice", days_until_due=10
    )
    assert invoice.next_payment_attempt is None

    advance(HOUR + 60)
    opened = client.v1.invoices.retrieve(invoice.id)
    assert (opened.status, opened.attempted) == ("open", False)
    assert opened.due_date == opened.status_transitions.finalized_at + 10 * DAY
    advance(10 * DAY)

    types = told(client, invoice)
    assert types.count("invoice.sent") == types.count("invoice.overdue") == 1
    assert types.index("invoice.finalized") < types.index("invoice.sent")
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_one_off_invoice_events_of_a_payment_in_the_request(client, ada, draft):
    invoice = draft(ada, 2000)

    client.v1.invoices.pay(invoice.id)

    types = told(client, invoice)
    in_order = [
        "charge.succeeded", "payment_intent.succeeded", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip
    assert [each for each in types if each in in_order] == in_order
    assert types.index("invoice.finalized") < types.index("invoice.paid")
    event = client.v1.events.list({"type": "invoice.finalized", "limit": 1}).data[0]
    assert (event.data.object["id"], event.data.object["status"]) == (invoice.id, "open")
    assert event.data.object["number"] is not None


def test_a_challenge_leaves_the_invoice_waiting_for_its_customer(client, draft):
    dee = client.v1.customers.create(
        {
            "payment_method": "pm_card_authenticationRequired",
            "invoice_settings": {"default_payment_method": "pm_card_authenticationRequired"},
        }
    )
    invoice = draft(dee, 2000)

    with pytest.raises(stripe.CardError) as declined:
        client.v1.invoices.pay(invoice.id)

    assert declined.value.code == "authentication_required"
    assert {"invoice.payment_action_required", "invoice.payment_failed"} <= set(
        told(client, invoice)
    )


def test_a_challenge_on_session_is_a_402_that_says_how_to_go_on(client, draft):
    eve = client.v1.customers.create(
        {
            "payment_method": "pm_card_threeDSecure2Required",
            "invoice_settings": {"default_payment_method": "pm_card_threeDSecure2Required"},
        }
    )
    invoice = draft(eve, 2000)

    with pytest.raises(stripe.CardError) as refused:
        client.v1.invoices.pay(invoice.id, {"off_session": False})

    assert refused.value.code == "invoice_payment_intent_requires_action"
    after = client.v1.invoices.retrieve(invoice.id)
    assert (after.status, after.attempted, after.attempt_count) == ("open", True, 0)
    assert after.next_payment_attempt is None


def test_paying_otherwise_closes_the_challenge(client, server, draft):
    eve = client.v1.customers.create(
        {
            "payment_method": "pm_card_threeDSecure2Required",
            "invoice_settings": {"default_payment_method": "pm_card_threeDSecure2Required"},
        }
    )
    invoice = draft(eve, 2000)
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id, {"off_session": False})
    payment = client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": eve.id})

    assert client.v1.invoices.pay(invoice.id, {"payment_method": card.id}).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        client.raw_request(
            "post", f"/_prorata/challenge/{payment.payment.payment_intent}", success="true"
        )

    charges = client.v1.charges.list({"customer": eve.id}).data
    assert [charge.status for charge in charges] == ["succeeded"]


def test_a_method_of_another_customer_is_refused(client, ada, draft):
    other = client.v1.customers.create({"payment_method": "pm_card_visa"})
    foreign = client.v1.customers.payment_methods.list(other.id).data[0]

    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer"):
        client.v1.invoices.pay(draft(ada, 2000).id, {"payment_method": foreign.id})


def test_a_revision_takes_the_place_of_its_original(client, ada, draft):
    original = client.v1.invoices.finalize_invoice(draft(ada, 2000).id)

    revision = client.v1.invoices.create(
        {"from_invoice": {"invoice": original.id, "action": "revision"}}
    )
    assert (revision.status, revision.total, revision.number) == ("draft", 2000, None)
    client.v1.invoices.line_items.update(
        revision.id, revision.lines.data[0].id, {"amount": 1800}
    )
    opened = client.v1.invoices.finalize_invoice(revision.id)

    assert opened.amount_due == 1800 and opened.from_invoice.invoice == original.id
    after = client.v1.invoices.retrieve(original.id)
    assert (after.status, after.latest_revision) == ("void", opened.id)


@pytest.mark.parametrize("meanwhile", ["paid", "revised"])
def test_a_revision_of_what_was_settled_meanwhile_is_not_billed_too(client, ada, draft, meanwhile):
    original = client.v1.invoices.finalize_invoice(draft(ada, 2000).id)
    first, second = (
        client.v1.invoices.create({"from_invoice": {"invoice": original.id, "action": "revision"}})
        for _ in range(2)
    )
    if meanwhile == "paid":
        client.v1.invoices.pay(original.id)
    else:
        client.v1.invoices.finalize_invoice(first.id)

    with pytest.raises(stripe.InvalidRequestError, match="can't finalize this revision"):
        client.v1.invoices.finalize_invoice(second.id)

    assert client.v1.invoices.retrieve(second.id).status == "draft"
    if meanwhile == "revised":
        # What took the place is given up: then another one may.
        client.v1.invoices.void_invoice(first.id)
        assert client.v1.invoices.finalize_invoice(second.id).amount_due == 2000


def test_partial_payments_and_what_is_paid_too_much(client, ada, draft):
    invoice = client.v1.invoices.finalize_invoice(draft(ada, 2000).id)

    def pay(amount):
        intent = client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "customer": ada.id,
                "payment_method": ada.invoice_settings.default_payment_method,
                "confirm": True,
                "off_session": True,
            }
        )
        return client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})

    half = pay(1200)
    assert (half.status, half.amount_paid, half.amount_remaining) == ("open", 1200, 800)
    whole = pay(1000)
    assert (whole.status, whole.amount_paid, whole.amount_overpaid) == ("paid", 2000, 200)
    assert client.v1.customers.retrieve(ada.id).balance == -200
    payments = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    assert sorted(each.status for each in payments) == ["canceled", "paid", "paid"]
    found = client.v1.invoice_payments.list(
        {
            "payment": {
                "type": "payment_intent",
                "payment_intent": payments[0].payment.payment_intent,
            }
        }
    )
    assert [each.id for each in found.data] == [payments[0].id]

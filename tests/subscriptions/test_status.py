"""Status: what failed payments, retries, due dates and write-offs make of a subscription."""

from __future__ import annotations

import pytest
import stripe

from subscriptions.life import DAY, at


def failing(life):
    """Return a subscription whose first renewal has just failed."""
    subscription = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    return subscription


def test_a_failed_renewal_makes_it_past_due(life):
    subscription = failing(life)
    assert life.read(subscription).status == "past_due"
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    assert invoice.next_payment_attempt is not None
    types = life.events()
    assert types[types.index("charge.failed"):] == [
        "charge.failed", "payment_intent.payment_failed", "invoice.updated",
        "invoice.payment_failed", "customer.updated", "customer.subscription.updated",
    ]  # fmt: skip


def test_a_retry_that_succeeds_brings_it_back(life):
    subscription = failing(life)
    life.use_card("visa")
    life.advance(life.latest(subscription).next_payment_attempt + 1)
    assert life.latest(subscription).status == "paid"
    assert life.read(subscription).status == "active"


def test_after_the_last_retry_it_is_canceled(life):
    subscription = failing(life)
    life.advance("2026-02-20")
    ended = life.read(subscription)
    assert ended.status == "canceled"
    assert ended.cancellation_details.reason == "payment_failed"
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == (
        "open", False, None)


def test_writing_the_invoice_off_counts_as_paid(life):
    subscription = failing(life)
    life.client.invoices.mark_uncollectible(life.read(subscription).latest_invoice)
    assert life.read(subscription).status == "active"


def test_voiding_the_invoice_walks_back_to_the_one_before(life):
    subscription = failing(life)
    life.client.invoices.void_invoice(life.read(subscription).latest_invoice)
    assert life.read(subscription).status == "active"


def test_voiding_the_only_invoice_leaves_nothing_owed(life):
    sent = life.subscribe(collection_method="send_invoice", days_until_due=1)
    life.advance("2026-01-04")
    assert life.read(sent).status == "past_due"
    life.client.invoices.void_invoice(life.read(sent).latest_invoice)
    assert life.read(sent).status == "active"


def test_a_vain_payment_of_a_forgiven_invoice_changes_nothing(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    life.client.invoices.mark_uncollectible(subscription.latest_invoice)
    assert life.read(subscription).status == "active"
    with pytest.raises(stripe.CardError):
        life.client.invoices.pay(subscription.latest_invoice)
    assert life.read(subscription).status == "active"
    assert life.latest(subscription).status == "uncollectible"


def test_only_the_latest_invoice_matters(life):
    subscription = failing(life)
    old = life.read(subscription).latest_invoice
    life.client.invoices.update(old, {"auto_advance": False})
    life.advance("2026-03-02")
    assert life.read(subscription).status == "past_due"
    life.use_card("visa")
    life.client.invoices.pay(old)
    assert life.read(subscription).status == "past_due"
    life.client.invoices.pay(life.read(subscription).latest_invoice)
    assert life.read(subscription).status == "active"


def test_a_sent_invoice_past_its_due_date(live):
    life = live(card=None)
    subscription = life.subscribe(collection_method="send_invoice", days_until_due=5)
    life.advance("2026-01-02")
    assert life.read(subscription).status == "active"
    life.advance(at("2026-01-01") + 6 * DAY)
    assert life.read(subscription).status == "past_due"
    life.client.invoices.pay(life.read(subscription).latest_invoice, {"paid_out_of_band": True})
    assert life.read(subscription).status == "active"


def test_a_challenge_on_a_renewal(life):
    subscription = life.subscribe()
    life.use_card("authenticationRequired")
    life.advance("2026-02-02")
    assert life.read(subscription).status == "past_due"
    assert "invoice.payment_action_required" in life.events()


@pytest.mark.parametrize(("status", "found"), [
    (None, ["active", "past_due"]), ("all", ["active", "canceled", "past_due"]),
    ("ended", ["canceled"]), ("past_due", ["past_due"]), ("trialing", []),
])
def test_lists_by_status(life, status, found):
    life.client.subscriptions.cancel(life.subscribe(life.price(100, name="Left")).id)
    failing(life)
    life.use_card("visa")
    life.subscribe(life.price(300, name="New"))
    params = {"customer": life.customer.id, **({"status": status} if status else {})}
    listed = life.client.subscriptions.list(params).data
    assert sorted(each.status for each in listed) == found


def test_a_customer_is_delinquent_until_something_is_paid(life):
    def delinquent() -> bool:
        return life.client.customers.retrieve(life.customer.id).delinquent

    assert delinquent() is False
    subscription = failing(life)
    assert delinquent() is True
    life.use_card("visa")
    life.client.invoices.pay(life.read(subscription).latest_invoice)
    assert delinquent() is False

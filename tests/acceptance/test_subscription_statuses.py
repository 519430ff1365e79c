"""Statuses of subscriptions: every way from one to another."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife
from acceptance.till import refused
from subscriptions.life import at, first


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


@pytest.fixture
def unpaid(client) -> SeenLife:
    """Give a customer whose card declines every charge."""
    return SeenLife(client, card="chargeCustomerFail")


def challenged(life: SeenLife, invoice: str):
    """Return the payment intent of an invoice."""
    found = life.client.invoices.retrieve(invoice, {"expand": ["payments"]})
    return life.client.payment_intents.retrieve(found.payments.data[0].payment.payment_intent)


def test_a_challenge_leaves_it_incomplete_with_an_open_attempted_invoice(client):
    life = SeenLife(client, card="authenticationRequired")
    found = life.subscribe()
    invoice = life.latest(found)
    assert (found.status, invoice.status) == ("incomplete", "open")
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)
    assert invoice.next_payment_attempt is None
    assert challenged(life, invoice.id).status == "requires_action"


@pytest.mark.parametrize(("params", "reason"), [
    ({"items": "free"}, "subscription_create"),
    ({"discounts": 100}, "subscription_create"),
    ({"collection_method": "send_invoice", "days_until_due": 3}, "subscription_create"),
    ({"billing_cycle_anchor": at("2026-01-20"), "proration_behavior": "none"}, None),
])
def test_it_is_active_at_once_when_nothing_has_to_be_paid(client, params, reason):
    life = SeenLife(client, card=None)
    if params.get("items") == "free":
        params = {"items": [{"price": life.price(0, name="Free")}]}
    if params.get("discounts") == 100:
        coupon = life.client.coupons.create({"percent_off": 100, "duration": "forever"})
        params = {"discounts": [{"coupon": coupon.id}]}
    found = life.subscribe(**params)
    assert found.status == "active"
    if reason is None:
        assert found.latest_invoice is None
    else:
        assert life.latest(found).billing_reason == reason


def test_a_balance_can_pay_for_the_start(client):
    life = SeenLife(client, card=None)
    life.client.customers.update(life.customer.id, {"balance": -1_500})
    # The balance has no currency yet: the first invoice gives it one.
    life.client.customers.balance_transactions.create(
        life.customer.id, {"amount": -500, "currency": "usd"})
    found = life.subscribe(life.price(1_200))
    invoice = life.latest(found)
    assert (found.status, invoice.status, invoice.amount_due) == ("active", "paid", 0)
    assert invoice.ending_balance == -2_000 + 1_200


def test_a_debit_on_its_way_makes_it_active(client):
    life = SeenLife(client, card=None)
    method = life.client.payment_methods.attach(
        "pm_usBankAccount_processing", {"customer": life.customer.id})
    found = life.subscribe(default_payment_method=method.id)
    assert found.status == "active"
    assert life.latest(found).status == "open"


def test_twenty_three_hours_and_the_first_invoice_is_void(unpaid):
    life = unpaid
    found = life.subscribe()
    since = life.last_event()
    life.advance(life.now + 23 * HOUR)
    expired = life.read(found)
    assert expired.status == "incomplete_expired" and life.latest(found).status == "void"
    assert expired.ended_at == at("2026-01-01") + 23 * HOUR
    assert life.told(since) == [
        "invoice.updated", "invoice.voided", "payment_intent.canceled",
        "customer.subscription.updated"]
    assert life.last_event().data.previous_attributes.status == "incomplete"
    assert refused(life.update, found, description="late")[:2] == (
        400, "invalid_canceled_subscription_fields")


def test_voiding_the_first_invoice_expires_it_at_once(unpaid):
    found = unpaid.subscribe()
    unpaid.client.invoices.void_invoice(found.latest_invoice)
    assert unpaid.read(found).status == "incomplete_expired"


def test_an_incomplete_one_can_be_canceled(unpaid):
    found = unpaid.subscribe()
    assert unpaid.client.subscriptions.cancel(found.id).status == "canceled"


def test_what_may_be_changed_while_incomplete(unpaid):
    life = unpaid
    found = life.subscribe()
    method = life.client.payment_methods.attach("pm_card_visa", {"customer": life.customer.id}).id
    changed = life.update(
        found, metadata={"a": "b"}, description="new", default_payment_method=method)
    assert (changed.metadata["a"], changed.description) == ("b", "new")
    assert changed.default_payment_method == method
    cleared = life.update(found, default_payment_method="")
    assert cleared.default_payment_method is None
    assert refused(life.update, found, items=life.item(found, quantity=2))[0] == 400
    assert refused(life.update, found, cancel_at_period_end=True)[0] == 400
    life.update(found, default_payment_method=method)
    life.client.invoices.pay(found.latest_invoice)
    assert life.read(found).status == "active"


def test_what_may_be_changed_after_the_end(life):
    found = life.subscribe()
    life.client.subscriptions.cancel(found.id)
    changed = life.update(found, metadata={"k": "v"}, cancellation_details={"comment": "ok"})
    assert (changed.metadata["k"], changed.cancellation_details.comment) == ("v", "ok")
    assert refused(life.update, found, description="late") == (
        400, "invalid_canceled_subscription_fields", None,
        "A canceled subscription can only update its cancellation_details and metadata.")


def test_a_trial_ends_active_before_its_draft_is_paid(life):
    found = life.subscribe(trial_period_days=14)
    life.advance("2026-01-15")
    active = life.read(found)
    draft = life.latest(found)
    assert (active.status, draft.status) == ("active", "draft")
    assert draft.billing_reason == "subscription_cycle"
    assert active.billing_cycle_anchor == at("2026-01-15")
    life.advance("2026-01-15 02:00")
    assert life.latest(found).status == "paid"


def test_past_due_begins_with_the_failed_attempt_though_periods_moved_before(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 00:30")
    assert life.read(found).status == "active"
    assert first(life.read(found)).current_period_end == at("2026-03-01")
    life.advance("2026-02-01 01:00:05")
    assert life.read(found).status == "past_due"


def test_older_open_invoices_do_not_keep_it_past_due(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    old = life.latest(found).id
    life.client.invoices.update(old, {"auto_advance": False})
    life.use_card("visa")
    life.advance("2026-03-01 02:00")
    assert life.latest(found).status == "paid" and life.read(found).status == "active"
    assert life.client.invoices.retrieve(old).status == "open"


def test_paying_an_older_invoice_does_not_help_while_the_latest_is_open(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    old = life.latest(found).id
    life.client.invoices.update(old, {"auto_advance": False})
    life.advance("2026-03-01 02:00")
    life.use_card("visa")
    life.client.invoices.pay(old)
    assert life.read(found).status == "past_due"
    life.client.invoices.mark_uncollectible(life.latest(found).id)
    assert life.read(found).status == "active"


def test_voiding_the_latest_walks_back_to_one_that_is_paid(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    life.client.invoices.void_invoice(life.latest(found).id)
    assert life.read(found).status == "active"


def test_voiding_one_before_an_open_one_changes_nothing(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    life.client.invoices.update(life.latest(found).id, {"auto_advance": False})
    life.advance("2026-03-01 02:00")
    life.client.invoices.void_invoice(life.latest(found).id)
    assert life.read(found).status == "past_due"


def test_cancelling_stops_open_and_draft_invoices(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    opened = life.latest(found)
    life.advance("2026-02-05")
    assert life.client.invoices.retrieve(opened.id).auto_advance is True
    life.client.subscriptions.cancel(found.id)
    stopped = life.client.invoices.retrieve(opened.id)
    assert (stopped.status, stopped.auto_advance, stopped.next_payment_attempt) == (
        "open", False, None)


def test_cancelling_stops_a_draft(life):
    found = life.subscribe()
    life.advance("2026-02-01 00:10")
    assert life.latest(found).status == "draft"
    life.client.subscriptions.cancel(found.id)
    life.advance("2026-02-03")
    draft = life.latest(found)
    assert (draft.status, draft.auto_advance, draft.automatically_finalizes_at) == (
        "draft", False, None)


def test_retries_end_in_cancellation(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-20")
    gone = life.read(found)
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (life.latest(found).status, life.latest(found).auto_advance) == ("open", False)


def test_a_sent_invoice_past_its_date_makes_it_past_due_until_paid(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(collection_method="send_invoice", days_until_due=5)
    life.advance("2026-01-01 02:00")
    invoice = life.latest(found)
    assert (invoice.status, life.read(found).status) == ("open", "active")
    life.advance(invoice.due_date + 10)
    assert life.read(found).status == "past_due"
    life.client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert life.read(found).status == "active"


def test_a_sent_invoice_that_nobody_pays_ends_it_after_thirty_days(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(collection_method="send_invoice", days_until_due=5)
    life.advance("2026-01-01 02:00")
    due = life.latest(found).due_date
    life.advance(due + 30 * DAY - HOUR)
    assert len(life.invoices()) == 2 and life.read(found).status == "past_due"
    life.advance(due + 30 * DAY + HOUR)
    gone = life.read(found)
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_failed")


def test_deleting_the_customer_cancels(life):
    found = life.subscribe()
    life.client.customers.delete(life.customer.id)
    assert life.read(found).status == "canceled"


def test_deleting_a_canceled_one_finds_none(life):
    found = life.subscribe()
    life.client.subscriptions.cancel(found.id)
    message = f"No such subscription: '{found.id}'"
    assert refused(life.client.subscriptions.cancel, found.id) == (
        404, "resource_missing", "id", message)
    assert refused(life.client.subscriptions.resume, found.id) == (
        404, "resource_missing", "id", message)
    assert refused(life.client.subscription_items.create, {
        "subscription": found.id, "price": life.price(500, name="More"),
    }) == (404, "resource_missing", "subscription", message)
    assert life.read(found).status == "canceled"

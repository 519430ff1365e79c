"""Invoices of subscriptions: which call or moment makes which invoice."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife, assert_same
from acceptance.till import refused
from subscriptions.life import at, first, lines


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def test_the_first_invoice_of_a_charged_one(life):
    found = life.subscribe(life.price(2_000))
    invoice = life.latest(found)
    assert (invoice.billing_reason, invoice.status) == ("subscription_create", "paid")
    assert (invoice.auto_advance, invoice.attempted, invoice.attempt_count) == (False, True, 1)
    assert invoice.period_start == invoice.period_end == life.now
    assert invoice.number.endswith("-0001")
    line = invoice.lines.data[0]
    assert (line.description, line.amount) == ("1 × Basic (at $20.00 / month)", 2_000)
    assert (line.period.start, line.period.end) == (at("2026-01-01"), at("2026-02-01"))
    details = line.parent.subscription_item_details
    assert (line.parent.type, details.subscription_item) == (
        "subscription_item_details", first(found).id)
    assert (details.proration, details.invoice_item) == (False, None)
    assert line.pricing.price_details.price == life.price(2_000)
    assert str(line.pricing.unit_amount_decimal) == "2000"
    parent = invoice.parent
    assert parent.type == "subscription_details"
    assert parent.subscription_details.subscription == found.id


def test_the_first_invoice_of_a_sent_one(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(collection_method="send_invoice", days_until_due=7)
    invoice = life.latest(found)
    assert (found.status, invoice.status, invoice.number) == ("active", "draft", None)
    assert (invoice.due_date, invoice.auto_advance) == (life.now + 7 * DAY, True)
    assert invoice.billing_reason == "subscription_create"
    assert invoice.next_payment_attempt is None
    assert invoice.automatically_finalizes_at == life.now + 3_601
    since = life.last_event()
    life.advance(life.now + 3_700)
    invoice = life.latest(found)
    assert (invoice.status, invoice.amount_due) == ("open", 1_000)
    assert invoice.due_date == invoice.status_transitions.finalized_at + 7 * DAY
    assert "invoice.sent" in life.told(since)


def test_a_trial_has_a_paid_invoice_of_nothing(life):
    found = life.subscribe(trial_period_days=14)
    invoice = life.latest(found)
    assert (invoice.billing_reason, invoice.status, invoice.total) == (
        "subscription_create", "paid", 0)
    assert lines(invoice) == [("Free trial for 1 × Basic", 0)]
    assert invoice.lines.data[0].period.end == at("2026-01-15")
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)
    assert invoice.number is not None


def test_a_renewal_waits_an_hour(life):
    found = life.subscribe()
    shown = life.preview(found)
    life.advance("2026-02-01")
    draft = life.latest(found)
    assert_same(shown, draft)
    assert (draft.billing_reason, draft.status, draft.auto_advance) == (
        "subscription_cycle", "draft", True)
    assert (draft.number, draft.attempted, draft.attempt_count) == (None, False, 0)
    assert draft.next_payment_attempt == at("2026-02-01") + HOUR
    assert draft.automatically_finalizes_at == at("2026-02-01") + HOUR + 1
    assert (draft.period_start, draft.period_end) == (at("2026-01-01"), at("2026-02-01"))
    line = draft.lines.data[0]
    assert (line.period.start, line.period.end) == (at("2026-02-01"), at("2026-03-01"))
    life.advance("2026-02-01 01:30")
    paid = life.latest(found)
    assert (paid.status, paid.attempt_count) == ("paid", 1)
    assert paid.status_transitions.finalized_at in (draft.created + HOUR, draft.created + HOUR + 1)


def test_a_trial_that_ends_by_itself_or_by_hand(life):
    found = life.subscribe(trial_period_days=14)
    life.advance("2026-01-15")
    assert (life.latest(found).billing_reason, life.latest(found).status) == (
        "subscription_cycle", "draft")
    other = life.subscribe(life.price(700, name="Other"), trial_period_days=14)
    ended = life.change_as_seen(other, trial_end="now", proration_date=life.now)
    invoice = life.latest(ended)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert (ended.status, ended.billing_cycle_anchor) == ("active", life.now)


def test_a_sent_trial_that_is_ended_by_hand_leaves_a_draft(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(
        trial_period_days=14, collection_method="send_invoice", days_until_due=3)
    life.advance("2026-01-05")
    ended = life.update(found, trial_end="now")
    invoice = life.latest(ended)
    assert (ended.status, invoice.status, invoice.number) == ("active", "draft", None)
    assert invoice.billing_reason == "subscription_update"


def test_an_update_invoice_as_recorded(life):
    found = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    changed = life.change_as_seen(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        proration_behavior="always_invoice")
    invoice = life.latest(changed)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert (invoice.auto_advance, invoice.attempted, invoice.attempt_count) == (False, True, 1)
    assert (invoice.starting_balance, invoice.ending_balance) == (0, 0)
    assert invoice.effective_at == invoice.created == life.now
    assert invoice.next_payment_attempt is None
    assert invoice.webhooks_delivered_at is not None
    assert invoice.number.endswith("-0002")
    assert (invoice.customer_tax_exempt, invoice.customer_tax_ids) == ("none", [])
    assert invoice.lines.total_count == 2
    assert (invoice.total_discount_amounts, invoice.total_taxes) == ([], [])
    assert invoice.total_pretax_credit_amounts == []
    assert (invoice.period_start, invoice.period_end) == (at("2026-01-01"), life.now)
    assert invoice.parent.subscription_details.subscription == found.id


def test_items_between_renewals_have_their_own_reason(life):
    found = life.subscribe(
        pending_invoice_item_interval={"interval": "week", "interval_count": 1})
    assert found.next_pending_invoice_item_invoice == at("2026-01-08")
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 300, "currency": "usd",
        "subscription": found.id, "description": "Extra"})
    life.advance("2026-01-08")
    invoice = life.latest(found)
    assert invoice.billing_reason == "automatic_pending_invoice_item_invoice"
    assert (invoice.status, lines(invoice)) == ("draft", [("Extra", 300)])
    assert life.read(found).next_pending_invoice_item_invoice == at("2026-01-15")


def test_a_schedule_makes_a_draft_and_an_active_subscription(life):
    schedule = life.plan({"items": [{"price": life.price()}], "duration": {"interval": "month"}})
    found = life.subscription(schedule)
    invoice = life.latest(found)
    assert (found.status, invoice.status) == ("active", "draft")
    assert (invoice.billing_reason, invoice.auto_advance) == ("subscription_create", True)
    life.advance(life.now + 2 * HOUR)
    assert life.latest(found).status == "paid"


def test_a_scheduled_one_that_cannot_pay_is_past_due(client):
    life = SeenLife(client, card="chargeCustomerFail")
    schedule = life.plan({"items": [{"price": life.price()}], "duration": {"interval": "month"}})
    assert life.subscription(schedule).status == "active"
    life.advance(life.now + 2 * HOUR)
    assert life.subscription(schedule).status == "past_due"


def test_metered_alone_has_no_first_invoice_when_flexible_and_a_zero_one_when_classic(life):
    flexible = life.subscribe(life.metered())
    assert (flexible.status, flexible.latest_invoice) == ("active", None)
    classic = life.subscribe(life.metered(name="Old"), billing_mode={"type": "classic"})
    invoice = life.latest(classic)
    assert (classic.status, invoice.total, invoice.status) == ("active", 0, "paid")
    assert lines(invoice) == [("0 × Old (at $1.00 / month)", 0)]


def test_a_metered_start_without_a_method_asks_for_one(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(life.metered())
    assert found.status == "active"
    setup = life.client.setup_intents.confirm(
        found.pending_setup_intent, {"payment_method": "pm_card_visa"})
    assert setup.status == "succeeded"
    assert life.read(found).default_payment_method == setup.payment_method


def test_licensed_in_advance_and_metered_in_arrears_share_the_renewal(life):
    found = life.subscribe(life.price(2_000), life.metered())
    assert lines(life.latest(found)) == [("1 × Basic (at $20.00 / month)", 2_000)]
    shown = life.preview(found)
    life.advance("2026-02-01")
    renewal = life.latest(found)
    assert_same(shown, renewal)
    by_text = {line.description: (line.period.start, line.period.end)
               for line in renewal.lines.data}
    assert by_text == {
        "0 × Calls (at $1.00 / month)": (at("2026-01-01"), at("2026-02-01")),
        "1 × Basic (at $20.00 / month)": (at("2026-02-01"), at("2026-03-01")),
    }


def test_a_renewal_below_the_minimum_is_owed_on_the_balance(life):
    found = life.subscribe(life.price(30, name="Tiny"))
    invoice = life.latest(found)
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 0)
    assert (found.status, life.client.customers.retrieve(life.customer.id).balance) == (
        "active", 30)


def test_a_subscription_draft_cannot_be_deleted(life):
    found = life.subscribe()
    life.advance("2026-02-01")
    assert refused(life.client.invoices.delete, life.latest(found).id)[0] == 400


def test_a_balance_is_taken_at_finalization_as_a_preview_shows(life):
    found = life.subscribe()
    life.client.customers.balance_transactions.create(
        life.customer.id, {"amount": -400, "currency": "usd"})
    shown = life.preview(found)
    assert (shown.starting_balance, shown.total, shown.amount_due) == (-400, 1_000, 600)
    life.advance("2026-02-01")
    assert_same(shown, life.latest(found))
    life.advance("2026-02-01 02:00")
    assert life.latest(found).amount_paid == 600

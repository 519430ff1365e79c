"""Cancellations: now, at the end of the period, at a moment; what is billed and given back."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife
from acceptance.till import refused
from subscriptions.life import at, first, period

HALF = at("2026-02-01") - 31 * DAY // 2


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def halfway(life, **params):
    found = life.subscribe(life.price(1_000), **params)
    life.advance(HALF)
    return found


def test_now_answers_the_canceled_subscription(life):
    found = halfway(life)
    since = life.last_event()
    gone = life.client.subscriptions.cancel(found.id)
    assert (gone.object, gone.status) == ("subscription", "canceled")
    assert gone.canceled_at == gone.ended_at == HALF
    assert gone.cancellation_details.reason == "cancellation_requested"
    assert (gone.cancel_at, gone.cancel_at_period_end) == (None, False)
    assert period(first(gone)) == (at("2026-01-01"), at("2026-02-01"))
    assert life.pending() == [] and len(life.invoices()) == 1
    told = life.told_whole(since)
    assert [each.type for each in told] == ["customer.subscription.deleted"]
    assert told[0].data.object.status == "canceled"
    assert told[0].request.id.startswith("req_")


def test_now_without_more_lets_prorations_and_usage_go(life):
    found = halfway(life)
    extra = life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 77, "currency": "usd", "description": "Extra"})
    life.update(found, items=life.item(found, quantity=2))
    assert len(life.pending()) == 3
    life.client.subscriptions.cancel(found.id)
    assert [item.id for item in life.pending()] == [extra.id]


def test_prorate_leaves_a_pending_credit(life):
    found = halfway(life)
    since = life.last_event()
    life.client.subscriptions.cancel(found.id, {"prorate": True})
    [credit] = life.pending()
    assert (credit.description, credit.amount) == ("Unused time on Basic after 16 Jan 2026", -500)
    assert (credit.parent, credit.proration) == (None, True)
    assert getattr(credit, "proration_details", None) is None
    assert sorted(life.told(since)) == ["customer.subscription.deleted", "invoiceitem.created"]


def test_invoice_now_with_nothing_open_makes_no_invoice(life):
    found = halfway(life)
    gone = life.client.subscriptions.cancel(found.id, {"invoice_now": True})
    assert gone.latest_invoice == found.latest_invoice


def test_invoice_now_bills_pending_prorations_on_a_draft(life):
    found = halfway(life)
    life.update(found, items=life.item(found, quantity=3))
    gone = life.client.subscriptions.cancel(found.id, {"invoice_now": True})
    draft = life.latest(gone)
    assert (draft.billing_reason, draft.status, draft.auto_advance) == (
        "subscription_cycle", "draft", True)
    assert draft.automatically_finalizes_at == HALF + 3_601
    assert [line.amount for line in draft.lines.data] == [-500, 1_500]
    life.advance(HALF + 2 * HOUR)
    assert life.latest(gone).amount_paid == 1_000


def test_a_last_invoice_below_zero_is_marked_uncollectible(life):
    found = halfway(life)
    gone = life.client.subscriptions.cancel(found.id, {"invoice_now": True, "prorate": True})
    life.advance(life.now + 60)
    invoice = life.latest(gone)
    assert (invoice.total, invoice.status, invoice.number) == (-500, "uncollectible", None)
    assert life.client.customers.retrieve(life.customer.id).balance == 0
    for params in ({}, {"paid_out_of_band": True}):
        assert refused(life.client.invoices.pay, invoice.id, params)[0] == 400


def test_at_the_period_end(life):
    found = halfway(life)
    since = life.last_event()
    marked = life.update(found, cancel_at_period_end=True)
    assert (marked.status, marked.cancel_at_period_end) == ("active", True)
    assert (marked.cancel_at, marked.canceled_at) == (at("2026-02-01"), HALF)
    assert marked.cancellation_details.reason == "cancellation_requested"
    told = life.told_whole(since)
    assert [each.type for each in told] == ["customer.subscription.updated"]
    assert told[0].data.previous_attributes.to_dict() == {
        "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None,
        "cancellation_details": {"reason": None}}
    life.advance("2026-02-01")
    gone = life.read(found)
    assert (gone.status, gone.ended_at, gone.canceled_at) == ("canceled", at("2026-02-01"), HALF)
    assert len(life.invoices()) == 1
    assert life.told()[-1] == "customer.subscription.deleted"


def test_it_can_be_taken_back_until_then(life):
    found = halfway(life)
    life.update(found, cancel_at_period_end=True)
    kept = life.update(found, cancel_at_period_end=False)
    assert (kept.cancel_at, kept.canceled_at, kept.cancel_at_period_end) == (None, None, False)
    assert kept.cancellation_details.reason is None
    life.advance("2026-02-01 02:00")
    assert life.latest(found).billing_reason == "subscription_cycle"


def test_pending_prorations_are_invoiced_at_the_end(life):
    found = halfway(life)
    life.update(found, items=life.item(found, quantity=2))
    life.update(found, cancel_at_period_end=True)
    life.advance("2026-02-01")
    last = life.latest(found)
    assert last.billing_reason == "subscription_cycle"
    assert [line.amount for line in last.lines.data] == [-500, 1_000]
    life.advance("2026-02-01 02:00")
    assert life.latest(found).status == "paid"


def test_mixed_intervals_end_with_the_shortest(life):
    found = life.subscribe(life.price(100), life.price(1_000, "year", name="Year"))
    marked = life.update(found, cancel_at_period_end=True)
    assert marked.cancel_at == at("2026-02-01")


@pytest.mark.parametrize(("name", "moment"), [
    ("min_period_end", "2026-02-01"), ("max_period_end", "2027-01-01"),
    ("max_billed_until", "2027-01-01")])
def test_named_moments(life, name, moment):
    found = life.subscribe(life.price(100), life.price(1_000, "year", name="Year"))
    assert life.update(found, cancel_at=name).cancel_at == at(moment)


def test_a_moment_in_a_later_period_shortens_that_renewal(life):
    """Yearly 120.00 that renews on January 1 and ends on July 1 costs 60.00 (181 of 365 days)."""
    found = life.subscribe(life.price(12_000, "year", name="Year"))
    shown_end = at("2027-07-01")
    marked = life.update(found, cancel_at=shown_end, proration_behavior="none")
    assert first(marked).current_period_end == at("2027-01-01")
    shown = life.preview(found)
    life.advance("2027-01-01")
    [line] = life.latest(found).lines.data
    assert (line.period.start, line.period.end) == (at("2027-01-01"), shown_end)
    assert line.amount == round(12_000 * 181 / 365)
    assert [each.amount for each in shown.lines.data] == [line.amount]
    life.advance(shown_end)
    assert life.read(found).status == "canceled"


def test_the_published_yearly_example_in_a_period_of_a_year(life):
    found = life.subscribe(life.price(12_000, "year", name="Year"))
    life.update(found, cancel_at=at("2026-07-02") + 12 * HOUR)
    assert [item.amount for item in life.pending()] == [-6_000]


def test_a_moment_inside_the_period_can_be_moved_and_cleared(life):
    found = halfway(life)
    life.update(found, cancel_at=at("2026-01-24") + 21_600)
    assert [item.amount for item in life.pending()] == [-250]
    kept = life.update(found, cancel_at="")
    assert (kept.cancel_at, first(kept).current_period_end) == (None, at("2026-02-01"))
    assert sum(item.amount for item in life.pending()) == 0
    none = life.update(found, cancel_at=at("2026-01-25"), proration_behavior="none")
    assert first(none).current_period_end == at("2026-01-25")
    assert sum(item.amount for item in life.pending()) == 0


def test_an_end_asked_for_at_creation(life):
    found = life.subscribe(life.price(3_100), cancel_at=at("2026-01-11"))
    assert (found.cancel_at, first(found).current_period_end) == (
        at("2026-01-11"), at("2026-01-11"))
    assert [line.amount for line in life.latest(found).lines.data] == [1_000]
    life.advance("2026-01-11")
    assert life.read(found).status == "canceled"
    marked = life.subscribe(cancel_at_period_end=True)
    assert marked.cancel_at == first(marked).current_period_end


@pytest.mark.parametrize(("mode", "end"), [
    ("classic", "2026-01-05"), ("flexible", "2026-01-15")])
def test_an_end_within_a_trial(client, mode, end):
    life = SeenLife(client)
    found = life.subscribe(trial_end=at("2026-01-15"), billing_mode={"type": mode})
    marked = life.update(found, cancel_at=at("2026-01-05"))
    assert (marked.trial_end, marked.status) == (at(end), "trialing")
    life.advance("2026-01-05")
    gone = life.read(found)
    assert gone.status == "canceled" and gone.ended_at == at("2026-01-05")
    assert len(life.invoices()) == 1


def test_both_ways_or_the_past_are_refused(life):
    found = life.subscribe()
    assert refused(life.update, found, cancel_at=at("2026-02-01"), cancel_at_period_end=True)[
        0] == 400
    status, _, param, message = refused(life.update, found, cancel_at=life.now - 1)
    assert (status, param) == (400, "cancel_at")
    assert message == (
        "The parameter `cancel_at` expects a unix timestamp representing a date and time in the"
        f" future. You specified the value `{life.now - 1}` which is in the past.")


def test_a_pending_setup_intent_outlives_it(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(trial_period_days=5)
    gone = life.client.subscriptions.cancel(found.id)
    assert gone.pending_setup_intent == found.pending_setup_intent
    setup = life.client.setup_intents.retrieve(found.pending_setup_intent)
    assert setup.status == "requires_payment_method"


def test_time_that_was_never_given_back_is_not_asked_for_again(life):
    found = halfway(life)
    life.update(found, cancel_at=at("2026-01-24") + 21_600, proration_behavior="none")
    kept = life.update(found, cancel_at="")
    assert first(kept).current_period_end == at("2026-02-01")
    assert sum(item.amount for item in life.pending()) == 0

"""Pauses: collection that stands still, and subscriptions that do."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife
from acceptance.till import refused
from subscriptions.life import at, first, lines, period

HALF = at("2026-02-01") - 31 * DAY // 2


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def halfway(life, *prices, **params):
    found = life.subscribe(*(prices or (life.price(1_000),)), **params)
    life.advance(HALF)
    return found


def pause(life, found, **params):
    return life.client.subscriptions.pause(found.id, {"type": "subscription", **params})


def resume(life, found, **params):
    return life.client.subscriptions.resume(found.id, params)


# pause_collection


@pytest.mark.parametrize("behavior", ["keep_as_draft", "mark_uncollectible", "void"])
def test_new_invoices_while_collection_is_paused(life, behavior):
    found = life.subscribe()
    paused = life.update(found, pause_collection={"behavior": behavior})
    assert paused.status == "active"
    assert (paused.pause_collection.behavior, paused.pause_collection.resumes_at) == (
        behavior, None)
    assert "customer.subscription.paused" not in life.told()
    life.advance("2026-02-01")
    invoice = life.latest(found)
    expected = {"keep_as_draft": "draft", "mark_uncollectible": "uncollectible", "void": "void"}
    assert invoice.status == expected[behavior]
    assert (invoice.auto_advance, invoice.amount_paid) == (False, 0)
    assert period(first(life.read(found))) == (at("2026-02-01"), at("2026-03-01"))
    assert life.read(found).status == "active"
    assert "invoice.upcoming" not in life.told()
    life.update(found, pause_collection="")
    life.advance("2026-02-05")
    assert life.client.invoices.retrieve(invoice.id).status == expected[behavior]
    life.advance("2026-03-01 02:00")
    assert life.latest(found).status == "paid"


def test_a_balance_pays_an_invoice_that_would_be_uncollectible(life):
    found = life.subscribe()
    life.client.customers.balance_transactions.create(
        life.customer.id, {"amount": -1_000, "currency": "usd"})
    life.update(found, pause_collection={"behavior": "mark_uncollectible"})
    life.advance("2026-02-01")
    assert life.latest(found).status == "paid"
    life.advance("2026-03-01")
    assert life.latest(found).status == "uncollectible"


def test_collection_resumes_by_itself(life):
    found = life.subscribe()
    life.update(found, pause_collection={"behavior": "void", "resumes_at": at("2026-02-10")})
    life.advance("2026-02-10")
    assert life.read(found).pause_collection is None
    life.advance("2026-03-01 02:00")
    assert life.latest(found).status == "paid"


def test_a_kept_draft_is_collected_when_it_is_told_to(life):
    found = life.subscribe()
    life.update(found, pause_collection={"behavior": "keep_as_draft"})
    life.advance("2026-02-01")
    draft = life.latest(found).id
    life.update(found, pause_collection="")
    life.client.invoices.update(draft, {"auto_advance": True})
    life.advance("2026-02-01 02:00")
    assert life.client.invoices.retrieve(draft).status == "paid"


def test_older_invoices_keep_being_tried(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    old = life.latest(found)
    life.update(found, pause_collection={"behavior": "void"})
    life.use_card("visa")
    life.advance("2026-02-14")
    assert life.client.invoices.retrieve(old.id).status == "paid"


# True pauses


def test_a_pause_by_its_defaults(life):
    found = halfway(life)
    since = life.last_event()
    paused = pause(life, found)
    assert paused.status == "paused"
    details = paused.status_details.paused
    assert (details.type, details.subscription.type, details.transitioned_at) == (
        "subscription", "pause_requested", HALF)
    assert first(paused).current_period_end == HALF
    [credit] = life.pending()
    assert (credit.description, credit.amount) == ("Unused time on Basic after 16 Jan 2026", -500)
    told = life.told(since)
    assert {"customer.subscription.paused", "customer.subscription.updated"} <= set(told)
    life.advance("2026-04-15")
    assert len(life.invoices()) == 1
    assert first(life.read(found)).current_period_end == HALF


@pytest.mark.parametrize(("since", "amount"), [
    ("now", -500), ("item_current_period_start", -1_000), ("none", None)])
def test_what_is_given_back(life, since, amount):
    found = halfway(life)
    pause(life, found, bill_for={"unused_time_from": {"type": since}})
    assert [item.amount for item in life.pending()] == ([] if amount is None else [amount])


def test_the_credit_can_be_invoiced_at_once(life):
    found = halfway(life)
    paused = pause(life, found, invoicing_behavior="invoice")
    assert life.pending() == []
    assert lines(life.latest(paused)) == [("Unused time on Basic after 16 Jan 2026", -500)]


def test_existing_invoices_still_advance(life):
    found = life.subscribe()
    life.advance("2026-02-01 00:10")
    draft = life.latest(found).id
    pause(life, found)
    life.advance("2026-02-01 02:00")
    assert life.client.invoices.retrieve(draft).status == "paid"


def test_what_cannot_be_paused(life, client):
    poor = SeenLife(client, card=None)
    sent = poor.subscribe(collection_method="send_invoice", days_until_due=3)
    classic = life.subscribe(billing_mode={"type": "classic"})
    trial = life.subscribe(life.price(5, name="T"), trial_period_days=3)
    planned = life.subscribe(life.price(600, name="S"))
    life.adopt(planned)
    gone = life.subscribe(life.price(700, name="G"))
    life.client.subscriptions.cancel(gone.id)
    for found in (sent, classic, trial, planned, gone):
        assert refused(pause, life, found)[0] in (400, 404)
    for found in (sent, classic, trial, planned):
        assert life.read(found).status != "paused"


def test_only_a_paused_one_is_resumed(life):
    found = life.subscribe()
    assert refused(resume, life, found) == (
        400, None, None, "You can only resume a subscription if it is `paused`.")


def test_trial_end_cannot_be_set_while_paused(life):
    found = halfway(life)
    pause(life, found)
    assert refused(life.update, found, trial_end=at("2026-03-01")) == (
        400, None, None,
        "You cannot set `trial_end` while a subscription is `paused`. Resume the subscription"
        " first before setting `trial_end`.")


def test_resuming_waits_for_the_payers_payment(life):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    back = resume(life, found)
    invoice = life.latest(back)
    assert (back.status, invoice.status, invoice.attempted) == ("paused", "open", False)
    assert back.pending_update.expires_at == life.now + 23 * HOUR
    assert sorted(line.amount for line in invoice.lines.data) == [-500, 1_000]
    since = life.last_event()
    life.client.invoices.pay(invoice.id)
    back = life.read(found)
    assert (back.status, back.pending_update) == ("active", None)
    assert back.billing_cycle_anchor == first(back).current_period_start == at("2026-03-10")
    told = life.told(since)
    assert "customer.subscription.resumed" in told and "customer.subscription.updated" in told


def test_a_failed_payment_resumes_it_past_due(life):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    invoice = resume(life, found).latest_invoice
    life.use_card("chargeCustomerFail")
    assert refused(life.client.invoices.pay, invoice)[0] == 402
    assert life.read(found).status == "past_due"


def test_resuming_with_a_payment_in_the_request(life):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    back = resume(life, found, payment_behavior="resume_on_payment_success")
    assert (back.status, life.latest(back).status) == ("active", "paid")


def test_it_stays_paused_until_a_payment_succeeds(life):
    found = halfway(life)
    pause(life, found)
    life.use_card("chargeCustomerFail")
    life.advance("2026-03-10")
    back = resume(life, found, payment_behavior="resume_on_payment_success")
    assert back.status == "paused"
    life.use_card("visa")
    life.client.invoices.pay(back.latest_invoice)
    assert life.read(found).status == "active"


@pytest.mark.parametrize(("how", "status"), [("void", "paused"), ("uncollectible", "active")])
def test_what_becomes_of_it_with_its_invoice(life, how, status):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    invoice = resume(life, found).latest_invoice
    if how == "void":
        life.client.invoices.void_invoice(invoice)
    else:
        life.client.invoices.mark_uncollectible(invoice)
    assert life.read(found).status == status
    assert life.read(found).pending_update is None


def test_without_a_try_within_23_hours_it_stays_paused(life):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    invoice = resume(life, found).latest_invoice
    life.advance("2026-03-11")
    assert life.read(found).status == "paused" and life.read(found).pending_update is None
    assert life.client.invoices.retrieve(invoice).status == "void"


@pytest.mark.parametrize("behavior", ["create_prorations", "none"])
def test_resuming_on_the_old_anchor(life, behavior):
    found = halfway(life)
    pause(life, found, bill_for={"unused_time_from": {"type": "none"}})
    life.advance(at("2026-04-01") - 31 * DAY // 4)
    back = resume(life, found, billing_cycle_anchor={"type": "unchanged"},
                  proration_behavior=behavior)
    assert (back.status, back.billing_cycle_anchor) == ("active", at("2026-01-01"))
    assert first(back).current_period_end == at("2026-04-01")
    amounts = [item.amount for item in life.pending()]
    assert amounts == ([250] if behavior == "create_prorations" else [])


def test_resuming_on_the_old_anchor_with_an_invoice(life):
    found = halfway(life)
    pause(life, found, bill_for={"unused_time_from": {"type": "none"}})
    life.advance(at("2026-04-01") - 31 * DAY // 4)
    back = resume(life, found, billing_cycle_anchor={"type": "unchanged"},
                  proration_behavior="always_invoice",
                  payment_behavior="resume_on_payment_success")
    assert back.status == "active"
    assert [line.amount for line in life.latest(back).lines.data] == [250]


def test_proration_belongs_to_an_unchanged_anchor(life):
    found = halfway(life)
    pause(life, found)
    assert refused(resume, life, found, billing_cycle_anchor={"type": "now"},
                   proration_behavior="none")[::2] == (400, "proration_behavior")


@pytest.mark.parametrize("moment", [at("2026-02-20"), at("2026-04-02")])
def test_a_resumption_is_prorated_within_its_period(life, moment):
    found = halfway(life)
    pause(life, found)
    life.advance(at("2026-03-20"))
    assert refused(resume, life, found, billing_cycle_anchor={"type": "unchanged"},
                   proration_date=moment)[::2] == (400, "proration_date")
    resume(life, found, billing_cycle_anchor={"type": "unchanged"},
           proration_date=at("2026-04-01") - 31 * DAY // 2)
    assert life.pending()[0].amount == 500


def test_a_trial_pause_resumes_as_recorded(client):
    life = SeenLife(client, card=None)
    found = life.subscribe(
        trial_period_days=5, payment_settings={"save_default_payment_method": "on_subscription"},
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}})
    life.advance("2026-01-06")
    paused = life.read(found)
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "trial_end_without_payment_method"
    assert len(life.invoices()) == 1
    life.advance("2026-01-20")
    back = resume(life, found)
    assert back.status == "paused"
    assert back.pending_setup_intent == paused.pending_setup_intent is not None
    assert back.pending_update.expires_at == life.now + 23 * HOUR
    invoice = life.latest(back)
    assert (invoice.billing_reason, invoice.status, invoice.attempted) == (
        "subscription_cycle", "open", False)


def test_a_preview_of_a_resumption_is_what_is_billed(life):
    found = halfway(life)
    pause(life, found)
    life.advance("2026-03-10")
    shown = life.preview(found, subscription_details={"resume_at": "now"})
    billed = life.latest(resume(life, found))
    assert lines(shown) == lines(billed)
    assert (shown.total, shown.amount_due) == (billed.total, billed.amount_due)


@pytest.mark.parametrize("since", ["now", "item_current_period_start", "none"])
def test_a_preview_of_a_pause_shows_what_it_leaves_to_be_billed(life, since):
    found = halfway(life)
    params = {"type": "subscription", "invoicing_behavior": "invoice",
              "bill_for": {"unused_time_from": {"type": since}}}
    if since == "none":
        assert refused(life.preview, found, subscription_details={"pause": params})[:2] == (
            404, "invoice_upcoming_none")
        return
    shown = life.preview(found, subscription_details={"pause": params})
    assert life.read(found).status == "active" and life.pending() == []
    paused = life.client.subscriptions.pause(found.id, params)
    assert lines(shown) == lines(life.latest(paused))
    assert (shown.total, shown.amount_due) == (life.latest(paused).total, 0)

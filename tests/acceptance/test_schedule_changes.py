"""What a phase changes in the middle of a period, together with all that phases can say."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from acceptance.till import refused
from schedules.plans import phase
from subscriptions.life import at, first, lines, period

TEN, THIRTY = 1_000, 3_000
UNUSED = ("Unused time on Basic (with 10.0% off) after 16 Jan 2026", -465)
REMAINING = ("Remaining time on Pro after 16 Jan 2026", 1_548)
SETUP = ("Setup", 500)
PRO = ("1 × Pro (at $30.00 / month)", THIRTY)


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def planned(life, proration):
    """Plan half a month of Basic at a discount, then Pro with a setup fee."""
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"}).id
    setup = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}).id
    return life.plan(
        phase(life.price(TEN), end_date=at("2026-01-16"), discounts=[{"coupon": coupon}]),
        phase(life.price(THIRTY, name="Pro"), months=1, proration_behavior=proration,
              add_invoice_items=[{"price": setup}], metadata={"stage": "pro"}))


@pytest.mark.parametrize(("proration", "at_once", "waits"), [
    ("always_invoice", [UNUSED, REMAINING, SETUP], []),
    ("create_prorations", None, [UNUSED, REMAINING, SETUP]),
    ("none", None, [SETUP]),
])
def test_a_phase_begins_in_the_middle_of_a_period(life, proration, at_once, waits):
    schedule = planned(life, proration)
    life.advance("2026-01-15")
    began = life.last_event()
    life.advance("2026-01-16")
    found = life.subscription(schedule)
    told = [each for each in life.told(began) if each != "subscription_schedule.expiring"]
    created = ["invoiceitem.created"] * len(at_once or waits)
    changed = ["customer.discount.deleted", "subscription_schedule.updated",
               "customer.subscription.updated", *created]
    assert told[: len(changed)] == changed
    if at_once is None:
        assert told == changed
    else:
        assert told[len(changed) :][:2] == ["invoice.created", "invoice.finalized"]
        billed = life.latest(found)
        assert (billed.billing_reason, billed.status) == ("subscription_update", "paid")
        assert lines(billed) == at_once
        # What is billed once is for the present period of the items.
        assert [each.period.to_dict() for each in billed.lines.data][-1] == {
            "start": at("2026-01-01"), "end": at("2026-02-01")}
    assert [(each.description, each.amount) for each in life.pending()] == waits
    assert (found.metadata.to_dict(), found.discounts) == ({"stage": "pro"}, [])
    assert period(first(found)) == (at("2026-01-01"), at("2026-02-01"))
    life.advance("2026-02-01 02:00")
    renewed = life.latest(found)
    assert (lines(renewed), renewed.status) == ([*waits, PRO], "paid")


def test_free_phases_between_paid_ones(life):
    basic, pro = life.price(TEN), life.price(THIRTY, name="Pro")
    schedule = life.plan(
        phase(basic, duration={"interval": "week", "interval_count": 2}, trial=True),
        phase(basic, months=1),
        phase(pro, months=1, trial_end=at("2026-02-20")),
        end_behavior="cancel")
    found = life.subscription(schedule)
    assert (found.status, found.trial_end, found.cancel_at) == (
        "trialing", at("2026-01-15"), None)
    assert lines(life.latest(found)) == [("Free trial for 1 × Basic", 0)]
    life.advance("2026-01-15 02:00")
    assert lines(life.latest(found)) == [("1 × Basic (at $10.00 / month)", TEN)]
    life.advance("2026-02-15 02:00")
    found = life.subscription(schedule)
    assert (found.status, found.trial_start, found.trial_end) == (
        "trialing", at("2026-02-15"), at("2026-02-20"))
    assert (found.cancel_at, found.billing_cycle_anchor) == (at("2026-03-15"), at("2026-02-20"))
    assert lines(life.latest(found)) == [("Free trial for 1 × Pro", 0)]
    life.advance("2026-02-20 02:00")
    # 23 of the 28 days up to the next boundary of the anchor: it ends before.
    assert lines(life.latest(found)) == [("1 × Pro (at $30.00 / month)", 2_464)]
    life.advance("2026-03-15 02:00")
    assert (life.subscription(schedule).status, life.schedule(schedule).status) == (
        "canceled", "completed")


@pytest.mark.parametrize(("how", "final"), [
    ({}, [("Unused time on Basic after 11 Jan 2026", -677)]),
    ({"prorate": False}, None),
    ({"invoice_now": False}, None),
    ({"invoice_now": False, "prorate": False}, None),
])
def test_a_schedule_that_is_canceled_bills_its_rest_unless_told_not_to(life, how, final):
    schedule = life.plan(phase(life.price(TEN), months=2))
    life.advance("2026-01-11")
    before = life.subscription(schedule)
    canceled = life.client.subscription_schedules.cancel(schedule.id, how)
    after = life.client.subscriptions.retrieve(before.id)
    assert (canceled.status, after.status) == ("canceled", "canceled")
    assert (canceled.canceled_at, canceled.current_phase) == (life.now, None)
    if final is None:
        assert after.latest_invoice == before.latest_invoice
    else:
        assert lines(life.latest(after)) == final
        assert life.latest(after).status == "uncollectible"
    pending = [each.amount for each in life.pending()]
    assert pending == ([-677] if how == {"invoice_now": False} else [])


def test_what_is_planned_counts_among_a_customers_subscriptions(life, monkeypatch):
    monkeypatch.setattr("prorata.engine.subscriptions.subscribe.SUBSCRIPTIONS_MAX", 2)
    plan = phase(life.price(TEN))
    life.subscribe(life.price(TEN))
    schedule = life.plan(plan, start_date=at("2026-01-20"))
    for refusal in (refused(life.subscribe, life.price(TEN)), refused(life.plan, plan)):
        assert refusal[:2] == (400, "customer_max_subscriptions")
    life.advance("2026-01-20")
    assert life.subscription(schedule).status == "active"


def test_a_schedule_is_migrated_with_its_subscription(life):
    plan = (phase(life.price(TEN), months=1), phase(life.price(THIRTY, name="Pro"), months=1))
    schedule = life.plan(*plan, billing_mode={"type": "classic"})
    found = life.subscription(schedule)
    life.client.subscriptions.migrate(found.id, {"billing_mode": {"type": "flexible"}})
    schedule = life.schedule(schedule)
    assert (schedule.billing_mode.type, schedule.billing_mode.updated_at) == ("flexible", life.now)
    assert life.told()[-2:] == ["subscription_schedule.updated", "customer.subscription.updated"]


def test_a_pending_update_is_dropped_when_a_phase_begins(life):
    schedule = planned(life, "create_prorations")
    life.advance("2026-01-15 12:00")
    life.use_card("authenticationRequired")
    found = life.subscription(schedule)
    waiting = life.update(
        found, items=[{"id": first(found).id, "quantity": 90}],
        payment_behavior="pending_if_incomplete", proration_behavior="always_invoice")
    assert waiting.pending_update is not None
    began = life.last_event()
    life.advance("2026-01-16")
    found = life.subscription(schedule)
    assert (found.pending_update, first(found).quantity) == (None, 1)
    assert life.client.invoices.retrieve(waiting.latest_invoice).status == "void"
    told = life.told(began)
    assert "customer.subscription.pending_update_expired" in told
    assert len(life.schedule(schedule).phases) == 2


@pytest.mark.parametrize("proration", ["create_prorations", "none"])
@pytest.mark.parametrize("by", ["a phase", "an item in place of another"])
def test_a_classic_cycle_begins_anew_with_another_interval(life, by, proration):
    month, year = life.price(TEN), life.price(12_000, interval="year", name="Year")
    classic = {"billing_mode": {"type": "classic"}}
    if by == "a phase":
        schedule = life.plan(
            phase(month, end_date=at("2026-01-16")),
            phase(year, duration={"interval": "year"}, proration_behavior=proration), **classic)
        life.advance("2026-01-16")
        found = life.subscription(schedule)
    else:
        found = life.subscribe(month, **classic)
        life.advance("2026-01-16")
        found = life.update(
            found, items=[{"id": first(found).id, "deleted": True}, {"price": year}],
            proration_behavior=proration)
    assert period(first(found)) == (at("2026-01-16"), at("2027-01-16"))
    assert found.billing_cycle_anchor == at("2026-01-16")
    billed = life.latest(found)
    credit = [("Unused time on Basic after 16 Jan 2026", -516)]
    full = [("1 × Year (at $120.00 / year)", 12_000)]
    assert lines(billed) == [*(credit if proration != "none" else []), *full]
    assert (billed.billing_reason, billed.status) == ("subscription_update", "paid")


@pytest.mark.parametrize("by", ["a phase", "an item in place of another"])
def test_a_flexible_cycle_goes_on_with_another_interval(life, by):
    month, year = life.price(TEN), life.price(12_000, interval="year", name="Year")
    if by == "a phase":
        schedule = life.plan(
            phase(month, end_date=at("2026-01-16")), phase(year, duration={"interval": "year"}))
        life.advance("2026-01-16")
        found = life.subscription(schedule)
    else:
        found = life.subscribe(month)
        life.advance("2026-01-16")
        found = life.update(found, items=[{"id": first(found).id, "deleted": True},
                                          {"price": year}])
    assert first(found).current_period_end == at("2027-01-01")
    assert found.billing_cycle_anchor == at("2026-01-01")
    # 350 of 365 days.
    assert [(each.description, each.amount) for each in life.pending()] == [
        ("Unused time on Basic after 16 Jan 2026", -516),
        ("Remaining time on Year after 16 Jan 2026", 11_507)]

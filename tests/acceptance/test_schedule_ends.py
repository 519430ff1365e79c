"""Schedules that renew, old ways to end, and what is announced before a phase begins."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, SeenLife, assert_same
from schedules.plans import phase, resent
from subscriptions.life import at, lines

TEN, THIRTY = 1_000, 3_000


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client, on="2026-01-31")


def pro_with_setup(life, **more):
    setup = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}).id
    return phase(life.price(THIRTY, name="Pro"), months=2,
                 add_invoice_items=[{"price": setup}], **more)


def spans(schedule):
    return [(each.start_date, each.end_date) for each in schedule.phases]


def test_a_schedule_that_renews_goes_through_its_last_phase_again_and_again(life):
    schedule = life.plan(
        phase(life.price(TEN), months=1), pro_with_setup(life), end_behavior="renew")
    assert schedule.end_behavior == "renew"
    life.advance("2026-07-02")
    found = life.schedule(schedule)
    assert (found.status, found.current_phase.start_date) == ("active", at("2026-06-30"))
    assert spans(found) == [
        (at("2026-01-31"), at("2026-02-28")), (at("2026-02-28"), at("2026-04-30")),
        (at("2026-04-30"), at("2026-06-30")), (at("2026-06-30"), at("2026-08-31"))]
    subscription = life.subscription(schedule)
    bills = [lines(each) for each in life.invoices(subscription)]
    pro = ("1 × Pro (at $30.00 / month)", THIRTY)
    # What is billed once is billed once, whatever is renewed.
    assert bills == [[("1 × Basic (at $10.00 / month)", TEN)], [("Setup", 500), pro],
                     [pro], [pro], [pro], [pro]]
    assert not [each for each in life.told() if "expiring" in each or "completed" in each]


def test_a_schedule_that_renewed_can_be_told_to_end(life):
    schedule = life.plan(phase(life.price(TEN), months=1), end_behavior="renew")
    life.advance("2026-03-01")
    schedule = life.replan(schedule, end_behavior="cancel")
    assert life.subscription(schedule).cancel_at == at("2026-03-31")
    life.advance("2026-04-01")
    assert (life.schedule(schedule).status, life.subscription(schedule).status) == (
        "completed", "canceled")


def test_what_renews_each_day_shows_twenty_phases_that_are_over(life):
    daily = life.price(TEN, interval="day")
    schedule = life.plan(
        phase(daily, duration={"interval": "day", "interval_count": 1}), end_behavior="renew")
    life.advance("2026-02-20")
    assert len(life.schedule(schedule).phases) == 21
    life.advance("2026-03-10")
    found = life.schedule(schedule)
    assert spans(found)[0][0] == at("2026-02-18") and len(found.phases) == 21
    assert found.current_phase.start_date == found.phases[-1].start_date == at("2026-03-10")
    assert len(life.invoices(life.subscription(schedule))) == 39
    # The phases that are over may be sent back, or left out.
    *ended, current = found.phases
    again = life.replan(schedule, end_behavior="release", phases=[
        *(resent(each) for each in ended), resent(current)])
    assert spans(again) == spans(found)


def test_direct_changes_leave_twenty_phases_that_are_over(life):
    schedule = life.plan(phase(life.price(TEN), months=12))
    found = life.subscription(schedule)
    for day in range(1, 26):
        life.advance(at("2026-01-31") + day * DAY)
        found = life.update(
            found, items=life.item(found, quantity=day), proration_behavior="none")
    shown = life.schedule(schedule)
    assert len(shown.phases) == 21
    assert [each["items"][0].quantity for each in shown.phases[-2:]] == [24, 25]
    assert shown.phases[-1].end_date == at("2027-01-31")


def test_a_release_ends_what_renews(life):
    schedule = life.plan(phase(life.price(TEN), months=1), end_behavior="renew")
    life.advance("2026-03-01")
    released = life.client.subscription_schedules.release(schedule.id)
    assert (released.status, len(released.phases)) == ("released", 2)


def test_what_renews_is_previewed(life):
    schedule = life.plan(
        phase(life.price(TEN), months=1, billing_cycle_anchor="phase_start"), end_behavior="renew")
    shown = life.preview(schedule=schedule.id)
    life.advance("2026-02-28")
    assert_same(shown, life.latest(life.subscription(schedule)))
    assert len(life.schedule(schedule).phases) == 2


def test_none_is_the_old_name_of_cancel(life):
    schedule = life.plan(phase(life.price(TEN), months=1), end_behavior="none")
    assert schedule.end_behavior == "cancel"
    assert life.subscription(schedule).cancel_at == at("2026-02-28")


def test_a_renewal_is_announced_as_the_phase_that_begins_with_it_will_bill_it(life):
    schedule = life.plan(phase(life.price(TEN), months=1), pro_with_setup(life))
    before = life.subscription(schedule)
    life.advance("2026-02-25")
    [said] = [each for each in life.told_whole() if each.type == "invoice.upcoming"]
    announced = said.data.object
    assert announced.total == THIRTY + 500
    # To announce is not to begin.
    after = life.subscription(schedule)
    assert [each.id for each in after["items"].data] == [each.id for each in before["items"].data]
    assert (after.to_dict(), len(life.pending())) == (before.to_dict(), 0)
    life.advance("2026-02-28")
    billed = life.latest(life.subscription(schedule))
    assert (billed.period_start, billed.period_end) == (
        announced.period_start, announced.period_end)
    assert lines(billed) == lines(announced)


def test_a_renewal_is_announced_after_a_change_in_the_middle_of_its_period(life):
    schedule = life.plan(phase(life.price(TEN), months=1))
    plan = [resent(schedule.phases[0], end_date=at("2026-02-20"))]
    plan.append(phase(life.price(THIRTY, name="Pro"), months=2))
    life.replan(schedule, phases=plan)
    life.advance("2026-02-15")
    life.advance("2026-02-28")
    billed = life.latest(life.subscription(schedule))
    [said] = [each for each in life.told_whole() if each.type == "invoice.upcoming"][-1:]
    assert lines(said.data.object) == lines(billed)


def test_pending_items_are_billed_on_the_same_day_after_a_short_month(life):
    found = life.subscribe(
        life.price(9_000, interval="year"), pending_invoice_item_interval={"interval": "month"})
    days = [found.next_pending_invoice_item_invoice]
    while len(days) < 4:
        life.advance(days[-1])
        days.append(life.read(found).next_pending_invoice_item_invoice)
    assert days == [at("2026-02-28"), at("2026-03-31"), at("2026-04-30"), at("2026-05-31")]

"""Planned pauses of a schedule: their defaults, what they do, and what they say of themselves."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from acceptance.till import refused
from schedules.plans import phase
from subscriptions.life import DAY, at, first

PAUSE, RESUME = at("2026-01-16 12:00"), at("2026-02-20")


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def moment(at):
    return {"type": "timestamp", "timestamp": at}


def planned(life, **more):
    """Plan a year with a pause in January and a resumption in February."""
    pauses = [{"pause": {"pause_at": moment(PAUSE)}, "resume": {"resume_at": moment(RESUME)},
               **more}]
    return life.plan(phase(life.price(1_000), months=12), pause_schedules=pauses)


def test_the_defaults(life):
    [plan] = planned(life).pause_schedules
    assert plan.pause.pause_at == PAUSE
    settings = plan.pause.settings
    assert settings.type == "subscription"
    assert settings.bill_for.unused_time_from.type == "pause_at"
    assert settings.bill_for.outstanding_usage_through.type == "pause_at"
    assert settings.invoicing_behavior == "pending_invoice_item"
    assert plan.resume.resume_at == RESUME
    resume = plan.resume.settings
    assert (resume.billing_cycle_anchor, resume.payment_behavior, resume.proration_behavior) == (
        "resume_at", "resume_on_payment_success", "create_prorations")
    assert (plan.pause.status.type, plan.resume.status.type) == ("scheduled", "scheduled")


def test_it_pauses_and_comes_back(life):
    schedule = planned(life)
    found = life.subscription(schedule)
    life.advance(PAUSE)
    paused = life.read(found)
    assert (paused.status, first(paused).current_period_end) == ("paused", PAUSE)
    assert [item.amount for item in life.pending()] == [-500]
    assert life.schedule(schedule).pause_schedules[0].pause.status.type == "succeeded"
    life.advance(RESUME)
    back = life.read(found)
    assert (back.status, back.billing_cycle_anchor) == ("active", RESUME)
    assert life.schedule(schedule).pause_schedules[0].resume.status.type == "succeeded"
    assert sorted(line.amount for line in life.latest(back).lines.data) == [-500, 1_000]


def test_a_resumption_nobody_pays(life):
    schedule = planned(life)
    life.advance(at("2026-01-20"))
    life.use_card("chargeCustomerFail")
    life.advance(RESUME)
    assert life.subscription(schedule).status == "paused"
    status = life.schedule(schedule).pause_schedules[0].resume.status.type
    assert status in ("pending", "error", "requires_action")


def test_a_pause_that_cannot_be_has_no_resumption(life):
    schedule = planned(life)
    life.update(life.subscription(schedule), collection_method="send_invoice", days_until_due=5)
    life.advance("2026-02-22")
    [plan] = life.schedule(schedule).pause_schedules
    assert (plan.pause.status.type, plan.resume.status.type) == ("error", "scheduled")
    found = life.subscription(schedule)
    assert (found.status, first(found).current_period_end) == ("past_due", at("2026-03-01"))


def test_a_trial_does_not_begin_while_it_is_paused(life):
    month, free = life.price(1_000), phase(life.price(2_000), months=2, trial_end=at("2026-03-01"))
    schedule = life.plan(phase(month, months=1), free, pause_schedules=[
        {"pause": {"pause_at": moment(PAUSE)}, "resume": {"resume_at": moment(RESUME)}}])
    life.advance("2026-02-02")
    found = life.subscription(schedule)
    assert (found.status, first(found).price.unit_amount) == ("paused", 2_000)
    life.advance(RESUME)
    back = life.read(found)
    assert (back.status, back.trial_end, back.billing_cycle_anchor) == ("active", None, RESUME)


def test_only_one_and_in_order(life):
    one = {"pause": {"pause_at": moment(PAUSE)}, "resume": {"resume_at": moment(RESUME)}}
    assert refused(life.plan, phase(life.price(1_000), months=12),
                   pause_schedules=[one, one])[0] == 400
    backwards = {"pause": {"pause_at": moment(RESUME)}, "resume": {"resume_at": moment(PAUSE)}}
    assert refused(life.plan, phase(life.price(1_000), months=12),
                   pause_schedules=[backwards])[0] == 400


def test_a_resumption_after_a_while(life):
    schedule = planned(life, resume={"resume_at": {
        "type": "duration", "duration": {"interval": "week", "interval_count": 2}}})
    assert schedule.pause_schedules[0].resume.resume_at == PAUSE + 14 * DAY

"""Planned pauses: a schedule's subscription stands still and comes back at their moments."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase
from subscriptions.life import at, first, period


def moment(on: str) -> dict[str, object]:
    return {"type": "timestamp", "timestamp": at(on)}


@pytest.fixture
def paused(life):
    """Give a schedule whose subscription pauses on January 16 and comes back on February 10."""
    return life.plan(
        phase(life.price(3_100), months=6),
        pause_schedules=[
            {
                "key": "holiday",
                "pause": {"pause_at": moment("2026-01-16")},
                "resume": {"resume_at": moment("2026-02-10")},
            }
        ],
    )


def test_a_pause_is_planned_with_the_usual_settings(paused):
    [planned] = paused.pause_schedules
    assert planned.key == "holiday"
    assert (planned.pause.pause_at, planned.pause.status.type) == (at("2026-01-16"), "scheduled")
    bill_for = planned.pause.settings.bill_for
    assert bill_for.outstanding_usage_through.type == "pause_at"
    assert bill_for.unused_time_from.type == "pause_at"
    assert planned.pause.settings.invoicing_behavior == "pending_invoice_item"
    assert (planned.resume.resume_at, planned.resume.status.type) == (
        at("2026-02-10"), "scheduled",
    )  # fmt: skip
    assert planned.resume.settings.to_dict() == {
        "billing_cycle_anchor": "resume_at",
        "payment_behavior": "resume_on_payment_success",
        "proration_behavior": "create_prorations",
    }


def test_the_subscription_pauses_and_comes_back(life, paused):
    life.advance("2026-01-17")
    assert life.subscription(paused).status == "paused"
    assert life.schedule(paused).pause_schedules[0].pause.status.type == "succeeded"
    assert [each.amount for each in life.pending()] == [-1_600]

    life.advance("2026-02-11")
    subscription = life.subscription(paused)
    assert subscription.status == "active"
    assert subscription.billing_cycle_anchor == at("2026-02-10")
    assert period(first(subscription)) == (at("2026-02-10"), at("2026-03-10"))
    assert life.schedule(paused).pause_schedules[0].resume.status.type == "succeeded"
    assert life.invoices()[-1].total == 3_100 - 1_600


def test_a_resumption_that_nobody_pays_leaves_the_subscription_paused(life, paused):
    life.advance("2026-01-17")
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-10")
    assert life.subscription(paused).status == "paused"
    assert life.schedule(paused).pause_schedules[0].resume.status.type == "pending"


def test_a_resumption_that_cannot_be_paid_leaves_everything_as_it_was(life, paused):
    life.advance("2026-01-17")
    before = life.subscription(paused)
    for method in life.client.customers.payment_methods.list(life.customer.id).data:
        life.client.payment_methods.detach(method.id)
    known = [each.id for each in life.invoices()]
    life.advance("2026-02-12")

    resume = life.schedule(paused).pause_schedules[0].resume
    assert (resume.status.type, resume.status.error.code) == ("error", "resource_missing")
    after = life.subscription(paused)
    assert (after.status, period(first(after))) == ("paused", period(first(before)))
    assert after.billing_cycle_anchor == before.billing_cycle_anchor
    assert [each.id for each in life.invoices()] == known
    assert [each.amount for each in life.pending()] == [-1_600], "it is still the customer's"


def test_a_resumption_can_come_after_a_while(life):
    schedule = life.plan(
        phase(life.price(), months=6),
        pause_schedules=[
            {
                "pause": {"pause_at": {"type": "timestamp", "timestamp": at("2026-01-16")}},
                "resume": {
                    "resume_at": {
                        "type": "duration",
                        "duration": {"interval": "month", "interval_count": 2},
                    }
                },
            }
        ],
    )
    assert schedule.pause_schedules[0].resume.resume_at == at("2026-03-16")


def test_a_running_schedule_pauses_now_and_comes_back_when_told(life):
    schedule = life.plan(phase(life.price(), months=6))
    schedule = life.replan(schedule, pause_schedules=[{"pause": {"pause_at": {"type": "now"}}}])
    assert schedule.pause_schedules[0].pause.status.type == "succeeded"
    assert life.subscription(schedule).status == "paused"
    schedule = life.replan(schedule, pause_schedules=[{"resume": {"resume_at": {"type": "now"}}}])
    assert schedule.pause_schedules[0].resume.resume_at == at("2026-01-01")


def test_a_planned_pause_can_be_given_up(life, paused):
    life.replan(paused, pause_schedules="")
    life.advance("2026-01-17")
    assert life.subscription(paused).status == "active"
    assert life.schedule(paused).pause_schedules == []


def test_what_cannot_pause_says_so(life):
    schedule = life.plan(
        phase(life.price(), months=6, collection_method="send_invoice",
              invoice_settings={"days_until_due": 30}),
        pause_schedules=[{"pause": {"pause_at": moment("2026-01-16")}}],
    )  # fmt: skip
    life.advance("2026-01-17")
    assert life.subscription(schedule).status == "active"
    status = life.schedule(schedule).pause_schedules[0].pause.status
    assert status.type == "error" and "send_invoice" in status.error.message


@pytest.mark.parametrize(
    ("pauses", "param", "more"),
    [
        ([{"pause": {"pause_at": moment("2025-12-01")}}],
         "pause_schedules[0][pause][pause_at]", {}),
        ([{"pause": {"pause_at": {"type": "timestamp"}}}],
         "pause_schedules[0][pause][pause_at][timestamp]", {}),
        ([{"key": "empty"}], "pause_schedules[0][pause][pause_at]", {}),
        ([{"pause": {"pause_at": moment("2026-01-16")}}] * 2, "pause_schedules", {}),
        ([{"pause": {"pause_at": moment("2026-01-16")}}], "pause_schedules",
         {"billing_mode": {"type": "classic"}}),
        ([{"pause": {"pause_at": moment("2026-01-16")},
           "resume": {"resume_at": moment("2026-01-15")}}],
         "pause_schedules[0][resume][resume_at]", {}),
    ],
)  # fmt: skip
def test_impossible_pauses_are_refused_by_name(life, pauses, param, more):
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.plan(phase(life.price(), months=6), pause_schedules=pauses, **more)
    assert error.value.param == param

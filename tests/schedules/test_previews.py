"""Previews: the next invoice of a schedule, as it is, as it would be, or before there is one."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase, resent
from subscriptions.life import at, lines


def preview(life, **params):
    return life.client.invoices.create_preview(params)


def test_the_next_invoice_knows_the_next_phase(life):
    schedule = life.plan(
        phase(life.price(), months=1),
        phase({"price": life.price(3_000, name="Pro"), "quantity": 2}),
    )
    seen = preview(life, schedule=schedule.id)
    assert lines(seen) == [("2 × Pro (at $30.00 / month)", 6_000)]
    assert lines(preview(life, subscription=schedule.subscription)) == lines(seen)
    life.advance("2026-02-01")
    billed = life.invoices()[-1]
    assert lines(billed) == lines(seen)
    assert (billed.period_start, billed.period_end) == (seen.period_start, seen.period_end)
    assert billed.lines.data[0].period == seen.lines.data[0].period


@pytest.mark.parametrize("behavior", ["create_prorations", "always_invoice", "none"])
def test_a_phase_change_within_the_period_is_foreseen_as_it_will_be_billed(life, behavior):
    schedule = life.plan(
        phase(life.price(), end_date=at("2026-01-16")),
        phase(life.price(3_000, name="Pro"), months=2, proration_behavior=behavior),
    )
    seen = preview(life, schedule=schedule.id)
    life.advance("2026-02-01")
    assert lines(seen) == lines(life.invoices()[1])
    assert seen.total == life.invoices()[1].total


def test_where_a_phase_begins_that_bills_in_arrears_nothing_comes_next(life):
    schedule = life.plan(phase(life.price(), months=1), phase(life.metered(), months=2))
    for asked in ({"schedule": schedule.id}, {"subscription": schedule.subscription}):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            preview(life, **asked)
        assert raised.value.code == "invoice_upcoming_none"
    life.advance("2026-02-02")
    assert len(life.invoices()) == 1


def test_a_change_of_the_schedule_can_be_seen_beforehand(life):
    schedule = life.plan(phase(life.price(), months=2))
    life.advance("2026-01-16")
    changed = resent(
        schedule.phases[0], items=[{"price": life.price(3_000, name="Pro"), "quantity": 1}]
    )
    details = {"phases": [changed], "proration_behavior": "always_invoice"}
    seen = preview(life, schedule=schedule.id, schedule_details=details)
    assert lines(seen) == [
        ("Unused time on Basic after 16 Jan 2026", -516),
        ("Remaining time on Pro after 16 Jan 2026", 1_548),
    ]
    assert life.schedule(schedule).phases[0]["items"][0].price == life.price()
    life.replan(schedule, **details)
    assert lines(life.invoices()[-1]) == lines(seen)


def test_a_schedule_that_has_not_started_shows_its_first_invoice(life):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    seen = preview(life, schedule=schedule.id)
    assert lines(seen) == [("1 × Basic (at $10.00 / month)", 1_000)]
    assert seen.lines.data[0].period.start == at("2026-02-01")


def test_a_schedule_that_there_is_not_shows_its_first_invoice(life):
    seen = preview(
        life,
        customer=life.customer.id,
        schedule_details={"phases": [phase(life.price(), months=1, start_date="now")]},
    )
    assert seen.total == 1_000
    assert life.client.subscription_schedules.list({"customer": life.customer.id}).data == []


def test_an_ended_schedule_has_no_next_invoice(life):
    schedule = life.plan(phase(life.price(), months=1))
    life.client.subscription_schedules.cancel(schedule.id)
    with pytest.raises(stripe.InvalidRequestError) as error:
        preview(life, schedule=schedule.id)
    assert (error.value.code, error.value.http_status) == ("invoice_upcoming_none", 404)


def test_a_schedule_that_cancels_has_no_next_invoice_in_its_last_period(life):
    schedule = life.plan(phase(life.price(), months=1), end_behavior="cancel")
    with pytest.raises(stripe.InvalidRequestError) as error:
        preview(life, schedule=schedule.id)
    assert error.value.code == "invoice_upcoming_none"


@pytest.mark.parametrize("behavior", ["create_prorations", "none"])
@pytest.mark.parametrize(("planned", "told"), [
    ("cancel", "cancel"), ("release", "cancel"), ("cancel", "release"), ("release", "release"),
])  # fmt: skip
def test_what_comes_when_the_last_phase_ends_now_is_foreseen(life, planned, told, behavior):
    # Its end lies within a period, which an end that is planned cuts short.
    schedule = life.plan(
        phase(life.price(), life.metered(), end_date=at("2026-02-20")), end_behavior=planned
    )
    life.advance("2026-01-11")
    life.client.invoice_items.create({
        "customer": life.customer.id, "subscription": schedule.subscription, "amount": 700,
        "currency": "usd",
    })
    prices = [each.price for each in schedule.phases[0]["items"]]
    now = phase(*prices, start_date=at("2026-01-01"), end_date="now")
    details = {"phases": [now], "end_behavior": told, "proration_behavior": behavior}
    seen = preview(life, schedule=schedule.id, schedule_details=details)
    life.replan(schedule, **details)
    life.advance("2026-02-01 02:00")
    billed = life.invoices()[-1]
    assert lines(seen) == lines(billed)
    assert (seen.total, seen.period_start, seen.period_end) == (
        billed.total, billed.period_start, billed.period_end)
    assert life.subscription(schedule).status == ("canceled" if told == "cancel" else "active")

"""Ends: schedules are released, canceled, aborted; what is done to the subscription shows."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase, resent
from subscriptions.life import DAY, at, first


def test_release_leaves_the_subscription_without_schedule(life):
    schedule = life.plan(phase(life.price(), months=2), end_behavior="cancel")
    subscription = life.subscription(schedule)
    released = life.client.subscription_schedules.release(schedule.id)

    assert (released.status, released.released_at) == ("released", at("2026-01-01"))
    assert (released.subscription, released.released_subscription) == (None, subscription.id)
    assert released.current_phase is None
    free = life.read(subscription)
    assert (free.status, free.schedule, free.cancel_at) == ("active", None, None)
    assert life.events()[-3:] == [
        "subscription_schedule.updated",
        "customer.subscription.updated",
        "subscription_schedule.released",
    ]


def test_release_can_keep_the_date_of_cancellation(life):
    schedule = life.plan(phase(life.price(), months=2), end_behavior="cancel")
    life.client.subscription_schedules.release(schedule.id, {"preserve_cancel_date": True})
    assert life.subscription(schedule).cancel_at == at("2026-03-01")


def test_cancel_ends_the_subscription_too_with_a_last_invoice(life):
    schedule = life.plan(phase(life.price(3_100), months=2))
    life.advance("2026-01-16")
    canceled = life.client.subscription_schedules.cancel(schedule.id)

    assert (canceled.status, canceled.canceled_at) == ("canceled", at("2026-01-16"))
    subscription = life.read(life.subscription(schedule))
    assert subscription.status == "canceled"
    assert life.invoices()[-1].total == -1_600
    types = life.events()
    assert types.index("customer.subscription.deleted") < types.index(
        "subscription_schedule.canceled"
    )


def test_cancel_can_leave_everything_unbilled(life):
    schedule = life.plan(phase(life.price(3_100), months=2))
    life.advance("2026-01-16")
    life.client.subscription_schedules.cancel(schedule.id, {"invoice_now": False, "prorate": False})
    assert len(life.invoices()) == 1 and life.pending() == []


def test_a_schedule_that_has_not_started_can_be_released_or_canceled(life):
    for end, status in (("release", "released"), ("cancel", "canceled")):
        schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
        ended = getattr(life.client.subscription_schedules, end)(schedule.id)
        assert (ended.status, ended.subscription) == (status, None)
    life.advance("2026-02-02")
    assert life.invoices() == []


@pytest.mark.parametrize("verb", ["update", "cancel", "release"])
def test_an_ended_schedule_stays_as_it_is(life, verb):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    life.client.subscription_schedules.release(schedule.id)
    with pytest.raises(stripe.InvalidRequestError) as error:
        getattr(life.client.subscription_schedules, verb)(schedule.id)
    past = {"update": "updated", "cancel": "canceled", "release": "released"}[verb]
    assert error.value.user_message == (
        f"You cannot {verb} a subscription schedule that is currently in the `released` status."
        f" It must be in `not_started, active` status to be {past}."
    )


def test_canceling_the_subscription_cancels_its_schedule(life):
    schedule = life.plan(phase(life.price(), months=2))
    life.client.subscriptions.cancel(schedule.subscription)
    assert life.schedule(schedule).status == "canceled"
    assert life.events()[-1] == "subscription_schedule.canceled"


def test_delinquency_aborts_the_schedule(life):
    schedule = life.plan(phase(life.price(), months=6))
    life.advance("2026-01-02")
    life.use_card("chargeCustomerFail")
    life.advance("2026-03-15")
    assert life.subscription(schedule).status == "canceled"
    assert life.schedule(schedule).status == "canceled"
    types = life.events()
    assert "subscription_schedule.aborted" in types
    assert "subscription_schedule.canceled" not in types


def test_the_end_is_announced_seven_days_before(life):
    life.plan(phase(life.price(), months=1))
    life.advance(at("2026-02-01") - 7 * DAY - 1)
    assert "subscription_schedule.expiring" not in life.events()
    life.advance(at("2026-02-01") - 7 * DAY)
    assert life.events().count("subscription_schedule.expiring") == 1


def test_the_subscriptions_end_is_the_schedules_to_decide(life):
    schedule = life.plan(phase(life.price(), months=2))
    subscription = life.subscription(schedule)
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.update(subscription, cancel_at_period_end=True)
    assert error.value.user_message == (
        f"The subscription is managed by the subscription schedule `{schedule.id}`, and updating"
        " any cancelation behavior directly is not allowed. Please update the schedule instead."
    )


def test_a_subscription_that_was_to_end_keeps_its_end_in_a_schedule(life):
    subscription = life.subscribe()
    life.update(subscription, cancel_at_period_end=True)
    schedule = life.adopt(subscription)
    assert schedule.end_behavior == "cancel"
    assert schedule.phases[0].end_date == at("2026-02-01")
    life.advance("2026-02-02")
    assert life.schedule(schedule).status == "completed"
    assert life.read(subscription).status == "canceled"


def test_a_direct_change_of_items_divides_the_current_phase(life):
    pro = life.price(3_000, name="Pro")
    schedule = life.plan(phase(life.price(), months=2), phase(life.price(9_000), months=1))
    life.advance("2026-01-16")
    life.change(life.subscription(schedule), pro)

    found = life.schedule(schedule)
    assert [(each.start_date, each.end_date) for each in found.phases] == [
        (at("2026-01-01"), at("2026-01-16")),
        (at("2026-01-16"), at("2026-03-01")),
        (at("2026-03-01"), at("2026-04-01")),
    ]
    assert [each["items"][0].price for each in found.phases] == [
        life.price(), pro, life.price(9_000),
    ]  # fmt: skip
    assert found.current_phase.start_date == at("2026-01-16")
    life.replan(schedule, phases=[resent(each) for each in found.phases])
    assert first(life.subscription(schedule)).price.id == pro
    assert len(life.pending()) == 2


def test_a_direct_change_through_an_item_divides_the_current_phase(life):
    schedule = life.plan(phase(life.price(), months=2))
    life.advance("2026-01-16")
    item = first(life.subscription(schedule)).id
    life.client.subscription_items.update(item, {"quantity": 4})
    assert [each["items"][0].quantity for each in life.schedule(schedule).phases] == [1, 4]


def test_a_direct_change_of_metadata_leaves_the_phases_alone(life):
    schedule = life.plan(phase(life.price(), months=2, metadata={"a": "1"}))
    life.update(life.subscription(schedule), metadata={"b": "2"})
    [only] = life.schedule(schedule).phases
    assert only.metadata.to_dict() == {"a": "1"}


def test_lists_are_filtered(life):
    schedules = life.client.subscription_schedules
    later = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    now = life.plan(phase(life.price(), months=1))
    gone = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    schedules.cancel(gone.id)

    def ids(**params):
        return [each.id for each in schedules.list({"customer": life.customer.id, **params})]

    assert ids() == [gone.id, now.id, later.id]
    assert ids(scheduled=True) == [later.id]
    assert ids(scheduled=False) == [gone.id, now.id]
    assert ids(canceled_at={"gte": at("2026-01-01")}) == [gone.id]
    assert ids(released_at={"gte": 0}) == ids(completed_at={"gte": 0}) == []
    assert ids(created={"gt": at("2026-01-01")}) == []
    assert now.id not in [each.id for each in schedules.list({"limit": 100}).data]


def test_deleting_the_customer_ends_its_schedules(life):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    running = life.plan(phase(life.price(), months=1))
    life.client.customers.delete(life.customer.id)
    assert life.schedule(schedule).status == life.schedule(running).status == "canceled"


def test_references_can_be_expanded(life):
    schedule = life.plan(phase(life.price(), months=1))
    found = life.client.subscription_schedules.retrieve(
        schedule.id,
        {
            "expand": [
                "subscription", "customer", "phases.items.price", "phases.items.plan.product"
            ]
        },
    )  # fmt: skip
    assert found.subscription.schedule == schedule.id
    assert found.customer.id == life.customer.id
    item = found.phases[0]["items"][0]
    assert item.price.unit_amount == 1_000
    assert (item.plan.object, item.plan.amount) == ("plan", 1_000)
    assert item.plan.product.object == "product"

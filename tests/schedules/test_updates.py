"""Updates: the current and future phases are written anew; the subscription follows at once."""

from __future__ import annotations

from copy import deepcopy

import pytest
import stripe

from schedules.plans import phase, resent
from subscriptions.life import at, first, lines


def test_a_subscription_is_adopted_as_its_present_period(life):
    subscription = life.subscribe(life.price(), metadata={"a": "1"}, description="Mine")
    schedule = life.adopt(subscription)

    assert (schedule.status, schedule.subscription) == ("active", subscription.id)
    assert schedule.end_behavior == "release"
    [current] = schedule.phases
    assert (current.start_date, current.end_date) == (at("2026-01-01"), at("2026-02-01"))
    assert current.description == "Mine"
    assert current["items"][0].price == life.price()
    assert life.read(subscription).schedule == schedule.id
    assert "subscription_schedule.created" in life.events()


def test_adopting_takes_no_further_parameters(life):
    subscription = life.subscribe()
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.plan(phase(life.price()), from_subscription=subscription.id)
    assert str(error.value.user_message) == (
        "You cannot set `customer` if `from_subscription` is set."
    )
    schedule = life.client.subscription_schedules.create(
        {"from_subscription": subscription.id, "metadata": {"why": "downgrade"}}
    )
    assert schedule.metadata.to_dict() == {"why": "downgrade"}
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.adopt(subscription)
    assert schedule.id in error.value.user_message


def test_a_downgrade_at_the_end_of_the_period(life):
    """What client libraries do: adopt, send the phase back, add one."""
    subscription = life.subscribe(life.price(3_000, name="Pro"))
    schedule = life.adopt(subscription)
    schedule = life.replan(
        schedule, phases=[resent(schedule.phases[0]), phase(life.price(), months=1)]
    )
    assert len(schedule.phases) == 2
    assert life.pending() == []
    life.advance("2026-02-02")
    assert first(life.read(subscription)).price.id == life.price()
    assert [each.total for each in life.invoices()] == [3_000, 1_000]


def test_discounts_and_trials_go_on_when_they_are_sent_back(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"}).id
    subscription = life.subscribe(
        life.price(), discounts=[{"coupon": coupon}], trial_end=at("2026-01-10")
    )
    schedule = life.adopt(subscription)
    [current] = schedule.phases
    assert (current.trial_end, current.discounts[0].coupon) == (at("2026-01-10"), coupon)
    discounts = [{"coupon": coupon}]
    life.replan(
        schedule,
        phases=[
            resent(current, trial_end=current.trial_end, discounts=discounts),
            phase(life.price(3_000, name="Pro"), months=1, discounts=discounts),
        ],
    )
    same = life.read(subscription)
    assert (same.discounts, same.trial_end) == (subscription.discounts, subscription.trial_end)
    life.advance("2026-01-11")
    assert life.read(subscription).discounts == subscription.discounts
    assert [each.total for each in life.invoices()] == [0, 1_500]


def test_a_changed_current_phase_changes_the_subscription_now(life):
    pro = life.price(3_100, name="Pro")
    schedule = life.plan(phase(life.price(), months=1))
    life.advance("2026-01-16")
    changed = resent(schedule.phases[0], items=[{"price": pro, "quantity": 1}])
    schedule = life.replan(schedule, phases=[changed], proration_behavior="always_invoice")

    assert first(life.subscription(schedule)).price.id == pro
    assert [each.price for each in schedule.phases[0]["items"]] == [pro]
    assert lines(life.invoices()[-1]) == [
        ("Unused time on Basic after 16 Jan 2026", -516),
        ("Remaining time on Pro after 16 Jan 2026", 1_600),
    ]


def test_an_update_says_where_its_phases_begin(life):
    schedule = life.plan(phase(life.price(), months=1))
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.replan(schedule, phases=[phase(life.price(), months=1)])
    assert error.value.user_message == (
        "The subscription schedule update is missing at least one phase with a `start_date` to"
        " anchor end dates to."
    )
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.replan(schedule, phases=[phase(life.price(), months=1, start_date="now")])
        life.advance("2026-01-02")
        life.replan(schedule, phases=[phase(life.price(), months=1, start_date="now")])
    assert error.value.user_message == "You can not modify the start date of the current phase."


def test_past_phases_stay_as_they_were(life):
    schedule = life.plan(phase(life.price(), months=1), phase(life.price(3_000), months=1))
    life.advance("2026-02-10")
    one, two = life.schedule(schedule).phases
    further = phase(life.price(), months=1)
    with pytest.raises(stripe.InvalidRequestError) as error:
        changed = resent(one, items=[{"price": life.price(9_900)}])
        life.replan(schedule, phases=[changed, resent(two), further])
    assert error.value.user_message == "You can not update a phase that has already ended."
    schedule = life.replan(schedule, phases=[resent(one), resent(two), further])
    assert [each["items"][0].price for each in schedule.phases] == [
        life.price(), life.price(3_000), life.price(),
    ]  # fmt: skip
    schedule = life.replan(schedule, phases=[resent(two)])
    assert [each.start_date for each in schedule.phases] == [at("2026-01-01"), at("2026-02-01")]


def test_a_current_phase_can_end_now(life):
    pro = life.price(3_100, name="Pro")
    schedule = life.plan(phase(life.price(), months=2))
    life.advance("2026-01-16")
    [current] = schedule.phases
    ending = resent(current, end_date="now")
    schedule = life.replan(schedule, phases=[ending, phase(pro, months=1, start_date="now")])
    assert schedule.current_phase.start_date == at("2026-01-16")
    assert first(life.subscription(schedule)).price.id == pro
    assert len(life.pending()) == 2


def test_a_schedule_that_has_not_started_can_be_moved(life):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-02-01"))
    schedule = life.replan(
        schedule, phases=[phase(life.price(), months=1, start_date=at("2026-03-01"))]
    )
    assert schedule.phases[0].start_date == at("2026-03-01")
    schedule = life.replan(schedule, phases=[phase(life.price(), months=1, start_date="now")])
    assert (schedule.status, schedule.current_phase.start_date) == ("active", at("2026-01-01"))


def test_the_end_behavior_can_change(life):
    schedule = life.plan(phase(life.price(), months=2))
    life.replan(schedule, end_behavior="cancel")
    assert life.subscription(schedule).cancel_at == at("2026-03-01")
    life.replan(schedule, end_behavior="release")
    assert life.subscription(schedule).cancel_at is None


def test_default_settings_reach_the_subscription_at_once(life):
    schedule = life.plan(phase(life.price(), months=2))
    life.replan(schedule, default_settings={"description": "Planned"})
    assert life.subscription(schedule).description == "Planned"


def test_prices_that_were_agreed_on_can_be_archived(life):
    price = life.price(4_200)
    inline = {
        "currency": "usd",
        "product": life.client.prices.retrieve(life.price()).product,
        "recurring": {"interval": "month"},
        "unit_amount": 1_234,
    }
    schedule = life.plan(phase(price, months=1), phase({"price_data": inline}, months=1))
    life.client.prices.update(price, {"active": False})
    life.replan(schedule, phases=[resent(each) for each in schedule.phases])
    life.advance("2026-02-02")
    assert [each.total for each in life.invoices()] == [4_200, 1_234]


@pytest.mark.parametrize(
    ("phases", "param"),
    [
        ([phase("price", months=1, end_date=at("2026-05-01"))], "phases[0][duration]"),
        ([phase("price", end_date=at("2025-12-01"))], "phases[0][end_date]"),
        ([phase("price", start_date=at("2026-01-01"))], "phases[0][start_date]"),
        ([phase("price_none")], "phases[0][items][0][price]"),
        ([phase("price", discounts=[{"coupon": "none"}])], "phases[0][discounts][0][coupon]"),
        ([phase("price", months=1, trial_end=at("2026-06-01"))], "phases[0][trial_end]"),
        ([phase("price", months=1) for _ in range(11)], "phases"),
        ([phase("price", transfer_data={"destination": "acct_1"})],
         "phases[0][transfer_data]"),
    ],
)  # fmt: skip
def test_impossible_phases_are_refused_by_name(life, phases, param):
    phases = deepcopy(phases)
    for each in phases:
        for item in each["items"]:
            if item["price"] == "price":
                item["price"] = life.price()
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.plan(*phases)
    assert error.value.param == param
    assert life.client.subscription_schedules.list({"customer": life.customer.id}).data == []


def test_older_clients_give_iterations(life):
    older = {"stripe_version": "2025-08-27.basil"}
    schedule = life.client.subscription_schedules.create(
        {
            "customer": life.customer.id,
            "start_date": "now",
            "phases": [{"items": [{"price": life.price()}], "iterations": 3}],
        },
        older,
    )
    assert schedule.phases[0].end_date == at("2026-04-01")


def in_two_currencies(life) -> str:
    """Return the id of a price in dollars that can be billed in euros, too."""
    return life.client.prices.create({
        "currency": "usd", "unit_amount": 1_100, "product_data": {"name": "Anywhere"},
        "recurring": {"interval": "month"}, "currency_options": {"eur": {"unit_amount": 1_000}},
    }).id  # fmt: skip


def test_phases_that_are_written_anew_keep_their_currency(life):
    price = in_two_currencies(life)
    waiting = life.plan(
        phase(price, months=1, currency="eur"), phase(price, months=1),
        start_date=at("2026-01-05"),
    )  # fmt: skip
    assert [each.currency for each in waiting.phases] == ["eur", "eur"]
    again = life.replan(waiting, phases=[resent(each) for each in waiting.phases])
    assert [each.currency for each in again.phases] == ["eur", "eur"]
    life.advance("2026-01-06")
    begun = life.replan(waiting, phases=[resent(each, description="x") for each in again.phases])
    assert [each.currency for each in begun.phases] == ["eur", "eur"]
    assert life.subscription(waiting).currency == "eur"


def test_a_plan_that_waits_takes_another_currency_unless_the_customer_has_one(life):
    price = in_two_currencies(life)
    first_, second = (
        life.plan(phase(price, months=1, currency="eur"), start_date=at(day))
        for day in ("2026-01-05", "2026-01-06")
    )
    for wanted in (phase(price, months=1, currency="usd"), phase(life.price(), months=1)):
        with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
            life.replan(second, phases=[{**wanted, "start_date": at("2026-01-06")}])
    life.client.subscription_schedules.cancel(first_.id)
    wanted = phase(life.price(), months=1, start_date=at("2026-01-06"))
    assert life.replan(second, phases=[wanted]).phases[0].currency == "usd"
    life.advance("2026-01-07")
    assert life.subscription(second).currency == "usd"

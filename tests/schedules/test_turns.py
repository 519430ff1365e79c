"""Turns: phases begin and end as planned, whatever became meanwhile of what they name."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase
from subscriptions.life import at, first


def test_an_account_tax_id_that_was_deleted_keeps_no_phase_from_beginning(life):
    tax_id = life.client.tax_ids.create({"type": "eu_vat", "value": "DE123456789"}).id
    shown = {"invoice_settings": {"account_tax_ids": [tax_id]}}
    running = life.plan(phase(life.price(), months=1), phase(life.price(), months=1, **shown))
    coming = life.plan(phase(life.price(), months=1, **shown), start_date=at("2026-01-20"))
    life.client.tax_ids.delete(tax_id)
    life.advance("2026-02-02")

    assert life.schedule(running).current_phase.start_date == at("2026-02-01")
    assert life.subscription(running).invoice_settings.account_tax_ids is None
    assert life.subscription(coming).status == "active"


def test_a_plan_that_was_deleted_is_billed_as_it_was_planned(life):
    basic, pro = life.price(), life.price(3_000, name="Pro")
    running = life.plan(phase(basic, months=1), phase(pro, months=1))
    coming = life.plan(phase(pro, months=1), start_date=at("2026-01-20"))
    life.client.plans.delete(pro)
    again = life.replan(
        coming, phases=[phase(pro, months=2, start_date=at("2026-01-20"))], metadata={"a": "b"}
    )
    assert again.metadata["a"] == "b"
    life.advance("2026-02-02")

    assert first(life.subscription(running)).price.id == pro
    assert first(life.subscription(coming)).price.id == pro
    assert sorted(each.total for each in life.invoices()) == [1_000, 3_000, 3_000]


def test_the_product_of_a_plan_that_is_still_to_be_billed_stays(life):
    gone = life.client.products.create({"name": "Gone"}).id
    plan = life.client.plans.create(
        {"currency": "usd", "amount": 3_000, "interval": "month", "product": gone}
    ).id
    running = life.plan(phase(life.price(), months=1), phase(plan, months=1), phase(
        life.price(), months=1))  # fmt: skip
    life.client.plans.delete(plan)
    with pytest.raises(stripe.InvalidRequestError, match="schedules still use a deleted plan"):
        life.client.products.delete(gone)
    life.advance("2026-02-02")
    assert first(life.subscription(running)).price.id == plan
    with pytest.raises(stripe.InvalidRequestError, match="subscriptions still use"):
        life.client.products.delete(gone)
    life.advance("2026-03-02")
    assert life.client.products.delete(gone).deleted
    assert [each.total for each in life.invoices()] == [1_000, 3_000, 1_000]


def test_days_until_due_change_nothing_of_what_is_charged_by_now(life):
    def sent(days: int):
        return phase(
            life.price(), months=1, collection_method="send_invoice",
            invoice_settings={"days_until_due": days},
        )  # fmt: skip

    schedule = life.plan(sent(30), sent(15))
    life.update(life.subscription(schedule), collection_method="charge_automatically")
    life.advance("2026-02-02")

    assert life.schedule(schedule).current_phase.start_date == at("2026-02-01")
    subscription = life.subscription(schedule)
    assert (subscription.collection_method, subscription.days_until_due) == (
        "charge_automatically", None,
    )  # fmt: skip


def test_a_phase_that_ends_a_subscription_in_six_years_begins(life):
    schedule = life.plan(
        phase(life.price(), months=72), start_date=at("2026-01-20"), end_behavior="cancel"
    )
    life.advance("2026-01-21")
    assert life.subscription(schedule).cancel_at == at("2032-01-20")


@pytest.mark.parametrize("before", ["item", "balance"])
def test_what_a_customer_has_in_another_currency_keeps_no_schedule_from_beginning(life, before):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-01-20"))
    owed = {"currency": "eur", "amount": -100}
    if before == "item":
        life.client.invoice_items.create({"customer": life.customer.id, **owed})
    else:
        life.client.customers.balance_transactions.create(life.customer.id, owed)
    life.advance("2026-01-21")

    subscription = life.subscription(schedule)
    assert (subscription.status, subscription.currency) == ("active", "usd")
    assert [(each.currency, each.total, each.amount_due) for each in life.invoices()] == [
        ("usd", 1_000, 1_000)
    ]
    assert len(life.pending()) == (before == "item")


@pytest.mark.parametrize("planned", ["release", "cancel"])
@pytest.mark.parametrize(("behavior", "given_back"), [("create_prorations", -500), ("none", 0)])
def test_a_schedule_told_to_end_now_and_cancel_ends_its_subscription(
    life, planned, behavior, given_back
):
    schedule = life.plan(phase(life.price(), months=3), end_behavior=planned)
    life.advance("2026-01-16 12:00")
    now = phase(life.price(), start_date=at("2026-01-01"), end_date="now")
    ended = life.replan(
        schedule, end_behavior="cancel", phases=[now], proration_behavior=behavior
    )

    assert ended.status == "completed"
    subscription = life.read(life.subscription(schedule))
    assert (subscription.status, subscription.ended_at) == ("canceled", life.now)
    life.advance("2026-03-02")
    assert sum(each.total for each in life.invoices()) == 1_000 + given_back
    assert life.client.customers.retrieve(life.customer.id).balance == given_back


def test_a_schedule_told_to_end_now_and_release_takes_back_the_end_it_planned(life):
    schedule = life.plan(phase(life.price(), months=3), end_behavior="cancel")
    life.advance("2026-01-16")
    now = phase(life.price(), start_date=at("2026-01-01"), end_date="now")
    life.replan(schedule, end_behavior="release", phases=[now])

    subscription = life.subscription(schedule)
    assert (subscription.status, subscription.schedule, subscription.cancel_at) == (
        "active", None, None,
    )  # fmt: skip


@pytest.mark.parametrize("behavior", ["error_if_incomplete", "pending_if_incomplete"])
def test_a_change_that_waited_for_its_payment_divides_the_phase(life, behavior):
    subscription = life.subscribe()
    schedule = life.adopt(subscription)
    life.advance("2026-01-11")
    items = [{"id": first(subscription).id, "quantity": 5}]
    changed = life.update(
        subscription, items=items, payment_behavior=behavior, proration_behavior="always_invoice"
    )

    assert first(changed).quantity == 5
    phases = life.schedule(schedule).phases
    found = [(each.start_date, each["items"][0].quantity) for each in phases]
    assert found == [(at("2026-01-01"), 1), (at("2026-01-11"), 5)]


def test_a_planned_pause_gives_up_a_change_that_waits_for_its_payment(life):
    pause = {"pause_at": {"type": "timestamp", "timestamp": at("2026-01-10 12:00")}}
    schedule = life.plan(phase(life.price(), months=3), pause_schedules=[{"pause": pause}])
    life.advance("2026-01-10")
    life.use_card("chargeCustomerFail")
    waiting = life.change(
        life.subscription(schedule), life.price(9_000, name="Pro"),
        payment_behavior="pending_if_incomplete", proration_behavior="always_invoice",
    )  # fmt: skip
    assert waiting.pending_update is not None
    life.advance("2026-01-10 13:00")

    paused = life.subscription(schedule)
    assert (paused.status, paused.pending_update) == ("paused", None)
    assert first(paused).current_period_end == at("2026-01-10 12:00")
    assert [each.status for each in life.invoices()] == ["paid", "void"]


def test_what_a_phase_bills_once_for_a_time_that_is_over_before_it_is_billed(life):
    once = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Set-up"}}
    ).id
    over = {"type": "timestamp", "timestamp": at("2025-12-15")}
    added = {"price": once, "period": {"start": {"type": "max_item_period_start"}, "end": over}}
    schedule = life.plan(
        phase(life.price(), months=1), phase(life.price(), months=1, add_invoice_items=[added])
    )
    life.advance("2026-02-02")

    assert life.schedule(schedule).current_phase.start_date == at("2026-02-01")
    assert life.latest(life.subscription(schedule)).total == 1_500

"""Phases: a subscription follows its schedule from one to the next, and to the end."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import phase
from subscriptions.life import HOUR, at, first, lines, period


def test_a_schedule_that_starts_now_drafts_its_first_invoice(life):
    schedule = life.plan(phase(life.price(), months=2), phase(life.price(3_000, name="Pro")))

    assert schedule.status == "active"
    assert (schedule.current_phase.start_date, schedule.current_phase.end_date) == (
        at("2026-01-01"), at("2026-03-01"),
    )  # fmt: skip
    assert [(each.start_date, each.end_date) for each in schedule.phases] == [
        (at("2026-01-01"), at("2026-03-01")),
        (at("2026-03-01"), at("2026-04-01")),
    ]
    subscription = life.subscription(schedule)
    assert (subscription.status, subscription.schedule) == ("active", schedule.id)
    draft = life.latest(subscription)
    assert (draft.status, draft.billing_reason) == ("draft", "subscription_create")
    assert draft.auto_advance is True

    life.advance(at("2026-01-01") + 2 * HOUR)
    assert life.latest(subscription).status == "paid"


def test_the_renewal_at_a_phase_change_bills_the_new_phase_without_prorations(life):
    pro = life.price(3_000, name="Pro")
    schedule = life.plan(phase(life.price(), months=1), phase({"price": pro, "quantity": 2}))
    life.advance("2026-02-02")

    subscription = life.subscription(schedule)
    assert first(subscription).price.id == pro
    assert period(first(subscription)) == (at("2026-02-01"), at("2026-03-01"))
    assert [lines(each) for each in life.invoices()] == [
        [("1 × Basic (at $10.00 / month)", 1_000)],
        [("2 × Pro (at $30.00 / month)", 6_000)],
    ]
    renewal = life.invoices()[-1]
    assert (renewal.status, renewal.billing_reason) == ("paid", "subscription_cycle")
    assert (renewal.period_start, renewal.period_end) == (at("2026-01-01"), at("2026-02-01"))
    assert life.schedule(schedule).current_phase.start_date == at("2026-02-01")


@pytest.mark.parametrize(
    ("behavior", "pending", "invoices"),
    [("create_prorations", 2, 1), ("none", 0, 1), ("always_invoice", 0, 2)],
)
def test_a_phase_change_within_a_period_is_prorated_as_the_phase_says(
    life, behavior, pending, invoices
):
    pro = life.price(3_000, name="Pro")
    schedule = life.plan(
        phase(life.price(), end_date=at("2026-01-16")),
        phase(pro, proration_behavior=behavior, months=2),
    )
    life.advance("2026-01-17")

    assert first(life.subscription(schedule)).price.id == pro
    assert len(life.pending()) == pending
    assert len(life.invoices()) == invoices
    if behavior == "always_invoice":
        assert lines(life.invoices()[-1]) == [
            ("Unused time on Basic after 16 Jan 2026", -516),
            ("Remaining time on Pro after 16 Jan 2026", 1_548),
        ]


def test_a_released_subscription_goes_on_after_the_last_phase(life):
    schedule = life.plan(phase(life.price(), months=1))
    life.advance("2026-02-02")

    ended = life.schedule(schedule)
    assert (ended.status, ended.completed_at) == ("completed", at("2026-02-01"))
    assert ended.current_phase is None and ended.subscription is None
    subscription = life.subscription(schedule)
    assert ended.released_subscription == subscription.id
    assert (subscription.status, subscription.schedule) == ("active", None)
    assert len(life.invoices()) == 2


def test_a_schedule_that_cancels_ends_its_subscription_with_the_last_phase(life):
    schedule = life.plan(
        phase(life.price(), months=1), phase(life.price(3_000), months=1), end_behavior="cancel"
    )
    assert life.subscription(schedule).cancel_at is None
    life.advance("2026-02-02")
    assert life.subscription(schedule).cancel_at == at("2026-03-01")
    life.advance("2026-03-02")

    ended = life.schedule(schedule)
    assert (ended.status, ended.completed_at) == ("completed", at("2026-03-01"))
    subscription = life.subscription(schedule)
    assert (subscription.status, subscription.ended_at) == ("canceled", at("2026-03-01"))
    assert len(life.invoices()) == 2
    types = life.events()
    assert "subscription_schedule.completed" in types
    assert "customer.subscription.deleted" in types
    assert "subscription_schedule.canceled" not in types


def test_a_phase_that_ends_within_a_period_shortens_and_prorates_it(life):
    life.plan(phase(life.price(3_100), end_date=at("2026-01-11")), end_behavior="cancel")

    [draft] = life.invoices()
    assert draft.total == 1_000
    assert draft.lines.data[0].period.end == at("2026-01-11")


def test_a_schedule_can_start_later(life):
    schedule = life.plan(phase(life.price(), months=1), start_date=at("2026-01-15"))

    assert (schedule.status, schedule.subscription) == ("not_started", None)
    assert schedule.current_phase is None and life.invoices() == []
    life.advance("2026-01-16")
    subscription = life.subscription(schedule)
    assert subscription.start_date == subscription.created == at("2026-01-15")
    assert subscription.billing_cycle_anchor == at("2026-01-15")
    assert life.schedule(schedule).status == "active"
    assert life.latest(subscription).status == "paid"


def test_a_schedule_can_have_started_in_the_past(life):
    schedule = life.plan(phase(life.price(), months=2), start_date=at("2025-12-15"))

    subscription = life.subscription(schedule)
    assert subscription.start_date == subscription.billing_cycle_anchor == at("2025-12-15")
    assert schedule.current_phase.start_date == at("2025-12-15")
    assert period(first(subscription)) == (at("2025-12-15"), at("2026-01-15"))


def test_a_past_start_whose_first_phase_is_over_is_refused(life):
    with pytest.raises(stripe.InvalidRequestError) as error:
        life.plan(phase(life.price(), months=1), start_date=at("2025-11-15"))
    assert error.value.param == "start_date"


def test_a_phase_of_trial_is_free_and_the_next_one_is_billed(life):
    schedule = life.plan(phase(life.price(), months=1, trial=True), phase(life.price()))

    assert schedule.phases[0].trial_end == at("2026-02-01")
    subscription = life.subscription(schedule)
    assert (subscription.status, subscription.trial_end) == ("trialing", at("2026-02-01"))
    life.advance("2026-02-02")
    renewed = life.subscription(schedule)
    assert renewed.status == "active"
    assert [each.total for each in life.invoices()] == [0, 1_000]


def test_a_trial_can_end_within_its_phase(life):
    schedule = life.plan(phase(life.price(), months=2, trial_end=at("2026-01-08")))
    life.advance("2026-01-09")
    assert life.subscription(schedule).status == "active"
    assert life.subscription(schedule).billing_cycle_anchor == at("2026-01-08")


def test_a_phase_can_begin_with_a_trial(life):
    schedule = life.plan(
        phase(life.price(), months=1), phase(life.price(), months=2, trial_end=at("2026-02-15"))
    )
    life.advance("2026-02-02")
    assert life.subscription(schedule).status == "trialing"
    life.advance("2026-02-16")
    subscription = life.subscription(schedule)
    assert subscription.status == "active"
    assert [each.total for each in life.invoices()] == [1_000, 0, 1_000]


def test_metadata_of_a_phase_is_merged_into_the_subscription(life):
    schedule = life.plan(
        phase(life.price(), months=1, metadata={"a": "1", "b": "2"}),
        phase(life.price(), months=1, metadata={"b": "", "c": "3"}),
    )
    assert life.subscription(schedule).metadata.to_dict() == {"a": "1", "b": "2"}
    life.advance("2026-02-01")
    assert life.subscription(schedule).metadata.to_dict() == {"a": "1", "c": "3"}


def test_a_phase_begins_though_its_metadata_has_no_room_beside_the_subscriptions(life):
    def keys(prefix, count):
        return {f"{prefix}{number}": prefix for number in range(count)}

    basic, planned = life.price(), keys("planned", 30)
    schedule = life.plan(
        phase({"price": basic, "metadata": keys("first", 30)}, months=1),
        phase({"price": basic, "metadata": planned}, months=1, metadata={"own0": "", **planned}),
    )
    life.update(life.subscription(schedule), metadata=keys("own", 30))
    life.advance("2026-02-02")

    found = life.subscription(schedule)
    own = {key: value for key, value in keys("own", 30).items() if key != "own0"}
    assert found.metadata.to_dict() == {**own, **keys("planned", 21)}
    assert first(found).metadata.to_dict() == {**keys("first", 30), **keys("planned", 20)}
    assert [each.status for each in life.invoices()] == ["paid", "paid"]


def test_a_discount_holds_for_its_phase(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    schedule = life.plan(
        phase(life.price(), months=2, discounts=[{"coupon": coupon.id}]), phase(life.price())
    )
    assert schedule.phases[0].discounts[0].coupon == coupon.id
    assert len(life.subscription(schedule).discounts) == 1
    life.advance("2026-03-02")
    assert [each.total for each in life.invoices()] == [500, 500, 1_000]
    assert life.subscription(schedule).discounts == []


@pytest.mark.parametrize("place", ["phase", "item", "one-off"])
def test_a_coupon_and_its_code_are_not_planned_together(life, place):
    coupon = life.client.coupons.create({"percent_off": 20, "duration": "forever"})
    code = life.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}})
    both = {"discounts": [{"coupon": coupon.id}, {"promotion_code": code.id}]}
    one_off = {"currency": "usd", "unit_amount": 100, "product":
               life.client.products.create({"name": "Setup"}).id}
    planned = {
        "phase": lambda: phase(life.price(), **both),
        "item": lambda: phase({"price": life.price(), **both}),
        "one-off": lambda: phase(
            life.price(), add_invoice_items=[{"price_data": one_off, **both}]),
    }[place]()
    with pytest.raises(stripe.InvalidRequestError, match="applied more than once") as raised:
        life.plan(phase(life.price()), planned)
    assert raised.value.param.endswith("[discounts][1][promotion_code]")
    coupons = [
        life.client.coupons.create({"percent_off": 1, "duration": "forever"}).id
        for _ in range(21)
    ]
    with pytest.raises(stripe.InvalidRequestError, match="at most 20 discounts"):
        life.plan(phase(life.price(), discounts=[{"coupon": id} for id in coupons]))


def test_the_same_discount_goes_on_in_the_next_phase(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    discounts = [{"coupon": coupon.id}]
    schedule = life.plan(
        phase(life.price(), months=1, discounts=discounts),
        phase(life.price(3_000), discounts=discounts),
    )
    [before] = life.subscription(schedule).discounts
    life.advance("2026-02-02")
    assert life.subscription(schedule).discounts == [before]
    assert [each.total for each in life.invoices()] == [500, 1_500]


def test_one_off_items_are_billed_with_their_phase(life):
    fee = life.client.prices.create(
        {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Set-up"}}
    ).id
    life.plan(
        phase(life.price(), months=1, add_invoice_items=[{"price": fee}]),
        phase(life.price(), add_invoice_items=[{"price": fee, "quantity": 2}]),
    )
    life.advance("2026-02-02")
    assert [each.total for each in life.invoices()] == [1_700, 2_400]


def test_settings_of_the_schedule_hold_where_a_phase_says_nothing(life):
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    )
    schedule = life.plan(
        phase(life.price(), months=1),
        phase(
            life.price(), months=1, collection_method="charge_automatically", description="Later",
            default_tax_rates=[rate.id],
        ),
        default_settings={
            "collection_method": "send_invoice",
            "description": "Planned",
            "invoice_settings": {"days_until_due": 10, "footer": "Thanks"},
        },
    )  # fmt: skip
    subscription = life.subscription(schedule)
    assert (subscription.collection_method, subscription.days_until_due) == ("send_invoice", 10)
    assert subscription.description == "Planned"
    assert subscription.invoice_settings.footer == "Thanks"
    life.advance("2026-02-02")
    subscription = life.subscription(schedule)
    assert subscription.collection_method == "charge_automatically"
    assert subscription.days_until_due is None
    assert subscription.description == "Later"
    assert [each.id for each in subscription.default_tax_rates] == [rate.id]
    assert life.invoices()[-1].total == 1_200


def test_what_was_changed_on_the_subscription_itself_stays_when_no_phase_speaks_of_it(life):
    schedule = life.plan(phase(life.price(), months=1), phase(life.price(3_000)))
    life.update(life.subscription(schedule), description="Mine")
    life.advance("2026-02-02")
    assert life.subscription(schedule).description == "Mine"


def test_a_phase_can_move_the_anchor_to_its_start(life):
    schedule = life.plan(
        phase(life.price(3_100), end_date=at("2026-01-11")),
        phase(life.price(3_100), months=2, billing_cycle_anchor="phase_start"),
    )
    life.advance("2026-01-12")
    subscription = life.subscription(schedule)
    assert subscription.billing_cycle_anchor == at("2026-01-11")
    assert period(first(subscription)) == (at("2026-01-11"), at("2026-02-11"))


def test_items_that_stay_keep_their_ids(life):
    seats = life.price(500, name="Seats")
    schedule = life.plan(
        phase(life.price(), {"price": seats, "quantity": 3}, months=1),
        phase(life.price(3_000, name="Pro"), {"price": seats, "quantity": 5}),
    )
    before = {each.price.id: each.id for each in life.subscription(schedule)["items"].data}
    life.advance("2026-02-02")
    after = {each.price.id: each for each in life.subscription(schedule)["items"].data}
    assert after[seats].id == before[seats] and after[seats].quantity == 5
    assert life.invoices()[-1].total == 3_000 + 2_500


def test_days_of_month_end_come_back(life):
    life.advance("2026-01-31")
    schedule = life.plan(phase(life.price(), months=1), phase(life.price(3_000), months=1))
    assert [each.end_date for each in schedule.phases] == [at("2026-02-28"), at("2026-03-31")]
    life.advance("2026-04-01")
    assert [each.total for each in life.invoices()] == [1_000, 3_000, 3_000]
    assert life.pending() == []


def test_a_metered_item_that_leaves_with_its_phase_is_billed_for_its_usage(life):
    calls = life.metered(100)
    life.plan(phase(calls, months=1), phase(life.price()))
    life.use(calls, 7)
    life.advance("2026-02-02")
    assert life.invoices()[-1].total == 1_700


def test_a_metered_item_that_is_replaced_by_another_is_billed_for_its_usage(life):
    calls = life.metered(100)
    schedule = life.plan(phase(calls, months=1), phase(life.metered(200)))
    life.use(calls, 7)
    life.advance("2026-02-02")
    assert life.invoices()[-1].total == 700
    item = first(life.subscription(schedule))
    assert period(item) == (at("2026-02-01"), at("2026-03-01"))


def test_a_phase_has_thresholds_that_its_prices_admit(life):
    calls, basic = life.metered(), life.price()
    packs = life.metered_by_the_dozen()
    limit = {"billing_thresholds": {"amount_gte": 1_000}}
    own = {"billing_thresholds": {"usage_gte": 5}}
    for phases, settings, param in (
        ([phase(basic, months=1), phase(packs, **limit)], {}, "billing_thresholds"),
        ([phase(packs)], limit, "billing_thresholds"),
        ([phase({"price": packs, **own})], {}, "items"),
        ([phase({"price": basic, **own})], {}, "phases[0][items][0][billing_thresholds]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            life.plan(*phases, default_settings=settings)
        assert refused.value.param == param
    schedule = life.plan(phase({"price": calls, **own}, months=1, **limit), phase(packs))
    life.advance("2026-02-02")
    subscription = life.subscription(schedule)
    assert (subscription.billing_thresholds, first(subscription).billing_thresholds) == (None, None)


def test_a_threshold_of_the_subscription_itself_does_not_hinder_a_phase(life):
    calls, packs = life.metered(), life.metered_by_the_dozen()
    schedule = life.plan(phase(calls, months=1), phase(packs, months=1))
    life.update(life.subscription(schedule), billing_thresholds={"amount_gte": 1_000})
    life.advance("2026-02-02")
    subscription = life.subscription(schedule)
    assert first(subscription).price.id == packs
    assert subscription.billing_thresholds is None

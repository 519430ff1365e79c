"""Subscription schedules: phases, transitions, ends."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, SeenLife, assert_same
from acceptance.till import refused
from schedules.plans import phase, resent
from subscriptions.life import at, first, lines

TEN, THIRTY = 1_000, 3_000


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def two_phases(life, **params):
    """Plan a month of Basic and two of Pro."""
    return life.plan(
        phase(life.price(TEN), months=1), phase(life.price(THIRTY, name="Pro"), months=2), **params)


def test_what_a_schedule_shows(life):
    schedule = two_phases(life)
    assert (schedule.object, schedule.status, schedule.end_behavior) == (
        "subscription_schedule", "active", "release")
    assert schedule.current_phase.start_date == at("2026-01-01")
    assert schedule.current_phase.end_date == at("2026-02-01")
    assert [(each.start_date, each.end_date) for each in schedule.phases] == [
        (at("2026-01-01"), at("2026-02-01")), (at("2026-02-01"), at("2026-04-01"))]
    assert [each.proration_behavior for each in schedule.phases] == ["create_prorations"] * 2
    settings = schedule.default_settings
    assert (settings.billing_cycle_anchor, settings.collection_method) == (
        "automatic", "charge_automatically")
    assert schedule.completed_at is schedule.canceled_at is schedule.released_at is None
    assert schedule.billing_mode.type == "flexible"
    found = life.subscription(schedule)
    assert (found.schedule, found.status) == (schedule.id, "active")


def test_a_later_start_waits(life):
    schedule = life.plan(phase(life.price(TEN), months=1), start_date=at("2026-01-10"))
    assert (schedule.status, schedule.subscription) == ("not_started", None)
    assert schedule.current_phase is None
    life.advance("2026-01-10")
    started = life.schedule(schedule)
    assert (started.status, started.current_phase.start_date) == ("active", at("2026-01-10"))
    assert life.subscription(schedule).billing_cycle_anchor == at("2026-01-10")


def test_a_past_start_is_a_backdate(life):
    schedule = life.plan(phase(life.price(TEN), months=2), start_date=at("2025-12-15"))
    found = life.subscription(schedule)
    assert (found.start_date, schedule.status) == (at("2025-12-15"), "active")


def test_phases_may_end_at_a_date_and_follow_one_another(life):
    schedule = life.plan(
        phase(life.price(TEN), end_date=at("2026-01-20")),
        phase(life.price(THIRTY, name="Pro"), end_date=at("2026-03-01")))
    assert [(each.start_date, each.end_date) for each in schedule.phases] == [
        (at("2026-01-01"), at("2026-01-20")), (at("2026-01-20"), at("2026-03-01"))]
    status, _, param, _ = refused(
        life.plan, phase(life.price(TEN), end_date=at("2026-01-20")),
        phase(life.price(TEN), start_date=at("2026-01-25"), end_date=at("2026-03-01")))
    assert status == 400 and param.startswith("phases[1]")


@pytest.mark.parametrize(("behavior", "pending", "billed"), [
    ("create_prorations", [-645, 1_935], None), ("always_invoice", [], [-645, 1_935]),
    ("none", [], None)])
def test_a_transition_prorates_as_its_phase_says(life, behavior, pending, billed):
    schedule = life.plan(
        phase(life.price(TEN), end_date=at("2026-01-12")),
        phase(life.price(THIRTY, name="Pro"), months=2, proration_behavior=behavior))
    found = life.subscription(schedule)
    life.advance("2026-01-11")
    since = life.last_event()
    life.advance("2026-01-12")
    assert [item.amount for item in life.pending()] == pending
    assert first(life.read(found)).price.id == life.price(THIRTY, name="Pro")
    if billed:
        assert [line.amount for line in life.latest(found).lines.data] == billed
    told = life.told(since)
    assert "subscription_schedule.updated" in told and "customer.subscription.updated" in told
    updated = next(each for each in life.told_whole(since)
                   if each.type == "subscription_schedule.updated")
    before = updated.data.previous_attributes.current_phase
    assert before.end_date == at("2026-01-12")


def test_the_next_invoice_of_a_schedule_is_the_one_that_comes(life):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    shown = life.preview(found)
    life.advance("2026-02-01")
    assert_same(shown, life.latest(found))
    assert lines(life.latest(found)) == [("1 × Pro (at $30.00 / month)", THIRTY)]


def test_it_is_released_after_the_last_phase(life):
    schedule = two_phases(life)
    life.advance("2026-04-01")
    done = life.schedule(schedule)
    assert (done.status, done.completed_at, done.current_phase) == (
        "completed", at("2026-04-01"), None)
    found = life.subscription(schedule)
    assert (found.status, found.schedule) == ("active", None)
    assert "subscription_schedule.completed" in life.told()


def test_it_cancels_after_the_last_phase(life):
    schedule = two_phases(life, end_behavior="cancel")
    found = life.subscription(schedule)
    life.advance("2026-03-02")
    assert life.read(found).cancel_at == at("2026-04-01")
    life.advance("2026-04-01")
    assert life.read(found).status == "canceled"
    assert life.schedule(schedule).status == "completed"
    assert "customer.subscription.deleted" in life.told()


def test_the_end_is_told_seven_days_before(life):
    schedule = two_phases(life)
    life.advance(at("2026-03-25") - 1)
    assert "subscription_schedule.expiring" not in life.told()
    life.advance(at("2026-03-25"))
    assert life.told()[-1] == "subscription_schedule.expiring" or (
        "subscription_schedule.expiring" in life.told()[-3:])
    assert life.schedule(schedule).status == "active"


def test_canceling_bills_and_ends_the_subscription(life):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    life.advance("2026-01-11")
    gone = life.client.subscription_schedules.cancel(schedule.id)
    assert (gone.status, gone.canceled_at) == ("canceled", at("2026-01-11"))
    ended = life.read(found)
    assert (ended.status, ended.ended_at) == ("canceled", at("2026-01-11"))
    last = life.latest(found)
    assert [line.amount for line in last.lines.data] == [-677]
    assert life.told()[-1] in ("subscription_schedule.canceled", "invoice.marked_uncollectible")


def test_canceling_may_leave_everything_unbilled(life):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    life.advance("2026-01-11")
    life.client.subscription_schedules.cancel(
        schedule.id, {"invoice_now": False, "prorate": False})
    assert life.read(found).status == "canceled"
    assert life.pending() == [] and len(life.invoices()) == 1


def test_releasing_keeps_the_subscription(life):
    schedule = two_phases(life, end_behavior="cancel")
    found = life.subscription(schedule)
    free = life.client.subscription_schedules.release(schedule.id)
    assert (free.status, free.released_subscription, free.subscription) == (
        "released", found.id, None)
    assert free.released_at == life.now
    kept = life.read(found)
    assert (kept.status, kept.schedule) == ("active", None)
    assert "subscription_schedule.released" in life.told()
    life.advance("2026-02-01")
    assert lines(life.latest(found)) == [("1 × Basic (at $10.00 / month)", TEN)]


@pytest.mark.parametrize("end", ["cancel", "release"])
def test_ended_ones_can_be_neither_canceled_nor_released(life, end):
    schedule = two_phases(life)
    getattr(life.client.subscription_schedules, end)(schedule.id)
    for verb in ("cancel", "release"):
        assert refused(getattr(life.client.subscription_schedules, verb), schedule.id)[0] == 400
    assert refused(life.replan, schedule, metadata={"a": "b"})[0] == 400


def test_a_schedule_that_has_not_started_can_be_given_up(life):
    later = {"start_date": at("2026-02-10")}
    first_one = life.plan(phase(life.price(TEN), months=1), **later)
    assert life.client.subscription_schedules.cancel(first_one.id).status == "canceled"
    other = life.plan(phase(life.price(TEN), months=1), **later)
    assert life.client.subscription_schedules.release(other.id).status == "released"
    life.advance("2026-03-01")
    assert life.client.subscriptions.list({"customer": life.customer.id}).data == []


def test_from_a_subscription(life):
    found = life.subscribe(metadata={"plan": "x"}, billing_mode={"type": "classic"})
    schedule = life.adopt(found)
    assert (schedule.subscription, schedule.status) == (found.id, "active")
    assert schedule.billing_mode.type == "classic"
    [now] = schedule.phases
    assert (now.start_date, now.end_date) == (at("2026-01-01"), at("2026-02-01"))
    assert life.read(found).schedule == schedule.id
    for more in ({"phases": [phase(life.price(TEN), months=1)]}, {"end_behavior": "cancel"},
                 {"start_date": "now"}, {"customer": life.customer.id}):
        assert refused(life.client.subscription_schedules.create,
                       {"from_subscription": life.subscribe().id, **more})[0] == 400


def test_a_downgrade_at_the_periods_end(life):
    found = life.subscribe(life.price(THIRTY, name="Pro"))
    schedule = life.adopt(found)
    [now] = schedule.phases
    life.replan(schedule, phases=[resent(now), phase(life.price(TEN), months=1)])
    assert first(life.read(found)).price.id == life.price(THIRTY, name="Pro")
    assert life.pending() == []
    shown = life.preview(found)
    life.advance("2026-02-01")
    assert lines(life.latest(found)) == [("1 × Basic (at $10.00 / month)", TEN)]
    assert_same(shown, life.latest(found))


def test_metadata_of_a_phase_is_merged_and_an_empty_value_unsets(life):
    schedule = life.plan(
        phase(life.price(TEN), months=1, metadata={"a": "1", "b": "2"}),
        phase(life.price(TEN), months=1, metadata={"a": "", "c": "3"}))
    found = life.subscription(schedule)
    assert life.read(found).metadata.to_dict() == {"a": "1", "b": "2"}
    life.advance("2026-02-01")
    assert life.read(found).metadata.to_dict() == {"b": "2", "c": "3"}


def test_phase_settings_win_over_the_defaults(life):
    schedule = life.plan(
        phase(life.price(TEN), months=1),
        phase(life.price(TEN), months=1, collection_method="charge_automatically"),
        default_settings={"collection_method": "send_invoice",
                          "invoice_settings": {"days_until_due": 5}})
    found = life.subscription(schedule)
    assert (found.collection_method, found.days_until_due) == ("send_invoice", 5)
    life.advance("2026-02-01")
    assert life.read(found).collection_method == "charge_automatically"


def test_an_anchor_may_move_to_the_phases_start(life):
    schedule = life.plan(
        phase(life.price(TEN), end_date=at("2026-01-12")),
        phase(life.price(TEN), months=2, billing_cycle_anchor="phase_start"))
    found = life.subscription(schedule)
    assert schedule.phases[1].end_date == at("2026-03-12")
    life.advance("2026-01-12")
    assert life.read(found).billing_cycle_anchor == at("2026-01-12")
    assert refused(life.plan, phase(life.price(TEN), months=1, trial=True,
                                    billing_cycle_anchor="phase_start"))[0] == 400


def test_the_past_stays_and_the_rest_must_be_sent_again(life):
    schedule = two_phases(life)
    life.advance("2026-02-10")
    past, now = life.schedule(schedule).phases
    changed = life.replan(schedule, phases=[
        resent(now, end_date=at("2026-05-01"))])
    assert [each.end_date for each in changed.phases] == [at("2026-02-01"), at("2026-05-01")]
    assert refused(life.replan, schedule, phases=[
        resent(past, end_date=at("2026-02-05")), resent(now, start_date=at("2026-02-05"))])[
        0] == 400
    assert refused(life.replan, schedule, phases=[
        phase(life.price(TEN), months=1)])[0] == 400


def test_the_current_phase_changes_as_the_request_says(life):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    life.advance("2026-01-12")
    now, later = life.schedule(schedule).phases
    items = [{"price": life.price(5_000, name="Max")}]
    life.replan(schedule, proration_behavior="always_invoice",
                phases=[resent(now, items=items), resent(later)])
    assert [line.amount for line in life.latest(found).lines.data] == [-645, 3_226]
    assert first(life.read(found)).price.id == life.price(5_000, name="Max")


@pytest.mark.parametrize("change", [
    {"items": "quantity"}, {"discounts": "coupon"}, {"default_tax_rates": "rate"},
    {"trial_end": at("2026-01-20")}])
def test_direct_changes_divide_the_current_phase(life, change):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    life.advance("2026-01-12")
    if change.get("items"):
        change = {"items": life.item(found, quantity=2)}
    if change.get("discounts"):
        coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
        change = {"discounts": [{"coupon": coupon.id}]}
    if change.get("default_tax_rates"):
        rate = life.client.tax_rates.create(
            {"display_name": "VAT", "percentage": 10, "inclusive": False})
        change = {"default_tax_rates": [rate.id]}
    life.update(found, **change)
    phases = life.schedule(schedule).phases
    assert [(each.start_date, each.end_date) for each in phases] == [
        (at("2026-01-01"), at("2026-01-12")), (at("2026-01-12"), at("2026-02-01")),
        (at("2026-02-01"), at("2026-04-01"))]
    assert life.schedule(schedule).current_phase.start_date == at("2026-01-12")


def test_a_direct_change_of_metadata_divides_nothing(life):
    schedule = two_phases(life)
    found = life.subscription(schedule)
    life.advance("2026-01-12")
    life.update(found, metadata={"a": "b"})
    assert len(life.schedule(schedule).phases) == 2
    assert life.schedule(schedule).phases[0].metadata.to_dict() == {}


def test_delinquency_aborts(life):
    schedule = two_phases(life)
    life.advance("2026-01-02")
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-20")
    gone = life.schedule(schedule)
    assert gone.status == "canceled"
    assert "subscription_schedule.aborted" in life.told()
    assert "subscription_schedule.canceled" not in life.told()


def test_canceling_the_subscription_cancels_its_schedule(life):
    schedule = two_phases(life)
    life.client.subscriptions.cancel(life.subscription(schedule).id)
    assert life.schedule(schedule).status == "canceled"
    assert "subscription_schedule.canceled" in life.told()


def test_a_trial_of_a_phase(life):
    schedule = life.plan(phase(life.price(TEN), months=1, trial=True),
                         phase(life.price(TEN), months=1))
    found = life.subscription(schedule)
    assert (found.status, found.trial_end) == ("trialing", at("2026-02-01"))
    assert schedule.phases[0].trial_end == at("2026-02-01")
    life.advance("2026-02-01")
    assert life.latest(found).total == TEN and life.read(found).status == "active"


def test_days_before_a_phase_the_moment_of_proration_is_limited(life):
    schedule = life.plan(
        phase(life.price(TEN), end_date=at("2026-01-20")),
        phase(life.price(THIRTY, name="Pro"), months=1))
    found = life.subscription(schedule)
    life.advance("2026-01-10")
    assert refused(life.update, found, items=life.item(found, quantity=2),
                   proration_date=at("2026-01-20") + DAY)[2] == "proration_date"

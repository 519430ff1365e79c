"""Billing anchors: where periods begin and end, stubs before a later anchor, backdated starts."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife, plain
from acceptance.till import refused
from subscriptions.life import DAY, at, first, lines, period


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def ends(life, found, count: int) -> list[int]:
    """Return the next period ends, each after living up to it."""
    found_ends = []
    for _ in range(count):
        end = first(life.read(found)).current_period_end
        found_ends.append(end)
        life.advance(end)
    return found_ends


def test_the_31st_comes_back_after_shorter_months(client):
    life = SeenLife(client, on="2026-01-31 14:15:16")
    found = life.subscribe()
    assert ends(life, found, 4) == [
        at("2026-02-28 14:15:16"), at("2026-03-31 14:15:16"), at("2026-04-30 14:15:16"),
        at("2026-05-31 14:15:16")]
    assert life.read(found).billing_cycle_anchor == at("2026-01-31 14:15:16")


def test_the_29th_of_february_comes_back_in_leap_years(client):
    life = SeenLife(client, on="2028-02-29")
    found = life.subscribe(life.price(100, "year", name="Year"))
    assert ends(life, found, 4) == [
        at("2029-02-28"), at("2030-02-28"), at("2031-02-28"), at("2032-02-29")]


@pytest.mark.parametrize(("interval", "count", "end"), [
    ("day", 1, "2026-01-02"), ("day", 10, "2026-01-11"), ("week", 1, "2026-01-08"),
    ("week", 2, "2026-01-15"), ("month", 3, "2026-04-01"), ("month", 6, "2026-07-01"),
    ("year", 1, "2027-01-01"), ("year", 3, "2029-01-01")])
def test_every_interval(life, interval, count, end):
    found = life.subscribe(life.price(1_000, interval, name="Any", interval_count=count))
    assert period(first(found)) == (at("2026-01-01"), at(end))


def test_a_stub_before_a_later_anchor_is_billed_at_once(life):
    found = life.subscribe(life.price(3_100), billing_cycle_anchor=at("2026-01-11"))
    assert found.billing_cycle_anchor == at("2026-01-11")
    assert period(first(found)) == (at("2026-01-01"), at("2026-01-11"))
    [line] = plain(life.latest(found))
    # The whole interval ends at the anchor: December has 31 days.
    assert line[1:] == (1_000, at("2026-01-01"), at("2026-01-11"))
    life.advance("2026-01-11")
    assert plain(life.latest(found)) == [
        ("1 × Basic (at $31.00 / month)", 3_100, at("2026-01-11"), at("2026-02-11"))]


def test_a_stub_is_free_without_proration(life):
    found = life.subscribe(billing_cycle_anchor=at("2026-01-11"), proration_behavior="none")
    assert (found.status, found.latest_invoice) == ("active", None)
    assert life.invoices() == []
    life.advance("2026-01-11")
    assert life.latest(found).total == 1_000


def test_an_anchor_beyond_one_interval_or_past_is_refused(life):
    for wrong in (at("2026-02-01") + 1, at("2025-12-31")):
        assert refused(life.subscribe, billing_cycle_anchor=wrong)[2] == "billing_cycle_anchor"
    with_trial = {"trial_end": at("2026-01-20"), "billing_cycle_anchor": at("2026-03-01")}
    assert refused(life.subscribe, **with_trial)[2] == "billing_cycle_anchor"
    assert life.subscribe(billing_cycle_anchor=at("2026-02-01")).status == "active"


def test_an_anchor_before_the_trials_end_is_refused(life):
    status, code, _, _ = refused(
        life.subscribe, trial_end=at("2026-01-20"), billing_cycle_anchor=at("2026-01-10"))
    assert (status, code) == (400, "subscription_update_trial_after_billing_cycle_anchor")


@pytest.mark.parametrize(("config", "anchor"), [
    ({"day_of_month": 15}, "2026-01-15 08:30:20"),
    ({"day_of_month": 15, "hour": 1, "minute": 2, "second": 3}, "2026-01-15 01:02:03"),
    ({"day_of_month": 3}, "2026-02-03 08:30:20"),
    ({"day_of_month": 5, "month": 4}, "2026-04-05 08:30:20"),
    ({"day_of_month": 31}, "2026-01-31 08:30:20"),
])
def test_an_anchor_by_configuration(client, config, anchor):
    life = SeenLife(client, on="2026-01-10 08:30:20")
    found = life.subscribe(billing_cycle_anchor_config=config)
    assert found.billing_cycle_anchor == at(anchor)
    shown = found.billing_cycle_anchor_config
    assert shown.day_of_month == config["day_of_month"]
    assert (shown.hour, shown.month) == (config.get("hour"), config.get("month"))
    end = first(found).current_period_end
    assert end <= at("2026-02-10 08:30:20")


def test_the_first_full_invoice_comes_within_one_period(client):
    """Two months, created in February with day 31: anchor in August, stub until February 28."""
    life = SeenLife(client, on="2026-02-10")
    found = life.subscribe(
        life.price(5_900, name="Two", interval_count=2),
        billing_cycle_anchor_config={"day_of_month": 31})
    assert found.billing_cycle_anchor == at("2026-08-31")
    assert first(found).current_period_end == at("2026-02-28")
    assert ends(life, found, 4) == [
        at("2026-02-28"), at("2026-04-30"), at("2026-06-30"), at("2026-08-31")]


def test_a_configured_anchor_refuses_what_it_excludes(life):
    config = {"day_of_month": 15}
    assert refused(life.subscribe, billing_cycle_anchor_config=config,
                   billing_cycle_anchor=at("2026-01-15"))[0] == 400
    assert refused(life.subscribe, billing_cycle_anchor_config=config,
                   backdate_start_date=at("2025-12-15"))[0] == 400
    assert refused(life.subscribe, life.price(100, "week", name="Week"),
                   billing_cycle_anchor_config=config)[0] == 400
    assert refused(life.subscribe, billing_cycle_anchor_config={"hour": 3})[:3] == (
        400, "parameter_missing", "billing_cycle_anchor_config[day_of_month]")
    assert refused(life.subscribe, billing_cycle_anchor_config={"day_of_month": 32})[0] == 400


def test_a_trial_then_a_stub_then_whole_months(client):
    """From April 15 with a trial to the 22nd and an anchor on May 1: 9/30, then whole months."""
    life = SeenLife(client, on="2026-04-15")
    found = life.subscribe(
        life.price(3_000), trial_end=at("2026-04-22"), billing_cycle_anchor=at("2026-05-01"))
    assert (found.status, life.latest(found).total) == ("trialing", 0)
    shown = life.preview(found)
    life.advance("2026-04-22")
    assert plain(life.latest(found))[0][1:] == (900, at("2026-04-22"), at("2026-05-01"))
    assert [line.amount for line in shown.lines.data] == [900]
    life.advance("2026-05-01")
    assert plain(life.latest(found))[0][1:] == (3_000, at("2026-05-01"), at("2026-06-01"))


# Backdating


def test_flexible_bills_a_line_for_each_period_that_has_begun(client):
    life = SeenLife(client, on="2026-03-10")
    found = life.subscribe(backdate_start_date=at("2026-01-15"))
    assert (found.start_date, found.billing_cycle_anchor) == (at("2026-01-15"), at("2026-01-15"))
    assert sorted(line[1:] for line in plain(life.latest(found))) == [
        (1_000, at("2026-01-15"), at("2026-02-15")), (1_000, at("2026-02-15"), at("2026-03-15"))]
    assert period(first(found)) == (at("2026-02-15"), at("2026-03-15"))
    assert life.latest(found).status == "paid"


@pytest.mark.parametrize(("on", "start", "elapsed", "of"), [
    ("2026-03-01", "2026-02-15", 14, 28), ("2026-02-01", "2026-01-15", 17, 31),
    ("2026-03-10", "2026-01-15", 54, 31)])
def test_classic_measures_from_the_backdate(client, on, start, elapsed, of):
    life = SeenLife(client, on=on)
    whole = 28 * 3_100
    found = life.subscribe(life.price(whole), billing_mode={"type": "classic"},
                           backdate_start_date=at(start))
    spans = sorted((line[2], line[3], line[1]) for line in plain(life.latest(found)))
    end = first(found).current_period_end
    assert spans == [(at(start), life.now, whole * elapsed // of), (life.now, end, whole)]
    assert found.start_date == at(start)


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_backdated_to_a_later_anchor(client, mode):
    """On March 1, back to February 15, anchor April 1: half a month and a whole one."""
    life = SeenLife(client, on="2026-03-01")
    found = life.subscribe(
        life.price(2_800), billing_mode={"type": mode}, backdate_start_date=at("2026-02-15"),
        billing_cycle_anchor=at("2026-04-01"))
    assert life.latest(found).total == 1_400 + 2_800
    assert first(found).current_period_end == at("2026-04-01")


def test_elapsed_time_is_free_without_proration(client):
    life = SeenLife(client, on="2026-03-10")
    found = life.subscribe(backdate_start_date=at("2026-01-15"), proration_behavior="none")
    assert found.start_date == at("2026-01-15")
    assert (found.status, found.latest_invoice) == ("active", None)


@pytest.mark.parametrize(("mode", "billed"), [
    ("flexible", [-2_100, -3_100, 4_200, 6_200]), ("classic", [-7_500, 15_000])])
def test_elapsed_time_can_be_prorated_until_the_first_renewal(client, mode, billed):
    life = SeenLife(client, on="2026-03-10")
    found = life.subscribe(life.price(3_100), billing_mode={"type": mode},
                           backdate_start_date=at("2026-01-15"))
    changed = life.change_as_seen(
        found, items=life.item(found, quantity=2), proration_date=at("2026-01-25"),
        proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(changed).lines.data] == billed
    assert refused(life.update, found, items=life.item(found, quantity=3),
                   proration_date=at("2026-01-15") - 1)[2] == "proration_date"
    life.advance("2026-04-20")
    assert refused(life.update, found, items=life.item(found, quantity=3),
                   proration_date=at("2026-03-01"))[2] == "proration_date"


def test_too_many_elapsed_periods_are_refused(client):
    life = SeenLife(client, on="2026-03-10")
    daily = life.price(10, "day", name="Daily")
    assert refused(life.subscribe, daily, backdate_start_date=life.now - 260 * DAY)[2] == (
        "backdate_start_date")
    found = life.subscribe(daily, backdate_start_date=life.now - 200 * DAY)
    assert life.latest(found).lines.total_count == 201


def test_a_start_in_the_future_is_no_backdate(life):
    assert refused(life.subscribe, backdate_start_date=life.now + DAY)[2] == "backdate_start_date"


def test_repeating_coupons_count_from_the_backdate(client):
    life = SeenLife(client, on="2026-03-10")
    coupon = life.client.coupons.create(
        {"percent_off": 50, "duration": "repeating", "duration_in_months": 3})
    found = life.subscribe(
        backdate_start_date=at("2026-01-15"), discounts=[{"coupon": coupon.id}])
    discount = life.client.subscriptions.retrieve(
        found.id, {"expand": ["discounts"]}).discounts[0]
    assert (discount.start, discount.end) == (at("2026-01-15"), at("2026-04-15"))


def test_a_stub_line_reads_like_any_other(life):
    found = life.subscribe(life.price(3_100), billing_cycle_anchor=at("2026-01-11"))
    assert lines(life.latest(found)) == [("1 × Basic (at $31.00 / month)", 1_000)]

"""Smart retries: the same counts and moments give the same hour, and it is worth its choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.recovery import (
    ALL,
    LEAST_TRIES,
    Experience,
    Plan,
    counts_for_learning,
    epoch_of,
    plan_attempt,
    slots_of,
    weight_of,
)
from prorata.rules.recovery_words import say_code, say_failure, say_plan
from prorata.rules.retries import MIN_GAP_SECONDS, SMART_WINDOWS_DAYS, RetryPolicy, attempt_schedule

HOUR, DAY = 3_600, 86_400
SMART = RetryPolicy(learns=True)
# Thursday 1 January 2026, 14:00 UTC
FIRST = int(datetime(2026, 1, 1, 14, tzinfo=UTC).timestamp())


def counted(**slots: tuple[int, int]) -> Experience:
    """Return what was counted; `hour_9` is the slot "hour 9"."""
    return aged({name.replace("_", " "): pair for name, pair in slots.items()})


def aged(counts: dict[str, tuple[int, int]], spans: int = 0) -> Experience:
    """Return what was counted so many spans of time before the first attempt."""
    then = epoch_of(FIRST) - spans
    return Experience({slot: {then: pair} for slot, pair in counts.items()}, epoch_of(FIRST))


def hour_of(plan: Plan | None) -> int:
    assert plan is not None
    return datetime.fromtimestamp(plan.at, UTC).hour


def test_a_try_is_counted_in_all_by_hour_weekday_and_day():
    assert slots_of(FIRST) == (ALL, "hour 14", "weekday 3", "day 1")


def test_without_enough_tries_the_schedule_is_kept():
    few = counted(all=(LEAST_TRIES - 1, 20), hour_12=(5, 5))
    plan = plan_attempt(SMART, 1, FIRST, FIRST, few)
    assert plan is not None and (plan.at, plan.reason) == (FIRST + 19 * HOUR, "unknown")
    fixed = plan_attempt(RetryPolicy(), 1, FIRST, FIRST, few)
    assert fixed is not None and (fixed.at, fixed.reason) == (plan.at, "fixed")


def test_a_retry_moves_to_the_hour_that_does_best():
    # The schedule has it at 09:00; 12:00 is three hours later.
    known = counted(all=(200, 40), hour_9=(60, 3), hour_12=(50, 30), hour_2=(50, 5))
    plan = plan_attempt(SMART, 1, FIRST, FIRST, known)
    assert plan is not None
    assert (plan.at, plan.planned, plan.reason) == (
        FIRST + 22 * HOUR, FIRST + 19 * HOUR, "learned",
    )  # fmt: skip
    assert plan.at_hour is not None and (plan.at_hour.tried, plan.at_hour.won) == (50, 30)


def test_a_good_hour_beyond_the_half_way_is_not_taken():
    # 23:00 of the first day is 9 hours after the first attempt, 19/2 is the earliest.
    known = counted(all=(300, 60), hour_23=(100, 90))
    assert hour_of(plan_attempt(SMART, 1, FIRST, FIRST, known)) != 23
    assert hour_of(plan_attempt(SMART, 2, FIRST, FIRST + 19 * HOUR, known)) == 23


def test_one_lucky_try_does_not_outweigh_many():
    known = counted(all=(400, 200), hour_10=(1, 1), hour_12=(100, 80))
    assert hour_of(plan_attempt(SMART, 1, FIRST, FIRST, known)) == 12


def test_what_was_never_tried_is_tried_before_what_does_no_better_than_all():
    usual = {f"hour_{hour}": (40, 8) for hour in range(24) if hour != 11}
    assert hour_of(plan_attempt(SMART, 1, FIRST, FIRST, counted(all=(920, 184), **usual))) == 11


def test_the_day_of_the_month_and_the_weekday_count_too():
    # The third retry: between the 3rd and the 5th.
    even = {f"hour_{hour}": (40, 8) for hour in range(24)}
    monday = counted(all=(960, 192), weekday_6=(100, 5), weekday_0=(100, 60), **even)
    plan = plan_attempt(SMART, 3, FIRST, FIRST + 43 * HOUR, monday)
    assert plan is not None and datetime.fromtimestamp(plan.at, UTC).weekday() == 0


def test_what_was_counted_long_ago_weighs_less() -> None:
    assert [weight_of(age) for age in (-1, 0, 1, 2, 3, 4)] == [
        1_000_000, 1_000_000, 707_107, 500_000, 353_553, 250_000,
    ]  # fmt: skip
    # Customers had money at 12 o'clock a year ago, and have it at 10 now.
    now, then = epoch_of(FIRST), epoch_of(FIRST) - 4
    known = Experience({
        ALL: {then: (400, 100), now: (100, 25)}, "hour 12": {then: (100, 40), now: (10, 0)},
        "hour 10": {then: (100, 10), now: (30, 20)},
    }, now)  # fmt: skip
    assert hour_of(plan_attempt(SMART, 1, FIRST, FIRST, known)) == 10
    assert "30 of 130 (40 %, older ones counting less)" in say_code("insufficient_funds", known)


def test_what_is_too_old_is_no_longer_learned_from() -> None:
    old = aged({ALL: (LEAST_TRIES, 20), "hour 12": (10, 10)}, spans=2)
    plan = plan_attempt(SMART, 1, FIRST, FIRST, old)
    assert plan is not None and plan.reason == "unknown"
    assert "has counted 30, and old ones count less" in say_plan(SMART, 1, plan, "do_not_honor")


slot_counts = st.dictionaries(
    st.sampled_from(
        [f"hour {n}" for n in range(24)] + [f"weekday {n}" for n in range(7)]
        + [f"day {n}" for n in range(1, 32)]
    ),
    st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda p: (max(p), min(p))),
)  # fmt: skip


@given(
    counts=slot_counts, tries=st.integers(1, 20), window=st.sampled_from(SMART_WINDOWS_DAYS),
    first=st.integers(1_700_000_000, 1_900_000_000), tried=st.integers(0, 900),
)  # fmt: skip
def test_whatever_is_known_retries_ascend_inside_the_window(counts, tries, window, first, tried):
    policy = RetryPolicy(tries, window, learns=True)
    known = aged({**counts, ALL: (tried, tried // 3)})
    last, found = first, []
    for used in range(1, tries + 1):
        plan = plan_attempt(policy, used, first, last, known)
        assert plan is not None
        assert plan == plan_attempt(policy, used, first, last, replace(known))
        assert plan.at - last >= min(MIN_GAP_SECONDS, plan.planned - last)
        assert (plan.at - first) % HOUR == 0
        found.append(plan.at)
        last = plan.at
    assert found == sorted(set(found)) and found[-1] < first + window * DAY
    assert plan_attempt(policy, tries + 1, first, last, known) is None
    assert len(attempt_schedule(policy)) == tries


def test_only_retries_by_schedule_of_the_declined_method_teach():
    taught = {"automatic": True, "retries": 1, "decline_code": "do_not_honor", "same_method": True}
    assert counts_for_learning(**taught)
    for other in ({"automatic": False}, {"retries": 0}, {"decline_code": None},
                  {"same_method": False}):  # fmt: skip
        assert not counts_for_learning(**{**taught, **other})


def recovered(policy: RetryPolicy, seed: int, payments: int) -> int:
    """Return how many failed payments are paid where most cards have money in the morning."""
    source, counts, paid = Random(seed), {}, 0
    for _ in range(payments):
        first = last = FIRST + source.randrange(365 * 24) * HOUR
        for used in range(1, policy.tries + 1):
            plan = plan_attempt(policy, used, first, last, aged(counts))
            assert plan is not None
            at = datetime.fromtimestamp(plan.at, UTC)
            chance = 45 if 8 <= at.hour <= 10 else 3
            won = source.randrange(100) < chance * (2 if at.weekday() == 4 else 1)
            for slot in slots_of(plan.at):
                tried, successes = counts.get(slot, (0, 0))
                counts[slot] = (tried + 1, successes + won)
            last = plan.at
            if won:
                paid += 1
                break
    return paid


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_learned_recovers_more_than_an_even_spread(seed):
    fixed = recovered(RetryPolicy(4, 7), seed, 600)
    smart = recovered(RetryPolicy(4, 7, learns=True), seed, 600)
    assert smart > fixed * 3 // 2


def test_decisions_are_said_in_sentences():
    known = counted(all=(200, 40), hour_9=(60, 3), hour_12=(50, 30))
    plan = plan_attempt(SMART, 1, FIRST, FIRST, known)
    assert say_plan(SMART, 1, plan, "insufficient_funds") == (
        "The next attempt is on Fri 2 Jan 2026, 12:00 UTC: the 1st of 8 retries within 14 days"
        " would be on Fri 2 Jan 2026, 09:00 UTC, but of retries after `insufficient_funds`"
        " 40 of 200 (20 %) succeeded, between 12:00 and 13:00 UTC 30 of 50 (60 %), on Fridays none"
        " yet, on the 2nd of a month none yet."
    )
    assert "never succeeds" in say_failure("stolen_card", 0, has_method=True)
    assert say_failure(None, 0, has_method=False).startswith("There was no payment method")

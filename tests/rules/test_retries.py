from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.recovery import plan_attempt
from prorata.rules.retries import (
    HARD_DECLINES,
    NO_RETRIES,
    SMART_RETRIES,
    SMART_WINDOWS_DAYS,
    RetryPolicy,
    attempt_runs,
    attempt_schedule,
    webhook_retry_delay,
)

DAY = 86_400
HOUR = 3_600


def next_payment_attempt(policy: RetryPolicy, retries: int, first: int, last: int) -> int | None:
    plan = plan_attempt(policy, retries, first, last)
    return None if plan is None else plan.at


def test_smart_retries_are_eight_in_two_weeks():
    hours = [second // HOUR for second in attempt_schedule(SMART_RETRIES)]
    assert hours == [19, 43, 72, 105, 142, 184, 230, 281]
    assert hours[-1] < 14 * 24


@given(tries=st.integers(1, 8), window=st.sampled_from(SMART_WINDOWS_DAYS))
def test_smart_retries_ascend_strictly_inside_their_window(tries, window):
    schedule = attempt_schedule(RetryPolicy(tries, window))
    assert len(schedule) == tries
    assert list(schedule) == sorted(set(schedule))
    assert schedule[0] > 0
    assert schedule[-1] < window * DAY


def test_custom_retries_count_from_the_attempt_before():
    policy = RetryPolicy(custom_days=(3, 5, 7))
    assert attempt_schedule(policy) == (3 * DAY, 8 * DAY, 15 * DAY)
    assert next_payment_attempt(policy, 1, 0, 0) == 3 * DAY
    assert next_payment_attempt(policy, 2, 0, 4 * DAY) == 9 * DAY
    assert next_payment_attempt(policy, 3, 0, 9 * DAY) == 16 * DAY
    assert next_payment_attempt(policy, 4, 0, 16 * DAY) is None


def test_smart_retries_keep_their_place_from_the_first_attempt():
    first = 1_800_000_000
    last, found = first, []
    for count in range(1, 10):
        due = next_payment_attempt(SMART_RETRIES, count, first, last)
        found.append(due)
        last = due or last
    assert found == [first + second for second in attempt_schedule(SMART_RETRIES)] + [None]


def test_an_overdue_retry_waits_an_hour_and_none_falls_outside_of_the_window():
    assert next_payment_attempt(SMART_RETRIES, 2, 0, 5 * DAY) == 5 * DAY + HOUR
    assert next_payment_attempt(SMART_RETRIES, 2, 0, 14 * DAY - HOUR) is None


def test_without_retries_the_first_attempt_is_the_last():
    assert attempt_schedule(NO_RETRIES) == ()
    assert next_payment_attempt(NO_RETRIES, 1, 0, 0) is None


@pytest.mark.parametrize("policy", [
    {"custom_days": (1, 3, 5, 7)}, {"custom_days": (0,)}, {"tries": -1}, {"window_days": 0},
])
def test_policies_out_of_bounds_are_refused(policy):
    with pytest.raises(ValueError):
        RetryPolicy(**policy)
    with pytest.raises(ValueError, match="not a retry"):
        next_payment_attempt(SMART_RETRIES, 0, 0, 0)


def test_a_hard_decline_runs_again_only_with_another_payment_method():
    assert len(HARD_DECLINES) == 9
    assert not attempt_runs("stolen_card", payment_method_changed=False)
    assert attempt_runs("stolen_card", payment_method_changed=True)
    assert attempt_runs("insufficient_funds", payment_method_changed=False)
    assert attempt_runs(None, payment_method_changed=False)


@pytest.mark.parametrize(("code", "debits", "changed", "runs"), [
    ("insufficient_funds", 1, False, True),
    ("insufficient_funds", 2, False, True),
    ("insufficient_funds", 3, False, False),
    ("insufficient_funds", 3, True, True),
    ("account_closed", 1, False, False),
    ("account_closed", 1, True, True),
])
def test_a_bank_account_without_money_is_debited_twice_more(code, debits, changed, runs):
    assert attempt_runs(code, changed, failed_debits=debits) is runs


def test_live_webhooks_are_retried_for_three_days():
    delays = [webhook_retry_delay(n, live=True) for n in range(1, 11)]
    assert delays == [300, 1_800, 7_200, 18_000, 36_000] + [43_200] * 4 + [None]
    assert sum(delay for delay in delays if delay) <= 3 * DAY


def test_test_webhooks_are_retried_three_times_in_a_few_hours():
    assert [webhook_retry_delay(n, live=False) for n in range(1, 5)] == [300, 1_800, 7_200, None]
    with pytest.raises(ValueError, match="from 1"):
        webhook_retry_delay(0, live=True)

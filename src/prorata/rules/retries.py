"""Retries: when a failed payment or an unanswered webhook is tried again."""

from __future__ import annotations

from dataclasses import dataclass

from prorata.rules.calendar import DAY_SECONDS

# The card will not come back to life: the schedule goes on, but an attempt is only made once
# there is another payment method.
HARD_DECLINES: frozenset[str] = frozenset({
    "incorrect_number",
    "lost_card",
    "pickup_card",
    "stolen_card",
    "revocation_of_authorization",
    "revocation_of_all_authorizations",
    "authentication_required",
    "highest_risk_level",
    "transaction_not_allowed",
})

# A bank account without money may be debited again this often; other failures of banks are final.
DEBIT_RETRIES_MAX = 2

# Two tries closer than this tell an issuer nothing new.
MIN_GAP_SECONDS = 3_600

WEBHOOK_WINDOW_SECONDS = 3 * DAY_SECONDS
_WEBHOOK_DELAYS = (300, 1_800, 7_200, 18_000, 36_000)
_WEBHOOK_DELAY_LATER = 43_200
_WEBHOOK_TEST_RETRIES = 3

SMART_WINDOWS_DAYS = (7, 14, 21, 30, 60)
CUSTOM_RETRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed payment is retried after its first attempt.

    `custom_days` are up to three waits in days, each after the attempt before; empty means a
    schedule of `tries` retries inside `window_days`. learns: whether each of these may move to an
    hour that has turned out to be better.
    """

    tries: int = 8
    window_days: int = 14
    custom_days: tuple[int, ...] = ()
    learns: bool = False

    def __post_init__(self) -> None:
        if len(self.custom_days) > CUSTOM_RETRIES_MAX:
            raise ValueError(f"a custom schedule has at most {CUSTOM_RETRIES_MAX} retries")
        if any(days < 1 for days in self.custom_days):
            raise ValueError("a custom retry waits at least one day")
        if self.tries < 0 or self.window_days < 1:
            raise ValueError("a smart schedule needs tries and a window in days")


SMART_RETRIES = RetryPolicy()
NO_RETRIES = RetryPolicy(tries=0)


def attempt_schedule(policy: RetryPolicy) -> tuple[int, ...]:
    """Return the retries of a policy, in seconds after the first attempt.

    A custom schedule adds up its waits. The smart one is fixed: of n retries in a window W, the
    k-th comes at W × k(k+n) / ((n+1)(2n+1)), cut to the hour: waits grow steadily, and the last
    retry is strictly inside the window, since the (n+1)-th would be its end.
    """
    if policy.custom_days:
        total = 0
        schedule = []
        for days in policy.custom_days:
            total += days * DAY_SECONDS
            schedule.append(total)
        return tuple(schedule)
    n = policy.tries
    hours = policy.window_days * 24
    return tuple(
        hours * k * (k + n) // ((n + 1) * (2 * n + 1)) * 3_600 for k in range(1, n + 1)
    )


def attempt_runs(
    decline_code: str | None, payment_method_changed: bool, failed_debits: int = 0
) -> bool:
    """Return whether a due retry calls the gateway: after a hard decline only with a new method.

    failed_debits: how often the method was a bank account that was debited in vain, 0 for cards.
    """
    if payment_method_changed:
        return True
    if failed_debits:
        return decline_code == "insufficient_funds" and failed_debits <= DEBIT_RETRIES_MAX
    return decline_code not in HARD_DECLINES


def webhook_retry_delay(attempt: int, live: bool) -> int | None:
    """Return the seconds to wait after the attempt-th failed delivery (from 1), None to give up.

    Live: 5 min, 30 min, 2 h, 5 h, 10 h, then every 12 h while that stays within three days.
    Test: the first three of these, a few hours in all.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    if not live:
        return _WEBHOOK_DELAYS[attempt - 1] if attempt <= _WEBHOOK_TEST_RETRIES else None
    if attempt <= len(_WEBHOOK_DELAYS):
        return _WEBHOOK_DELAYS[attempt - 1]
    later = attempt - len(_WEBHOOK_DELAYS)
    elapsed = sum(_WEBHOOK_DELAYS) + later * _WEBHOOK_DELAY_LATER
    return _WEBHOOK_DELAY_LATER if elapsed <= WEBHOOK_WINDOW_SECONDS else None

"""Recovery: the time at which a failed payment has the best chance, learned from counted tries.

What is known of a decline code are counts: how many retries after it were made, and how many of
them succeeded, in all, by hour of the day, by weekday and by day of the month (UTC). Of every hour
that a retry may take, the three rates are weighed against the rate in all. A rate of few tries is
drawn towards the rate in all, and what was never tried counts as a little better than that, so that
it is tried some day. The same counts and moments always give the same time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from typing import Literal

from prorata.rules.calendar import DAY_SECONDS
from prorata.rules.retries import MIN_GAP_SECONDS, RetryPolicy, attempt_schedule

HOUR_SECONDS = 3_600
ALL = "all"
# With fewer counted retries after a decline code nothing is learned from them.
LEAST_TRIES = 30
# What is believed of retries before any was made: one in five succeeds, as if five had been seen.
PRIOR_RATE, PRIOR_TRIES = Fraction(1, 5), 5
# A rate weighs as much as the rate in all when it rests on this many tries; and by how much what
# was never tried is thought to be better than that.
WEIGHT, HOPE = 12, Fraction(5, 4)
# Chances are compared in millionths.
SCALE = 1_000_000

Counts = Mapping[str, tuple[int, int]]
Reason = Literal["fixed", "unknown", "overdue", "planned", "learned"]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many retries were made, and how many of them succeeded."""

    tried: int
    won: int


@dataclass(frozen=True, slots=True)
class Plan:
    """When a payment is tried again, and why then. Seconds UTC.

    planned: where the even schedule has it. reason: `fixed`, the schedule is followed; `unknown`,
    there are too few tries to learn from; `overdue`, the time has passed while nothing ran;
    `planned`, no other hour is better; `learned`, another one is. in_all, at_hour, at_weekday,
    at_day: what was counted in all and for the chosen hour, None where nothing is learned from it.
    """

    at: int
    planned: int
    reason: Reason
    in_all: Rate | None = None
    at_hour: Rate | None = None
    at_weekday: Rate | None = None
    at_day: Rate | None = None


def slots_of(second: int) -> tuple[str, ...]:
    """Return the slots that a try at a second (UTC) is counted in."""
    return (ALL, *_named(second))


def _named(second: int) -> tuple[str, str, str]:
    moment = datetime.fromtimestamp(second, UTC)
    return f"hour {moment.hour}", f"weekday {moment.weekday()}", f"day {moment.day}"


@dataclass(frozen=True)
class Experience:
    """What was counted after one decline code."""

    counts: Counts

    def rate(self, slot: str) -> Rate:
        """Return what was counted in a slot."""
        return Rate(*self.counts.get(slot, (0, 0)))

    @property
    def in_all(self) -> Rate:
        return self.rate(ALL)

    @cached_property
    def chance_in_all(self) -> Fraction:
        """Return the chance of a retry at no special time."""
        found = self.in_all
        return (found.won + PRIOR_RATE * PRIOR_TRIES) / (found.tried + PRIOR_TRIES)

    def lift(self, slot: str) -> int:
        """Return how much better than in all a slot is, in millionths: 1,000,000 is the same."""
        known = self._lifts.get(slot)
        if known is None:
            found, usual = self.rate(slot), self.chance_in_all
            drawn = (found.won + WEIGHT * usual * HOPE) / (found.tried + WEIGHT)
            known = self._lifts[slot] = int(SCALE * drawn / usual)
        return known

    @cached_property
    def _lifts(self) -> dict[str, int]:
        return {}

    def chance(self, second: int) -> int:
        """Return the chance of a try at a second, to be compared with others only."""
        hour, weekday, day = _named(second)
        return self.lift(hour) * self.lift(weekday) * self.lift(day)


def plan_attempt(
    policy: RetryPolicy,
    retries: int,
    first_attempt_at: int,
    last_attempt_at: int,
    experience: Experience | None = None,
) -> Plan | None:
    """Return when a payment with so many used-up tries (the first one included) is tried again.

    None: never. Every retry of the smart schedule keeps its place in the row: it moves by less
    than half of the way to its neighbours, and stays inside the window. experience: what is known
    of retries after this decline; without it the schedule is kept.
    """
    if retries < 1:
        raise ValueError("the first attempt is not a retry")
    if policy.custom_days:
        if retries > len(policy.custom_days):
            return None
        at = last_attempt_at + policy.custom_days[retries - 1] * DAY_SECONDS
        return Plan(at, at, "fixed")
    schedule = attempt_schedule(policy)
    if retries > len(schedule):
        return None
    end = first_attempt_at + policy.window_days * DAY_SECONDS
    planned = first_attempt_at + schedule[retries - 1]
    if planned <= last_attempt_at:
        at = last_attempt_at + MIN_GAP_SECONDS
        return Plan(at, planned, "overdue") if at < end else None
    if not policy.learns or experience is None:
        return Plan(planned, planned, "fixed")
    if experience.in_all.tried < LEAST_TRIES:
        return Plan(planned, planned, "unknown", in_all=experience.in_all)
    return _best(_hours(schedule, retries, first_attempt_at, last_attempt_at, end), planned,
                 experience)  # fmt: skip


def _hours(
    schedule: tuple[int, ...], retries: int, first: int, last: int, end: int
) -> Iterator[int]:
    """Give the seconds that a retry may take: whole hours from where the schedule has it."""
    place = retries - 1
    planned = first + schedule[place]
    before = first + (schedule[place - 1] if place else 0)
    earliest = max((before + planned) // 2, last + MIN_GAP_SECONDS)
    after = first + schedule[place + 1] if retries < len(schedule) else None
    latest = min((planned + after) // 2 if after else end - 1, end - 1)
    yield planned
    for hours in range(1, max(planned - earliest, latest - planned) // HOUR_SECONDS + 1):
        if (sooner := planned - hours * HOUR_SECONDS) >= earliest:
            yield sooner
        if (later := planned + hours * HOUR_SECONDS) <= latest:
            yield later


def _best(candidates: Iterator[int], planned: int, experience: Experience) -> Plan:
    """Return the plan for the best of several seconds, the nearest of equals to the schedule."""
    at = max(candidates, key=experience.chance)
    hour, weekday, day = (experience.rate(slot) for slot in _named(at))
    reason: Reason = "planned" if at == planned else "learned"
    return Plan(at, planned, reason, experience.in_all, hour, weekday, day)


def counts_for_learning(
    *, automatic: bool, retries: int, decline_code: str | None, same_method: bool
) -> bool:
    """Return whether an attempt says something about the time at which it was made.

    Only a retry by schedule of the method that was declined does: a payer who is present, another
    card or a first attempt has chances of its own. retries: used-up tries before it.
    """
    return automatic and retries >= 1 and decline_code is not None and same_method

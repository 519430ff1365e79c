"""Recovery: the time at which a failed payment has the best chance, learned from counted tries.

What is known of a decline code are counts: how many retries after it were made, and how many of
them succeeded, in all, by hour of the day, by weekday and by day of the month (UTC). Of every hour
that a retry may take, the three rates are weighed against the rate in all. A rate of few tries is
drawn towards the rate in all, and what was never tried counts as a little better than that, so that
it is tried some day. What was counted long ago weighs less: customers change. The same counts and
moments always give the same time.
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
# Tries are counted by spans of so many seconds; two spans later they weigh half as much.
EPOCH_SECONDS = 90 * DAY_SECONDS
# The weight of one span's age, in millionths: the root of a half.
ROOT_OF_HALF = 707_107

# Tries and successes by slot and span.
Counts = Mapping[str, Mapping[int, tuple[int, int]]]
Reason = Literal["fixed", "unknown", "overdue", "planned", "learned"]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many retries were made, and how many of them succeeded.

    weight, won_weight: the same in millionths, each retry weighed by its age.
    """

    tried: int
    won: int
    weight: int
    won_weight: int

    @property
    def aged(self) -> bool:
        """Return whether some of it weighs less than when it was counted."""
        return self.weight != self.tried * SCALE


NOTHING = Rate(0, 0, 0, 0)


def epoch_of(second: int) -> int:
    """Return the span of time that a try at a second (UTC) is counted in."""
    return second // EPOCH_SECONDS


def weight_of(age: int) -> int:
    """Return what a try weighs after so many spans, in millionths; what is to come is new."""
    halves, odd = divmod(max(0, age), 2)
    return (ROOT_OF_HALF if odd else SCALE) >> halves


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
    """What was counted after one decline code, as it weighs in a span of time (see `epoch_of`)."""

    counts: Counts
    epoch: int

    def rate(self, slot: str) -> Rate:
        """Return what was counted in a slot."""
        known = self._rates.get(slot)
        if known is None:
            known = self._rates[slot] = self._rate(slot)
        return known

    def _rate(self, slot: str) -> Rate:
        tried = won = weight = won_weight = 0
        for epoch, (made, paid) in self.counts.get(slot, {}).items():
            each = weight_of(self.epoch - epoch)
            tried, won = tried + made, won + paid
            weight, won_weight = weight + made * each, won_weight + paid * each
        return Rate(tried, won, weight, won_weight)

    @property
    def in_all(self) -> Rate:
        return self.rate(ALL)

    @property
    def learns(self) -> bool:
        """Return whether there are enough retries, by their weight, to choose times by them."""
        return self.in_all.weight >= LEAST_TRIES * SCALE

    @cached_property
    def chance_in_all(self) -> Fraction:
        """Return the chance of a retry at no special time."""
        found, prior = self.in_all, PRIOR_TRIES * SCALE
        return (found.won_weight + PRIOR_RATE * prior) / (found.weight + prior)

    def lift(self, slot: str) -> int:
        """Return how much better than in all a slot is, in millionths: 1,000,000 is the same."""
        known = self._lifts.get(slot)
        if known is None:
            found, usual, drawn_by = self.rate(slot), self.chance_in_all, WEIGHT * SCALE
            drawn = (found.won_weight + drawn_by * usual * HOPE) / (found.weight + drawn_by)
            known = self._lifts[slot] = int(SCALE * drawn / usual)
        return known

    @cached_property
    def _rates(self) -> dict[str, Rate]:
        return {}

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
    if not experience.learns:
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

"""Experience: what an account's retries have come to, by decline code, hour and day."""

from prorata.engine.invoices.recovery import TALLY
from prorata.model.operation import operation
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.recovery_experience import (
    CountedRetries,
    DeclineCodeExperience,
    RecoveryExperience,
    RecoveryExperienceParams,
)
from prorata.resources.billing.test_clock import TestClock
from prorata.rules import recovery_words as words
from prorata.rules.recovery import LEAST_TRIES, Experience

SLOTS = {"hours": ("hour", range(24), 0), "weekdays": ("weekday", range(7), 1),
         "days": ("day", range(1, 32), 0)}  # fmt: skip


@operation("GET /v1/prorata/recovery")
def experience(tx: Tx, params: RecoveryExperienceParams) -> RecoveryExperience:
    """Return what was counted of retries by schedule: in real time, or on one test clock."""
    clock = value_or(params.test_clock, None)
    if clock is not None:
        tx.get(TestClock, clock, param="test_clock")
    codes = [
        _of_code(tx, clock, name.removeprefix(TALLY))
        for name in tx.tallies.names(clock)
        if name.startswith(TALLY)
    ]
    codes.sort(key=lambda each: (-each.tried, each.decline_code))
    tried, recovered = sum(each.tried for each in codes), sum(each.recovered for each in codes)
    return RecoveryExperience(
        decline_codes=codes,
        explanation=words.say_experience(tried, recovered),
        livemode=tx.book.livemode,
        recovered=recovered,
        test_clock=clock,
        tried=tried,
    )


def _of_code(tx: Tx, clock: str | None, code: str) -> DeclineCodeExperience:
    known = Experience(tx.tallies.counts(clock, TALLY + code))
    return DeclineCodeExperience(
        days=_slots(known, "days"),
        decline_code=code,
        explanation=words.say_code(code, known),
        hours=_slots(known, "hours"),
        learns=known.in_all.tried >= LEAST_TRIES,
        recovered=known.in_all.won,
        tried=known.in_all.tried,
        weekdays=_slots(known, "weekdays"),
    )


def _slots(known: Experience, kind: str) -> list[CountedRetries]:
    name, numbers, first = SLOTS[kind]
    found = [(number + first, known.rate(f"{name} {number}")) for number in numbers]
    return [
        CountedRetries(slot=slot, tried=rate.tried, recovered=rate.won)
        for slot, rate in found
        if rate.tried
    ]

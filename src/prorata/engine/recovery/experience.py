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
from prorata.rules.recovery import Experience, epoch_of

SLOTS = {"hours": ("hour", range(24), 0), "weekdays": ("weekday", range(7), 1),
         "days": ("day", range(1, 32), 0)}  # fmt: skip


@operation("GET /v1/prorata/recovery")
def experience(tx: Tx, params: RecoveryExperienceParams) -> RecoveryExperience:
    """Return what was counted of retries by schedule: in real time, or on one test clock."""
    clock, now = value_or(params.test_clock, None), tx.now
    if clock is not None:
        now = tx.get(TestClock, clock, param="test_clock").frozen_time
    known = {
        name.removeprefix(TALLY): Experience(tx.tallies.counts(clock, name), epoch_of(now))
        for name in tx.tallies.names(clock)
        if name.startswith(TALLY)
    }
    in_all = [each.in_all for each in known.values()]
    codes = [_of_code(code, each) for code, each in known.items()]
    codes.sort(key=lambda each: (-each.tried, each.decline_code))
    return RecoveryExperience(
        decline_codes=codes,
        explanation=words.say_experience(in_all),
        livemode=tx.book.livemode,
        recovered=sum(each.won for each in in_all),
        test_clock=clock,
        tried=sum(each.tried for each in in_all),
    )


def _of_code(code: str, known: Experience) -> DeclineCodeExperience:
    return DeclineCodeExperience(
        days=_slots(known, "days"),
        decline_code=code,
        explanation=words.say_code(code, known),
        hours=_slots(known, "hours"),
        learns=known.learns,
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

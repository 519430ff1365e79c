"""Rounds: a storm is played round by round until its time is over; each round has its seed."""

from __future__ import annotations

import random
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from servers import POSTGRES, Present, make_template

# One round: it is given its seed and settings, raises what it found and returns what it counted.
Round = Callable[[int, settings], dict[str, int]]
LONGEST_SHOWN = 15_000
REPORT_SECONDS = 60


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    storm: str
    database: str
    minutes: float
    seed: int | None
    rounds: int | None
    shrink: bool


def settings_for(examples: int, *, steps: int = 50, shrink: bool = False, **more: Any) -> settings:
    """Return the settings of a round that nothing but its seed decides."""
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        phases=phases, suppress_health_check=list(HealthCheck), print_blob=False,
        report_multiple_bugs=False, **more,
    )  # fmt: skip


def run_rounds(
    plan: Plan, opened: Callable[[], AbstractContextManager[tuple[Round, int]]]
) -> int:
    """Play rounds until the time is over, print what they find, and return 1 if they did.

    opened: makes the server and gives the function of a round and its number of examples.
    """
    first = random.SystemRandom().randrange(1 << 32) if plan.seed is None else plan.seed
    counted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    with _store(plan.database):
        start = spoken = time.monotonic()
        with opened() as (play, examples):
            wanted = settings_for(examples, shrink=plan.shrink)
            number = 0
            while time.monotonic() < start + plan.minutes * 60:
                if plan.rounds is not None and number >= plan.rounds:
                    break
                try:
                    counted.update(play(first + number, wanted))
                except Exception as failure:
                    _tell(plan, first + number, failure, found)
                number += 1
                if time.monotonic() > spoken + REPORT_SECONDS or number == 1:
                    spoken = time.monotonic()
                    _report(plan, start, number, counted, found)
        _report(plan, start, number, counted, found)
    for what, times in found.most_common():
        print(f"{times} x {what}")
    return 1 if found else 0


def _store(database: str) -> AbstractContextManager[Any]:
    """Have servers of their own open fresh databases of this kind."""
    Present.store = database
    assert database == "sqlite" or POSTGRES, "PRORATA_TEST_POSTGRES names the server"
    return make_template()


def _tell(plan: Plan, seed: int, failure: Exception, found: Counter[str]) -> None:
    text = "".join(traceback.format_exception_only(failure)).strip()
    name = _kind(text)
    found[name] += 1
    print(f"\nFound in round {seed}: {name}")
    if found[name] == 1:
        whole = "".join(traceback.format_exception(failure)).splitlines()
        steps = [line for line in whole if not line.startswith("Draw ")]
        print("\n".join(steps)[-LONGEST_SHOWN:])
    print(
        f"Again: python -m tests.storms {plan.storm} --database {plan.database}"
        f" --rounds 1 --seed {seed}",
        flush=True,
    )


def _kind(text: str) -> str:
    """Return the first line of what was found, without what is different each time."""
    first = " ".join(text.split("\n")[:2])[:300]
    return re.sub(r"\b[a-z_]+_[0-9A-Za-z]{10,}|\d+", "#", first)


def _report(
    plan: Plan, start: float, number: int, counted: Counter[str], found: Counter[str]
) -> None:
    minutes = (time.monotonic() - start) / 60
    numbers = ", ".join(f"{count:,} {name}" for name, count in sorted(counted.items()))
    print(
        f"{plan.storm} on {plan.database}: {minutes:.1f} min, {number} rounds, {numbers};"
        f" {found.total()} failures of {len(found)} kinds",
        flush=True,
    )

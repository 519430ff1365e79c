"""Housekeeping: what has served its time is deleted."""

from collections.abc import Callable
from functools import partial
from typing import Any

from prorata.engine.runtime import System
from prorata.rules.calendar import DAY_SECONDS
from prorata.store.deliveries import forget_deliveries, old_deliveries, where_old_ones_are
from prorata.store.kept_answers import FIRST, forget_answers, old_answers

# As long as events are listed. The events themselves stay: they are the audit trail.
DELIVERY_SECONDS = 30 * DAY_SECONDS
# So many are deleted in one transaction: others write in between.
BATCH = 1_000
# Of a connection, `after` and `limit`; of a connection and what was found, `these`.
Find = Callable[..., list[Any]]
Forget = Callable[..., None]


def keep_house(system: System, stopping: Callable[[], bool] = lambda: False) -> None:
    """Delete idempotency keys that are too old, and what became of deliveries after thirty days.

    A reader looks for what is old, and what is deleted at once is little: nobody waits for it.
    """
    now = system.clock.now()
    answers = partial(old_answers, now=now), partial(forget_answers, now=now)
    _in_batches(system, stopping, FIRST, *answers)
    until = now - DELIVERY_SECONDS
    for begin, end in where_old_ones_are(until, now):
        deliveries = partial(old_deliveries, end=end, until=until)
        _in_batches(system, stopping, begin, deliveries, partial(forget_deliveries, until=until))


def _in_batches(
    system: System, stopping: Callable[[], bool], after: Any, find: Find, forget: Forget
) -> None:
    while not stopping():
        found = system.database.read(partial(find, after=after, limit=BATCH))
        if not found:
            return
        system.database.write(partial(forget, these=found))
        after = found[-1]

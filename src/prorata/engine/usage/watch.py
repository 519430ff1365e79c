"""Watch: what waits for a customer's use of a meter looks at it soon after events have come.

Events change no document, so nothing would be due by itself. Where a meter is watched, the unit
that records events stirs the watches of their customers, which are then attended to like all that
is due: alerts and billing thresholds look. Who is not watched costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prorata.engine.due import handles, prefetches
from prorata.engine.moments import Moment
from prorata.model.transaction import Tx
from prorata.model.usage import UsageEvent
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.billing.usage_watch import UsageWatch, place_of

# A watched customer has used something. Facts: the answer of each hook, whether it waits for more.
on_use = Moment("use")
Preparer = Callable[[Any, list[UsageWatch]], None]
PREPARERS: list[Preparer] = []
KIND = "prorata.usage_watch"


def prepares_use(preparer: Preparer) -> Preparer:
    """Register what loads beforehand what looking will need: `preparer(uow, watches)`."""
    PREPARERS.append(preparer)
    return preparer


def stir(
    tx: Tx,
    events: Iterable[UsageEvent],
    meters: Iterable[Meter],
    times: Mapping[str, int],
    clocks: Mapping[str, str | None],
) -> None:
    """Have the watches of these events' customers looked at; one query, none if nobody watches.

    times, clocks: what time it is for each customer, and on which test clock.
    """
    watched = {each.id: each for each in meters if each.private.watched != "nobody"}
    if not watched:
        return
    used = {(each.meter, each.customer): None for each in events if each.meter in watched}
    if not used:
        return
    places = [place_of(*each) for each in used]
    found = {each.place: each for each in tx.select(UsageWatch, place=places)}
    for meter_id, customer in used:
        meter, watch = watched[meter_id], found.get(place_of(meter_id, customer))
        if watch is None:
            # Alerts for everybody do not run on test clocks.
            if meter.private.watched != "all" or clocks.get(customer) is not None:
                continue
            watch = tx.add(new_watch(tx, meter_id, customer, None))
        elif watch.asleep == meter.private.watchings:
            continue
        _stir(tx, watch, times[customer])


def watch_use(
    tx: Tx, meters: Iterable[str], customer: str, clock: str | None, *, stirs: bool
) -> None:
    """Watch a customer's use of these meters; stirs: look at what was used already as well."""
    for meter in tx.load(Meter, meters, look=True).values():
        if meter.private.watched == "nobody":
            tx.take(meter).private.watched = "named"
        known = [each for each in tx.select(UsageWatch, customer=customer)
                 if each.meter == meter.id]  # fmt: skip
        watch = known[0] if known else tx.add(new_watch(tx, meter.id, customer, clock))
        watch.asleep = None
        if stirs:
            _stir(tx, watch, tx.now)


def new_watch(tx: Tx, meter: str, customer: str, clock: str | None) -> UsageWatch:
    """Return a watch that nothing has stirred yet."""
    return UsageWatch(
        id=tx.new_id(UsageWatch, customer),
        created=tx.now,
        customer=customer,
        livemode=tx.book.livemode,
        meter=meter,
        test_clock=clock,
    )


def _stir(tx: Tx, watch: UsageWatch, at: int) -> None:
    if watch.stirred_at is None:
        watch.stirred_at = at
    else:
        # Whoever is looking just now must see this too.
        tx.rely_on(watch)
    if watch.test_clock is None:
        tx.results["due"] = True
    else:
        look_after(tx, watch.test_clock)


def look_after(tx: Tx, clock: str) -> None:
    """Have what is due on a test clock done after this request, though the clock stands still."""
    waiting = tx.results.setdefault("clocks", set())
    if tx.request is None or clock in waiting:
        return
    waiting.add(clock)

    def look(system: Any) -> None:
        from prorata.engine.advance import run_due

        found = system.read(tx.book, lambda uow: uow.find(TestClock, clock))
        if found is not None and found.status == "ready":
            run_due(system, found.frozen_time, clock=clock)

    tx.results.setdefault("after", []).append(look)


@handles(KIND, restless=True)
def look(tx: Tx, watch: UsageWatch) -> None:
    """Let all who wait for a customer's use of a meter look at it."""
    meter = tx.look(Meter, watch.meter)
    waits = False
    if meter is not None:
        waits = on_use.ask(tx, watch, meter)
        watch.asleep = None if waits else meter.private.watchings
    watch.stirred_at = None


@prefetches(KIND)
def prefetch(uow: Any, watches: list[UsageWatch]) -> None:
    """Load what a batch of watches is looked at by, in a constant number of queries."""
    uow.fetch(Meter, [each.meter for each in watches])
    for preparer in PREPARERS:
        preparer(uow, watches)

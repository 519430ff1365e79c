"""Growth: MRR month by month with its movements, cohorts, and the changes that a figure is of."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from prorata.engine.reports.scope import Scope, whole_days
from prorata.engine.reports.subscribers import Step, Subscriber, subscribers
from prorata.rules.months import day_start, month_edges
from prorata.rules.mrr import Change, Movement, Window
from prorata.store.connection import Connection

DAY = 86_400
RECENT_DAYS = 30


@dataclass(slots=True)
class Growth:
    """MRR of one currency: a window for each month, and one for the last thirty days."""

    currency: str
    months: list[Window]
    recent: Window

    def add(self, subscriber: Subscriber, timezone: str) -> None:
        """Count a customer."""
        changes = subscriber.changes(timezone)
        for window in (*self.months, self.recent):
            window.add(changes)
            for trial in subscriber.trials:
                window.trials_started += window.start <= trial.started < window.end
                if trial.ended is not None and window.start <= trial.ended < window.end:
                    window.trials_ended += 1
                    window.trials_converted += trial.converted


@dataclass(slots=True)
class Cohort:
    """Customers whose MRR rose above zero for the first time in one month: how many, and how much
    MRR, there was at the end of that month and of each later one."""

    month: int
    subscribers: list[int]
    mrr: list[int]


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of a customer's MRR in a day, with the steps of its subscriptions that made it."""

    customer: str
    currency: str
    change: Change
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        return f"{self.customer}.{self.currency}.{self.change.at}"


def growth(connection: Connection, scope: Scope, discounts: str) -> list[Growth]:
    """Return the growth of each currency between the edges of a scope, in whole days."""
    start, end = whole_days(scope)
    edges = month_edges(start, end, scope.timezone)
    recent = day_start(end - RECENT_DAYS * DAY, scope.timezone)
    found: dict[str, Growth] = {}
    for each in subscribers(connection, scope, discounts):
        known = found.get(each.currency)
        if known is None:
            windows = [Window(a, b) for a, b in pairwise(edges)]
            known = found[each.currency] = Growth(each.currency, windows, Window(recent, end))
        known.add(each, scope.timezone)
    return [found[currency] for currency in sorted(found)]


def cohorts(connection: Connection, scope: Scope, discounts: str) -> dict[str, list[Cohort]]:
    """Return the cohorts of each currency that began in the months of a scope."""
    start, end = whole_days(scope)
    edges = month_edges(start, end, scope.timezone)
    size = len(edges) - 1
    found: dict[str, list[Cohort]] = {}
    for each in subscribers(connection, scope, discounts):
        changes = each.changes(scope.timezone)
        if not changes or not edges[0] <= changes[0].at < edges[-1]:
            continue
        known = found.setdefault(each.currency, [
            Cohort(edges[place], [0] * (size - place), [0] * (size - place))
            for place in range(size)
        ])  # fmt: skip
        first = bisect_right(edges, changes[0].at) - 1
        for place in range(first, size):
            level = 0
            for change in changes:
                if change.at < edges[place + 1]:
                    level = change.after
            known[first].mrr[place - first] += level
            known[first].subscribers[place - first] += level > 0
    return {
        currency: [each for each in found[currency] if each.subscribers[0] or any(each.mrr)]
        for currency in sorted(found)
    }


def moved(
    connection: Connection,
    scope: Scope,
    discounts: str,
    *,
    movement: Movement | None = None,
    since: str | None = None,
) -> Iterator[Moved]:
    """Yield the changes of MRR in a scope, customer by customer; of one movement, or of all.

    since: the id of the first one.
    """
    start, end = whole_days(scope)
    seen = since is None
    customer = (since or "").partition(".")[0]
    for each in subscribers(connection, scope, discounts, since=customer):
        steps: dict[int, list[Step]] = {}
        for step in each.steps:
            steps.setdefault(day_start(step.at, scope.timezone), []).append(step)
        for change in each.changes(scope.timezone):
            if not start <= change.at < end or movement not in (None, change.movement):
                continue
            found = Moved(each.customer, each.currency, change, tuple(steps[change.at]))
            seen = seen or found.id == since
            if seen:
                yield found


def standing(
    connection: Connection, scope: Scope, discounts: str, *, since: str = ""
) -> Iterator[tuple[Subscriber, int]]:
    """Yield the customers who have any MRR at the scope's end, with it.

    since: the customer with whom it begins.
    """
    _, end = whole_days(scope)
    for each in subscribers(connection, scope, discounts, since=since):
        level = 0
        for change in each.changes(scope.timezone):
            if change.at < end:
                level = change.after
        if level:
            yield each, level

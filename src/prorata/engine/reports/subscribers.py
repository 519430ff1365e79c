"""Subscribers: what each customer's subscriptions are worth a month, through all their history.

Every write of a subscription kept the way back, so its MRR is known at any second of its life.
Customers come one after the other; no more than a batch of subscriptions is in hand.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import msgspec

from prorata.engine.reports.scope import Scope
from prorata.engine.reports.worth import Form, Newest, Patch, Worth
from prorata.rules.months import day_start
from prorata.rules.mrr import Change, changes
from prorata.store.connection import Connection
from prorata.store.names import table_name

BATCH = 500
LAST = "~"
PAYING = ("active", "past_due")


@dataclass(frozen=True, slots=True)
class Step:
    """A subscription's MRR from a second on, which a revision of it (0: none) brought about."""

    at: int
    subscription: str
    revision: int
    status: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that began at a second, and ended (None: it goes on) with or without payment."""

    started: int
    ended: int | None
    converted: bool


@dataclass(slots=True)
class Subscriber:
    """A customer in one currency: the steps of its MRR in their order, and its trials."""

    customer: str
    currency: str
    steps: list[Step] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)

    def changes(self, timezone: str) -> list[Change]:
        """Return how its MRR changed from day to day of a time zone."""
        level, levels = 0, []
        for step in self.steps:
            level += step.after - step.before
            levels.append((day_start(step.at, timezone), level))
        return changes(levels)


def subscribers(
    connection: Connection,
    scope: Scope,
    discounts: str = "forever",
    *,
    after: str = "",
    since: str = "",
) -> Iterator[Subscriber]:
    """Yield the customers of a scope in the order of their ids, once for each currency.

    discounts: which are subtracted: forever, repeating (these too) or once (all of them). after:
    the customer after whom it begins; since: the one with whom.
    """
    worth = Worth(connection, scope.book, discounts)
    current: dict[str, Subscriber] = {}
    customer = ""
    for rows in _pages(connection, scope, after or since, LAST if after else ""):
        newest = {id: msgspec.json.decode(text, type=Newest) for id, _, _, _, text in rows}
        patches = _patches(connection, scope.book, list(newest))
        worth.prepare(newest.values(), (each for _, _, each in _all(patches)))
        for id, owner, created, _, _ in rows:
            if owner != customer:
                yield from _ended(current)
                current, customer = {}, owner
            form = newest[id]
            if scope.currency in (None, form.currency):
                known = current.setdefault(form.currency, Subscriber(owner, form.currency))
                _live(known, form, created, patches[id], worth)
    yield from _ended(current)


def _ended(current: dict[str, Subscriber]) -> Iterator[Subscriber]:
    for _, subscriber in sorted(current.items()):
        subscriber.steps.sort(key=lambda step: (step.at, step.subscription, step.revision))
        yield subscriber


def _live(
    known: Subscriber,
    newest: Newest,
    created: int,
    patches: list[tuple[int, int, Patch]],
    worth: Worth,
) -> None:
    """Live through a subscription's revisions and note the steps of its MRR and its trials."""
    forms: list[tuple[int, int, Form]] = []
    form = Form(status=newest.status, items=newest.items, discounts=newest.discounts)
    for revision, at, patch in patches:
        if patch.tells:
            forms.append((at, revision, form))
            form = patch.applied_to(form)
    forms.append((created, 1, form))
    forms.reverse()
    # The clock of one process may be behind another's: nothing came before what it changed.
    times = list(accumulate((at for at, _, _ in forms), max))
    status, level = "", 0
    trial: int | None = None
    for at, until, (_, revision, form) in zip(times, [*times[1:], None], forms, strict=True):
        if form.status == "trialing" and status != "trialing":
            trial = at
        elif trial is not None and form.status != "trialing":
            known.trials.append(Trial(trial, at, form.status in PAYING))
            trial = None
        status = form.status
        for moment in worth.moments(newest.customer, form, at, until):
            paid = 0
            if status in PAYING:
                paid = worth.of(newest.customer, newest.currency, form, moment)
            if paid != level:
                caused = revision if moment == at else 0
                known.steps.append(Step(moment, newest.id, caused, status, level, paid))
                level = paid
    if trial is not None:
        known.trials.append(Trial(trial, None, False))


def _pages(
    connection: Connection, scope: Scope, customer: str, after: str
) -> Iterator[list[tuple[Any, ...]]]:
    where, values = "book = ? AND deleted = 0", [scope.book]
    conditions: list[tuple[str, Any]] = [("clock", scope.clock), ("customer", scope.customer)]
    for column, value in conditions:
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    while True:
        rows = connection.query(
            f"SELECT id, customer, created, revision, document FROM {table_name('subscription')}"
            f" WHERE {where} AND customer >= ? AND (customer > ? OR id > ?)"
            f" ORDER BY customer, id LIMIT {BATCH}",
            (*values, customer, customer, after),
        )
        yield rows
        if len(rows) < BATCH:
            return
        after, customer = rows[-1][0], rows[-1][1]


def _patches(
    connection: Connection, book: int, ids: list[str]
) -> dict[str, list[tuple[int, int, Patch]]]:
    """Return the ways back of subscriptions, the newest first."""
    found: dict[str, list[tuple[int, int, Patch]]] = defaultdict(list)
    if ids:
        among, value = connection.any_of("object_id", ids)
        rows = connection.query(
            "SELECT object_id, revision, changed_at, patch FROM history"
            f" WHERE book = ? AND {among} ORDER BY object_id, revision DESC",
            (book, value),
        )
        for id, revision, at, patch in rows:
            found[id].append((revision, at, msgspec.json.decode(patch, type=Patch)))
    return found


def _all(patches: dict[str, list[tuple[int, int, Patch]]]) -> Iterable[tuple[int, int, Patch]]:
    return (each for some in patches.values() for each in some)

"""Scope: which books a report reads, of which time, and of whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prorata.model.errors import InvalidRequest, no_such
from prorata.model.params import Params, value_or
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.core.customer import Customer
from prorata.resources.products.product import Product
from prorata.rules.currency import is_currency
from prorata.rules.months import (
    day_after,
    day_start,
    month_after,
    month_edges,
    month_start,
    names,
    zone,
)
from prorata.store.connection import Connection
from prorata.store.names import table_name

MONTHS_BY_DEFAULT = 12
MOST_MONTHS = 240
# The year 4000 or so: far beyond what any test clock reaches.
LATEST = 64_000_000_000
# A year or so: what is before it has no twelve months before it.
YEAR = 400 * 86_400
UTC = "Etc/UTC"


@dataclass(frozen=True)
class Scope:
    """What a report is about: one set of books, [start, end) in seconds UTC, and filters.

    currency, customer, product, clock: None for all. clients: the customers on a test clock, where
    one is named. real: only what hangs on no clock; then clients are those on any.
    """

    book: int
    start: int
    end: int
    timezone: str = UTC
    currency: str | None = None
    customer: str | None = None
    product: str | None = None
    clock: str | None = None
    clients: frozenset[str] = field(default_factory=frozenset)
    real: bool = False

    @cached_property
    def edges(self) -> Sequence[int]:
        """Return the first seconds of the months of [start, end), and the end."""
        return month_edges(self.start, self.end, self.timezone)

    @property
    def months(self) -> list[str]:
        return names(self.edges, self.timezone)

    def knows(self, customer: str | None) -> bool:
        """Return whether what is of a customer, or of none, is in the scope."""
        if self.customer is not None and customer != self.customer:
            return False
        if self.real:
            return customer not in self.clients
        return self.clock is None or customer in self.clients


def scope_of(tx: Any, params: Params) -> Scope:
    """Return the scope that parameters ask for: by default the last twelve months, to now.

    Raises InvalidRequest by the parameter's name for a time, zone, currency or clock that is none.
    """
    timezone: str = value_or(getattr(params, "timezone", None), None) or UTC
    try:
        zone(timezone)
    except ValueError:
        raise InvalidRequest(
            f"Unknown time zone {timezone!r}: use a name such as Europe/Vienna.", param="timezone"
        ) from None
    clock = value_or(getattr(params, "test_clock", None), None)
    now, clients = tx.now, frozenset[str]()
    if clock is not None:
        found = tx.find(TestClock, clock)
        if found is None:
            raise no_such("test clock", clock, param="test_clock", status=400)
        now, clients = found.frozen_time, customers_on(tx.connection, tx.book.key, clock)
    start, end = span_of(params, timezone, now)
    currency = value_or(getattr(params, "currency", None), None)
    if currency is not None and not is_currency(currency):
        raise InvalidRequest(f"Invalid currency: {currency}.", param="currency")
    # Reports go on telling of those that are gone.
    named: dict[str, str | None] = {}
    for name, cls in (("customer", Customer), ("product", Product)):
        id = named[name] = value_or(getattr(params, name, None), None)
        if id is not None:
            tx.get_even_deleted(cls, id, param=name)
    return Scope(
        book=tx.book.key,
        start=start,
        end=end,
        timezone=timezone,
        currency=currency,
        customer=named["customer"],
        product=named["product"],
        clock=clock,
        clients=clients,
    )


def span_of(params: Params, timezone: str, now: int) -> tuple[int, int]:
    """Return [start, end) as it is asked for; raise InvalidRequest unless it is in order."""
    end: int | None = value_or(getattr(params, "interval_end", None), None)
    end = now + 1 if end is None else end
    start: int | None = value_or(getattr(params, "interval_start", None), None)
    if start is None:
        if not YEAR < end <= LATEST:
            raise _no_time("interval_end")
        start = month_after(end - 1, timezone, 1 - MONTHS_BY_DEFAULT)
    for name, second in (("interval_start", start), ("interval_end", end)):
        if not 0 <= second <= LATEST:
            raise _no_time(name)
    if start >= end:
        raise InvalidRequest(
            "The interval_start must be before the interval_end.", param="interval_start"
        )
    if month_after(start, timezone, MOST_MONTHS) < month_start(end - 1, timezone):
        raise InvalidRequest(
            f"A report can have up to {MOST_MONTHS} months.", param="interval_start"
        )
    return start, end


def _no_time(name: str) -> InvalidRequest:
    return InvalidRequest(f"The {name} must be a time in seconds UTC.", param=name)


def whole_days(scope: Scope) -> tuple[int, int]:
    """Return [start, end) of a scope, widened to whole days of its time zone."""
    end = day_start(scope.end, scope.timezone)
    if end < scope.end:
        end = day_after(scope.end, scope.timezone)
    return day_start(scope.start, scope.timezone), end


def customers_on(connection: Connection, book: int, clock: str | None) -> frozenset[str]:
    """Return the customers that hang on a test clock, or on any."""
    on, values = ("= ?", (book, clock)) if clock is not None else ("IS NOT NULL", (book,))
    rows = connection.query(
        f"SELECT id FROM {table_name('customer')} WHERE book = ? AND clock {on}", values
    )
    return frozenset(id for (id,) in rows)

"""Revenue: what was billed, recognized and deferred by month, in all, by customer or by product."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from prorata.engine.reports.entries import Entry, entries
from prorata.engine.reports.scope import Scope
from prorata.rules.recognition import Booking, Months, Waterfall
from prorata.store.connection import Connection

Group = Literal["none", "customer", "product"]
Measure = Literal["recognized", "billed", "taken_back", "deferred"]
Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry as a part of a figure: what of it (minor units) comes from the entry.

    correction: what of that which it adds to the span's revenue belongs to closed months.
    """

    entry: Entry
    figure: int
    correction: int


def months_by(
    connection: Connection, scope: Scope, group: Group, *, after: str = ""
) -> Iterator[tuple[Key, Months]]:
    """Yield the months of each (currency, customer or product), where there is anything to tell.

    By customer they come in the order of ids and nothing but one customer is in hand; after: the
    customer after whom it begins.
    """
    if group == "customer":
        yield from _by_customer(connection, scope, after)
        return
    found: dict[Key, Months] = {}
    for entry in entries(connection, scope):
        key = (entry.currency, entry.product if group == "product" else None)
        months = found.get(key)
        if months is None:
            months = found[key] = Months(scope.edges)
        months.add(entry.booking, taken_back=entry.taken_back)
    for key in sorted(found, key=_in_order):
        if not found[key].empty:
            yield key, found[key]


def _by_customer(connection: Connection, scope: Scope, after: str) -> Iterator[tuple[Key, Months]]:
    customer: str | None = None
    found: dict[str, Months] = {}
    for entry in entries(connection, scope, by_customer=True, after=after):
        if entry.customer != customer and found:
            yield from _told(customer, found)
            found = {}
        customer = entry.customer
        months = found.get(entry.currency)
        if months is None:
            months = found[entry.currency] = Months(scope.edges)
        months.add(entry.booking, taken_back=entry.taken_back)
    yield from _told(customer, found)


def _told(customer: str | None, found: dict[str, Months]) -> Iterator[tuple[Key, Months]]:
    for currency in sorted(found):
        if not found[currency].empty:
            yield (currency, customer), found[currency]


def _in_order(key: Key) -> tuple[str, bool, str]:
    return key[0], key[1] is None, key[1] or ""


def waterfalls(connection: Connection, scope: Scope) -> dict[str, Waterfall]:
    """Return the waterfall of each currency."""
    found: dict[str, Waterfall] = {}
    for entry in entries(connection, scope):
        waterfall = found.get(entry.currency)
        if waterfall is None:
            waterfall = found[entry.currency] = Waterfall(scope.edges)
        waterfall.add(entry.booking)
    return dict(sorted(found.items()))


def figure_of(booking: Booking, scope: Scope, measure: Measure, *, taken_back: bool) -> int:
    """Return what a booking adds to a figure of the scope's whole span, in minor units."""
    if measure == "recognized":
        return booking.earned_before(scope.end) - booking.earned_before(scope.start)
    if measure == "deferred":
        known = booking.amount if booking.booked_at < scope.end else 0
        return known - booking.earned_before(scope.end)
    counted = taken_back == (measure == "taken_back")
    return booking.amount if counted and scope.start <= booking.booked_at < scope.end else 0


def opened(
    connection: Connection,
    scope: Scope,
    measure: Measure,
    *,
    booked: tuple[int, int] | None = None,
    since: str | None = None,
) -> Iterator[Opened]:
    """Yield the entries that a figure of the scope's span comes from, with their parts of it.

    booked: only those that were booked in [start, end). since: the id of the first one.
    """
    seen = since is None
    whole = scope if booked is None else replace(scope, end=max(scope.end, booked[1]))
    for entry in entries(connection, whole, since=since):
        seen = seen or entry.id == since
        if not seen:
            continue
        at = entry.booking.booked_at
        if booked is not None and not booked[0] <= at < booked[1]:
            continue
        booking = entry.booking
        figure = figure_of(booking, scope, measure, taken_back=entry.taken_back)
        if figure:
            begun = scope.start <= booking.begins < scope.end
            yield Opened(entry, figure, booking.belated if begun else 0)

"""Close: months are closed, with what they came to, and opened again.

Closing is decided at once and counted by a worker outside of any transaction: a month is `closing`
until its figures are written down.
"""

from typing import Any

from prorata.engine.reports.closings import IN_FLIGHT_SECONDS, standing
from prorata.engine.reports.entries import Entry, entries
from prorata.engine.reports.scope import MOST_MONTHS, UTC, Scope, customers_on
from prorata.engine.runtime import System
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.operation import operation
from prorata.model.params import value_or
from prorata.model.transaction import Book
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.reporting.accounting_period import (
    AccountingPeriod,
    AccountingPeriodCreateParams,
    PeriodFigures,
)
from prorata.rules.months import month_after, month_name, month_start, parse_month, zone
from prorata.rules.recognition import Months
from prorata.store.books import all_books
from prorata.store.closed_usage import forget, keep
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork

# A month is closed once it has been over for so long: what began in it has ended.
OVER_SECONDS = 3_600
Kept = tuple[str, int, str, int]


@operation("POST /v1/prorata/accounting_periods")
def close(tx: UnitOfWork, params: AccountingPeriodCreateParams) -> AccountingPeriod:
    """Close a month and all before it; what comes later for them is booked after them.

    Raises InvalidRequest for a month that is not over, or is closed already.
    """
    clock: str | None = value_or(params.test_clock, None)
    now = _time_of(tx, clock)
    closed = [each for each in standing(tx.connection, tx.book.key) if each.test_clock == clock]
    timezone = _timezone(params, closed)
    try:
        start = parse_month(params.month, timezone)
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"Invalid month: {params.month}. Use a year and a month, such as 2026-01.",
            param="month",
        ) from None
    end = month_after(start, timezone)
    if closed and end <= closed[-1].end:
        raise InvalidRequest(f"{params.month} is closed already.", param="month")
    if now < end + (OVER_SECONDS if clock is None else 0):
        late = "" if now < end else " It can be closed an hour after its end."
        raise InvalidRequest(f"{params.month} is not over yet.{late}", param="month")
    month = closed[-1].end if closed else _first(tx, clock, start, timezone)
    while True:
        period = tx.add(_period(tx, month, timezone, clock, now))
        month = period.end
        if month >= end:
            tx.results["due"] = True
            return period


def _time_of(tx: UnitOfWork, clock: str | None) -> int:
    if clock is None:
        return tx.now
    found = tx.find(TestClock, clock)
    if found is None:
        raise no_such("test clock", clock, param="test_clock", status=400)
    if found.status != "ready":
        raise InvalidRequest(
            f"The test clock is {found.status}: months are closed once it is ready.",
            param="test_clock",
        )
    return found.frozen_time


def _timezone(params: AccountingPeriodCreateParams, closed: list[AccountingPeriod]) -> str:
    """Return where months begin: all closed ones have the same time zone."""
    known = closed[-1].timezone if closed else UTC
    timezone: str = value_or(params.timezone, known)
    try:
        zone(timezone)
    except ValueError:
        raise InvalidRequest(
            f"Unknown time zone {timezone!r}: use a name such as Europe/Vienna.", param="timezone"
        ) from None
    if closed and timezone != known:
        raise InvalidRequest(
            f"The months before are closed in {known}: reopen them to close them in {timezone}.",
            param="timezone",
        )
    return timezone


def _first(tx: UnitOfWork, clock: str | None, start: int, timezone: str) -> int:
    """Return the start of the first month to close: that of the first customer or posting."""
    customer = table_name("customer")
    on = "clock IS NULL" if clock is None else "clock = ?"
    of = "IS NULL OR customer NOT" if clock is None else ""
    named = "clock IS NOT NULL" if clock is None else "clock = ?"
    more = () if clock is None else (clock,)
    rows = tx.connection.query(
        f"SELECT created FROM {customer} WHERE book = ? AND {on} ORDER BY id LIMIT 1",
        (tx.book.key, *more),
    ) + tx.connection.query(
        f"SELECT posted_at FROM ledger WHERE book = ? AND (customer {of} IN"
        f" (SELECT id FROM {customer} WHERE book = ? AND {named})) ORDER BY id LIMIT 1",
        (tx.book.key, tx.book.key, *more),
    )
    first = month_start(min((at for (at,) in rows), default=start), timezone)
    return min(start, max(first, month_after(start, timezone, 1 - MOST_MONTHS)))


def _period(
    tx: UnitOfWork, start: int, timezone: str, clock: str | None, now: int
) -> AccountingPeriod:
    return AccountingPeriod(
        id=tx.new_id(AccountingPeriod),
        closed_at=now,
        created=tx.now,
        end=month_after(start, timezone),
        livemode=tx.book.livemode,
        month=month_name(start, timezone),
        start=start,
        test_clock=clock,
        timezone=timezone,
    )


@operation("POST /v1/prorata/accounting_periods/{id}/reopen")
def reopen(tx: UnitOfWork, period: AccountingPeriod) -> AccountingPeriod:
    """Open a closed month again, and all after it: what came later for them returns to them."""
    if not period.stands:
        raise InvalidRequest(f"{period.month} is not closed: it has been reopened.")
    later = [
        tx.get(AccountingPeriod, each.id)
        for each in standing(tx.connection, tx.book.key)
        if each.test_clock == period.test_clock and each.end >= period.end
    ]
    for each in later:
        each.status, each.reopened_at = "reopened", tx.now
    forget(tx.connection, tx.book.key, (each.id for each in later))
    return period


def waiting(connection: Connection) -> list[tuple[Book, str | None]]:
    """Return whose closings wait to be counted: the books, and a test clock or None."""
    rows = connection.query(
        f"SELECT DISTINCT book, clock FROM {table_name('prorata.accounting_period')}"
        " WHERE status = 'closing' AND deleted = 0"
    )
    books = {book.key: book for book in all_books(connection)} if rows else {}
    return [(books[key], clock) for key, clock in rows]


def count(system: System, book: Book, clock: str | None) -> None:
    """Write down what the months that are being closed came to."""
    made, rows = system.database.read(lambda connection: _counted(connection, book.key, clock))
    if made:
        system.write(book, lambda uow: _keep(uow, made, rows))


def _counted(
    connection: Connection, book: int, clock: str | None
) -> tuple[dict[str, list[PeriodFigures]], list[Kept]]:
    periods = [
        each for each in standing(connection, book)
        if each.test_clock == clock and each.status == "closing"
    ]  # fmt: skip
    rows: list[Kept] = []

    def note(entry: Entry) -> None:
        rows.extend(_rows_of(entry, periods))

    return figures_of(connection, book, periods, note), rows


def _rows_of(entry: Entry, periods: list[AccountingPeriod]) -> list[Kept]:
    """Return what has to be written down of an entry so that the months keep what they have."""
    booking, line = entry.booking, entry.line
    if not booking.accrued or line is None:
        return []
    return [
        (line.id, each.end, each.id, booking.earned_before(each.end))
        for each in periods
        if booking.start < each.end
        and booking.booked_at <= each.closed_at
        and (each.end < booking.end or booking.booked_at >= each.closed_at - IN_FLIGHT_SECONDS)
    ]


def figures_of(
    connection: Connection, book: int, periods: list[AccountingPeriod], note: Any = None
) -> dict[str, list[PeriodFigures]]:
    """Return what months that follow one another come to by the books, by their ids.

    note: is told of every entry.
    """
    if not periods:
        return {}
    first, last = periods[0], periods[-1]
    scope = Scope(
        book=book, start=first.start, end=last.end, timezone=first.timezone,
        clock=first.test_clock, clients=customers_on(connection, book, first.test_clock),
        real=first.test_clock is None,
    )  # fmt: skip
    found: dict[str, Months] = {}
    for entry in entries(connection, scope):
        if note is not None:
            note(entry)
        months = found.setdefault(entry.currency, Months(scope.edges))
        months.add(entry.booking, taken_back=entry.taken_back)
    return {
        each.id: [
            _figures(found[currency], currency, place)
            for currency in sorted(found)
            if not found[currency].empty
        ]
        for place, each in enumerate(periods)
    }


def _figures(months: Months, currency: str, place: int) -> PeriodFigures:
    return PeriodFigures(
        currency=currency,
        billed=months.billed[place],
        taken_back=months.taken_back[place],
        revenue=months.revenue[place],
        contra=months.contra[place],
        recognized=months.recognized[place],
        deferred=months.deferred[place],
    )


def _keep(uow: UnitOfWork, made: dict[str, list[PeriodFigures]], rows: list[Kept]) -> None:
    fixed = set()
    for id, figures in made.items():
        period = uow.find(AccountingPeriod, id)
        if period is not None and period.status == "closing":
            period.status, period.figures = "closed", figures
            fixed.add(id)
    keep(uow.connection, uow.book.key, (row for row in rows if row[2] in fixed))

"""Closings: which months are closed, and what becomes of that which comes later for them.

What a closed month has stays. Almost everything enters the books when it happens, and so when its
month is open; a refund takes back what had been earned, in its own month. Only usage is earned
before it is billed: what is billed after a month was closed is earned from the end of the closed
months on. How a metered line divides over months that are closed was written down when they were.
"""

from collections.abc import Iterable
from dataclasses import replace

from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.reporting.accounting_period import AccountingPeriod
from prorata.rules.months import month_edges
from prorata.rules.recognition import Booking
from prorata.rules.revenue import recognized
from prorata.rules.rounding import ratio_half_up
from prorata.store.closed_usage import Kept, kept
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder

# What entered the books so shortly before a closing may have been committed after it was counted:
# then it was known only if it was written down.
IN_FLIGHT_SECONDS = 60


class Closings:
    """The closed months of one set of books: those of each test clock, and those of all else."""

    def __init__(self, connection: Connection, book: int) -> None:
        self._connection = connection
        self._book = book
        self._kept: Kept = {}
        self._periods: dict[str | None, list[AccountingPeriod]] = {}
        for each in standing(connection, book):
            self._periods.setdefault(each.test_clock, []).append(each)
        self._zones = {each.timezone for found in self._periods.values() for each in found}

    def __bool__(self) -> bool:
        """Return whether any month is closed."""
        return bool(self._periods)

    def prepare(self, lines: Iterable[str]) -> None:
        """Read what was written down of some lines."""
        wanted = set(lines)
        self._kept = kept(self._connection, self._book, wanted) if self._zones and wanted else {}

    def edges(self, start: int, end: int) -> set[int]:
        """Return the seconds inside [start, end) at which months end that may be closed."""
        found: set[int] = set()
        for zone in self._zones:
            found.update(month_edges(start, end, zone)[1:-1])
        return found

    def until(self, clock: str | None, at: int) -> int:
        """Return the end of the last month that was closed by a second; 0 for none."""
        ends = (each.end for each in self._periods.get(clock, ()) if each.closed_at <= at)
        return max(ends, default=0)

    def clocks_of(self, customers: Iterable[str]) -> dict[str, str]:
        """Return the test clock of each customer that is on one."""
        among, value = self._connection.any_of("id", sorted(set(customers)))
        rows = self._connection.query(
            f"SELECT id, clock FROM {table_name('customer')}"
            f" WHERE book = ? AND clock IS NOT NULL AND {among}",
            (self._book, value),
        )
        return dict(rows)

    def months(self, clock: str | None, timezone: str) -> frozenset[str]:
        """Return the names of the months of a time zone that are closed."""
        return frozenset(
            each.month for each in self._periods.get(clock, ()) if each.timezone == timezone
        )

    def placed(
        self, booking: Booking, clock: str | None, line: InvoiceLineItem | None, origin: int | None
    ) -> Booking:
        """Return a booking as closed months leave it.

        origin: of what takes an amount back, when that amount was booked.
        """
        if not self._periods.get(clock):
            return booking
        if booking.accrued and line is not None:
            return self._accrued(booking, clock, line)
        until, belated = self.until(clock, booking.booked_at), 0
        if booking.end > booking.start:
            belated = recognized(booking.amount, booking.start, booking.end, until)
        elif origin is not None and origin < until:
            belated = booking.amount
        return replace(booking, belated=belated) if belated else booking

    def _accrued(self, booking: Booking, clock: str | None, line: InvoiceLineItem) -> Booking:
        rows = self._kept.get(line.id, [])
        late = (
            each.end for each in self._periods[clock]
            if booking.start < each.end and self._came_late(each, booking.booked_at, rows)
        )  # fmt: skip
        until = max(late, default=0)
        return replace(
            booking,
            accrued=_fixed(booking, rows) if rows else booking.accrued,
            closed_until=until,
            belated=booking.used_before(until) if until else 0,
        )

    def _came_late(
        self, period: AccountingPeriod, at: int, rows: Iterable[tuple[int, int]]
    ) -> bool:
        """Return whether a line that was booked at a second was not known to a closing."""
        if period.status == "closing":
            return at > period.closed_at
        if at < period.closed_at - IN_FLIGHT_SECONDS:
            return False
        return all(until != period.end for until, _ in rows)


def standing(connection: Connection, book: int) -> list[AccountingPeriod]:
    """Return the months of one set of books that are closed, in their order."""
    rows = connection.query(
        f"SELECT document FROM {table_name('prorata.accounting_period')}"
        " WHERE book = ? AND deleted = 0 AND status <> 'reopened'",
        (book,),
    )
    found: list[AccountingPeriod] = [decoder(AccountingPeriod).decode(text) for (text,) in rows]
    return sorted(found, key=lambda each: each.end)


def _fixed(booking: Booking, rows: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return what is used by when, with that which was written down of closed months.

    What the closed months have left is divided as it is measured now.
    """
    sign = 1 if booking.amount > 0 else -1
    last, done = rows[-1]
    rest = booking.amount - done
    used = booking.used_before(last)
    natural = (booking.amount - used) * sign
    steps = [(until, earned * sign) for until, earned in rows]
    for edge, _ in booking.accrued:
        if edge > last:
            part = (booking.used_before(edge) - used) * sign
            share = ratio_half_up(rest * part, natural) if natural > 0 else 0
            steps.append((edge, (done + share) * sign))
    if booking.end > last:
        steps[-1] = (booking.end, booking.amount * sign)
    return tuple(steps)

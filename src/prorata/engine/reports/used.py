"""Used: how what a metered line bills was used over its period, month by month.

Usage is earned when it is used, before it is billed; how much of a line that is in each month is
in proportion to what the meter says of the months, or to time where that cannot be divided.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import TypeVar

from prorata.engine.reports.closings import Closings
from prorata.engine.reports.origins import counted_from
from prorata.engine.reports.postings import Billed, counts_payment
from prorata.engine.reports.scope import Scope
from prorata.engine.usage.measure import span
from prorata.model.resource import Resource
from prorata.model.usage import Span
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.meter import Meter
from prorata.resources.products.price import Price
from prorata.rules.months import month_edges
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder
from prorata.store.usage_reading import measure

Accrued = tuple[tuple[int, int], ...]
# Usage is counted in so many parts of a unit.
PARTS = 10**12
# Prices are kept in hand up to so many.
KEPT = 20_000


class Usage:
    """What the metered lines of the invoices in hand were used for."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._meters: dict[str, Meter] = {}
        self._metered: dict[str, str | None] = {}
        self._found: dict[str, Accrued] = {}
        self.closings = Closings(connection, scope.book)
        # When a payment was booked that is counted as an invoice's, by the posting that does.
        self.counted: dict[str, int] = {}

    def prepare(self, batch: list[Billed]) -> None:
        """Read what all metered lines of some invoices need, in a few queries."""
        if self.closings:
            counting = [post for each in batch for post in each.postings if counts_payment(post)]
            self.counted = counted_from(self._connection, self._scope.book, counting)
        lines = [
            (each.invoice, line) for each in batch for line in each.invoice.lines.data
            if line.subscription_item and not line.proration and line.price
            and line.period.end > line.period.start
        ]  # fmt: skip
        self._found.clear()
        self.closings.prepare(line.id for _, line in lines)
        self._learn({line.price or "" for _, line in lines} - self._metered.keys())
        spans: list[Span] = []
        wanted: list[tuple[InvoiceLineItem, list[int]]] = []
        for invoice, line in lines:
            meter = self._metered.get(line.price or "")
            if meter is None:
                continue
            edges = self._edges(line.period.start, line.period.end)
            known = self._meters.get(meter)
            if known is None or len(edges) == 2 or known.default_aggregation.formula == "last":
                self._found[line.id] = ((line.period.end, 1),)
                continue
            wanted.append((line, edges))
            spans += [span(known, invoice.customer or "", a, b) for a, b in pairwise(edges)]
        used = iter(measure(self._connection, self._scope.book, spans) if spans else ())
        for line, edges in wanted:
            total, steps = 0, []
            for edge in edges[1:]:
                total += max(0, int(next(used) * PARTS))
                steps.append((edge, total))
            self._found[line.id] = tuple(steps) if total else ((line.period.end, 1),)

    def of(self, line: InvoiceLineItem) -> Accrued:
        """Return what was used up to the ends of the months; nothing for lines not metered."""
        return self._found.get(line.id, ())

    def _edges(self, start: int, end: int) -> list[int]:
        """Return between which seconds usage is divided: months' ends, closed ones' too."""
        months = month_edges(start, end, self._scope.timezone)
        return sorted({*months, *self.closings.edges(start, end)})

    def _learn(self, prices: set[str]) -> None:
        """Find out which prices are metered, and by which meters."""
        if not prices:
            return
        if len(self._metered) > KEPT:
            self._metered.clear()
        self._metered |= dict.fromkeys(prices)
        for price in _read(self._connection, self._scope.book, Price, prices):
            recurring = price.recurring
            if recurring is not None and recurring.usage_type == "metered":
                self._metered[price.id] = recurring.meter or ""
        unknown = {each for each in self._metered.values() if each} - self._meters.keys()
        for meter in _read(self._connection, self._scope.book, Meter, unknown):
            self._meters[meter.id] = meter


R = TypeVar("R", bound=Resource)


def _read(connection: Connection, book: int, cls: type[R], ids: Iterable[str]) -> list[R]:
    among, value = connection.any_of("id", sorted(ids))
    rows = connection.query(
        f"SELECT document FROM {table_name(cls.spec.kind)} WHERE book = ? AND {among}",
        (book, value),
    )
    return [decoder(cls).decode(text) for (text,) in rows]

"""Usage events: kept once each, counted at once, in tables that stay quick as they grow.

A series is what one customer does on one meter, for one combination of dimensions. New events and
their identifiers go to small tables first, whose pages are few; `store.usage_filing` moves them on,
many of a series together. Whoever counts reads both. A value is kept as two whole numbers, so that
either database adds up exactly: what is before the decimal point and twelve places after it.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from prorata.model.usage import Span, UsageEvent
from prorata.store import usage_reading
from prorata.store.connection import Connection
from prorata.store.names import table_name

SCALE: int = 10**usage_reading.PLACES
# How long an identifier is known, in seconds: a day, and an hour for clocks that differ.
KNOWN_SECONDS = 25 * 3600
CANCELABLE_SECONDS = 24 * 3600
CANCELED = -1
# An event that comes again within these is the same one, though the time it is given differs.
SAME_SECONDS = 600
# Of dimensions, of one customer on one meter.
MOST_COMBINATIONS = 1_000
EVENT_COLUMNS = ("series", "timestamp", "number", "whole", "fraction")
IDENTIFIER_COLUMNS = ("digest", "series", "timestamp", "number", "received")

Series = tuple[str, str, str]
"""Customer, meter, dimensions."""


def identifier_digest(book: int, event_name: str, identifier: str) -> str:
    """Return what an identifier is known by: 96 bits of it, as letters that either database has."""
    text = f"{book}\0{event_name}\0{identifier}".encode(errors="surrogatepass")
    return b64encode(blake2b(text, digest_size=12).digest()).decode()


def split(value: Decimal) -> tuple[int, int]:
    """Return a value as whole units, rounded down, and the part above them in 10^-12."""
    if value.as_tuple().exponent == 0:
        return int(value), 0
    return divmod(int(value.scaleb(usage_reading.PLACES)), SCALE)


def first_identifiers(connection: Connection) -> str:
    """Return the table that takes identifiers in.

    SQLite writes whole pages: there they wait in a small table. PostgreSQL writes rows.
    """
    return "usage_fresh_identifier" if connection.dialect == "sqlite" else "usage_identifier"


def _identifier_tables(connection: Connection) -> list[str]:
    """Return where identifiers are, the latest first; in one order, as the simulator needs it."""
    return list(dict.fromkeys((first_identifiers(connection), "usage_identifier")))


class UsageStore:
    """The events of one book, as a unit of work sees them; see `model.usage.Usage`.

    now: real seconds; an identifier is known for a day of them. tick: gives each event its place
    among those of a second.
    """

    def __init__(
        self, connection: Connection, book: int, now: int, tick: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._book = book
        self._now = now
        self._tick = tick
        self._moment: int | None = None
        self._measured: dict[Span, Decimal] = {}

    def known(self, digests: Iterable[str]) -> set[str]:
        condition, value = self._connection.any_of("digest", list(digests))
        since = self._now - KNOWN_SECONDS
        return {
            digest
            for table in _identifier_tables(self._connection)
            for (digest,) in self._connection.query(
                f"SELECT digest FROM {table} WHERE {condition} AND received > ?", (value, since)
            )
        }

    def moment(self) -> int:
        if self._moment is None:
            # What it divides is what this unit sees and what it does not.
            self._connection.keep_others_out()
            self._moment = self._tick()
        return self._moment

    def record(self, events: Sequence[UsageEvent]) -> None:
        numbers = self._series({(each.customer, each.meter, each.dimensions) for each in events})
        kept, known = [], []
        for each in events:
            series = numbers[each.customer, each.meter, each.dimensions]
            number = self._tick()
            kept.append((series, each.timestamp, number, *split(each.value)))
            known.append((each.digest, series, each.timestamp, number, self._now))
        kept.sort()
        known.sort()
        self._forget_expired([row[0] for row in known])
        self._connection.insert(first_identifiers(self._connection), IDENTIFIER_COLUMNS, known)
        self._connection.insert("usage_fresh", EVENT_COLUMNS, kept)
        self._measured.clear()

    def holds(self, event: UsageEvent) -> bool:
        key = (event.customer, event.meter, event.dimensions)
        series = self._known_series({key}).get(key)
        for table in _identifier_tables(self._connection):
            for at, number in self._connection.query(
                f"SELECT timestamp, number FROM {table}"
                " WHERE digest = ? AND series = ? AND number <> ?",
                (event.digest, series, CANCELED),
            ):
                # What was sent without a time came a little later this time.
                return 0 <= event.timestamp - at < SAME_SECONDS and split(
                    event.value
                ) == self._value((series, at, number))
        return False

    def _value(self, place: tuple[Any, ...]) -> tuple[int, int] | None:
        for table in ("usage_fresh", "usage_event"):
            for row in self._connection.query(
                f"SELECT whole, fraction FROM {table}"
                " WHERE series = ? AND timestamp = ? AND number = ?",
                place,
            ):
                return row[0], row[1]
        return None

    def cancel(self, digest: str) -> bool:
        found = self._found(digest)
        if found is None:
            return False
        table, (series, timestamp, number) = found
        place = (series, timestamp, number)
        run, query = self._connection.run, self._connection.query
        run(f"UPDATE {table} SET number = ? WHERE digest = ?", (CANCELED, digest))
        at = "WHERE series = ? AND timestamp = ? AND number = ?"
        for home in ("usage_fresh", "usage_event"):
            for whole, fraction in query(f"SELECT whole, fraction FROM {home} {at}", place):
                run(f"DELETE FROM {home} {at}", place)
                self._connection.insert(
                    "usage_canceled",
                    (*EVENT_COLUMNS, "canceled_at"),
                    [(*place, whole, fraction, self._now)],
                )
                if home == "usage_event":
                    self._take_off(series, timestamp, whole, fraction)
        self._measured.clear()
        return True

    def measure(self, spans: Sequence[Span]) -> list[Decimal]:
        missing = [span for span in dict.fromkeys(spans) if span not in self._measured]
        if missing:
            found = usage_reading.measure(self._connection, self._book, missing)
            self._measured.update(zip(missing, found, strict=True))
        return [self._measured[span] for span in spans]

    def active_windows(
        self, span: Span, seconds: int, *, before: int | None, after: int | None, limit: int
    ) -> list[int]:
        return usage_reading.active_windows(
            self._connection, self._book, span, seconds, before, after, limit
        )

    def count_windows(self, span: Span, seconds: int) -> int:
        return len(self.active_windows(span, seconds, before=None, after=None, limit=1 << 31))

    def combinations(self, meter: str, customer: str) -> list[str]:
        rows = self._connection.query(
            "SELECT dimensions FROM usage_series WHERE book = ? AND customer = ? AND meter = ?"
            " ORDER BY number",
            (self._book, customer, meter),
        )
        return [dimensions for (dimensions,) in rows]

    def customer_clocks(self, customers: Iterable[str]) -> dict[str, str | None]:
        condition, value = self._connection.any_of("id", sorted(customers))
        rows = self._connection.query(
            f"SELECT id, clock FROM {table_name('customer')}"
            f" WHERE book = ? AND {condition} AND deleted = 0",
            (self._book, value),
        )
        return dict(rows)

    def _series(self, wanted: set[Series]) -> dict[Series, int]:
        found = self._known_series(wanted)
        if not (new := sorted(wanted - found.keys())):
            return found
        # What has too many combinations is counted all the same, without them.
        places = {each: (*each[:2], "") if self._is_full(each) else each for each in new}
        # Others may make the same ones at this moment.
        self._connection.run_many(
            "INSERT INTO usage_series (book, customer, meter, dimensions) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(self._book, *each) for each in sorted(set(places.values()))],
        )
        found |= self._known_series(set(places.values()))
        return found | {each: found[place] for each, place in places.items()}

    def _is_full(self, series: Series) -> bool:
        customer, meter, dimensions = series
        return bool(dimensions) and len(self.combinations(meter, customer)) >= MOST_COMBINATIONS

    def _known_series(self, wanted: set[Series]) -> dict[Series, int]:
        any_of = self._connection.any_of
        of_customer, customers = any_of("customer", sorted({each[0] for each in wanted}))
        of_meter, meters = any_of("meter", sorted({each[1] for each in wanted}))
        alike, dimensions = any_of("dimensions", sorted({each[2] for each in wanted}))
        rows = self._connection.query(
            "SELECT customer, meter, dimensions, number FROM usage_series"
            f" WHERE book = ? AND {of_customer} AND {of_meter} AND {alike}",
            (self._book, customers, meters, dimensions),
        )
        return {(customer, meter, text): number for customer, meter, text, number in rows}

    def _forget_expired(self, digests: list[str]) -> None:
        """Make room for identifiers that were received before, longer ago than they are known."""
        condition, value = self._connection.any_of("digest", digests)
        self._connection.run(
            f"DELETE FROM {first_identifiers(self._connection)}"
            f" WHERE {condition} AND received <= ?",
            (value, self._now - KNOWN_SECONDS),
        )

    def _found(self, digest: str) -> tuple[str, tuple[int, int, int]] | None:
        for table in _identifier_tables(self._connection):
            rows = self._connection.query(
                f"SELECT series, timestamp, number, received FROM {table} WHERE digest = ?",
                (digest,),
            )
            for series, timestamp, number, received in rows:
                if number != CANCELED and received >= self._now - CANCELABLE_SECONDS:
                    return table, (series, timestamp, number)
        return None

    def _take_off(self, series: int, timestamp: int, whole: int, fraction: int) -> None:
        """Take an event off the count of its hour."""
        key = (series, timestamp // usage_reading.HOUR)
        [(count, wholes, fractions)] = self._connection.query(
            "SELECT count, whole, fraction FROM usage_hour WHERE series = ? AND hour = ?", key
        )
        borrowed, left = divmod(fractions - fraction, SCALE)
        self._connection.run(
            "UPDATE usage_hour SET count = ?, whole = ?, fraction = ?"
            " WHERE series = ? AND hour = ?",
            (count - 1, wholes - whole + borrowed, left, *key),
        )

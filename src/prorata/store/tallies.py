"""Tallies: how often something was tried and how often it succeeded, in small durable counters.

A name has slots, and each slot two numbers. Counting adds to them whatever others add meanwhile; a
name is spread over a few parts, so that units that count at the same time seldom meet. What is
counted on a test clock stays apart, and goes with the clock.
"""

from collections.abc import Iterable
from typing import NamedTuple

from prorata.model.ids import bucket_of
from prorata.store.connection import Connection

TABLE = "tally"
PARTS = 16
NO_CLOCK = ""
_ADD = (
    f"INSERT INTO {TABLE} (book, clock, name, part, slot, tried, won) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (book, clock, name, part, slot) DO UPDATE SET"
    f" tried = {TABLE}.tried + excluded.tried, won = {TABLE}.won + excluded.won"
)
_READ = (
    f"SELECT slot, CAST(SUM(tried) AS bigint), CAST(SUM(won) AS bigint) FROM {TABLE}"
    " WHERE book = ? AND clock = ? AND name = ? GROUP BY slot"
)

Counts = dict[str, tuple[int, int]]


class Counted(NamedTuple):
    """One try that has not been written yet."""

    clock: str
    name: str
    slots: tuple[str, ...]
    won: bool
    part: int


class Tallies:
    """What one unit of work counts, and has read of what was counted before."""

    def __init__(self, connection: Connection, book: int) -> None:
        self.pending: list[Counted] = []
        self._connection = connection
        self._book = book
        self._read: dict[tuple[str, str], Counts] = {}

    def count(
        self, clock: str | None, name: str, slots: Iterable[str], *, won: bool, about: str
    ) -> None:
        """Count a try; about: the id of what was tried, which says where it is counted."""
        part = bucket_of(about) % PARTS
        self.pending.append(Counted(clock or NO_CLOCK, name, tuple(slots), won, part))

    def counts(self, clock: str | None, name: str) -> Counts:
        """Return (tried, won) by slot, with what this unit has counted."""
        clock = clock or NO_CLOCK
        found = self._read.get((clock, name))
        if found is None:
            rows = self._connection.query(_READ, (self._book, clock, name))
            found = self._read[clock, name] = {slot: (tried, won) for slot, tried, won in rows}
        own = [each for each in self.pending if (each.clock, each.name) == (clock, name)]
        if not own:
            return found
        total = dict(found)
        for each in own:
            for slot in each.slots:
                tried, won = total.get(slot, (0, 0))
                total[slot] = (tried + 1, won + each.won)
        return total

    def names(self, clock: str | None) -> list[str]:
        """Return the names that something was counted under, in their order."""
        rows = self._connection.query(
            f"SELECT DISTINCT name FROM {TABLE} WHERE book = ? AND clock = ? ORDER BY name",
            (self._book, clock or NO_CLOCK),
        )
        return [name for (name,) in rows]

    def forget(self, clock: str) -> None:
        """Drop all that was counted on a test clock."""
        self.pending = [each for each in self.pending if each.clock != clock]
        self._read = {key: found for key, found in self._read.items() if key[0] != clock}
        self._connection.run(
            f"DELETE FROM {TABLE} WHERE book = ? AND clock = ?", (self._book, clock)
        )

    def write(self) -> None:
        """Add what was counted to what stands there, all in one part and in one order."""
        if not self.pending:
            return
        part = self.pending[0].part
        sums: dict[tuple[str, str, str], list[int]] = {}
        for each in self.pending:
            for slot in each.slots:
                total = sums.setdefault((each.clock, each.name, slot), [0, 0])
                total[0] += 1
                total[1] += each.won
        rows = [
            (self._book, clock, name, part, slot, *total)
            for (clock, name, slot), total in sorted(sums.items())
        ]
        self._connection.run_many(_ADD, rows)

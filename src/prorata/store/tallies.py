"""Tallies: how often something was tried and how often it succeeded, in small durable counters.

A name has slots, and each slot two numbers for every span of time (epoch) that something was tried
in, so that what is old can be told from what is new. Counting adds to them whatever others add
meanwhile; a name is spread over a few parts, so that units that count at the same time seldom meet.
What is counted on a test clock stays apart, and goes with the clock.
"""

from collections.abc import Iterable
from typing import NamedTuple

from prorata.model.ids import bucket_of
from prorata.store.connection import Connection

TABLE = "tally"
PARTS = 16
NO_CLOCK = ""
_ADD = (
    f"INSERT INTO {TABLE} (book, clock, name, part, slot, epoch, tried, won)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (book, clock, name, part, slot, epoch) DO UPDATE SET"
    f" tried = {TABLE}.tried + excluded.tried, won = {TABLE}.won + excluded.won"
)
_READ = (
    f"SELECT slot, epoch, CAST(SUM(tried) AS bigint), CAST(SUM(won) AS bigint) FROM {TABLE}"
    " WHERE book = ? AND clock = ? AND name = ? GROUP BY slot, epoch"
)

Counts = dict[str, dict[int, tuple[int, int]]]


class Counted(NamedTuple):
    """One try that has not been written yet."""

    clock: str
    name: str
    slots: tuple[str, ...]
    epoch: int
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
        self,
        clock: str | None,
        name: str,
        slots: Iterable[str],
        *,
        epoch: int,
        won: bool,
        about: str,
    ) -> None:
        """Count a try; about: the id of what was tried, which says where it is counted."""
        part = bucket_of(about) % PARTS
        self.pending.append(Counted(clock or NO_CLOCK, name, tuple(slots), epoch, won, part))

    def counts(self, clock: str | None, name: str) -> Counts:
        """Return (tried, won) by slot and epoch, with what this unit has counted."""
        clock = clock or NO_CLOCK
        found = self._read.get((clock, name))
        if found is None:
            found = self._read[clock, name] = {}
            for slot, epoch, tried, won in self._connection.query(_READ, (self._book, clock, name)):
                found.setdefault(slot, {})[epoch] = (tried, won)
        own = [each for each in self.pending if (each.clock, each.name) == (clock, name)]
        if not own:
            return found
        total = {slot: dict(epochs) for slot, epochs in found.items()}
        for each in own:
            for slot in each.slots:
                epochs = total.setdefault(slot, {})
                tried, won = epochs.get(each.epoch, (0, 0))
                epochs[each.epoch] = (tried + 1, won + each.won)
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
        sums: dict[tuple[str, str, str, int], list[int]] = {}
        for each in self.pending:
            for slot in each.slots:
                total = sums.setdefault((each.clock, each.name, slot, each.epoch), [0, 0])
                total[0] += 1
                total[1] += each.won
        rows = [
            (self._book, clock, name, part, slot, epoch, *total)
            for (clock, name, slot, epoch), total in sorted(sums.items())
        ]
        self._connection.run_many(_ADD, rows)

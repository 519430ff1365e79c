"""Memory: what one unit of work hands on to the next, so that nothing is read twice.

A chain of units (a batch of renewals and the writing of their payments' outcomes, or the two halves
of a request) goes on from the same documents. In SQLite's writer that is allowed only while nobody
else has written in between. Elsewhere the next unit stands, for what it only reads, where the
chain began: as if its view of the books were that old, which is why it must not grow older than a
moment. What it writes is checked against the stored revision there as always, and a unit
that was overtaken is run anew from the books.
"""

import time
from typing import Any

from prorata.store.identity_map import IdentityMap

OLDEST_SECONDS = 2.0
# Documents in memory beyond which a chain begins anew.
MOST_RECORDS = 20_000


class Memory:
    """The documents of the unit that a chain ran last. Not to be shared between threads at once."""

    def __init__(self) -> None:
        self._former: IdentityMap | None = None
        # When the first unit had ended whose documents are kept.
        self._begun_at: float | None = None

    def keep(self, unit: IdentityMap) -> None:
        """Keep the documents of a unit that was committed; nobody else may use them any more."""
        self._former = unit if len(unit.records) <= MOST_RECORDS else None
        if self._begun_at is None:
            self._begun_at = time.monotonic()

    def forget(self) -> None:
        """Keep nothing: somebody else has written."""
        self._former = None

    def recall(self, unit: IdentityMap, *, as_of_then: bool = False) -> None:
        """Hand what is kept over to a new unit, if it still holds; it is handed over once.

        as_of_then: the unit only tells of what the former one left, whatever came after.
        """
        former, self._former = self._former, None
        begun_at, self._begun_at = self._begun_at, None
        if former is None or begun_at is None or former.book.key != unit.book.key:
            return
        fresh_enough = time.monotonic() - begun_at <= OLDEST_SECONDS
        if as_of_then or (fresh_enough and unit.connection.mark() == former.mark):
            unit.inherit(former)
            self._begun_at = begun_at

    def peek(self, key: str) -> Any:
        """Return a kept document to be read at once, or None."""
        record = None if self._former is None else self._former.records.get(key)
        return None if record is None or record.deleted else record.document

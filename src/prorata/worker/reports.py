"""Reports: runs that were asked for are made, closed months are counted, new data is told of."""

from prorata.engine.reports import close
from prorata.engine.reports.runs import make, waiting
from prorata.engine.reports.updated import announce
from prorata.engine.runtime import System
from prorata.store.books import all_books
from prorata.store.claims import Claims

# How often it is looked whether there is a day to tell of, in seconds.
LOOK_SECONDS = 600


class Reports:
    """Makes reports, one after the other; `look` does one round of it."""

    def __init__(self, system: System, claims: Claims) -> None:
        self._system = system
        self._claims = claims
        self._stopping = False
        self._next_look = 0

    def stop(self) -> None:
        """Stop after the report that is being made."""
        self._stopping = True

    def look(self) -> None:
        """Make what waits; another worker may be at it."""
        now = self._system.clock.now()
        found = self._system.database.read(waiting)
        closing = self._system.database.read(close.waiting)
        if not found and not closing and now < self._next_look:
            return
        with self._claims.hold("reports") as held:
            if not held:
                return
            for book, clock in closing:
                close.count(self._system, book, clock)
            for book, id in found:
                if self._stopping:
                    return
                make(self._system, book, id)
            if now >= self._next_look:
                for book in self._system.database.read(all_books):
                    announce(self._system, book)
                self._next_look = now + LOOK_SECONDS

"""Limit: how often one page may be paid on, so that nobody tries out cards there."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from prorata.model.errors import RateLimited

TRIES, SECONDS = 10, 600
PAGES = 10_000


class Tries:
    """Counts the tries on each page in a window of time; forgets pages that nobody tries."""

    def __init__(
        self, most: int = TRIES, seconds: int = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._made: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, page: str) -> None:
        """Count a try; raise RateLimited after too many."""
        now = self._clock()
        with self._lock:
            made = [each for each in self._made.pop(page, []) if each > now - self._seconds]
            self._made[page] = made
            if len(self._made) > PAGES:
                self._made.popitem(last=False)
            if len(made) >= self._most:
                raise RateLimited("invoice-page")
            made.append(now)

"""Tries: how often something may be tried within some time, counted in this process."""

import threading
from collections import OrderedDict

from prorata.model.errors import RateLimited


class Tries:
    """Counts tries by what they are tries of; what is refused leaves no trace.

    most, seconds: so many may be made within so long. reason: names the limit to whoever is
    refused. Of what was tried longest ago it forgets all beyond `kept`.
    """

    def __init__(self, reason: str, most: int, seconds: int, kept: int = 10_000) -> None:
        self._reason = reason
        self._most = most
        self._seconds = seconds
        self._kept = kept
        self._made: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, now: float, what: str = "") -> None:
        """Count a try at a second; raise RateLimited after too many."""
        with self._lock:
            made = [each for each in self._made.pop(what, []) if each > now - self._seconds]
            self._made[what] = made
            if len(made) >= self._most:
                raise RateLimited(self._reason)
            made.append(now)
            while len(self._made) > self._kept:
                self._made.popitem(last=False)

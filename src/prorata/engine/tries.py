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

    def check(self, now: float, what: str = "") -> None:
        """Raise RateLimited after too many, without a try: where only what fails is counted."""
        with self._lock:
            if len(self._recent(now, what)) >= self._most:
                raise RateLimited(self._reason)

    def count(self, now: float, what: str = "") -> None:
        """Count a try at a second; raise RateLimited after too many."""
        with self._lock:
            made = self._recent(now, what)
            self._made.pop(what, None)
            self._made[what] = made
            if len(made) >= self._most:
                raise RateLimited(self._reason)
            made.append(now)
            while len(self._made) > self._kept:
                self._made.popitem(last=False)

    def _recent(self, now: float, what: str) -> list[float]:
        return [each for each in self._made.get(what, ()) if each > now - self._seconds]

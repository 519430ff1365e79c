"""Limits: how much each account may ask of a server, so that one cannot starve the others."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from prorata.model.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server process answers; None is without limit.

    per_second: requests of one account in one mode; per_second_and_route: of these, to one route.
    A second's worth may come at once. open_requests: being answered at the same time, of all.
    large_body_bytes: of large bodies, from their arrival until their requests are answered.
    """

    per_second: int | None = None
    per_second_and_route: int | None = None
    open_requests: int | None = None
    large_body_bytes: int = 256 << 20

    @property
    def counts_requests(self) -> bool:
        return self.per_second is not None or self.per_second_and_route is not None


class Limiter:
    """Counts requests against limits, in buckets that fill again as time passes."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        # What is left of each allowance, and when that was.
        self._buckets: dict[tuple[int, str], tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._open = 0

    def admit(self, book: int, route: str) -> None:
        """Count a request; raise RateLimited when its account has asked too much."""
        with self._lock:
            self._take(book, "", self._limits.per_second, "global-rate")
            self._take(book, route, self._limits.per_second_and_route, "endpoint-rate")

    def enter(self) -> None:
        """Count a request that is begun; raise RateLimited when too many are open."""
        most = self._limits.open_requests
        if most is not None and self._open >= most:
            raise RateLimited("global-concurrency")
        self._open += 1

    def leave(self) -> None:
        """Count a request that was begun as answered."""
        self._open -= 1

    def _take(self, book: int, route: str, per_second: int | None, reason: str) -> None:
        if per_second is None:
            return
        now = self._clock()
        left, since = self._buckets.get((book, route), (float(per_second), now))
        left = min(float(per_second), left + (now - since) * per_second)
        if left < 1.0:
            self._buckets[book, route] = left, now
            raise RateLimited(reason)
        self._buckets[book, route] = left - 1.0, now

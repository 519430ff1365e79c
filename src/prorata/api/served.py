"""Served: what is known of each request when it was answered, told in batches to who listens.

A request pays for a small note; what is done with it (a line of the log, a count) is done for many
requests at once, a moment later.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PAUSE_SECONDS = 0.1
MOST_KEPT = 1_000


@dataclass(slots=True)
class Served:
    """A request and how it was answered; received_at: seconds UTC, with fractions.

    route: the operation's, or the first part of a page's path. key: its last four characters.
    error: the body of an answer that is one. limit: the one that was met.
    """

    received_at: float
    seconds: float
    request: str
    method: str
    route: str
    status: int
    size: int
    account: str | None = None
    livemode: bool | None = None
    key: str | None = None
    version: str | None = None
    idempotency_key: str | None = None
    replayed: bool = False
    error: bytes | None = None
    limit: str | None = None


Hearer = Callable[[Sequence[Served]], None]


class Notes:
    """Keeps notes of requests and hands them on. Used on one event loop alone."""

    def __init__(self) -> None:
        self.hearers: list[Hearer] = []
        self._kept: list[Served] = []
        self._waiting = False

    def add(self, served: Served) -> None:
        self._kept.append(served)
        if len(self._kept) >= MOST_KEPT:
            self.hand_on()
        elif not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.hand_on)

    def hand_on(self) -> None:
        """Tell everybody of what is kept, now."""
        kept, self._kept = self._kept, []
        self._waiting = False
        if kept:
            for hear in self.hearers:
                hear(kept)

"""Turns: units of work that others have outrun some times go on one at a time.

Whoever is outrun tries again, and where many want the same thing one of them may lose to the others
for long. With its turn it competes with none of those who try again, only with those who come.
The turn is one for all processes: an advisory lock of the database, held by a transaction of its
own, so that it is free again whatever becomes of its holder.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

# How long a unit waits for its turn; then it goes on without.
WAIT_SECONDS = 1.0
# The number of the advisory lock.
LOCK = 0x50726F72_61746102


class Turns:
    """Gives turns on the connections of a pool, one at a time and so never more than one of them.

    The connections commit each statement by itself.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._here = threading.Lock()

    @contextlib.contextmanager
    def taken(self) -> Iterator[bool]:
        """Hold the turn to the end of the block, and say so; False if it does not come in time.

        Nothing is raised for a server that is away or a connection that is lost: what the turn is
        for will notice by itself.
        """
        until = time.monotonic() + WAIT_SECONDS
        if not self._here.acquire(timeout=WAIT_SECONDS):
            yield False
            return
        try:
            held = self._hold(until)
            try:
                yield held is not None
            finally:
                self._give_back(held)
        finally:
            self._here.release()

    def _hold(self, until: float) -> Any:
        """Return a connection with the turn, None if it does not come in time."""
        import psycopg

        raw = None
        try:
            raw = self._pool.getconn(max(0.001, until - time.monotonic()))
            left = max(1, int((until - time.monotonic()) * 1000))
            raw.execute("BEGIN")
            raw.execute("SELECT set_config('lock_timeout', %s, true)", [f"{left}ms"])
            raw.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        except psycopg.Error:
            self._give_back(raw)
            return None
        return raw

    def _give_back(self, raw: Any) -> None:
        import psycopg

        if raw is not None:
            with contextlib.suppress(psycopg.Error):
                raw.rollback()
            self._pool.putconn(raw)

"""Clock: the only place besides the edges where the system's time is read."""

import threading
import time

# Of real time, for the order of ids and for what expires whatever time the books are at.
nanoseconds = time.time_ns


class SystemClock:
    """The time of the whole system, in seconds UTC: real, or frozen and moved by hand."""

    def __init__(self, frozen_at: int | None = None) -> None:
        self._frozen_at = frozen_at
        self._lock = threading.Lock()

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> int:
        """Return the current second."""
        return int(time.time()) if self._frozen_at is None else self._frozen_at

    def move_to(self, second: int) -> None:
        """Freeze the time at a second."""
        with self._lock:
            self._frozen_at = second

    def release(self) -> None:
        """Follow real time again."""
        with self._lock:
            self._frozen_at = None

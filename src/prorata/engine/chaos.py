"""Chaos: deliveries of a development server that go astray on purpose, by a seed.

Every network shuffles, repeats and delays. A receiver that is never shown that works until its
first day in production. The n-th delivery of a seed meets the same fate each time.
"""

import random
import threading
from dataclasses import dataclass

# Longer, and a delivery in hand would be taken for lost.
LONGEST_DELAY_SECONDS = 20.0
SHUFFLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Fates:
    """What is to happen to deliveries.

    duplicate: the share that is sent twice, from 0 to 1. delay: the seconds that one waits at most.
    shuffle: whether those that are due together overtake each other.
    """

    seed: int
    duplicate: float = 0.0
    delay: float = 0.0
    shuffle: bool = False


class Chaos:
    """Draws what happens to one delivery after the other; safe to share between threads."""

    def __init__(self, fates: Fates) -> None:
        self.fates = fates
        self._drawn = 0
        self._lock = threading.Lock()

    def next_waits(self) -> list[float]:
        """Return how many seconds the next delivery waits, and each further copy of it."""
        with self._lock:
            number, self._drawn = self._drawn, self._drawn + 1
        chance = random.Random(f"{self.fates.seed}/{number}")
        longest = self.fates.delay + (SHUFFLE_SECONDS if self.fates.shuffle else 0.0)
        copies = 2 if chance.random() < self.fates.duplicate else 1
        return [chance.uniform(0.0, longest) for _ in range(copies)]

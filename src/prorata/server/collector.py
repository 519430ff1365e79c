"""Collector: how often a process of ours looks for cycles of garbage.

A batch of renewals makes and keeps hundreds of thousands of small objects, none of them in a cycle.
Python's thresholds are for small programs: with them a quarter of the time went into looking.
"""

import gc

YOUNG_OBJECTS = 100_000
OLDER_ROUNDS = 20


def calm_collector() -> None:
    """Look for cycles rarely, and never among what start-up made; for processes of our own."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, OLDER_ROUNDS, OLDER_ROUNDS)

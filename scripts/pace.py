"""Pace: prints how many microseconds this Python takes for a little of everything.

It fails for one that lacks a part which Prorata or a virtual environment needs.
"""

import ensurepip  # noqa: F401
import json
import sqlite3  # noqa: F401
import ssl  # noqa: F401
import time
import venv  # noqa: F401

TURNS = 5
SOURCE = "def least(rows, *, bound=1):\n    return [row for row in rows if row.size < bound]\n" * 60


class Step:
    def __init__(self, number: int) -> None:
        self.number = number

    def further(self, by: int = 1) -> "Step":
        return Step(self.number + by)


def turn() -> float:
    """Return the processor's seconds that one turn takes."""
    begun, step = time.process_time(), Step(0)
    for number in range(8_000):
        step = step.further(by=number)
    json.loads(json.dumps([{"id": str(number), "on": [number, None]} for number in range(1_000)]))
    sorted(f"{number:>5}" for number in range(8_000))
    compile(SOURCE, "source", "exec")
    return time.process_time() - begun


if __name__ == "__main__":
    print(int(min(turn() for _ in range(TURNS)) * 1_000_000))

"""A process to be killed: the real `prorata` command, its system's clock set ahead.

`python process.py SECONDS serve …`. Beside the clock one thing is different from production: events
may be delivered to this machine, where the storm listens.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Ahead:
    """The module `time` as the system's clock sees it."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def time(self) -> float:
        return time.time() + self._seconds


def main() -> None:
    """Run the command that follows the number of seconds."""
    sys.path.insert(0, str(ROOT / "src"))
    from prorata.cli.main import main as command
    from prorata.model import clock
    from prorata.worker import addresses, sender

    clock.time = Ahead(int(sys.argv[1]))  # type: ignore[assignment]
    sender.dialing = lambda _: addresses.dialing("local")
    sys.argv = ["prorata", *sys.argv[2:]]
    command()


if __name__ == "__main__":
    main()

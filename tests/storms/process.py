"""A process to be killed: the real `prorata` command, its system's clock set ahead.

`python process.py SECONDS LEASE serve …`. Beside the clock two things differ from production.
Events may be delivered to this machine, where the storm listens. LEASE is how many seconds of real
time pass before another worker takes up what a dead one had in hand; 0 leaves that as it is.
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
    """Run the command that follows the numbers of seconds."""
    sys.path.insert(0, str(ROOT / "src"))
    from prorata.cli.main import main as command
    from prorata.model import clock
    from prorata.store import deliveries
    from prorata.worker import addresses, sender

    clock.time = Ahead(int(sys.argv[1]))  # type: ignore[assignment]
    sender.dialing = lambda _: addresses.dialing("local")
    deliveries.LEASE_SECONDS = int(sys.argv[2]) or deliveries.LEASE_SECONDS
    sys.argv = ["prorata", *sys.argv[3:]]
    command()


if __name__ == "__main__":
    main()

"""Run pytest: `tests.py ARGUMENT ...`.

If PRORATA_SECOND_LOOK is set, as in CI, at most three tests that failed are named and run once
more, alone and in a new process: the run is red unless all of them pass. Tests that draw their
inputs are never looked at twice: what they find by luck is a find.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
SOME_FAILED = 1
AT_MOST = 3
DRAWN = ("badinput", "simulation", "storms")


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, or that of the second look."""
    FAILED.unlink(missing_ok=True)
    code = pytest(*arguments)
    if code != SOME_FAILED or not os.environ.get("PRORATA_SECOND_LOOK"):
        return code
    failed = sorted(json.loads(FAILED.read_text()))
    if not 0 < len(failed) <= AT_MOST or any(is_drawn(each) for each in failed):
        return code
    print("A second look, alone, at what failed:", *failed, sep="\n  ", flush=True)
    return pytest("-p", "no:xdist", *failed)


def pytest(*arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", "pytest", *arguments])


def is_drawn(name: str) -> bool:
    """Tell whether a test draws its inputs: a storm's seed, or an example of hypothesis."""
    path = Path(name.partition("::")[0])
    return any(part in DRAWN for part in path.parts) or any(
        word in path.read_text() for word in ("hypothesis", "import random", "from random")
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

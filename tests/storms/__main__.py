"""Storms by command: `python -m tests.storms NAME --minutes 60 --database sqlite`.

Every round is random and has a seed, which is printed where something is found;
`--seed N --rounds 1` plays that round again, and `--shrink` looks for a smaller one that fails too.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT)]

STORMS = {
    "schemathesis": "requests that schemathesis makes of the OpenAPI document",
    "lives": "customers' lives in random order, with what must hold after each step",
    "gateway": "a payment gateway that fails in every way, and comes back",
    "crowd": "many requests at once about the same few objects, on two servers",
    "receivers": "receivers that are slow, silent, broken or hostile",
    "outage": "a database that is cut off, restarted or full",
}


def main() -> int:
    """Run a storm and return 1 when it found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.storms", description=__doc__)
    commands = parser.add_subparsers(dest="storm", required=True)
    for name, help in STORMS.items():
        command = commands.add_parser(name, help=help)
        command.add_argument("--minutes", type=float, default=10.0)
        command.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
        command.add_argument("--seed", type=int, help="of the first round; random by default")
        command.add_argument("--rounds", type=int, help="how many at most")
        command.add_argument("--shrink", action="store_true")
    _kill_options(commands.add_parser("kill", help="processes killed in the middle of their work"))
    options = parser.parse_args()
    if options.database == "postgresql" and "PRORATA_TEST_POSTGRES" not in os.environ:
        beside = [sys.executable, str(ROOT / "scripts" / "postgres.py"), sys.executable, "-m"]
        return subprocess.call([*beside, "tests.storms", *sys.argv[1:]], cwd=ROOT)
    if options.storm == "kill":
        from storms.kill_storm import command as kill

        return kill(options)
    from storms.rounds import Plan, run_rounds

    storm = importlib.import_module(f"storms.{options.storm}_storm")
    plan = Plan(
        options.storm, options.database, options.minutes, options.seed, options.rounds,
        options.shrink,
    )  # fmt: skip
    return run_rounds(plan, storm.rounds)


def _kill_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    command.add_argument("--due", type=int, default=10_000, help="renewals that are due")
    command.add_argument("--kills", type=int, default=100)
    command.add_argument("--seed", type=int, help="of the book and of the kills; random by default")
    command.add_argument("--api", action="store_true", help="kill API processes under load too")
    command.add_argument(
        "--lived", action="store_true",
        help="a book of customers who have lived before, no two alike; --due is their number",
    )  # fmt: skip
    command.add_argument(
        "--power", action="store_true",
        help="kill everything at once under load, and lose what no disk has yet",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

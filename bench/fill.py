"""The command `python -m bench fill`: fills a database with subscriptions that are due."""

from __future__ import annotations

import argparse
import time

from rich.console import Console

from bench.book import fill
from bench.renew import progress_bar


def main(arguments: list[str]) -> None:
    """Fill the database that is named, and print how fast that was."""
    parser = argparse.ArgumentParser(prog="python -m bench fill", description=__doc__)
    parser.add_argument("--database", required=True, help="sqlite:///file or postgresql://…")
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--due-at", type=int, help="seconds UTC; now, unless given")
    options = parser.parse_args(arguments)
    due_at = int(time.time()) if options.due_at is None else options.due_at
    console = Console(highlight=False)
    begun = time.perf_counter()
    with progress_bar(console, "Filled", options.subscriptions) as done:
        fill(options.database, options.subscriptions, options.seed, due_at, on_progress=done)
    seconds = time.perf_counter() - begun
    console.print(
        f"{options.subscriptions:,} subscriptions with seed {options.seed}, all due at"
        f" {due_at}, in {seconds:.1f} s"
    )

"""The command `python -m bench`: measures servers on this machine and prints the figures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bench.book import fill
from bench.development import measure_development
from bench.empty import POSTGRES, databases
from bench.entitlements import measure_checks
from bench.pages import measure_pages
from bench.peer import measure_peer
from bench.processes import serving
from bench.reads import measure_reads
from bench.renew import progress_bar
from bench.report import Line, Report, write
from bench.usage import measure_usage
from bench.writes import measure_writes

SCALES = {"small": 0.1, "full": 1.0, "large": 5.0}
STORED = {"small": (2_000, 20_000), "full": (10_000, 1_000_000)}
EVENTS = {"small": (0, 1_000_000), "full": (0, 50_000_000)}
PARTS = ("development", "pages", "writes", "usage", "reads", "peer")


def main() -> None:
    """Measure SQLite, and PostgreSQL where PRORATA_TEST_POSTGRES names a server."""
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "fill":
        from bench.fill import main as run

        run(sys.argv[2:])
    elif command == "renew":
        from bench.renew import main as run

        run(sys.argv[2:])
    elif command == "picture":
        from bench.picture import main as run

        run(sys.argv[2:])
    else:
        _measure(_options())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Prorata on this machine. Also: fill, renew, picture (see --help).",
    )
    parser.add_argument(
        "--scale", type=_scale, default="full", metavar="SCALE",
        help="how many requests: small, full, large or a factor",
    )  # fmt: skip
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured"
    )
    parser.add_argument(
        "--stored", type=int, nargs="+",
        help="how many subscriptions the books have that are read (default: 10000 1000000)",
    )  # fmt: skip
    parser.add_argument(
        "--events", type=int, nargs="+",
        help="how many usage events are stored already (default: 0 50000000)",
    )  # fmt: skip
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER",
        help="keep the filled books (SQLite) here, and use those that are there already",
    )  # fmt: skip
    parser.add_argument("--figures", metavar="FILE", help="write the figures here, as JSON")
    options = parser.parse_args()
    if options.only == "postgresql" and POSTGRES not in os.environ:
        parser.error(f"{POSTGRES} names no server; `make bench` starts one")
    if options.events is None:
        options.events = EVENTS["small" if options.scale < 0.5 else "full"]
    if options.stored is None:
        options.stored = STORED["small" if options.scale < 0.5 else "full"]
    return options


def _measure(options: argparse.Namespace) -> None:
    console = Console(highlight=False)
    # The figures are what this is for: none is cut off, whatever the window or pipe is wide.
    console.width = max(console.width, 120)
    reports = []
    for kind in ("sqlite", "postgresql"):
        if options.only in (None, kind) and (kind == "sqlite" or POSTGRES in os.environ):
            report = Report(kind, console=console)
            _measure_database(report, kind, options, console)
            reports.append(report)
    if "peer" in options.parts:
        report = Report("localstripe", console=console)
        try:
            measure_peer(report, options.scale)
        except (OSError, RuntimeError) as error:
            console.print(f"localstripe was not measured: {error}")
        reports.append(report)
    console.print()
    for report in reports:
        report.print(console)
    if options.figures:
        write(reports, options.figures)


def _measure_database(
    report: Report, kind: str, options: argparse.Namespace, console: Console
) -> None:
    with databases(kind, "plain") as empty:
        if "development" in options.parts:
            measure_development(report, empty, options.scale)
        if "pages" in options.parts and kind == "sqlite":
            measure_pages(report, empty, options.scale)
        if "writes" in options.parts:
            measure_writes(report, empty, options.scale)
        if "usage" in options.parts:
            for events in options.events:
                measure_usage(report, empty, options.scale, events)
    if "reads" not in options.parts:
        return
    for stored in options.stored:
        with ExitStack() as stack:
            url = _kept(kind, options.keep, stored)
            if url is None:
                url = stack.enter_context(databases(kind, "stored"))()
            if not _is_there(url):
                _fill(report, console, url, stored)
            server = stack.enter_context(serving(url))
            measure_reads(report, server, stored, options.scale)
            measure_checks(report, server, stored, options.scale)


def _kept(kind: str, folder: Path | None, stored: int) -> str | None:
    if folder is None or kind != "sqlite":
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder.absolute() / f'book-{stored}.db'}"


def _is_there(url: str) -> bool:
    return url.startswith("sqlite") and Path(url.removeprefix("sqlite:///")).exists()


def _fill(report: Report, console: Console, url: str, stored: int) -> None:
    begun = time.perf_counter()
    with progress_bar(console, "Filled", stored) as done:
        fill(url, stored, 1, int(time.time()), on_progress=done)
    seconds = time.perf_counter() - begun
    report.add(Line(
        f"fill@{stored}", f"fill a book of {stored:,}", value=f"{seconds:.0f} s",
        note=f"{stored / seconds:,.0f}/s",
    ))  # fmt: skip


def _scale(text: str) -> float:
    try:
        factor = SCALES.get(text) or float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(SCALES)} and no factor")
    return factor


if __name__ == "__main__":
    sys.exit(main())

"""The command `python -m bench renew`: how fast a book of due subscriptions is renewed.

A book is filled, real worker processes are started on it, and the clock runs until nothing is due
any more: every draft made, finalized and charged, with its events, ledger entries and history.
Beside it stands what this machine does when it only writes the same rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.book import fill
from bench.ceiling import ceiling
from bench.empty import databases
from bench.report import Line, Report, write
from prorata.resources.core.account import ensure_account
from prorata.resources.core.account_settings import AccountSettings
from prorata.server.assemble import assemble
from prorata.server.settings import Settings
from prorata.store.books import all_books
from prorata.store.connection import Connection
from prorata.store.database import open_database
from prorata.store.unit_of_work import UnitOfWork

DUE_BEFORE_SECONDS = 3600
POLL_SECONDS = 0.5
DUE = "SELECT COUNT(*) FROM {} WHERE clock IS NULL AND due_at <= ?"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: seconds, processor seconds of the workers, the largest one's megabytes."""

    renewals: int
    seconds: float
    processor_seconds: float
    megabytes: float

    @property
    def per_second(self) -> float:
        return self.renewals / self.seconds


def main(arguments: list[str]) -> None:
    """Fill, renew, print."""
    parser = argparse.ArgumentParser(prog="python -m bench renew", description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--figures", metavar="FILE", help="write the figures here, as JSON")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    console.width = max(console.width, 120)
    with databases(options.database, "renew") as empty:
        url, other = empty(), empty()
        due_at = int(time.time()) - DUE_BEFORE_SECONDS
        with progress_bar(console, "Filled", options.subscriptions) as done:
            fill(url, options.subscriptions, options.seed, due_at, on_progress=done)
        waive_the_hour(url)
        with progress_bar(console, "Renewed", options.subscriptions) as done:
            run = renew(url, options.subscriptions, options.workers, done)
        plain = ceiling(url, other, due_at, run.renewals)
    console.print(
        f"{options.database}, {options.workers} worker process(es), {run.renewals:,} renewals in"
        f" {run.seconds:.1f} s: [bold]{run.per_second:,.0f} renewals/s[/bold],"
        f" {run.processor_seconds / run.renewals * 1e6:,.0f} µs of processor each,"
        f" {run.megabytes:.0f} MB at most"
    )
    console.print(
        f"The same rows by hand-made bulk statements: {plain:,.0f}/s;"
        f" so {run.per_second / plain:.0%} of what plain writing reaches"
    )
    if options.figures:
        _write(run, plain, options)


def _write(run: Run, plain: float, options: argparse.Namespace) -> None:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[options.database]
    processes = "1 process" if options.workers == 1 else f"{options.workers} processes"
    size = f"{options.subscriptions:,}"
    key = f"renewals@{options.subscriptions}x{options.workers}"
    note = f"{run.processor_seconds / run.renewals * 1e6:,.0f} µs each, {run.megabytes:.0f} MB"
    report = Report(options.database)
    report.add(
        Line(key, f"{name}, {processes}, {size}", run.per_second, beside=plain, note=note)
    )
    write([report], options.figures)


def waive_the_hour(url: str) -> None:
    """Let the drafts of renewals be finalized at once: nobody waits an hour for a figure."""
    server = assemble(Settings(database=url, dev=False, worker=False))
    try:
        for book in server.system.database.read(all_books):
            server.system.write(book, _waive)
    finally:
        server.close()


def _waive(uow: UnitOfWork) -> None:
    settings: AccountSettings = ensure_account(uow).private
    settings.draft_seconds = 0


def renew(
    url: str, subscriptions: int, workers: int, done: Callable[[int], None] = lambda _: None
) -> Run:
    """Let worker processes attend to all that is due; return what that took."""
    database = open_database(url)
    pause = max(POLL_SECONDS, subscriptions / 200_000)
    try:
        processes = [_start_worker(url) for _ in range(workers)]
        try:
            begun, used = time.perf_counter(), [_processor(each.pid) for each in processes]
            while True:
                time.sleep(pause)
                if any(each.poll() is not None for each in processes):
                    raise RuntimeError("a worker ended")
                waiting, drafts = database.read(_due)
                done(subscriptions - waiting - drafts)
                if waiting == drafts == 0:
                    break
            seconds = time.perf_counter() - begun
            spent = sum(_processor(each.pid) for each in processes) - sum(used)
            megabytes = max(_megabytes(each.pid) for each in processes)
        finally:
            for each in processes:
                each.terminate()
            for each in processes:
                each.wait()
        return Run(subscriptions, seconds, spent, megabytes)
    finally:
        database.close()


def _due(connection: Connection) -> tuple[int, int]:
    now = int(time.time())
    waiting, drafts = (
        connection.query(DUE.format(table), (now,))[0][0]
        for table in ("doc_subscription", "doc_invoice")
    )
    return waiting, drafts


def _start_worker(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "prorata.cli.main", "worker", "--database", url],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    if "at work" not in process.stdout.readline():
        raise RuntimeError("the worker did not start")
    return process


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


@contextmanager
def progress_bar(console: Console, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far a task of so many steps is; give what hears of it."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=max(done, 0))


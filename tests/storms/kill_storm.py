"""Kill storm: the processes of a billing run die at random moments, and the books must hold.

A mixed book is filled with renewals that are due. Workers are started, killed without a word and
started again, through the renewals, through the payments an hour later and through the retries of
the days after. With `api` there are API processes under load too, which are killed as often.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from bench.book import fill

from prorata.server.assemble import assemble
from prorata.server.settings import Settings
from prorata.simulation.desk import Desk
from servers import POSTGRES, postgres_database
from storms.cluster import cluster
from storms.kill_books import Books
from storms.listener import Listener
from storms.lived_book import live
from storms.power import Power, ServerPower, power_of_file
from storms.victims import SECRETS, Victim

SECRET_KEY = "sk_test_storm0secret0key00000000000"
HOUR, DAY = 3_600, 86_400
# How far ahead time is, and which share of the kills falls there: renewals, payments, retries.
PHASES = ((0, 0.4), (HOUR + 900, 0.4), (6 * DAY, 0.2))
# The same of a lived book, in which something is due on every day.
LIVED_PHASES = (
    (DAY, 0.1), (6 * DAY, 0.15), (13 * DAY, 0.15), (20 * DAY, 0.2), (30 * DAY, 0.2),
    (36 * DAY, 0.2),
)  # fmt: skip
# What was refused once has been sent again by then.
LAST_SECONDS = 12 * HOUR
HEARD = (
    "invoice.created", "invoice.paid", "invoice.payment_failed", "charge.succeeded",
    "customer.subscription.updated",
)  # fmt: skip
# They share the book.
WORKERS = 2
DRAIN_SECONDS = 1_200
SOON_SECONDS = 60
LONGEST_LIFE_SECONDS = 4.0
# Until it has been seen: documents that a worker attends to in a second.
FIRST_RATE = 300.0
REPORT_EVERY = 20


@dataclass
class Plan:
    """What was asked for; `say` hears of what happens.

    due: how many renewals are due, in a book of copies; in a lived one, how many customers it has.
    lease: see `Victim`.
    """

    database: str
    due: int
    kills: int
    seed: int
    api: bool = False
    # Whether all dies at once, as with a machine that loses its power.
    power: bool = False
    lived: bool = False
    say: Callable[[str], None] = print
    lease: int = 0


@dataclass
class Storm:
    """One run: the books, who listens, and what was counted."""

    plan: Plan
    books: Books
    listener: Listener
    source: random.Random
    rate: float = FIRST_RATE
    kills: int = 0
    at_work: int = 0
    attended: float = 0.0
    counted: dict[str, int] = field(default_factory=dict)
    # What clients were told, where there were any.
    told: Any = None
    # Of a machine that loses its power: what it runs on, and how many writes were not on a disk.
    power: Power | None = None
    lost: int = 0


def run_kills(plan: Plan) -> list[str]:
    """Play a whole storm and return what does not hold afterwards, a sentence each."""
    begun = time.monotonic()
    os.environ.update(SECRETS)
    with _machine(plan) as (url, power):
        now = int(time.time())
        if plan.lived:
            live(url, plan.due, plan.seed, now, plan.say)
        else:
            fill(url, plan.due, plan.seed, now)
            plan.say(f"Filled with {plan.due:,} renewals that are due, seed {plan.seed}.")
        listener = Listener()
        try:
            _listen(url, listener.url)
            with Books(url, lived=plan.lived) as books:
                books.remember()
                storm = Storm(plan, books, listener, random.Random(f"kills {plan.seed}"),
                              power=power)  # fmt: skip
                _through(storm)
                end = now + phases_of(plan)[-1][0] + LAST_SECONDS
                found = books.faults(listener.arrived, HEARD, end, storm.told)
                _tell(storm, found, time.monotonic() - begun)
                if found:
                    _keep(plan, url)
                return found
        finally:
            listener.close()


def _through(storm: Storm) -> None:
    phases = phases_of(storm.plan)
    if storm.plan.api or storm.plan.power:
        # Loaded where it is wanted: half of the storms have no clients.
        from storms.kill_load import load_and_kill

        storm.told = load_and_kill(storm, SECRET_KEY)
        # What the load has left to be done later is done in peace.
        for ahead, _ in phases[1:-1]:
            drain(storm, ahead)
    else:
        for ahead, share in phases:
            _phase(storm, ahead, math.ceil(storm.plan.kills * share))
    drain(storm, phases[-1][0])
    storm.listener.refuses = False
    drain(storm, phases[-1][0] + LAST_SECONDS)


def phases_of(plan: Plan) -> tuple[tuple[int, float], ...]:
    return LIVED_PHASES if plan.lived else PHASES


def worker_command(url: str) -> list[str]:
    return ["worker", "--database", url]


def worker(storm: Storm, ahead: int) -> Victim:
    return Victim(worker_command(storm.books.url), ahead, lease=storm.plan.lease)


def _phase(storm: Storm, ahead: int, kills: int) -> None:
    """Start and kill workers so many times, while there is work if possible."""
    for left in range(kills, 0, -WORKERS):
        waiting = storm.books.waiting(int(time.time()) + ahead)
        victims = [worker(storm, ahead) for _ in range(WORKERS)]
        for each in victims:
            each.wait_until_at_work()
        mean = waiting / storm.rate / max(left / WORKERS, 1)
        lives = sorted(
            min(storm.source.random() * 2 * mean + 0.05 * storm.source.random(),
                LONGEST_LIFE_SECONDS) for _ in victims
        )  # fmt: skip
        worked = []
        for victim, life in zip(victims, lives, strict=True):
            time.sleep(max(0.0, victim.started_at + life - time.monotonic()))
            worked.append(victim.kill())
        storm.kills += WORKERS
        now = int(time.time()) + ahead
        after = storm.books.waiting(now)
        storm.at_work += WORKERS * (waiting > 0 or storm.books.undelivered(now) > 0)
        if waiting > after:
            seen = (waiting - after) / sum(worked)
            storm.rate += (seen - storm.rate) * 0.3
        if (storm.kills // WORKERS) % REPORT_EVERY == 0:
            storm.plan.say(f"  {storm.kills} kills; {after:,} documents wait")


def drain(storm: Storm, ahead: int) -> None:
    """Let workers do in peace what is left."""
    victims = [worker(storm, ahead) for _ in range(WORKERS)]
    for each in victims:
        each.wait_until_at_work()
    until = time.monotonic() + DRAIN_SECONDS
    quiet = 0
    while quiet < 3:
        if time.monotonic() > until:
            raise TimeoutError(f"the rest is not done in {DRAIN_SECONDS} s:\n{victims[0].said()}")
        time.sleep(0.2)
        # An attempt that a dead worker had in hand is taken up some time later.
        now = int(time.time()) + ahead + SOON_SECONDS
        left = storm.books.waiting(now) + storm.books.undelivered(now)
        quiet = quiet + 1 if left == 0 else 0
    for each in victims:
        each.stop()


@contextmanager
def _machine(plan: Plan) -> Iterator[tuple[str, Power | None]]:
    """Give the address of a new database, and the power of its machine where that is cut."""
    if plan.power and plan.database == "postgresql":
        with cluster(fsync=True) as server:
            assert server is not None, "no PostgreSQL is installed"
            yield server.url, ServerPower(server)
        return
    with _database(plan.database) as url:
        if not plan.power:
            yield url, None
            return
        path = Path(url.removeprefix("sqlite:///"))
        with power_of_file(path, random.Random(f"power {plan.seed}")) as power:
            assert power is not None, "strace is needed to know what the disk has"
            yield url, power


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "postgresql":
        assert POSTGRES, "PRORATA_TEST_POSTGRES names the server"
        with postgres_database() as url:
            yield url
        return
    shared = Path("/dev/shm")
    with TemporaryDirectory(prefix="storm-", dir=shared if shared.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/books.db"


def _listen(url: str, address: str) -> None:
    """Make the key of the clients, and the endpoint that hears of what happens."""
    server = assemble(Settings(database=url, worker=False, secret_key=SECRET_KEY))
    try:
        desk = Desk(server.system, SECRET_KEY)
        desk.post("/v1/webhook_endpoints", url=address, enabled_events=HEARD)
    finally:
        server.close()


def _tell(storm: Storm, found: list[str], seconds: float) -> None:
    plan = storm.plan
    for name, number in (storm.books.counted | storm.counted).items():
        plan.say(f"  {number:>9,} {name}")
    plan.say(
        f"{storm.kills} kills ({storm.at_work} with work under way) on {plan.database}, seed"
        f" {plan.seed}, in {seconds / 60:.1f} min: {len(found)} faults"
    )
    for each in found[:20]:
        plan.say(f"  {each}")


def _keep(plan: Plan, url: str) -> None:
    """Leave an SQLite file behind that something was found in."""
    if not url.startswith("sqlite:///"):
        return
    kept = mkdtemp(prefix="storm-kept-")
    for file in Path(url.removeprefix("sqlite:///")).parent.iterdir():
        shutil.copy(file, kept)
    plan.say(f"  the books are kept in {kept}")


def command(options: Any) -> int:
    """Run what the command line asks for; return 1 when something was found."""
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    mode = " --power" if options.power else " --api" if options.api else ""
    mode += " --lived" if options.lived else ""
    print(
        f"Again: python -m tests.storms kill --database {options.database} --due {options.due}"
        f" --kills {options.kills} --seed {seed}{mode}",
        flush=True,
    )

    def say(line: str) -> None:
        print(line, flush=True)

    plan = Plan(options.database, options.due, options.kills, seed, options.api,
                options.power, options.lived, say)  # fmt: skip
    return 1 if run_kills(plan) else 0

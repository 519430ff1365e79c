"""Shop: a system that is thrown away and opened again whenever its process dies.

Around it is a world that goes on: the clock, the gateway with its own books, and clients who ask
again, with the same idempotency key, until they are answered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, TypeVar

import prorata.engine.all
import prorata.resources.all  # noqa: F401
from prorata.engine.runtime import System
from prorata.engine.system_time import advance_time
from prorata.gateways.faults import FaultyGateway, Rates
from prorata.gateways.sandbox.network import Sandbox
from prorata.model.clock import SystemClock
from prorata.model.errors import Refused
from prorata.model.ids import IdFactory
from prorata.server.assemble import prepare_dev
from prorata.server.current import is_blank
from prorata.server.migrate import migrate
from prorata.server.settings import DEV_SECRET_KEY, Settings
from prorata.simulation.desk import Desk, Reply
from prorata.simulation.mortality import Crash, Fate, MortalDatabase, MortalGateway
from prorata.store.books import all_books
from prorata.store.database import Database, open_database

T = TypeVar("T")
# A key in the hands of a dead process is free after this; see the API's idempotency.
ANOTHER_TRY_SECONDS = 125
# A gateway that keeps losing an answer is asked again once an hour in the end.
LONGEST_WAIT_SECONDS = 3600
MOST_TRIES = 40
FAULTS = Rates(lose_order=0.03, lose_answer=0.03, twice=0.03)
# Who is asked again has perhaps done it the first time.
GONE = frozenset({400, 404})


class Broken(Exception):
    """Something happened that must never happen, whatever dies."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What goes wrong: moments between two deaths on average (0: never), a faulty gateway."""

    mean_life: float = 400.0
    gateway: bool = True


class Shop:
    """The shop of one seed on one database, from its first second."""

    def __init__(self, database: str, seed: int, begins: int, troubles: Troubles) -> None:
        self._seed = seed
        self.fate = Fate(Random(f"fate {seed}"), troubles.mean_life)
        self.fate.suspended = True
        # Kept open by nobody who dies: a temporary one is gone with its first owner.
        self._place = _emptied(database)
        self.url = self._place.url
        self.clock = SystemClock(begins)
        rates = FAULTS if troubles.gateway else Rates()
        # What is outside outlives every process; so does real time, which the order of ids follows.
        self._ticks = count(0, 1000).__next__
        self.gateway = FaultyGateway(
            Sandbox(self.url), seed, rates, sleep=lambda _: None, clock=self.clock.now
        )
        self.lives = self.requests = self.repeats = self.refusals = 0
        self.system: System
        self.desk: Desk
        self._open()
        prepare_dev(self.system, Settings(database=self.url, now=begins))
        self.fate.suspended = False

    @property
    def now(self) -> int:
        return self.clock.now()

    def close(self) -> None:
        """Close the books; a file of them stays."""
        self.system.database.close()
        self.gateway.close()
        self._place.close()

    def ask(self, method: str, path: str, **params: Any) -> Reply:
        """Return the answer to a request, asked with one key until there is one.

        Raises Broken for a request that is never answered.
        """
        self.requests += 1
        key = f"{self._seed}-{self.requests}" if method == "POST" else None
        died, last = False, "the process died each time"
        for tries in range(MOST_TRIES):
            try:
                reply = self.desk.ask(method, path, params, key)
            except Crash:
                died = True
                self.repeats += 1
                self._open()
                continue
            if reply.status in (409, 429):
                self.repeats += 1
                last = f"{reply.status} {reply.refusal}"
                wait = min(ANOTHER_TRY_SECONDS << tries, LONGEST_WAIT_SECONDS)
                self.advance(self.now + wait)
                continue
            if reply.status not in (200, 402) and not (died and reply.status in GONE):
                self.refusals += 1
            return reply
        raise Broken(f"{method} {path} is never answered: {last}")

    def advance(self, to: int) -> None:
        """Live through everything due up to a second, however many processes that takes.

        Raises Broken for what is set aside.
        """
        progress = self.surviving(lambda: advance_time(self.system, max(to, self.now)))
        if progress.failed:
            item, reason = progress.failed[0]
            raise Broken(f"{item.kind} {item.id} was set aside: {reason}")

    def surviving(self, work: Callable[[], T]) -> T:
        """Return what a piece of work gives, begun anew in a new process after each death."""
        while True:
            try:
                return work()
            except Crash:
                self._open()

    def in_peace(self, work: Callable[[], T]) -> T:
        """Return what a piece of work gives that nobody dies in."""
        self.fate.suspended = True
        try:
            return work()
        finally:
            self.fate.suspended = False

    def _open(self) -> None:
        """Begin a process on the books as they were left."""
        if self.lives:
            self.system.database.close()
        self.lives += 1
        self.fate.revive()
        self.system = System(
            database=MortalDatabase(open_database(self.url, durable=False, pool=2), self.fate),
            clock=self.clock,
            gateway=MortalGateway(self.gateway, self.fate),
            ids=IdFactory(Random(f"ids {self._seed} {self.lives}").getrandbits(62), self._ticks),
            dev=True,
            mailing_test="keep",
        )
        self.desk = Desk(self.system, DEV_SECRET_KEY, f"s{self.lives}x")


def _emptied(database: str) -> Database:
    """Open a database with tables and no rows; raise Refused for a used one."""
    if not is_blank(database):
        # Before it is opened: what is refused stays as it is.
        migrate(database, fresh=True)
    inner = open_database(database, durable=False, pool=2)
    try:
        migrate(inner.url, fresh=True)
        if inner.read(all_books):
            raise Refused(f"{database} is in use already: a simulation begins with an empty one.")
    except BaseException:
        inner.close()
        raise
    return inner

"""The worker's loop: attends to what is due, advances clocks, delivers events, keeps house."""

import random
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog

from prorata.engine.advance import (
    Progress,
    anything_due,
    much_is_due,
    run_due,
    shares_of_work,
)
from prorata.engine.payments.news import hear_news
from prorata.engine.runtime import System
from prorata.rules.calendar import DAY_SECONDS
from prorata.store.claims import KEEP_SECONDS, Claims
from prorata.worker.clocks import Clocks, Stopped
from prorata.worker.delivery import Deliveries
from prorata.worker.housekeeping import keep_house
from prorata.worker.post import TIMEOUT_SECONDS
from prorata.worker.reports import Reports

if TYPE_CHECKING:
    from prorata.worker.mails import Mails

    MailPost = Callable[[System, Claims], Mails]

POLL_SECONDS = 0.5
# Of the rounds, those that new due work is for.
WAKEFUL = 3
HOUSE_SECONDS = 3600.0
NEWS_SECONDS = 600.0
# How far back a worker asks for news that has just begun, and by how much each of its questions
# reaches into the one before.
NEWS_AT_START = 30 * DAY_SECONDS
NEWS_OVERLAP = 3600
# Of the work, by bucket: what one worker of several does at a time.
SHARES = {"postgresql": 16, "sqlite": 4}
LONGEST_PAUSE_SECONDS = 15.0
# How long one of Python's threads goes on while others wait. SQLite's writer has the file to itself
# while it waits for its turn, and whoever else would write waits for it.
TURN_SECONDS = 0.001
# How long a book is left alone in which something waits for a process that has its gateway, or
# for a gateway that answers again.
REST_SECONDS = 30.0
log = structlog.get_logger("prorata.worker")


class Worker:
    """Does all that happens by itself on a system, in threads of its own.

    Several may work on one database; on an SQLite file two are worth it, and one of them delivers.
    """

    def __init__(
        self,
        system: System,
        *,
        delivery_timeout: float = TIMEOUT_SECONDS,
        post: "MailPost | None" = None,
    ) -> None:
        """post: makes what sends mails, where they are sent."""
        self._system = system
        self._claims = Claims(system.database)
        self._deliveries = Deliveries(system, self._claims, timeout=delivery_timeout)
        self._clocks = Clocks(system, self._claims, self.wake)
        self._reports = Reports(system, self._claims)
        self._stopping = False
        self._news_since = system.clock.now() - NEWS_AT_START
        self._resting: dict[int, float] = {}
        self._shares = shares_of_work(SHARES[system.database.dialect])
        random.shuffle(self._shares)
        self._rounds = [
            _Round("due", self._attend_to_due, lambda: self._stopping),
            _Round("clocks", self._clocks.look, lambda: self._stopping),
            _Round("reports", self._reports.look, lambda: self._stopping),
            _Round("house", self._keep_house, lambda: self._stopping, HOUSE_SECONDS),
            _Round("news", self._hear_news, lambda: self._stopping, NEWS_SECONDS),
            _Round("claims", self._claims.keep, lambda: self._stopping, KEEP_SECONDS),
        ]
        self._mails = None if post is None else post(system, self._claims)
        if self._mails is not None:
            self._rounds.append(_Round("mails", self._mails.look, lambda: self._stopping))

    def start(self) -> None:
        """Begin; returns at once."""
        sys.setswitchinterval(TURN_SECONDS)
        self._deliveries.start()
        self._system.on_due.append(self.wake)
        self._system.on_mails.append(self.wake_mails)
        for each in self._rounds:
            each.start()

    def wake(self) -> None:
        """Look for due work now; may be called from any thread."""
        for each in self._rounds[:WAKEFUL]:
            each.wanted.set()

    def wake_mails(self) -> None:
        """Look for mails to send now; may be called from any thread."""
        if self._mails is not None:
            self._rounds[-1].wanted.set()

    def stop(self) -> None:
        """End soon, with every step either done or not begun; returns when all has ended."""
        self._stopping = True
        if self.wake in self._system.on_due:
            self._system.on_due.remove(self.wake)
            self._system.on_mails.remove(self.wake_mails)
        if self._mails is not None:
            self._mails.stop()
        self._reports.stop()
        for each in self._rounds:
            each.stop()
        self._clocks.stop()
        self._deliveries.stop()
        self._claims.close()

    def _attend_to_due(self) -> None:
        system, clock = self._system, self._system.clock
        with system.due_work:
            # Frozen time passes by command only, but what is due in it is due.
            now, frozen = clock.now(), clock.frozen
            moment = time.monotonic()
            resting = [book for book, until in self._resting.items() if until > moment]
            if not anything_due(system, now, without=resting):
                return
            shares = self._shares_of(now, frozen)
            lanes = system.database.lanes
            if lanes == 1 or len(shares) == 1:
                for share in shares:
                    self._attend_share(share, now, frozen, resting)
            else:
                with ThreadPoolExecutor(lanes, thread_name_prefix="due") as threads:
                    done = [threads.submit(self._attend_share, share, now, frozen, resting)
                            for share in shares]  # fmt: skip
                for each in done:
                    each.result()
            # Workers that began with the same share would go on side by side.
            random.shuffle(self._shares)

    def _shares_of(self, now: int, frozen: bool) -> Sequence[tuple[int, int] | None]:
        """Return how the work is divided: always where other workers may take part."""
        several = self._system.database.dialect == "postgresql"
        divided = several or (not frozen and much_is_due(self._system, now))
        return self._shares if divided else [None]

    def _attend_share(
        self, share: tuple[int, int] | None, now: int, frozen: bool, resting: Collection[int]
    ) -> None:
        with self._claims.hold(f"due {share}") as held:
            if held and not self._stopping:
                progress = run_due(
                    self._system, now, virtual=frozen, buckets=share, without=resting,
                    on_batch=self._check,
                )  # fmt: skip
                until = time.monotonic() + REST_SECONDS
                self._resting.update(dict.fromkeys(progress.unserved, until))

    def _check(self, progress: Progress) -> None:
        if self._stopping:
            raise Stopped

    def _hear_news(self) -> None:
        with self._claims.hold("news") as held:
            began = self._system.clock.now()
            if held and hear_news(self._system, self._news_since, lambda: self._stopping):
                self._news_since = began - NEWS_OVERLAP

    def _keep_house(self) -> None:
        with self._claims.hold("house") as held:
            if held:
                keep_house(self._system, lambda: self._stopping)


class _Round:
    """A task done over and over: when wanted, and by itself after a pause. It outlives errors."""

    def __init__(
        self,
        name: str,
        task: Callable[[], None],
        stopping: Callable[[], bool],
        pause: float = POLL_SECONDS,
    ) -> None:
        self.wanted = threading.Event()
        self._task = task
        self._stopping = stopping
        self._pause = pause
        self._name = name
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.wanted.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopping():
            self.wanted.clear()
            try:
                self._task()
                failures = 0
            except Stopped:
                return
            except Exception:
                log.exception("the worker goes on", round=self._name)
                failures += 1
            pause = self._pause
            if failures:
                pause = min(POLL_SECONDS * 2**failures, LONGEST_PAUSE_SECONDS)
            started = time.monotonic()
            self.wanted.wait(pause)
            if failures:
                # A database that is away must not be asked again by every wake.
                time.sleep(max(0.0, min(1.0, pause) - (time.monotonic() - started)))

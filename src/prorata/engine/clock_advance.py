"""Clock advance: a test clock lives through all that is due until its target, then is ready."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prorata.engine.advance import Progress, much_is_due, run_due, shares_of_work
from prorata.engine.payments.settle import asked_about, settle
from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Book
from prorata.store.due import Due, retry_on_clock, still_aside
from prorata.store.flush import CLOCK_KIND
from prorata.store.unit_of_work import UnitOfWork

# Batches after which the clock shows how far it has come.
SHOWN_EVERY = 16


class _Lanes:
    """The shares of one clock's work, side by side; each lives through the time by itself."""

    def __init__(
        self,
        system: System,
        book: Book,
        clock_id: str,
        target: int,
        on_batch: Callable[[Progress], None] | None,
    ) -> None:
        self._system = system
        self._book = book
        self._clock_id = clock_id
        self._target = target
        self._on_batch = on_batch
        lanes = system.database.lanes
        much = lanes > 1 and much_is_due(system, target, clock=clock_id)
        self._shares = shares_of_work(lanes if much else 1)
        self._reached = [0] * len(self._shares)
        self._lock = threading.Lock()
        self._batches = 0

    def run(self) -> list[Progress]:
        """Attend to all that is due, and return what each share came to."""
        if len(self._shares) == 1:
            return [self._run(0)]
        with ThreadPoolExecutor(len(self._shares), thread_name_prefix="clock") as threads:
            return list(threads.map(self._run, range(len(self._shares))))

    def _run(self, lane: int) -> Progress:
        progress = run_due(
            self._system,
            self._target,
            clock=self._clock_id,
            buckets=self._shares[lane],
            on_batch=lambda progress: self._report(lane, progress),
        )
        self._reached[lane] = self._target
        return progress

    def _report(self, lane: int, progress: Progress) -> None:
        with self._lock:
            self._batches += 1
            self._reached[lane] = min(progress.reached, self._target)
            shown = min(self._reached) if self._batches % SHOWN_EVERY == 0 else 0
        if self._on_batch is not None:
            self._on_batch(progress)
        if shown:
            self._system.write(self._book, lambda uow: _reach(uow, self._clock_id, shown))


def advance_clock(
    system: System,
    book: Book,
    clock_id: str,
    on_batch: Callable[[Progress], None] | None = None,
) -> None:
    """Bring a test clock to its target: live through everything due on it, then be ready.

    Payments that others are asking about, or have died over, come first: until they are taken up,
    in seconds, nothing is done. What has to wait for an outcome is waited for, too. on_batch:
    called after each batch, from several threads; what it raises ends the advance there, to be
    gone on with.
    """
    clock = system.read(book, lambda uow: _clock(uow, clock_id))
    if clock is None or clock.status != "advancing":
        return
    if asked := system.read(book, lambda uow: asked_about(uow, clock_id)):
        if not system.clock.frozen:
            return
        # Nobody takes them up while real time stands still.
        settle(system, book, asked, noting=True)
    target = clock.status_details.advancing.target_frozen_time
    # It may have been mended; and a process that died since then could not say that it failed.
    if any(each.clock == clock_id for each in system.database.read(still_aside)):
        system.database.write(lambda connection: retry_on_clock(connection, clock_id))
    done = _Lanes(system, book, clock_id, target, on_batch).run()
    failed = [each for progress in done for each in progress.failed]
    if not failed and any(progress.postponed for progress in done):
        # It goes on with what a payment, or a gateway's silence, is in the way of.
        return
    system.write(book, lambda uow: _arrive(uow, clock_id, target, failed), now=target)


def abandon_clock(system: System, book: Book, clock_id: str, reason: str) -> None:
    """Let an advance end in failure, with a reason that the clock keeps."""

    def work(uow: UnitOfWork) -> None:
        clock = _clock(uow, clock_id)
        if clock is not None and clock.status == "advancing":
            # Some have lived up to there, and what is asked for next is not to lie in their past.
            # What was not done stays due at its own second, and is done by the next advance.
            clock.frozen_time = uow.now = clock.status_details.advancing.target_frozen_time
            _fail(uow, clock, reason)

    system.write(book, work)


def _clock(uow: UnitOfWork, id: str) -> Any:
    return uow.find(REGISTRY[CLOCK_KIND].cls, id)


def _reach(uow: UnitOfWork, clock_id: str, second: int) -> None:
    clock = _clock(uow, clock_id)
    if clock is not None:
        clock.frozen_time = max(clock.frozen_time, second)


def _arrive(uow: UnitOfWork, clock_id: str, target: int, failed: list[tuple[Due, str]]) -> None:
    clock = _clock(uow, clock_id)
    if clock is None or clock.status != "advancing":
        return
    if clock.status_details.advancing.target_frozen_time != target:
        return
    clock.frozen_time = target
    if failed:
        item, reason = failed[0]
        _fail(uow, clock, f"{item.id}: {reason}")
        return
    clock.status = "ready"
    clock.status_details = type(clock.status_details)()
    uow.emit("test_helpers.test_clock.ready", clock)


def _fail(uow: UnitOfWork, clock: Any, reason: str) -> None:
    clock.status = "internal_failure"
    clock.status_details = type(clock.status_details)()
    clock.private.reason = reason
    uow.emit("test_helpers.test_clock.internal_failure", clock)

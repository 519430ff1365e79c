"""Delivery: events on their way to webhook endpoints, in a thread with an event loop of its own.

Each endpoint has a share of its own, so that one that is slow or fails never delays another. A
delivery is read, sent and written down in separate steps: nothing is locked while it is open.
"""

import asyncio
import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from prorata.engine.runtime import System
from prorata.model.errors import Refused
from prorata.rules.retries import webhook_retry_delay
from prorata.store.books import all_books
from prorata.store.claims import Claims
from prorata.store.connection import Connection
from prorata.store.deliveries import (
    EVER,
    MOST_LOOKED_AT,
    Attempt,
    Delivery,
    give_up,
    lease,
    next_of,
    out_of_turn,
    put_back,
    put_off,
    queues,
    record_attempts,
)
from prorata.store.seals import CannotOpen
from prorata.worker.lookups import Lookups
from prorata.worker.payloads import Parcel, Target, parcels
from prorata.worker.post import TIMEOUT_SECONDS, Reply
from prorata.worker.signing import valid_secrets

if TYPE_CHECKING:
    from prorata.worker.addresses import Reach
    from prorata.worker.sender import Sender

# What another process has written is noticed by looking.
POLL_SECONDS = 0.05
# Of one endpoint: read ahead, and open at once.
MOST_IN_HAND = 64
MOST_OPEN = 16
# Until a process that could open no connection tries to open one again.
ROOM_SECONDS = 1.0
# Answers that come in this long after the first are written together with it.
GATHER_SECONDS = 0.005
STOP_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 15.0
log = structlog.get_logger("prorata.worker")


class Deliveries:
    """Delivers what is due until stopped; `wake` when there may be more."""

    def __init__(
        self, system: System, claims: Claims, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._system = system
        self._claims = claims
        self._timeout = timeout
        # On PostgreSQL all workers deliver, and need leases. Of those on an SQLite file one does,
        # and knows by itself what it has in hand.
        self._seat = contextlib.ExitStack()
        self._seated = False
        self._shared = system.database.dialect == "postgresql"
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._all_done = False
        self._in_hand: dict[str, set[str]] = defaultdict(set)
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: list[Attempt] = []
        self._open: dict[str, asyncio.Semaphore] = {}
        # Where something waits and may be sent, as of the last look.
        self._targets: dict[str, Target] = {}
        # Endpoints whose secrets this worker has not the keys for.
        self._sealed: set[str] = set()
        self._wanted: asyncio.Event
        self._ended: asyncio.Event
        self._senders: dict[bool, Sender] = {}

    def start(self) -> None:
        self._stopping = False
        self._system.on_deliveries.append(self.wake)
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now; may be called from any thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._wanted.set)

    def stop(self) -> None:
        """End after a moment for what is open; what is not answered by then is sent again later."""
        if self._thread is None:
            return
        self._system.on_deliveries.remove(self.wake)
        self._stopping = True
        self.wake()
        self._thread.join()
        self._thread = None

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        # What belongs to this run of the loop.
        self._wanted, self._ended = asyncio.Event(), asyncio.Event()
        self._open, self._all_done = {}, False
        self._in_hand.clear()
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(Lookups())
        self._senders = {}
        writer = asyncio.create_task(self._write_down())
        with ThreadPoolExecutor(1, thread_name_prefix="deliveries-read") as reads:
            await self._look_out(reads)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._all_done = True
        self._ended.set()
        await writer
        self._seat.close()
        self._seated = False
        for sender in self._senders.values():
            await sender.close()
        self._loop = None

    async def _look_out(self, reads: ThreadPoolExecutor) -> None:
        """Take what is due whenever woken, and by itself from time to time."""
        assert self._loop is not None
        pause = POLL_SECONDS
        while not self._stopping:
            self._wanted.clear()
            try:
                for parcel in await self._loop.run_in_executor(reads, self._take):
                    self._begin(parcel)
                pause = POLL_SECONDS
            except Exception:
                log.exception("deliveries cannot be read")
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), pause)

    def _begin(self, parcel: Parcel) -> None:
        chaos = self._system.chaos
        wait, *copies = [0.0] if chaos is None else chaos.next_waits()
        for way in (self._deliver(parcel, wait), *(self._repeat(parcel, each) for each in copies)):
            task = asyncio.create_task(way)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # In the reading thread

    def _take(self) -> list[Parcel]:
        """Claim due deliveries, so many of each endpoint as its share allows, with their bodies."""
        if not self._shared and not self._is_seated():
            return []
        now, real_now = self._system.clock.now(), int(time.time())
        read, write = self._system.database.read, self._system.database.write
        found = read(lambda connection: queues(connection, now, real_now), one_query=True)
        if found.disabled:
            write(lambda connection: give_up(connection, found.disabled, now, real_now))
        if found.gone:
            write(lambda connection: give_up(connection, found.gone, EVER, real_now))
        by_book: dict[int, list[tuple[Target, Delivery]]] = defaultdict(list)
        targets = list(filter(self._can_sign, map(Target.of, found.waiting)))
        self._targets = {target.id: target for target in targets}
        try:
            for target in targets:
                for delivery in self._claim(target, now):
                    self._in_hand[target.id].add(delivery.event)
                    by_book[target.book].append((target, delivery))
            if not by_book:
                return []
            return read(lambda connection: self._packed(connection, by_book))
        except BaseException:
            claimed = [pair for pairs in by_book.values() for pair in pairs]
            for target, delivery in claimed:
                self._in_hand[target.id].discard(delivery.event)
            if self._shared and claimed:
                self._put_back(*(delivery for _, delivery in claimed))
            raise

    def _is_seated(self) -> bool:
        """Return whether this worker is the one that delivers; it stays the one until it stops."""
        if not self._seated:
            with contextlib.ExitStack() as seat:
                if seat.enter_context(self._claims.hold("deliveries")):
                    self._seated, self._seat = True, seat.pop_all()
        return self._seated

    def _can_sign(self, target: Target) -> bool:
        """Return whether a target's secrets open; else what is due there waits for their keys."""
        try:
            valid_secrets(target.private, target.id, self._system.seals, self._system.clock.now())
        except (CannotOpen, Refused) as error:
            if target.id not in self._sealed:
                log.error("deliveries wait: a secret cannot be decrypted", endpoint=target.id,
                          reason=str(error))  # fmt: skip
            self._sealed.add(target.id)
            return False
        self._sealed.discard(target.id)
        return True

    def _claim(self, target: Target, now: int) -> list[Delivery]:
        busy = frozenset(self._in_hand[target.id])
        room = MOST_IN_HAND - len(busy)
        if len(busy) >= MOST_OPEN:
            return []
        claimed = self._next_of(target, now, room, busy)
        if target.in_order and len(claimed) < room:
            self._clear_the_way(target, now)
        return claimed

    def _next_of(
        self, target: Target, now: int, room: int, busy: frozenset[str]
    ) -> list[Delivery]:
        look_at = MOST_LOOKED_AT if target.in_order else room + len(busy)
        if not self._shared:
            return self._system.database.read(
                lambda connection: next_of(connection, target.id, now, room, busy, look_at)
            )
        real_now = int(time.time())
        return self._system.database.write(
            lambda connection: lease(connection, target.id, now, room, real_now, look_at)
        )

    def _clear_the_way(self, target: Target, now: int) -> None:
        """Put off what has not its turn: else it is looked at each time, however much it is."""
        found = self._system.database.read(
            lambda connection: out_of_turn(connection, target.id, now)
        )
        if found:
            self._system.database.write(
                lambda connection: put_off(connection, target.id, found, now)
            )

    def _packed(
        self, connection: Connection, by_book: dict[int, list[tuple[Target, Delivery]]]
    ) -> list[Parcel]:
        books = {book.key: book for book in all_books(connection)}
        return [
            parcel
            for key, claimed in by_book.items()
            for parcel in parcels(self._system, connection, books[key], claimed)
        ]

    # On the loop

    async def _repeat(self, parcel: Parcel, wait: float) -> None:
        """Send a delivery once more, whatever comes of it."""
        await asyncio.sleep(wait)
        await self._send(parcel, parcel.target)

    async def _deliver(self, parcel: Parcel, wait: float) -> None:
        delivery = parcel.delivery
        open_at_once = self._open.setdefault(delivery.endpoint, asyncio.Semaphore(MOST_OPEN))
        try:
            if wait:
                await asyncio.sleep(wait)
            async with open_at_once:
                # It may have waited long: its endpoint is as it is by now, or closed.
                target = self._targets.get(delivery.endpoint)
                reply = await self._send(parcel, target) if target is not None else None
            if reply is not None and reply.unsent:
                log.error("deliveries wait: no connection can be opened", reason=reply.error)
                await asyncio.sleep(ROOM_SECONDS)
        except asyncio.CancelledError:
            if self._shared:
                self._put_back(delivery)
            return
        if target is None or reply is None or reply.unsent:
            # That is nobody's try.
            if self._shared:
                await asyncio.to_thread(self._put_back, delivery)
            self._in_hand[delivery.endpoint].discard(delivery.event)
            return
        self._attempts.append(self._outcome(delivery, target, reply))
        self._ended.set()

    async def _send(self, parcel: Parcel, target: Target) -> Reply:
        if parcel.body is None:
            return Reply(None, "The event cannot be told.")
        now = self._system.clock.now()
        try:
            secrets = valid_secrets(target.private, target.id, self._system.seals, now)
            sender = self._sender(target.livemode)
            return await sender.send(target.url, parcel.body, secrets)
        except Exception as error:
            log.exception("delivery failed on our side", delivery=parcel.delivery.event)
            return Reply(None, f"{type(error).__name__}: {error}")

    def _sender(self, livemode: bool) -> "Sender":
        found = self._senders.get(livemode)
        if found is None:
            from prorata.worker.sender import Sender

            reach: Reach = "public" if livemode else "local" if self._system.dev else "private"
            found = self._senders[livemode] = Sender(reach, self._timeout)
        return found

    def _outcome(self, delivery: Delivery, target: Target, reply: Reply) -> Attempt:
        now = self._system.clock.now()
        if reply.delivered:
            return Attempt(delivery, reply.status, delivered_at=now)
        delay = webhook_retry_delay(delivery.attempts + 1, target.livemode)
        log.info(
            "delivery failed", delivery=delivery.event, endpoint=target.id,
            # What stands behind it in an address is often all that its receiver checks.
            host=urlsplit(target.url).netloc.rpartition("@")[2], error=reply.error, again_in=delay,
        )  # fmt: skip
        again = None if delay is None else now + delay
        return Attempt(delivery, reply.status, reply.error, next_attempt_at=again)

    def _put_back(self, *deliveries: Delivery) -> None:
        with contextlib.suppress(Exception):
            self._system.database.write(lambda connection: put_back(connection, deliveries))

    async def _write_down(self) -> None:
        """Write how deliveries ended, many at once, and only then let go of them."""
        pause = GATHER_SECONDS
        while not self._all_done or self._attempts:
            await self._ended.wait()
            self._ended.clear()
            await asyncio.sleep(pause)
            batch, self._attempts = self._attempts, []
            if not batch:
                continue
            try:
                now = self._system.clock.now()
                await asyncio.wrap_future(self._system.database.submit(_recording(batch, now)))
            except Exception:
                log.exception("deliveries cannot be written down")
                self._attempts = batch + self._attempts
                if self._all_done:
                    return
                pause = min(max(2 * pause, POLL_SECONDS), LONGEST_PAUSE_SECONDS)
                self._ended.set()
                continue
            pause = GATHER_SECONDS
            if self._system.figures is not None:
                for attempt in batch:
                    self._system.figures.add(
                        "prorata_delivery_attempts_total", outcome=attempt.outcome
                    )
            for attempt in batch:
                self._in_hand[attempt.delivery.endpoint].discard(attempt.delivery.event)
            self._wanted.set()


def _recording(batch: list[Attempt], now: int) -> Callable[[Connection], None]:
    return lambda connection: record_attempts(connection, batch, now)

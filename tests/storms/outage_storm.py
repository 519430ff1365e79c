"""Outage storm: customers subscribe and pay while the database is cut off, restarted or full.

They do what the official SDKs do: what is refused for the moment is sent again under its key. In
the end each key has one subscription, paid once, whatever happened on the way.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import stripe
from hypothesis import settings

from prorata.engine.advance import run_due
from prorata.server.migrate import migrate
from prorata.store.connection import Unavailable
from servers import Present, running
from storms.cluster import Cluster, cluster
from storms.invariants import INVARIANTS
from storms.money import unmatched, waiting
from storms.rounds import Round
from storms.stored import Stored
from storms.world import BEGINNING

KEYS, AT_ONCE, TROUBLES = 60, 6, 6
AGAIN_SECONDS = 0.2
# After the database is back, everybody must have been answered by then.
BACK_SECONDS = 120.0
# When a request that was cut off counts as such.
CUT_OFF_SECONDS = 130
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
Trouble = Callable[[random.Random], None]


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that plays the outages of one seed."""
    yield lambda number, wanted: play(number, wanted), 1


class Callers:
    """Everybody who subscribes, each with a key, until answered."""

    def __init__(self, server: Any, keys: int) -> None:
        self.server, self.keys = server, keys
        self.api = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1
        self.customers = [
            self.api.customers.create({
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }).id
            for _ in range(4)
        ]  # fmt: skip
        self.price = self.api.prices.create({
            "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }).id  # fmt: skip
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.made: dict[int, str] = {}
        self.longest = 0.0

    def call(self, number: int, until: Callable[[], bool]) -> None:
        """Send one request again and again while it is refused for the moment."""
        while number not in self.made and not until():
            started = time.monotonic()
            try:
                made = self.api.subscriptions.create(
                    {"customer": self.customers[number % 4], "items": [{"price": self.price}],
                     "metadata": {"key": str(number)}},
                    {"idempotency_key": f"key-{number}"},
                )  # fmt: skip
            except stripe.StripeError as error:
                status = error.http_status or 0
                self.answers[status] += 1
                if status not in (409, 429, 503):
                    self.wrong.append(f"key {number}: {status} {error}")
                    return
                if (error.headers or {}).get("stripe-should-retry") != "true":
                    self.wrong.append(f"key {number}: {status} is not to be sent again")
            else:
                self.answers[200] += 1
                self.made[number] = made.id
            self.longest = max(self.longest, time.monotonic() - started)
            time.sleep(AGAIN_SECONDS)

    def problems(self) -> Iterator[str]:
        stored = Stored(self.server.system)
        stored.read()
        yield from self.wrong
        found: dict[str, list[str]] = {}
        for each in stored.of("subscription"):
            found.setdefault(each["metadata"]["key"], []).append(each["id"])
        for number in range(self.keys):
            if found.get(str(number)) != [self.made.get(number)]:
                there = found.get(str(number))
                yield f"key {number}: answered {self.made.get(number)}, there are {there}"
        yield from (f"{id} still waits" for id in waiting(stored))
        yield from unmatched(stored, self.server.system.gateway.books)
        yield from stored.problems()
        for check in INVARIANTS:
            yield from check(stored)


def restarts(database: Cluster) -> list[Trouble]:
    """Return what befalls a PostgreSQL server."""

    def crash(chance: random.Random) -> None:
        database.stop(chance.choice(("immediate", "immediate", "fast")))
        time.sleep(chance.random())
        database.start()

    def cut(chance: random.Random) -> None:
        for _ in range(chance.randrange(1, 8)):
            with psycopg.connect(database.url, autocommit=True) as admin:
                admin.execute(TERMINATE)
            time.sleep(chance.random() / 10)

    def fill_disk(chance: random.Random) -> None:
        database.fill_disk(spare=chance.choice((0, 20_000, 400_000, 1_500_000)))
        time.sleep(0.3 + chance.random() * 2)
        database.make_room()
        # Without room for its log it has ended, or is about to.
        until = time.monotonic() + BACK_SECONDS
        while not database.answers():
            assert time.monotonic() < until
            if not database.is_up:
                database.start()
            time.sleep(0.05)

    return [crash, cut, fill_disk] if database.small else [crash, cut]


def full(server: Any) -> list[Trouble]:
    """Return what befalls the file of an SQLite database: there is no room for more."""
    write = server.system.database.write

    def limit(spare: int) -> None:
        def work(connection: Any) -> None:
            [[pages]] = connection.query("PRAGMA page_count")
            connection.query(f"PRAGMA max_page_count = {pages + spare}")

        until = time.monotonic() + BACK_SECONDS
        while True:
            try:
                return write(work)
            except Unavailable:
                # It was committed together with something that found no room.
                assert time.monotonic() < until
                time.sleep(0.01)

    def fill(chance: random.Random) -> None:
        limit(chance.randrange(1, 12))
        time.sleep(chance.random())
        limit(1 << 20)

    return [fill]


def play(seed: int, wanted: settings | None = None, keys: int = KEYS) -> dict[str, int]:
    """Play the outages of one seed; raise AssertionError for what they broke."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        if Present.store == "postgresql":
            database = stack.enter_context(cluster(small=True, log_megabytes=1))
            if database is None:
                database = stack.enter_context(cluster())
            if database is None:
                return {"skipped": 1}
            migrate(database.url)
            server = stack.enter_context(running(database.url, now=BEGINNING))
            troubles = restarts(database)
        else:
            server = stack.enter_context(running("sqlite://", now=BEGINNING))
            troubles = full(server)
        callers = Callers(server, keys)
        over = [float("inf")]

        def late() -> bool:
            return time.monotonic() > over[0]

        def trouble() -> None:
            try:
                for _ in range(TROUBLES):
                    time.sleep(0.2 + chance.random() / 2)
                    chance.choice(troubles)(chance)
            finally:
                over[0] = time.monotonic() + BACK_SECONDS

        makers = threading.Thread(target=trouble)
        makers.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            calls = [pool.submit(callers.call, each, stop_of(callers, late))
                     for each in range(keys)]  # fmt: skip
            makers.join()
            # Whose request was cut off is answered when it is known to be.
            _later(server, CUT_OFF_SECONDS)
            for each in calls:
                each.result()
        _later(server, 3600)
        wrong = list(callers.problems())
        assert not wrong, "\n".join(wrong)
        counted = {f"answers {status}": number for status, number in callers.answers.items()}
        return {**counted, "subscriptions": len(callers.made)}


def stop_of(callers: Callers, late: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: late() or bool(callers.wrong)


def _later(server: Any, seconds: int) -> None:
    """Let time pass, and whatever was left open be taken up."""
    system = server.system
    until = time.monotonic() + BACK_SECONDS
    for _ in range(2):
        system.clock.move_to(system.clock.now() + seconds)
        while True:
            try:
                run_due(system, system.clock.now())
                break
            except Unavailable:
                # The database has just come back, and the connections to it are not there yet.
                assert time.monotonic() < until
                time.sleep(AGAIN_SECONDS)

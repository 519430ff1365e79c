"""Receivers storm: endpoints that come and go, slow, broken or hostile, while events are told.

Every event must arrive at every endpoint at least once by the end of its retries, at those that ask
for it in the order of each object's events, and the well-behaved must never wait for the others.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import stripe
from hypothesis import settings

from prorata.engine.chaos import Chaos, Fates
from prorata.worker.loop import Worker
from servers import fresh_database, running
from storms.hostile import WAYS, apart
from storms.rounds import Round
from storms.world import BEGINNING

ENDPOINTS, PRODUCTS, CHANGES = 6, 5, 8
TIMEOUT_SECONDS = 0.5
# Of the test mode's schedule: 5 minutes, 30 minutes, 2 hours after the try before.
RETRIES = (300, 1_800, 7_200)
PROMPT_SECONDS = 6.0
PATIENCE_SECONDS = 60.0


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that plays the receivers of one seed."""
    yield lambda number, wanted: play(number, wanted), 1


def play(seed: int, wanted: settings | None = None) -> dict[str, int]:
    """Tell the events of one seed; raise AssertionError for what is lost, late or out of order."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        hostile, good = stack.enter_context(apart()), stack.enter_context(apart())
        url = stack.enter_context(fresh_database())
        server = stack.enter_context(running(url, worker=False, now=BEGINNING))
        worker = Worker(server.system, delivery_timeout=TIMEOUT_SECONDS)
        worker.start()
        stack.callback(worker.stop)
        if chance.random() < 0.5:
            server.system.chaos = Chaos(Fates(seed, duplicate=0.3, shuffle=True))
        paths = [f"{number}" for number in range(ENDPOINTS)]
        ordered = set(chance.sample(paths, 2))
        hostile.answer({path: chance.choice((*WAYS, "ok")) for path in paths})
        told = _tell(server, {"good": good, **dict.fromkeys(paths, hostile)}, ordered)
        started = time.monotonic()
        _wait(lambda: set(told) <= set(good.taken("good")), "the good one waits")
        prompt = time.monotonic() - started
        assert prompt < PROMPT_SECONDS, f"the good one waited for {prompt:.1f} seconds"
        for delay in RETRIES[:-1]:
            _settle(server)
            hostile.answer({path: chance.choice((*WAYS, "ok", "ok")) for path in paths})
            server.system.clock.move_to(server.system.clock.now() + delay)
        _settle(server)
        hostile.answer({})
        # One that is told in order may have had the last try of its first event only now.
        for _ in range(PRODUCTS * CHANGES):
            server.system.clock.move_to(server.system.clock.now() + RETRIES[-1])
            _settle(server)
            if not _open(server):
                break
        for path in ordered:
            _in_order(hostile.taken(path), told, path)
        missing = {path: len(set(told) - set(hostile.taken(path))) for path in paths}
        given_up = _given_up(server)
        assert sum(missing.values()) == given_up, f"{missing} are missing, {given_up} given up"
        assert hostile.tries()["private"] == 0, "a redirect was followed"
        return {"events": len(told), "tries": hostile.tries().total(), "given up": given_up}


def _tell(server: Any, receivers: dict[str, Any], ordered: set[str]) -> dict[str, str]:
    """Make the endpoints and the events; return what each event is about, in their order."""
    api = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
    for path, receiver in receivers.items():
        api.webhook_endpoints.create({
            "url": receiver.url(path), "enabled_events": ["product.created", "product.updated"],
            "metadata": {"prorata_order": "object"} if path in ordered else {},
        })  # fmt: skip
    made = [api.products.create({"name": "0"}).id for _ in range(PRODUCTS)]
    for number in range(1, CHANGES):
        for id in made:
            api.products.update(id, {"name": str(number)})
    found = list(api.events.list({"limit": 100}).auto_paging_iter())
    return {each.id: each.data.object.id for each in reversed(found)}


def _settle(server: Any) -> None:
    """Wait until nothing is due any more."""
    now = server.system.clock.now()
    _wait(lambda: not _due(server, now), "deliveries stay due")


def _due(server: Any, now: int) -> list[Any]:
    rows: list[Any] = server.system.database.read(lambda connection: connection.query(
        "SELECT d.event FROM delivery AS d WHERE d.next_attempt_at <= ? AND NOT EXISTS ("
        "SELECT 1 FROM delivery AS p WHERE p.endpoint = d.endpoint AND p.object = d.object"
        " AND p.next_attempt_at > ? AND (p.turn, p.event) < (d.turn, d.event)) LIMIT 1",
        (now, now),
    ))  # fmt: skip
    return rows


def _open(server: Any) -> list[Any]:
    rows: list[Any] = server.system.database.read(lambda connection: connection.query(
        "SELECT event FROM delivery WHERE next_attempt_at IS NOT NULL LIMIT 1"
    ))  # fmt: skip
    return rows


def _given_up(server: Any) -> int:
    [[number]] = server.system.database.read(lambda connection: connection.query(
        "SELECT COUNT(*) FROM delivery WHERE next_attempt_at IS NULL AND delivered_at IS NULL"
    ))  # fmt: skip
    return int(number)


def _in_order(arrived: list[str], told: dict[str, str], path: str) -> None:
    """Expect that of each object's events none came for the first time after a later one."""
    places = {id: place for place, id in enumerate(told)}
    last: dict[str, int] = {}
    for id in dict.fromkeys(arrived):
        about = told[id]
        assert places[id] > last.get(about, -1), f"{path}: {id} of {about} came too late"
        last[about] = places[id]


def _wait(condition: Any, complaint: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, complaint
        time.sleep(0.05)

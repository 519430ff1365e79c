"""Answers of PostgreSQL that are lost on the way, on connections that both ends still hold."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from prorata.gateways.sandbox import connections
from prorata.gateways.sandbox.books import SCHEMA
from prorata.store import attentive
from prorata.store.claims import Claims
from prorata.store.database import open_database

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

Pair = tuple[socket.socket, socket.socket]


class Hole:
    """A way to a server that swallows, when told, all that comes on its open connections."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (str(parts.hostname), int(parts.port or 5432))
        self._pairs: list[Pair] = []
        self._swallowed: set[Pair] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        own = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = url.replace(f"{parts.hostname}:{parts.port}", own)
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        self._swallowed.update(self._pairs)

    def close(self) -> None:
        self._listener.close()
        for end in [end for pair in self._pairs for end in pair]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                pair = self._listener.accept()[0], socket.create_connection(self._server)
                self._pairs.append(pair)
                for one, other in (pair, pair[::-1]):
                    passing = threading.Thread(
                        target=self._pass_on, args=(one, other, pair), daemon=True
                    )
                    passing.start()

    def _pass_on(self, one: socket.socket, other: socket.socket, pair: Pair) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                if pair not in self._swallowed:
                    other.sendall(data)
            if pair not in self._swallowed:
                other.shutdown(socket.SHUT_WR)


@pytest.fixture
def hole(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hole]:
    monkeypatch.setattr(attentive, "QUIET_SECONDS", 0.3)
    with closing(Hole(database_url)) as found:
        yield found


def assert_second_try(hole: Hole, work: Any, tries: list[float], answer: int) -> None:
    with closing(open_database(hole.url)) as database:
        for unit in (database.read, database.write):
            tries.clear()
            assert unit(work) == [(answer,)]
            assert len(tries) == 2


def test_a_unit_whose_answers_are_lost_is_tried_again(hole: Hole) -> None:
    tries: list[float] = []

    def work(connection: Any) -> Any:
        if not tries:
            # All the pools' connections: none of them is tried in vain.
            hole.swallow()
        tries.append(time.monotonic())
        return connection.query("SELECT 1")

    assert_second_try(hole, work, tries, 1)


def test_a_unit_that_was_answered_before_is_tried_again_too(hole: Hole) -> None:
    """The server calls it active between two queries of a pipeline."""
    tries: list[float] = []

    def work(connection: Any) -> Any:
        connection.query("SELECT 1")
        if not tries:
            hole.swallow()
        tries.append(time.monotonic())
        return connection.query("SELECT 2")

    assert_second_try(hole, work, tries, 2)


def test_an_answer_may_take_its_time(hole: Hole) -> None:
    with closing(open_database(hole.url)) as database:
        asked: list[bool] = []

        def slow(connection: Any) -> Any:
            asked.append(True)
            return connection.query("SELECT 1 FROM pg_sleep(2)")

        assert database.read(slow) == [(1,)]
        assert len(asked) == 1


def test_what_is_locked_by_who_stands_still_is_taken_over(
    hole: Hole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between two queries of a pipeline, for which the server has no bound."""
    monkeypatch.setattr(attentive, "STANDSTILL", "300ms")
    locked, goes_on = threading.Event(), threading.Event()
    tries: list[float] = []

    def lock(connection: Any) -> Any:
        return connection.query("SELECT 1 FROM pg_advisory_xact_lock(77)")

    def stand_still(connection: Any) -> Any:
        tries.append(time.monotonic())
        lock(connection)
        locked.set()
        goes_on.wait(20)
        return connection.query("SELECT 2")

    with closing(open_database(hole.url)) as one, closing(open_database(hole.url)) as other:
        standing = one.submit(stand_still)
        assert locked.wait(10)
        assert other.write(lock) == [(1,)]
        goes_on.set()
        assert standing.result() == [(2,)]
    assert len(tries) == 2


def test_who_is_at_work_keeps_what_it_has_locked(
    hole: Hole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attentive, "STANDSTILL", "300ms")
    locked = threading.Event()
    tries: list[float] = []

    def lock(connection: Any) -> Any:
        return connection.query("SELECT 1 FROM pg_advisory_xact_lock(77)")

    def work(connection: Any) -> Any:
        tries.append(time.monotonic())
        lock(connection)
        locked.set()
        return connection.query("SELECT 2 FROM pg_sleep(2)")

    with closing(open_database(hole.url)) as one, closing(open_database(hole.url)) as other:
        working = one.submit(work)
        assert locked.wait(10)
        assert other.write(lock) == [(1,)]
        assert working.result() == [(2,)]
    assert len(tries) == 1


def test_the_sandbox_is_asked_again_where_its_answer_is_lost(
    hole: Hole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_SILENT_SECONDS", 0.5)
    with closing(connections.connect(hole.url, SCHEMA)) as books:
        assert books.run("SELECT count(*) FROM sandbox_orders") == [(0,)]
        hole.swallow()
        with pytest.raises(psycopg.OperationalError, match="has said nothing"):
            books.run("SELECT 1")
        assert books.run("SELECT 1") == [(1,)]


def test_claims_whose_answer_is_lost_are_staked_again(hole: Hole) -> None:
    with closing(open_database(hole.url)) as database, closing(Claims(database)) as claims:
        with claims.hold("due") as held:
            assert held
        hole.swallow()
        claims.keep()
        with claims.hold("other") as held:
            assert held

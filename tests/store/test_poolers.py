"""Poolers in front of PostgreSQL: a connection has to keep its session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from prorata.store import postgres, sessions
from prorata.store.connection import Unavailable, Unfit
from prorata.store.database import open_database
from prorata.store.sessions import require_own_sessions


class Pooler:
    """Shares out the processes of a server, the `newest` first or the `oldest`, or keeps them."""

    def __init__(self, gives: str, spare: int) -> None:
        self.gives = gives
        self.free = list(range(spare))
        self.last = spare

    def take(self) -> int:
        if self.free:
            return self.free.pop(-1 if self.gives == "newest" else 0)
        self.last += 1
        return self.last

    @contextmanager
    def connect(self) -> Iterator[Client]:
        yield Client(self)


class Client:
    """A connection through a pooler, and a cursor of its answers."""

    def __init__(self, pooler: Pooler) -> None:
        self.pooler = pooler
        self.process: int | None = None

    def execute(self, sql: str) -> Client:
        if self.process is None:
            self.process = self.pooler.take()
        return self

    def fetchone(self) -> tuple[int | None]:
        return (self.process,)

    def commit(self) -> None:
        if self.pooler.gives != "its own":
            assert self.process is not None
            self.pooler.free.append(self.process)
            self.process = None


@pytest.mark.parametrize("spare", [0, 1, 2, 5])
@pytest.mark.parametrize("gives", ["newest", "oldest"])
def test_one_that_shares_sessions_out_is_noticed(gives: str, spare: int) -> None:
    with pytest.raises(Unfit, match="pool_mode = session"):
        require_own_sessions(Pooler(gives, spare).connect)


@pytest.mark.parametrize("spare", [0, 2])
def test_one_that_gives_each_its_own_is_fit(spare: int) -> None:
    require_own_sessions(Pooler("its own", spare).connect)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_database_behind_one_is_asked_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is in between numbers the processes by himself."""
    monkeypatch.setattr(sessions, "is_direct", lambda *_: False)
    asked: list[Any] = []

    def require(connect: Any) -> None:
        asked.append(connect)
        require_own_sessions(connect)

    monkeypatch.setattr(postgres, "require_own_sessions", require)
    with closing(open_database(database_url)) as database:
        for once in (True, False):
            assert database.read(lambda each: each.query("SELECT 1"), one_query=once) == [(1,)]
    assert len(asked) == 1

    shared = Pooler("newest", 0)
    monkeypatch.setattr(psycopg, "connect", lambda *_: shared.connect())
    with (
        closing(open_database(database_url)) as database,
        pytest.raises(Unavailable, match="pool_mode = session"),
    ):
        database.read(lambda each: each.query("SELECT 1"))

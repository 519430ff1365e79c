"""Sessions that PostgreSQL ends: what was committed stands, what was not is tried anew."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

import servers
from prorata.store import sessions
from prorata.store.database import open_database
from storms.proxy import Proxy

from .test_outages import NOW, assert_sound, names, post

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def test_a_connection_that_ends_after_the_commit_undoes_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, ended = psycopg.Connection.commit, []

    def commit_and_end(raw: Any) -> None:
        commit(raw)
        if raw.info.pipeline_status and len(ended) < awaited:
            ended.append(raw)
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [raw.info.backend_pid])

    with (
        servers.running(database_url, worker=False, now=NOW) as server,
        psycopg.connect(database_url, autocommit=True) as admin,
    ):
        post(server, "products", {"name": "Before"})
        monkeypatch.setattr(psycopg.Connection, "commit", commit_and_end)
        awaited = 1
        assert post(server, "products", {"name": "Basic"})[0] == 200
        awaited = 2
        asked = server.system.database.read(lambda connection: connection.query("SELECT 1"))
        assert (asked, len(ended)) == ([(1,)], 2)
        assert names(server) == ["Basic", "Before"]
        assert_sound(server)


def test_a_session_that_the_server_ends_for_its_idleness_costs_another_try(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def dawdle(connection: Any) -> int:
        if not tries:
            connection.run("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
        connection.check()
        tries.append(time.sleep(0.0 if tries else 0.2))
        return len(connection.query("SELECT 1"))

    def back(pair: Any, _: Any) -> None:
        client, server = pair
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if b"25P03" in data:
                    # It meets a query that is on its way.
                    time.sleep(0.4)
                client.sendall(data)
        proxy._end(pair)

    def end(pair: Any) -> None:
        # What the server says last is heard before it is seen to be gone.
        time.sleep(1)
        Proxy._end(proxy, pair)

    with closing(Proxy(database_url)) as proxy:
        monkeypatch.setattr(proxy, "_back", back)
        monkeypatch.setattr(proxy, "_end", end)
        with closing(open_database(proxy.url)) as database:
            assert (database.write(dawdle), len(tries)) == (1, 2)
        monkeypatch.undo()


@pytest.mark.parametrize("wait", [lambda each: each.check(), lambda each: each.query("SELECT 2")])
def test_a_process_that_stands_still_in_a_unit_does_not_keep_what_it_locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch, wait: Any
) -> None:
    monkeypatch.setitem(sessions.VIGILANCE, "idle_in_transaction_session_timeout", "300ms")
    tries: list[bool] = []
    order: list[str] = []

    def stands_still(connection: Any) -> None:
        tries.append(True)
        connection.run("LOCK TABLE delivery")
        wait(connection)
        if len(tries) == 1:
            assert other.submit(database.write, goes_on).result(20) is None
        connection.query("SELECT 1")
        order.append("still")

    def goes_on(connection: Any) -> None:
        connection.run("LOCK TABLE delivery")
        order.append("on")

    with closing(open_database(database_url)) as database, ThreadPoolExecutor(1) as other:
        database.write(stands_still)
        assert (len(tries), order) == (2, ["on", "still"])
        # Who only reads keeps nobody waiting, and may take its time.
        assert database.read(lambda each: (each.query("SELECT 1"), time.sleep(0.6))[0]) == [(1,)]

"""Units that others outran some times go one after the other, and hold nobody up who comes anew."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from prorata.store import connection as connection_module
from prorata.store import turns
from prorata.store.connection import Conflict
from prorata.store.database import open_database
from prorata.store.postgres import OUTRUN, OUTRUN_STILL, TRIES

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

UNITS = 8


def outrun(times: int, then: Callable[[], Any]) -> Callable[[Any], Any]:
    """Return a unit of work that others outrun so many times before it does something."""
    tries = []

    def unit(connection: Any) -> Any:
        tries.append(connection)
        if len(tries) <= times:
            raise Conflict("somebody was faster")
        return then()

    return unit


def test_those_who_were_outrun_go_one_at_a_time_whatever_their_process(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pools stand for two processes."""
    monkeypatch.setattr(turns, "WAIT_SECONDS", 60.0)
    inside, seen = Counter[str](), []

    def alone() -> None:
        inside["now"] += 1
        seen.append(inside["now"])
        time.sleep(0.01)
        inside["now"] -= 1

    with (
        closing(open_database(database_url)) as one,
        closing(open_database(database_url)) as other,
        ThreadPoolExecutor(UNITS) as threads,
    ):
        waiting = [
            threads.submit((one, other)[place % 2].write, outrun(OUTRUN, alone))
            for place in range(UNITS)
        ]
        for each in waiting:
            each.result()
    assert seen == [1] * UNITS


def test_nobody_who_comes_anew_waits_for_a_turn(database_url: str) -> None:
    entered, leave = threading.Event(), threading.Event()

    def stay() -> None:
        entered.set()
        assert leave.wait(60)

    with closing(open_database(database_url)) as database, ThreadPoolExecutor(1) as threads:
        staying = threads.submit(database.write, outrun(OUTRUN, stay))
        assert entered.wait(60)
        assert database.write(lambda connection: connection.query("SELECT 1")) == [(1,)]
        assert database.write(outrun(OUTRUN - 1, lambda: "done")) == "done"
        leave.set()
        staying.result()


def test_a_turn_that_does_not_come_is_not_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)
    with (
        psycopg.connect(database_url) as somebody,
        closing(open_database(database_url)) as database,
    ):
        somebody.execute("SELECT pg_advisory_xact_lock(%s)", [turns.LOCK])
        assert database.write(outrun(TRIES - 1, lambda: "done")) == "done"
        with pytest.raises(Conflict):
            database.write(outrun(TRIES, lambda: "done"))


def test_a_turn_is_free_again_when_its_connection_is_lost(database_url: str) -> None:
    """What was done with the turn stays done."""

    def lose() -> str:
        with psycopg.connect(database_url, autocommit=True) as somebody:
            somebody.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " JOIN pg_database here ON here.oid = pg_locks.database"
                " AND here.datname = current_database()"
                " WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
                [turns.LOCK >> 32, turns.LOCK & 0xFFFFFFFF],
            )
        return "done"

    with closing(open_database(database_url, pool=1)) as database:
        for _ in range(2):
            unit = outrun(OUTRUN, lose)
            assert database.write(unit) == "done"


def test_who_is_outrun_all_the_same_keeps_the_others_away(database_url: str) -> None:
    """Somebody changes its row before it does, each time that it tries."""
    tries, kept_away = [], []

    def add(connection: Any) -> None:
        tries.append(connection)
        [(found,)] = connection.query("SELECT value FROM turned")
        try:
            somebody.execute("UPDATE turned SET value = value + 100")
        except psycopg.errors.LockNotAvailable as error:
            kept_away.append(error)
        connection.run("UPDATE turned SET value = ?", (found + 1,))

    with (
        psycopg.connect(database_url, autocommit=True) as somebody,
        closing(open_database(database_url)) as database,
    ):
        make_table(database)
        somebody.execute("SET lock_timeout = '100ms'")
        database.write(add)
        assert value(database) == OUTRUN_STILL * 100 + 1
        assert (len(tries), len(kept_away)) == (OUTRUN_STILL + 1, 1)
        somebody.execute("UPDATE turned SET value = 0")


def test_who_stays_in_the_middle_of_something_is_not_waited_for_forever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "ALONE_WAIT", "10ms")
    tries = []

    def add(connection: Any) -> None:
        connection.query("SELECT value FROM turned")
        tries.append(connection)
        connection.run("UPDATE turned SET value = value + 1")
        raise Conflict("somebody was faster")

    with (
        psycopg.connect(database_url) as somebody,
        closing(open_database(database_url)) as database,
    ):
        make_table(database)
        somebody.execute("INSERT INTO turned VALUES (100)")
        with pytest.raises(Conflict, match="lock timeout"):
            database.write(add)
        assert len(tries) == OUTRUN_STILL
        somebody.rollback()
        assert value(database) == 0


def test_many_who_want_the_same_row_all_come_to_it(database_url: str) -> None:
    """At once, again and again, and with nothing else to do: that is when the winner wins again."""
    each, most = 30, Counter[int]()

    def adds(place: int, database: Any) -> None:
        for _ in range(each):
            tries: list[int] = []

            def add(connection: Any, tries: list[int] = tries) -> None:
                tries.append(1)
                [(found,)] = connection.query("SELECT value FROM turned")
                time.sleep(0.002)
                connection.run("UPDATE turned SET value = ?", (found + 1,))

            database.write(add)
            most[place] = max(most[place], len(tries))

    with closing(open_database(database_url)) as one, closing(open_database(database_url)) as other:
        make_table(one)
        with ThreadPoolExecutor(UNITS) as threads:
            list(threads.map(adds, range(UNITS), [one, other] * UNITS))
        assert value(one) == UNITS * each
    assert max(most.values()) < TRIES


def make_table(database: Any) -> None:
    database.write(lambda connection: connection.run("CREATE TABLE turned (value integer)"))
    database.write(lambda connection: connection.run("INSERT INTO turned VALUES (0)"))


def value(database: Any) -> int:
    [(found,)] = database.read(lambda connection: connection.query("SELECT value FROM turned"))
    return int(found)

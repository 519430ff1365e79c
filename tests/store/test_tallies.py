"""Tallies: counts add up whoever else counts, and are undone with the step that counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from prorata.engine.doctor import examine
from prorata.engine.recovery.proofs import retries_are_counted
from prorata.rules.recovery import epoch_of, slots_of
from prorata.store.tallies import Counts
from prorata.testing.live_server import RunningServer
from servers import running

NAME = "recovery insufficient_funds"
AT = 1_770_000_000
NOW = epoch_of(AT)


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[RunningServer]:
    with running() as found:
        yield found


def book(server: RunningServer):
    from prorata.store.books import all_books

    return next(each for each in server.system.database.read(all_books) if not each.livemode)


def counts(server: RunningServer, clock: str | None = None) -> Counts:
    return server.system.read(book(server), lambda uow: uow.tallies.counts(clock, NAME))


def test_units_that_count_at_the_same_time_lose_nothing(server):
    def once(uow, *, about: str, won: bool) -> None:
        uow.tallies.count(None, NAME, slots_of(AT), epoch=NOW, won=won, about=about)

    def count(number: int) -> None:
        for turn in range(10):
            about = f"in_{number:02d}{turn:02d}"
            server.system.write(book(server), partial(once, about=about, won=turn % 2 == 0))

    threads = [threading.Thread(target=count, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counts(server)["all"] == {NOW: (60, 30)}
    assert len(counts(server)) == 4


def test_a_unit_sees_what_it_counts_and_a_step_that_fails_counts_nothing(server):
    def work(uow) -> Counts:
        uow.tallies.count("clock_a", NAME, ("all",), epoch=NOW, won=True, about="in_a")
        with pytest.raises(KeyError), uow.step(AT):
            uow.tallies.count("clock_a", NAME, ("all",), epoch=NOW, won=False, about="in_a")
            raise KeyError
        with uow.suppose():
            uow.tallies.count("clock_a", NAME, ("all",), epoch=NOW, won=False, about="in_a")
        return uow.tallies.counts("clock_a", NAME)

    assert server.system.write(book(server), work).result == {"all": {NOW: (1, 1)}}
    assert counts(server, "clock_a") == {"all": {NOW: (1, 1)}}
    server.system.write(book(server), lambda uow: uow.tallies.forget("clock_a"))
    assert counts(server, "clock_a") == {}


def test_the_doctor_names_what_does_not_add_up(server):
    server.system.write(
        book(server),
        lambda uow: uow.tallies.count(
            None, NAME, slots_of(AT), epoch=NOW, won=True, about="in_doctor"
        ),
    )
    assert [each for each in examine(server.system) if each.findings] == []
    server.system.database.write(
        lambda connection: connection.run("UPDATE tally SET won = won + 100 WHERE slot = 'all'")
    )
    found = server.system.database.read(
        lambda connection: list(retries_are_counted(server.system, connection))
    )
    [problem] = found
    assert problem is not None and problem.startswith("insufficient_funds: ")
    assert problem.endswith(" retries were paid (all)")

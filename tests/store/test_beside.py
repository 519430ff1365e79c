"""Units decided beside SQLite's one writer: written whole, or run anew where others were faster."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import servers
from prorata.engine.customers.create import create
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import CustomerCreateParams
from prorata.store.beside import MOST_ROWS, BesideConnection, Luck
from prorata.store.books import all_books
from prorata.store.bulk import BUILT
from prorata.store.connection import Connection, SqliteConnection
from prorata.store.memory import OLDEST_SECONDS, Memory
from prorata.wire.decode import decode
from sound import assert_sound


@pytest.fixture(params=["bulk", "driver"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    if request.param == "driver":
        # As where the extension was not built.
        monkeypatch.setattr("prorata.store.bulk.BUILT", False)
    elif not BUILT:
        pytest.skip("the extension was not built")
    with servers.running("sqlite://", worker=False) as server:
        assert server.system.database.lanes == {"bulk": 2, "driver": 1}[request.param]
        yield server.system


def book_of(system: Any) -> Any:
    return system.database.read(all_books)[0]


def customers(system: Any, *names: str) -> list[str]:
    def work(uow: Any) -> list[str]:
        return [create(uow, decode(CustomerCreateParams, {"name": name})).id for name in names]

    made: list[str] = system.write(book_of(system), work).result
    return made


def names_and_revisions(system: Any) -> list[tuple[str, int]]:
    sql = "SELECT name, revision FROM doc_customer ORDER BY name"
    found: list[tuple[str, int]] = system.database.read(lambda connection: connection.query(sql))
    return found


@pytest.mark.parametrize("count", [1, 2, 3, MOST_ROWS - 1, MOST_ROWS, 2 * MOST_ROWS + 37])
def test_any_number_of_documents_is_made_and_changed_in_one_unit(system: Any, count: int) -> None:
    names = [f"{place:05}" for place in range(count)]

    def make(uow: Any) -> list[str]:
        return [create(uow, decode(CustomerCreateParams, {"name": name})).id for name in names]

    ids = system.write(book_of(system), make, beside=True).result

    def rename(uow: Any) -> None:
        for customer in uow.load(Customer, ids).values():
            customer.name = f"{customer.name} again"

    system.write(book_of(system), rename, beside=True)
    assert names_and_revisions(system) == [(f"{name} again", 2) for name in names]
    told = system.database.read(
        lambda connection: connection.query(
            "SELECT type, COUNT(*) FROM event WHERE type LIKE 'customer.%' GROUP BY type"
        )
    )
    assert dict(told) == {"customer.created": count, "customer.updated": count}


def test_a_long_chain_of_units_sees_what_others_have_changed(
    system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    [id] = customers(system, "Ada")
    chain, seconds = Memory(), [0.0]
    monkeypatch.setattr(
        "prorata.store.memory.time", SimpleNamespace(monotonic=lambda: seconds[0])
    )

    def seen_after(passed: float) -> str:
        seconds[0] += passed
        unit = system.write(
            book_of(system), lambda uow: uow.look(Customer, id).name, memory=chain, beside=True
        )
        name: str = unit.result
        return name

    assert seen_after(0) == "Ada"
    system.write(book_of(system), lambda uow: rename(uow, id, "Eve"))
    seen = [seen_after(0.6 * OLDEST_SECONDS) for _ in range(3)]
    assert seen == ["Ada", "Eve", "Eve"]


def test_a_unit_that_was_overtaken_is_run_anew_on_what_the_other_one_left(system: Any) -> None:
    [first, second] = customers(system, "Ada", "Bea")
    tries = []

    def longer(uow: Any) -> None:
        tries.append(1)
        for customer in uow.load(Customer, [first, second]).values():
            customer.name += "!"
        if len(tries) == 1:
            system.write(book_of(system), lambda other: rename(other, first, "Eve"))

    system.write(book_of(system), longer, beside=True)
    assert len(tries) == 2
    assert names_and_revisions(system) == [("Bea!", 2), ("Eve!", 3)]


def rename(uow: Any, id: str, name: str) -> None:
    uow.get(Customer, id).name = name


def test_others_write_while_a_unit_is_decided(system: Any) -> None:
    [first, second] = customers(system, "Ada", "Bea")

    def slow(uow: Any) -> None:
        uow.get(Customer, first).name = "Eve"
        # Waited for in here: with the unit in the writer's thread, this would wait for ever.
        system.write(book_of(system), lambda other: rename(other, second, "Zoe"))

    system.write(book_of(system), slow, beside=True)
    assert names_and_revisions(system) == [("Eve", 2), ("Zoe", 2)]


def test_a_unit_that_reads_what_it_has_written_is_run_in_the_writer(system: Any) -> None:
    ways = []

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        ways.append(type(connection))
        connection.run("CREATE TABLE note (text TEXT)")
        connection.insert("note", ["text"], [["a"], ["b"]])
        return connection.query("SELECT text FROM note")

    assert system.database.write(work, beside=True) == [("a",), ("b",)]
    assert ways == [BesideConnection, SqliteConnection]


def test_a_unit_that_fails_leaves_nothing(system: Any) -> None:
    def work(connection: Connection) -> None:
        connection.run("CREATE TABLE note (text TEXT)")
        raise LookupError

    with pytest.raises(LookupError):
        system.database.write(work, beside=True)
    tables = "SELECT name FROM sqlite_master WHERE name = 'note'"
    assert system.database.read(lambda connection: connection.query(tables)) == []


def test_a_value_that_another_one_took_meanwhile_is_seen_by_the_next_try(system: Any) -> None:
    system.database.write(lambda each: each.run("CREATE TABLE note (text TEXT PRIMARY KEY)"))
    seen = []

    def work(connection: Connection) -> None:
        seen.append(connection.query("SELECT text FROM note"))
        if len(seen) == 1:
            system.database.write(lambda each: each.insert("note", ["text"], [["taken"]]))
        if not seen[-1]:
            connection.insert("note", ["text"], [["taken"]])

    system.database.write(work, beside=True)
    assert seen == [[], [("taken",)]]


def test_what_another_one_relied_on_meanwhile_is_changed_after_it(system: Any) -> None:
    [ada] = customers(system, "Ada")
    tries = []

    def longer(uow: Any) -> None:
        tries.append(1)
        uow.get(Customer, ada).name = "Eve"
        if len(tries) == 1:
            system.write(book_of(system), lambda other: other.rely_on(other.get(Customer, ada)))

    system.write(book_of(system), longer, beside=True)
    assert len(tries) == 2
    assert names_and_revisions(system) == [("Eve", 3)]
    assert_sound(system)


def test_what_divides_usage_is_decided_in_the_writer(system: Any) -> None:
    ways = []

    def work(uow: Any) -> int:
        ways.append(type(uow.connection))
        moment: int = uow.usage.moment()
        return moment

    assert system.write(book_of(system), work, beside=True).result
    assert ways == [BesideConnection, SqliteConnection]


def test_after_a_unit_that_was_overtaken_the_next_ones_are_not_decided_beside() -> None:
    luck, tried = Luck(), []
    for _ in range(20):
        if luck.good():
            tried.append(True)
            luck.lost()
        else:
            tried.append(False)
    assert [place for place, each in enumerate(tried) if each] == [0, 2, 5, 10, 19]
    while not luck.good():
        pass
    luck.won()
    assert luck.good() and luck.good()

"""Bulk writing in SQLite: as the driver writes, with its errors, while other threads go on."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from prorata.store.bulk import BUILT, Bulk
from prorata.store.connection import UniqueViolation

pytestmark = pytest.mark.skipif(not BUILT, reason="the extension was not built")

INSERT = "INSERT INTO note VALUES (?, ?)"
UPDATE = "UPDATE note SET value = ? WHERE id = ?"


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(
        tmp_path / "notes.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, value)")
    yield connection
    connection.close()


@pytest.fixture
def bulk(raw: sqlite3.Connection) -> Iterator[Bulk]:
    bulk = Bulk(raw)
    yield bulk
    bulk.close()


def notes(raw: sqlite3.Connection) -> list[tuple[object, ...]]:
    return raw.execute("SELECT id, value, typeof(value) FROM note ORDER BY id").fetchall()


def test_values_are_written_as_the_driver_writes_them(raw: sqlite3.Connection, bulk: Bulk) -> None:
    values = [
        None, 0, 1, -1, 2**63 - 1, -(2**63), True, "", "plain", "1 × Gold", "a\0b", "😀", b"",
        b"\0\xff", "x" * 100_000,
    ]  # fmt: skip
    bulk.run([(INSERT, list(enumerate(values)), False)])
    written = notes(raw)
    raw.execute("DELETE FROM note")
    raw.executemany(INSERT, list(enumerate(values)))
    assert written == notes(raw)


def test_parts_are_run_in_turn_with_rows_of_any_sequence(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    parts = [
        (INSERT, [(1, "a"), [2, "b"]], False),
        (UPDATE, ([["c", 1]]), True),
        (INSERT, (), False),
        (INSERT, ((3, "d"),), True),
        ("DELETE FROM note WHERE id = ?", [(2,)], True),
        ("UPDATE note SET value = 'all'", [()], False),
    ]
    assert bulk.run(parts) is None
    assert notes(raw) == [(1, "all", "text"), (3, "all", "text")]
    assert bulk.run([]) is None


def test_a_row_that_is_not_there_stops_what_counts_them(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    bulk.run([(INSERT, [(1, "a"), (2, "b")], False)])
    missed = bulk.run([
        (UPDATE, [("x", 9)], False),
        (UPDATE, [("c", 1), ("c", 9), ("c", 2)], True),
        (INSERT, [(3, "d")], False),
    ])  # fmt: skip
    assert missed == 1
    assert notes(raw) == [(1, "c", "text"), (2, "b", "text")]


def test_a_value_that_is_taken_is_told_and_nothing_after_it_is_written(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    with pytest.raises(UniqueViolation, match=r"note\.id"):
        bulk.run([(INSERT, [(1, "a"), (1, "b"), (2, "c")], False)])
    assert notes(raw) == [(1, "a", "text")]
    # What failed does not stay in the way.
    bulk.run([(INSERT, [(2, "c")], False)])
    assert len(notes(raw)) == 2


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([(INSERT, [(1,)], False)], TypeError),
        ([(INSERT, [(1, 2, 3)], False)], TypeError),
        ([(INSERT, ["ab"], False)], TypeError),
        ([(INSERT, [(1, 1.5)], False)], TypeError),
        ([(INSERT, [(1, object())], False)], TypeError),
        ([(INSERT, [(1, 2**63)], False)], OverflowError),
        ([(INSERT, [(1, "\ud800")], False)], UnicodeEncodeError),
        ([(INSERT, {(1, 2)}, False)], TypeError),
        ([(INSERT, [(1, 2)])], TypeError),
        ([(7, [(1, 2)], False)], TypeError),
        ([("INSERT INTO nothing VALUES (?)", [(1,)], False)], sqlite3.OperationalError),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_is_written(
    raw: sqlite3.Connection, bulk: Bulk, parts: list[object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        bulk.run([(INSERT, [(8, "first")], False), *parts])  # type: ignore[list-item]
    assert notes(raw) == []


def test_a_full_disk_is_told_with_the_code_of_the_driver(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    [(pages,)] = raw.execute("PRAGMA page_count").fetchall()
    raw.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError) as told:
        bulk.run([(INSERT, [(place, "x" * 5000) for place in range(9)], False)])
    assert told.value.sqlite_errorcode == sqlite3.SQLITE_FULL


def test_it_takes_part_in_the_transaction_of_its_connection(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    raw.execute("BEGIN")
    bulk.run([(INSERT, [(1, "a")], False)])
    raw.execute("SAVEPOINT unit")
    bulk.run([(INSERT, [(2, "b")], False)])
    raw.execute("ROLLBACK TO unit")
    raw.execute("COMMIT")
    assert notes(raw) == [(1, "a", "text")]
    raw.execute("BEGIN")
    bulk.run([(INSERT, [(2, "b")], False)])
    raw.execute("ROLLBACK")
    assert notes(raw) == [(1, "a", "text")]


def test_statements_are_prepared_anew_where_the_table_has_changed(
    raw: sqlite3.Connection, bulk: Bulk
) -> None:
    bulk.run([("INSERT INTO note (id, value) VALUES (?, ?)", [(1, "a")], False)])
    raw.execute("ALTER TABLE note ADD COLUMN more DEFAULT 'new'")
    bulk.run([("INSERT INTO note (id, value) VALUES (?, ?)", [(2, "b")], False)])
    assert raw.execute("SELECT id, more FROM note ORDER BY id").fetchall() == [
        (1, "new"), (2, "new"),
    ]  # fmt: skip


def test_any_number_of_statements_may_be_run(raw: sqlite3.Connection, bulk: Bulk) -> None:
    for place in range(1500):
        bulk.run([(f"INSERT INTO note VALUES (?, {place})", [(place,)], False)])
    assert [value for _, value, _ in notes(raw)] == list(range(1500))


def test_nothing_is_kept_of_what_was_written(raw: sqlite3.Connection, bulk: Bulk) -> None:
    values = ["a text", b"some bytes", 10**15]
    row = (7, values[0])
    # Texts of this test alone: those of others are kept as long as their connections.
    insert, update = f"{INSERT} -- here", f"{UPDATE} -- here"
    before = [sys.getrefcount(each) for each in (*values, row, insert, update)]
    rows = [(place, each) for place, each in enumerate(values)]
    for _ in range(50):
        bulk.run([(insert, rows, False), (insert, [row], False)])
        bulk.run([(update, [("x", 0)], True), (update, [("x", 99)], True)])
        with pytest.raises(UniqueViolation):
            bulk.run([(insert, rows, False)])
        raw.execute("DELETE FROM note")
    del rows
    after = [sys.getrefcount(each) for each in (*values, row, insert, update)]
    # The two statements stay prepared, by their texts.
    assert after == [*before[:4], before[4] + 1, before[5] + 1]


def test_a_closed_connection_is_refused(raw: sqlite3.Connection) -> None:
    bulk = Bulk(raw)
    bulk.run([(INSERT, [(1, "a")], False)])
    raw.close()
    with pytest.raises(ValueError, match="closed"):
        bulk.run([(INSERT, [(2, "b")], False)])
    bulk.close()


def test_only_a_connection_of_the_driver_is_taken() -> None:
    with pytest.raises(TypeError):
        Bulk(object())  # type: ignore[arg-type]


def test_other_threads_go_on_while_it_writes(
    raw: sqlite3.Connection, bulk: Bulk, tmp_path: Path
) -> None:
    raw.execute("PRAGMA busy_timeout = 20000")
    other = sqlite3.connect(
        tmp_path / "notes.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    # Only this ends the wait of the one that writes, and it needs the interpreter for that.
    end = threading.Timer(0.1, lambda: other.execute("COMMIT"))
    end.start()
    bulk.run([(INSERT, [(1, "a")], False)])
    end.join()
    other.close()
    assert notes(raw) == [(1, "a", "text")]

"""Readers of an SQLite file: each thread has a connection, which ends with the thread."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from prorata.store.database import open_database


def open_files(path: Path) -> int:
    """Return how often this process has a database open, with the files that belong to it."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(each).startswith(str(path))
        except FileNotFoundError:
            continue
    return found


def test_threads_that_have_read_leave_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    database = open_database(f"sqlite:///{path}")

    def work() -> None:
        assert database.read(lambda each: each.query("SELECT 1")) == [(1,)]
        assert database.write(lambda each: each.query("SELECT 2"), beside=True) == [(2,)]

    counts = []
    for _ in range(12):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        counts.append(open_files(path))
    database.close()
    assert max(counts[6:]) <= max(counts[:6])
    assert open_files(path) == 0


def test_a_temporary_file_is_gone_once_it_is_closed() -> None:
    database = open_database("sqlite://")
    folder = Path(database.url.removeprefix("sqlite:///")).parent
    assert list(folder.iterdir())
    database.close()
    assert not folder.exists()

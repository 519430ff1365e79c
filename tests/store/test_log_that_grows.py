"""SQLite's log while somebody reads for long: it grows as long as it is read, and not for good."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from prorata.store.database import LOG_BYTES, open_database
from worker.test_sharing import client_at, dev_process

QUOTA_BYTES = 1_000_000


@contextmanager
def reader(path: Path) -> Iterator[Any]:
    """Give a shell that began to read: nothing later may be copied from the log to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN")
        raw.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        yield raw
        raw.execute("COMMIT")


def log_of(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_log_that_has_filled_the_disk_is_emptied_once_nobody_reads_it(
    database_url: str,
) -> None:
    process, url, key = dev_process(database_url)
    path = Path(database_url.removeprefix("sqlite:///"))
    try:
        api = client_at(url, key).v1
        product = api.products.create({"name": "Plan"}).id

        def rename(name: str) -> None:
            api.products.update(product, {"name": name}, {"max_network_retries": 0})

        with reader(path):
            # By now it is longer than the file will be.
            while log_of(path) < 2 * path.stat().st_size + QUOTA_BYTES:
                rename("Longer")
            everything = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            quota = log_of(path) + QUOTA_BYTES
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (quota, everything[1]))
            with pytest.raises(stripe.APIError) as refused:
                while True:
                    rename("Until there is no room")
            assert refused.value.http_status == 503
        with pytest.raises(stripe.APIError):
            # What finds no room makes some for the next.
            rename("Again")
        rename("Afterwards")
        assert api.products.retrieve(product).name == "Afterwards"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    with closing(open_database(database_url)) as found:
        assert found.read(lambda each: each.query("PRAGMA integrity_check")) == [("ok",)]


def test_a_log_that_has_grown_long_is_cut_once_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with closing(open_database(f"sqlite:///{path}")) as database:

        def write(sql: str) -> None:
            database.write(lambda each: each.run(sql))

        write("CREATE TABLE filling (bytes)")
        with reader(path):
            write(f"INSERT INTO filling VALUES (zeroblob({LOG_BYTES + 1_000_000}))")
            assert log_of(path) > LOG_BYTES
        for _ in range(4):
            write("INSERT INTO filling VALUES (1)")
        assert log_of(path) <= LOG_BYTES

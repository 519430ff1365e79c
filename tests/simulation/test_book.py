"""The book of the benchmarks and storms: plausible, sound, all of it due, the same for a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.book import fill

from prorata.engine.advance import run_due
from prorata.server.assemble import assemble
from prorata.server.settings import Settings
from prorata.simulation.proofs import faults
from servers import fresh_database

DUE_AT = 1_775_000_000  # 2026-03-31 23:33 UTC
COUNT = 90


def rows(system: Any, sql: str) -> list[tuple[Any, ...]]:
    return system.database.read(lambda connection: connection.query(sql))


def test_all_of_a_book_is_due_and_renews_once(store: str, tmp_path: Path) -> None:
    with fresh_database() as url:
        address = f"sqlite:///{tmp_path}/book.db" if url == "sqlite://" else url
        assert fill(address, COUNT, 1, DUE_AT) == COUNT
        server = assemble(Settings(database=address, worker=False, now=DUE_AT))
        try:
            progress = run_due(server.system, DUE_AT)
            assert (progress.attended, progress.failed) == (COUNT, [])
            billed = [customer for (customer,) in rows(
                server.system, "SELECT customer FROM doc_invoice"
            )]  # fmt: skip
            assert len(set(billed)) == len(billed) == COUNT
            assert faults(server.system) == []
        finally:
            server.close()


def test_the_same_seed_gives_the_same_book(tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        address = f"sqlite:///{tmp_path}/{name}.db"
        fill(address, COUNT, seed, DUE_AT)
        server = assemble(Settings(database=address, worker=False, now=DUE_AT))
        found.append(rows(server.system, "SELECT id, document FROM doc_subscription ORDER BY id"))
        server.close()
    assert found[0] == found[1] != found[2]

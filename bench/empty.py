"""Empty: databases to measure on, which are gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

POSTGRES = "PRORATA_TEST_POSTGRES"
_numbers = count(1)


@contextmanager
def databases(kind: str, prefix: str = "book") -> Iterator[Callable[[], str]]:
    """Give what names a new database at each call.

    kind: sqlite, or postgresql, whose server PRORATA_TEST_POSTGRES names.
    """
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="prorata-bench-") as folder:
            yield lambda: f"sqlite:///{Path(folder) / f'{prefix}{next(_numbers)}.db'}"
        return
    server = os.environ[POSTGRES]
    made: list[str] = []

    def create() -> str:
        name = f"bench_{prefix}_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        made.append(name)
        return f"{server.rpartition('/')[0]}/{name}"

    try:
        yield create
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            for name in made:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]

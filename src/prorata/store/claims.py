"""Claims: names that one process at a time holds, for as long as it lives.

On PostgreSQL a claim is an advisory lock of a connection of its own, so that a process that dies
holds nothing. It is not a transaction and locks no row. An SQLite file has one worker.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prorata.store.database import Database


class Claims:
    """Claims of one process on a database; its threads exclude each other too."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold a name while the block runs; False when another one holds it."""
        with self._lock:
            free = name not in self._held
            if free:
                self._held.add(name)
        if not free:
            yield False
            return
        try:
            if self._database.dialect == "postgresql":
                with _advisory(self._database.url, name) as held:
                    yield held
            else:
                yield True
        finally:
            with self._lock:
                self._held.discard(name)


@contextmanager
def _advisory(url: str, name: str) -> Iterator[bool]:
    import psycopg

    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with psycopg.connect(url, autocommit=True) as raw:
        row = raw.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        yield bool(row and row[0])

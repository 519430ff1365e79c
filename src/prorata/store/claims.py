"""Claims: names that one process at a time holds, for as long as it lives.

On PostgreSQL a claim is an advisory lock of one connection that a process keeps, so that a process
that dies holds nothing. It is not a transaction and locks no row. An SQLite file has one worker.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prorata.store.database import Database
from prorata.store.postgres import patient_address


class Claims:
    """Claims of one process on a database; its threads exclude each other too."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._session: Any = None

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold a name while the block runs; False when another one holds it."""
        with self._lock:
            held = name not in self._held and self._take(name)
            if held:
                self._held.add(name)
        try:
            yield held
        finally:
            if held:
                with self._lock:
                    self._held.discard(name)
                    self._give_back(name)

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _take(self, name: str) -> bool:
        if self._database.dialect != "postgresql":
            return True
        import psycopg

        if self._session is None or self._session.closed:
            self._session = psycopg.connect(patient_address(self._database.url), autocommit=True)
        try:
            row = self._session.execute("SELECT pg_try_advisory_lock(%s)", [_number(name)])
            return bool(row.fetchone()[0])
        except psycopg.Error:
            self._session.close()
            raise

    def _give_back(self, name: str) -> None:
        # A lost session has given everything back already.
        if self._session is None or self._session.closed:
            return
        import psycopg

        try:
            self._session.execute("SELECT pg_advisory_unlock(%s)", [_number(name)])
        except psycopg.Error:
            self._session.close()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)

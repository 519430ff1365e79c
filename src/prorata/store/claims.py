"""Claims: names that one process at a time holds, for as long as it lives.

On PostgreSQL a claim is an advisory lock of one connection that a process keeps; on SQLite it is a
lock on a byte of a file beside the database. Both are gone with the process that holds them, and on
PostgreSQL also with its machine, and when it stands still. It is no transaction and locks no row.
"""

import fcntl
import hashlib
import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from prorata.store.database import Database
from prorata.store.postgres import patient_address
from prorata.store.sessions import attend

# How often a process says that it goes on, and how long a silent one keeps what it holds.
KEEP_SECONDS = 15.0
SILENCE = "60s"


class Claims:
    """Claims of one process on a database; its threads exclude each other too."""

    def __init__(self, database: Database) -> None:
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._place: _Place
        if database.dialect == "postgresql":
            self._place = _Session(database.url)
        else:
            self._place = _File(f"{database.url.removeprefix('sqlite:///')}-claims")

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Hold a name while the block runs; False when another one holds it."""
        with self._lock:
            held = name not in self._held and self._place.take(_number(name))
            if held:
                self._held.add(name)
        try:
            yield held
        finally:
            if held:
                with self._lock:
                    self._held.discard(name)
                    self._place.give_back(_number(name))

    def keep(self) -> None:
        """Say that this process goes on; one that does not loses what it holds."""
        with self._lock:
            self._place.keep()

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._place.close()


class _Place(Protocol):
    """Where claims are staked, by the numbers of their names."""

    def take(self, number: int) -> bool: ...

    def give_back(self, number: int) -> None: ...

    def keep(self) -> None: ...

    def close(self) -> None: ...


class _Session:
    """A connection of PostgreSQL with its advisory locks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: Any = None

    def take(self, number: int) -> bool:
        import psycopg

        if self._session is None or self._session.closed:
            from prorata.store.attentive import AttentiveConnection

            address = patient_address(self._url)
            session = AttentiveConnection.connect(address, autocommit=True)
            attend(session, address, idle_session_timeout=SILENCE)
            self._session = session
        try:
            row = self._session.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
            return bool(row[0])
        except psycopg.Error:
            self._session.close()
            raise

    def give_back(self, number: int) -> None:
        # A lost session has given everything back already.
        if self._session is None or self._session.closed:
            return
        import psycopg

        try:
            self._session.execute("SELECT pg_advisory_unlock(%s)", [number])
        except psycopg.Error:
            self._session.close()

    def keep(self) -> None:
        if self._session is not None and not self._session.closed:
            import psycopg

            try:
                self._session.execute("SELECT")
            except psycopg.Error:
                self._session.close()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class _File:
    """A file whose bytes are locked as Linux does; on other systems there is one worker."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, number: int) -> bool:
        try:
            self._set(fcntl.F_WRLCK, number)
        except BlockingIOError:
            return False
        return True

    def give_back(self, number: int) -> None:
        if self._file is not None:
            self._set(fcntl.F_UNLCK, number)

    def keep(self) -> None:
        """The system knows who lives."""

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _set(self, kind: int, number: int) -> None:
        # Elsewhere it is laid out otherwise, also where Python knows its name.
        if sys.platform != "linux":
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Of this open file, not of the process: two workers of one process keep apart too.
        lock = struct.pack("hhqqi4x", kind, os.SEEK_SET, abs(number), 1, 0)
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, lock)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)

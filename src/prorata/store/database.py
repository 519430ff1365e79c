"""Databases: where transactions run; on SQLite that is one writer thread."""

import contextlib
import os
import queue
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import WeakSet, finalize

from prorata.model.errors import Refused
from prorata.store import bulk
from prorata.store.beside import BesideConnection, Luck, MustWrite
from prorata.store.connection import (
    Conflict,
    Connection,
    SqliteConnection,
    Unavailable,
    UniqueViolation,
    Work,
    is_outage,
)
from prorata.store.postgres import PostgresDatabase
from prorata.store.revision import ASKED, check_revision
from prorata.store.texts import bind_bytes_and_nulls

T = TypeVar("T")
TEMPORARY = ("sqlite://", "sqlite:///", "sqlite:///:memory:")
GROUP = 64
# How long another process's writing is waited for, and how often is looked whether it has ended.
BUSY_SECONDS = 30
LOOK_SECONDS = 0.001
PAGE_BYTES = 8192
CHECKPOINT_PAGES = 4000
# What is kept of a log that somebody who read for long has let grow.
LOG_BYTES = 2 * CHECKPOINT_PAGES * PAGE_BYTES


class Database(Protocol):
    """Runs units of work; `submit` and `write` commit them, `read` never writes."""

    dialect: str
    url: str
    # Units of due work that are worth having under way at once in one process.
    lanes: int

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        """Run what only reads; with `one_query` it need not see the books at one moment."""
        ...

    def submit(self, work: Work[T], *, lane: Hashable = None) -> "Future[T]":
        """Queue a unit. lane: what it has in common with those whose rows it may wait for."""
        ...

    def write(self, work: Work[T], *, beside: bool = False) -> T:
        """Run and commit a unit; beside others, where it is large and should keep nobody waiting.

        It may be run more than once.
        """
        ...

    def close(self) -> None: ...


def open_database(url: str, *, durable: bool = True, pool: int = 8) -> Database:
    """Open `sqlite://` (a temporary one), `sqlite:///file` or `postgresql://…`.

    durable: whether a commit on SQLite survives a power cut; a killed process loses nothing
    either way. Raises Refused for another address, and for a file that cannot be opened.
    """
    check_address(url)
    if url.startswith("sqlite"):
        return SqliteDatabase(url, durable=durable)
    return PostgresDatabase(url, pool=pool)


def check_address(url: str) -> None:
    """Raise Refused for a text that names no database."""
    if url != "sqlite://" and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise Refused(
            f"not a database: {url or 'an empty text'}. Write sqlite:///file,"
            " sqlite:// (in memory) or postgresql://user@host/name."
        )


class SqliteDatabase:
    """An SQLite file. One thread writes and commits several waiting units together."""

    dialect = "sqlite"

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self._temporary: finalize[..., Any] | None = None
        try:
            if url in TEMPORARY:
                folder = _temporary_folder()
                # Gone when it is closed, at the latest when the program ends.
                self._temporary = finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self.path = str(folder / "books.db")
            else:
                self.path = _path_of(url)
        except OSError as error:
            raise Refused(f"cannot make the folder of {url}: {error.strerror}.") from None
        self.url = f"sqlite:///{self.path}"
        bind_bytes_and_nulls()
        self._durable = durable
        # Where writing keeps others waiting all the same, two are slower than one.
        self.lanes = 2 if bulk.BUILT else 1
        self._local = threading.local()
        # Each thread has one, which is gone with it.
        self._readers: WeakSet[SqliteConnection] = WeakSet()
        self._companions: list[Callable[[], None]] = []
        self._luck = Luck()
        # Held while a unit is decided beside the writer. Two at a time would share the interpreter,
        # be done at the same time, and wait for the writer together.
        self._deciding = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        # Opened here: an error must reach the caller, and no migration may be under way yet.
        try:
            raw = self.connect()
            # Its log is made by the first who looks, and stays until the last one is gone.
            raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.Error as error:
            raise Refused(f"cannot open the database {self.path}: {error}.") from None
        # What is in its log may be nowhere else.
        used = (self.path, f"{self.path}-wal", f"{self.path}-shm")
        self._files = {each: _found(each) for each in used}
        self._writer = threading.Thread(
            target=self._serve, args=(raw,), name="sqlite-writer", daemon=True
        )
        self._writer.start()

    def connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            cached_statements=1024,
        )
        # Of a new file: several documents stand on a page.
        raw.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        raw.execute("PRAGMA cache_size = -65536")
        raw.execute("PRAGMA temp_store = MEMORY")
        # A page that many commits change is copied back once.
        raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        raw.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        return raw

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        return self._look(self._reader("reader"), work)

    def _require_files(self) -> None:
        """Raise Unavailable where one was deleted, moved or replaced since it was opened.

        What is written to it would be gone with this process, and others would not see it.
        """
        for path, file in self._files.items():
            if _found(path) != file:
                raise Unavailable(
                    f"the file {path} is not there any more, or is another one. Put it back, or"
                    " end every process that uses it and start again"
                )

    def _reader(self, name: str) -> SqliteConnection:
        """Return this thread's connection of a name, which reads only."""
        found: SqliteConnection | None = getattr(self._local, name, None)
        if found is None:
            self._require_files()
            found = SqliteConnection(self.connect())
            found.raw.execute("PRAGMA query_only = ON")
            # Dropped without being closed, it would keep its files open.
            finalize(found, found.raw.close).atexit = False
            setattr(self._local, name, found)
            self._readers.add(found)
        return found

    def _look(self, connection: SqliteConnection, work: Work[T]) -> T:
        try:
            connection.raw.execute("BEGIN")
            try:
                return work(connection)
            finally:
                # An error of the disk has ended it already.
                if connection.raw.in_transaction:
                    connection.raw.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise _told(error) from error

    def submit(self, work: Work[T], *, lane: Hashable = None) -> "Future[T]":
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def write(self, work: Work[T], *, beside: bool = False) -> T:
        if threading.current_thread() is self._writer:
            raise RuntimeError("a unit of work must not wait for another one")
        if beside and self._luck.good():
            try:
                result = self._write_beside(work)
            except (MustWrite, Conflict, UniqueViolation):
                self._luck.lost()
            else:
                self._luck.won()
                return result
        return self.submit(work).result()

    def _write_beside(self, work: Work[T]) -> T:
        """Run a unit in this thread, and let the writer write what it decided."""
        # Not the thread's reader: whatever else the unit looks up has a moment of its own.
        beside = BesideConnection(self._reader("beside").raw)
        with self._deciding:
            result = self._look(beside, work)
        if beside.writes:
            self.submit(beside.write).result()
        return result

    def close_with(self, close: Callable[[], None]) -> None:
        """Have what somebody else holds open closed too: the last one empties the log."""
        self._companions.append(close)

    def close(self) -> None:
        self._queue.put(None)
        self._writer.join()
        for reader in list(self._readers):
            reader.raw.close()
        for close in self._companions:
            close()
        if self._temporary is not None:
            self._temporary()

    def _serve(self, raw: sqlite3.Connection) -> None:
        # Waiting is done by `_begin`.
        raw.execute("PRAGMA busy_timeout = 0")
        connection = SqliteConnection(raw)
        connection.bulk = bulk.bulk_for(raw)
        running = True
        while running:
            first = self._queue.get()
            if first is None:
                break
            batch = [first]
            while len(batch) < GROUP:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    running = False
                    break
                batch.append(item)
            # Nobody waits any more for what was canceled.
            awaited = [each for each in batch if each[1].set_running_or_notify_cancel()]
            self._commit_together(raw, connection, awaited)
        if connection.bulk is not None:
            connection.bulk.close()
        raw.close()

    def _commit_together(
        self,
        raw: sqlite3.Connection,
        connection: Connection,
        batch: list[tuple[Work[Any], "Future[Any]"]],
    ) -> None:
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], BaseException]] = []
        try:
            self._require_files()
            _begin(raw)
            check_revision(_revision(raw))
            for work, future in batch:
                raw.execute("SAVEPOINT unit")
                try:
                    done.append((future, work(connection)))
                except BaseException as error:
                    if not raw.in_transaction:
                        # An error of the disk has undone all that the batch wrote.
                        raise
                    raw.execute("ROLLBACK TO unit")
                    failed.append((future, error))
                raw.execute("RELEASE unit")
            raw.execute("COMMIT")
        except BaseException as error:
            if raw.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    raw.execute("ROLLBACK")
            failed = [(future, error) for _, future in batch]
            done = []
        if any(_has_no_room(problem) for _, problem in failed):
            # It is commits that empty the log, and none fits into it. It may be the log itself that
            # takes the disk's room: it is written anew from its start once all is copied back.
            with contextlib.suppress(sqlite3.Error):
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for future, problem in failed:
            future.set_exception(_told(problem))
        for future, result in done:
            future.set_result(result)


def _begin(raw: sqlite3.Connection) -> None:
    """Begin to write, as soon as no other process does.

    One that writes batch after batch pauses for less than what SQLite's own waiting would sleep.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return


def _revision(raw: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return the row that names the tables' revision; none where there are no tables yet."""
    try:
        return raw.execute(ASKED).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return []


def _found(path: str) -> tuple[int, int] | None:
    """Return what tells the file at a path from others; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _told(error: BaseException) -> BaseException:
    """Return an error of SQLite as the store names it."""
    if isinstance(error, sqlite3.OperationalError) and is_outage(error):
        return Unavailable(str(error))
    return error


def _has_no_room(error: BaseException) -> bool:
    """Return whether nothing could be written; what exceeds a quota counts as an error of input."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def _path_of(url: str) -> str:
    target = Path(url.removeprefix("sqlite:///"))
    target.parent.mkdir(parents=True, exist_ok=True)
    return str(target.absolute())


def _temporary_folder() -> Path:
    """Make a folder in memory, not `:memory:`: readers must not see what is not yet committed."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="prorata-", dir=shared if shared.is_dir() else None))

"""Databases: where transactions run: one writer thread on SQLite, a pool on PostgreSQL."""

import atexit
import contextlib
import queue
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from prorata.model.errors import Refused
from prorata.store.connection import (
    Conflict,
    Connection,
    LostConnection,
    PostgresConnection,
    SqliteConnection,
    UniqueViolation,
)

T = TypeVar("T")
Work = Callable[[Connection], T]
# On PostgreSQL: how often a unit is tried that others are in the way of, and one whose unique
# value somebody has.
TRIES = 16
TWINS = 4
FIRST_PAUSE_SECONDS = 0.004
LONGEST_PAUSE_SECONDS = 0.25
GROUP = 64
CHECKPOINT_PAGES = 8000
WENT_ON = "a statement failed and its unit went on"


class Database(Protocol):
    """Runs units of work; `submit` and `write` commit them, `read` never writes."""

    dialect: str
    url: str

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        """Run what only reads; with `one_query` it need not see the books at one moment."""
        ...

    def submit(self, work: Work[T]) -> "Future[T]": ...

    def write(self, work: Work[T]) -> T: ...

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
        try:
            self.path = _sqlite_path(url)
        except OSError as error:
            raise Refused(f"cannot make the folder of {url}: {error.strerror}.") from None
        self.url = f"sqlite:///{self.path}"
        self._durable = durable
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        # Opened here: an error must reach the caller, and no migration may be under way yet.
        try:
            raw = self.connect()
        except sqlite3.Error as error:
            raise Refused(f"cannot open the database {self.path}: {error}.") from None
        self._writer = threading.Thread(
            target=self._serve, args=(raw,), name="sqlite-writer", daemon=True
        )
        self._writer.start()

    def connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            timeout=30,
            cached_statements=1024,
        )
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        raw.execute("PRAGMA cache_size = -65536")
        raw.execute("PRAGMA temp_store = MEMORY")
        # A page that many commits change is copied back once.
        raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return raw

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            raw = self.connect()
            raw.execute("PRAGMA query_only = ON")
            self._readers.append(raw)
            connection = self._local.connection = SqliteConnection(raw)
        connection.raw.execute("BEGIN")
        try:
            return work(connection)
        finally:
            connection.raw.execute("COMMIT")

    def submit(self, work: Work[T]) -> "Future[T]":
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def write(self, work: Work[T]) -> T:
        if threading.current_thread() is self._writer:
            raise RuntimeError("a unit of work must not wait for another one")
        return self.submit(work).result()

    def close(self) -> None:
        self._queue.put(None)
        self._writer.join()
        for raw in self._readers:
            raw.close()

    def _serve(self, raw: sqlite3.Connection) -> None:
        connection = SqliteConnection(raw)
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
            self._commit_together(raw, connection, batch)
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
            raw.execute("BEGIN IMMEDIATE")
            for work, future in batch:
                raw.execute("SAVEPOINT unit")
                try:
                    done.append((future, work(connection)))
                except BaseException as error:
                    raw.execute("ROLLBACK TO unit")
                    failed.append((future, error))
                raw.execute("RELEASE unit")
            raw.execute("COMMIT")
        except BaseException as error:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            failed = [(future, error) for _, future in batch]
            done = []
        for future, problem in failed:
            future.set_exception(problem)
        for future, result in done:
            future.set_result(result)


class PostgresDatabase:
    """A PostgreSQL database: a pool of connections, as many threads, units retried on conflict.

    A unit sees the books as they were at one moment, and is run anew when another one changed what
    it changes.
    """

    dialect = "postgresql"

    def __init__(self, url: str, *, pool: int = 8) -> None:
        from psycopg_pool import ConnectionPool

        self.url = url
        self._pool = ConnectionPool(
            url, min_size=1, max_size=pool + 4, open=True, timeout=30, configure=_one_moment
        )
        self._queries = ConnectionPool(
            url, min_size=1, max_size=pool, open=True, timeout=30, configure=_each_by_itself
        )
        self._threads = ThreadPoolExecutor(pool, thread_name_prefix="postgres")

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        return self._run(work, self._query if one_query else self._look)

    def submit(self, work: Work[T]) -> "Future[T]":
        return self._threads.submit(self.write, work)

    def write(self, work: Work[T]) -> T:
        return self._run(work, self._commit)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._pool.close()
        self._queries.close()

    def _run(self, work: Work[T], run: Callable[[Work[T]], T]) -> T:
        """Run a unit until it is committed. Raises Conflict when others are always faster."""
        pauses = retry_pauses()
        twins = 0
        while True:
            try:
                return self._try(work, run)
            except UniqueViolation:
                # What another unit took first is seen by the next try, which answers for it.
                twins += 1
                if twins == TWINS:
                    raise
            except (Conflict, LostConnection):
                pause = next(pauses, None)
                if pause is None:
                    raise
                time.sleep(pause)

    def _try(self, work: Work[T], run: Callable[[Work[T]], T]) -> T:
        import psycopg

        try:
            return run(work)
        except psycopg.errors.UniqueViolation as error:
            raise UniqueViolation(str(error)) from error
        except (
            psycopg.errors.SerializationFailure,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.LockNotAvailable,
        ) as error:
            raise Conflict(str(error)) from error
        except psycopg.errors.PipelineAborted as error:
            raise RuntimeError(WENT_ON) from error

    def _query(self, work: Work[T]) -> T:
        with self._queries.connection() as raw, _losses_told(raw):
            return work(PostgresConnection(raw))

    def _look(self, work: Work[T]) -> T:
        with (
            self._pool.connection() as raw,
            _losses_told(raw),
            PostgresConnection(raw) as connection,
        ):
            result = work(connection)
            raw.commit()
            return result

    def _commit(self, work: Work[T]) -> T:
        from psycopg.pq import TransactionStatus

        with self._pool.connection() as raw, PostgresConnection(raw) as connection:
            with _losses_told(raw):
                result = work(connection)
                connection.check()
            if raw.info.transaction_status == TransactionStatus.INERROR:
                # The commit would undo it all without a word.
                raise RuntimeError(WENT_ON)
            raw.commit()
            return result


@contextlib.contextmanager
def _losses_told(raw: Any) -> Iterator[None]:
    """Tell a lost connection from other faults: nothing is committed yet, another may do it all."""
    import psycopg

    try:
        yield
    except psycopg.OperationalError as error:
        if raw.broken:
            raise LostConnection(str(error)) from error
        raise


def _each_by_itself(raw: Any) -> None:
    raw.autocommit = True


def _one_moment(raw: Any) -> None:
    import psycopg

    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    # Documents are long texts: lz4 packs them in a fraction of the time, where the server has it.
    with contextlib.suppress(psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject):
        raw.execute("SET default_toast_compression = 'lz4'")
    raw.commit()


def retry_pauses() -> Iterator[float]:
    """Give the seconds to wait before each new try of a unit: longer ones, at random."""
    for attempt in range(TRIES - 1):
        yield random.uniform(0.0, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt))


def _sqlite_path(url: str) -> str:
    path = url.removeprefix("sqlite://").removeprefix("/")
    if path and path != ":memory:":
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return str(target.absolute())
    # A file in memory, not `:memory:`: readers must not see what the writer has not committed.
    shared = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="prorata-", dir=shared if shared.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(Path(folder) / "books.db")

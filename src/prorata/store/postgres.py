"""PostgreSQL: units of work on a pool of connections, tried anew where others are in the way.

A connection that is lost on the way costs a unit nothing but another try. Was it lost in the
commit, the server is asked what became of the transaction. A server that is away, full or read-only
makes a unit Unavailable soon: nobody waits long for what will not come.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from prorata.store.connection import (
    Conflict,
    LostConnection,
    PostgresConnection,
    Unavailable,
    Unfit,
    UniqueViolation,
    UnknownCommit,
    Work,
    postgres_outages,
)
from prorata.store.lanes import LanedThreads
from prorata.store.revision import fit
from prorata.store.sessions import attend, require_own_sessions
from prorata.store.texts import send_bytes_as_texts
from prorata.store.turns import Turns

T = TypeVar("T")
# How often a unit is tried that others are in the way of, and one whose unique value somebody has.
TRIES = 16
TWINS = 4
# How often others may outrun a unit until it waits for its turn, and until it lets none of them
# write where it does.
OUTRUN = 3
OUTRUN_STILL = 8
FIRST_PAUSE_SECONDS = 0.004
LONGEST_PAUSE_SECONDS = 0.25
ASK_SECONDS = 0.05
# How long a unit waits for one of the pool's connections, in turns, and while the server is away;
# how long the server is called before it counts as away.
WAIT_SECONDS = 10.0
TURN_SECONDS = 2.0
AWAY_SECONDS = 0.5
RECONNECT_SECONDS = 3.0
# A network that swallows everything is noticed by these, in seconds and milliseconds. Texts are
# sent as they are, whatever the role or the database would rather have.
PATIENCE = {
    "client_encoding": "UTF8",
    "connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3", "tcp_user_timeout": "20000",
}  # fmt: skip
WENT_ON = "a statement failed and its unit went on"


class PostgresDatabase:
    """A PostgreSQL database: a pool of connections, as many threads, units retried on conflict.

    A unit sees the books as they were at one moment, and is run anew when another one changed what
    it changes.
    """

    dialect = "postgresql"
    # One waits for the server while the other decides.
    lanes = 2

    def __init__(self, url: str, *, pool: int = 8) -> None:
        from psycopg_pool import ConnectionPool

        from prorata.store.attentive import AttentiveConnection

        self.url = url
        # Whether the server did not answer when it was last called.
        self._away = False
        # When the answer of a connection was last lost on the way.
        self._doubted_at = 0.0
        # Why the server is not fit to be used, since that was last looked at.
        self._unfit = ""
        # Whether each connection is known to have a session of the server to itself; one asks.
        self._own_sessions, self._asking = False, threading.Lock()
        address = patient_address(url)

        def opened(most: int, configure: Callable[[Any], None]) -> ConnectionPool:
            return ConnectionPool(
                address, min_size=1, max_size=most, open=True, connection_class=AttentiveConnection,
                configure=self._reached(configure, address),
                reconnect_timeout=RECONNECT_SECONDS, reconnect_failed=self._lost,
            )  # fmt: skip

        self._pool = opened(pool + 4, _one_moment)
        # One more than there are threads: for the turn of one of them.
        self._queries = opened(pool + 1, _each_by_itself)
        self._turns = Turns(self._queries)
        self._threads = LanedThreads(pool, "postgres", of_one_lane=pool // 4)
        # Of each connection: how often it was used, and at which use it makes its plans anew.
        self._uses: WeakKeyDictionary[Any, tuple[int, int]] = WeakKeyDictionary()

    def read(self, work: Work[T], *, one_query: bool = False) -> T:
        return self._run(work, self._query if one_query else self._look)

    def submit(self, work: Work[T], *, lane: Hashable = None) -> "Future[T]":
        return self._threads.submit(lambda: self.write(work), lane)

    def write(self, work: Work[T], *, beside: bool = False) -> T:
        return self._run(work, self._commit)

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()
        self._queries.close()

    def _run(self, work: Work[T], run: "Callable[[Work[T], _Patience], T]") -> T:
        """Run a unit until it is committed. Raises Conflict when others are always faster."""
        with contextlib.ExitStack() as held:
            patience = _Patience(lambda: held.enter_context(self._turns.taken()))
            while True:
                try:
                    return self._try(work, run, patience)
                except UnknownCommit as problem:
                    if self._was_committed(problem):
                        done: T = problem.args[3]
                        return done
                    patience.wait(problem)
                except (Conflict, LostConnection, UniqueViolation) as problem:
                    patience.wait(problem)

    def _try(
        self, work: Work[T], run: "Callable[[Work[T], _Patience], T]", patience: "_Patience"
    ) -> T:
        import psycopg

        try:
            return run(work, patience)
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
        except postgres_outages() as error:
            raise Unavailable(str(error)) from error

    def _reached(
        self, configure: Callable[[Any], None], address: str
    ) -> Callable[[Any], None]:
        def reached(raw: Any) -> None:
            raw.autocommit = True
            attended = attend(raw, address)
            try:
                if not attended:
                    self._prove_own_sessions(address)
                fit(raw)
            except Unfit as error:
                self._unfit = str(error)
                raise
            self._away, self._unfit = False, ""
            send_bytes_as_texts(raw)
            configure(raw)

        return reached

    def _prove_own_sessions(self, address: str) -> None:
        import psycopg

        with self._asking:
            if not self._own_sessions:
                require_own_sessions(lambda: psycopg.connect(address))
                self._own_sessions = True

    def _lost(self, pool: Any) -> None:
        self._away = True

    @contextlib.contextmanager
    def _borrowed(self, pool: Any) -> Iterator[Any]:
        """Give one of the pool's connections; nobody waits long for a server that is away."""
        from psycopg.errors import ReadOnlySqlTransaction
        from psycopg_pool import PoolTimeout

        until = time.monotonic() + WAIT_SECONDS
        raw = None
        while raw is None:
            try:
                raw = pool.getconn(AWAY_SECONDS if self._away else TURN_SECONDS)
            except PoolTimeout:
                if self._unfit:
                    raise Unfit(self._unfit) from None
                if self._away or time.monotonic() > until:
                    raise
            else:
                if raw.attended_at < self._doubted_at:
                    raw.close()
                    pool.putconn(raw)
                    raw = None
        try:
            with raw:
                with _losses_told(raw):
                    self._renew_plans(raw)
                yield raw
        except ReadOnlySqlTransaction:
            # It may only read since it was opened: one that is opened later may write again.
            raw.close()
            raise
        finally:
            if raw.was_cut:
                self._doubted_at = time.monotonic()
            pool.putconn(raw)

    def _renew_plans(self, raw: Any) -> None:
        """Let a connection that was used twice as often since forget its plans.

        To a plan made on small tables all indexes look alike, and it would be kept as they grow.
        """
        uses, renew_at = self._uses.get(raw, (0, 1))
        uses += 1
        if uses > renew_at:
            raw.execute("DISCARD PLANS")
            renew_at = uses * 2
        self._uses[raw] = (uses, renew_at)

    def _was_committed(self, cut: UnknownCommit) -> bool:
        """Ask what became of a transaction whose connection was lost in its commit.

        A server that has crashed may give the transaction's number to another one: what counts is
        whether something that it wrote is there. Raises UnknownCommit where nobody answers.
        """
        import psycopg

        message, number, proof, _ = cut.args
        if number is None:
            # It has written nothing.
            return True
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            with (
                contextlib.suppress(psycopg.Error, LostConnection),
                self._borrowed(self._queries) as raw,
            ):
                [status] = raw.execute("SELECT pg_xact_status(%s::xid8)", [number]).fetchone()
                if status in ("committed", "aborted"):
                    if proof is None:
                        return bool(status == "committed")
                    return bool(PostgresConnection(raw).query(*proof))
            time.sleep(ASK_SECONDS)
        raise UnknownCommit(message) from cut

    def _query(self, work: Work[T], _: "_Patience") -> T:
        with self._borrowed(self._queries) as raw, _losses_told(raw):
            return work(PostgresConnection(raw))

    def _look(self, work: Work[T], _: "_Patience") -> T:
        with (
            self._borrowed(self._pool) as raw,
            _losses_told(raw),
            PostgresConnection(raw) as connection,
        ):
            result = work(connection)
            raw.commit()
            connection.done = True
            return result

    def _commit(self, work: Work[T], patience: "_Patience") -> T:
        import psycopg
        from psycopg.pq import TransactionStatus

        with (
            self._borrowed(self._pool) as raw,
            PostgresConnection(raw, patience.statements) as connection,
        ):
            with _losses_told(raw):
                if patience.is_over:
                    connection.wait_alone()
                result = work(connection)
                connection.check()
            if raw.info.transaction_status == TransactionStatus.INERROR:
                # The commit would undo it all without a word.
                raise RuntimeError(WENT_ON)
            try:
                raw.commit()
            except psycopg.Error as error:
                if not _is_lost(raw, error):
                    raise
                raise UnknownCommit(
                    str(error), connection.transaction, connection.proof, result
                ) from error
            connection.done = True
            return result


class _Patience:
    """How often a unit is tried, and what it waits for in between: others, and then its turn.

    statements: what all tries have sent.
    """

    def __init__(self, take_turn: Callable[[], bool]) -> None:
        self._take_turn = take_turn
        self._has_turn = False
        self._pauses = retry_pauses()
        self._twins = self._outrun = 0
        self.statements: list[str] = []

    @property
    def is_over(self) -> bool:
        """Return whether the others shall be kept away."""
        return self._outrun >= OUTRUN_STILL

    def wait(self, problem: Exception) -> None:
        """Wait until the unit may be tried again; raise the problem if it was tried enough."""
        if isinstance(problem, UniqueViolation):
            # What another unit took first is seen by the next try, which answers for it.
            self._twins += 1
            if self._twins == TWINS:
                raise problem
            return
        pause = next(self._pauses, None)
        if pause is None:
            raise problem
        if isinstance(problem, Conflict):
            self._outrun += 1
            if self._outrun >= OUTRUN and not self._has_turn:
                self._has_turn = self._take_turn()
            if self._has_turn:
                return
        time.sleep(pause)


@contextlib.contextmanager
def _losses_told(raw: Any) -> Iterator[None]:
    """Tell a lost connection from other faults: nothing is committed yet, another may do it all."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        if _is_lost(raw, error):
            raise LostConnection(str(error)) from error
        raise


def _is_lost(raw: Any, error: Any) -> bool:
    # The server says so before the connection is seen to end, whatever its reason: a restart, or a
    # session or transaction that took longer than it allows.
    return bool(raw.broken) or error.diag.severity_nonlocalized in ("FATAL", "PANIC")


def patient_address(url: str) -> str:
    """Return the address of a PostgreSQL with a bound on every wait that it sets none for."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    given: dict[str, Any] = conninfo_to_dict(url)
    return make_conninfo(**{**PATIENCE, **given})


def _each_by_itself(raw: Any) -> None:
    _compile_nothing(raw)


def _one_moment(raw: Any) -> None:
    import psycopg

    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    # Few statements are ever asked, again and again.
    raw.prepare_threshold, raw.prepared_max = 2, 400
    _compile_nothing(raw)
    # Documents are long texts: lz4 packs them in a fraction of the time, where the server has it.
    with contextlib.suppress(psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject):
        raw.execute("SET default_toast_compression = 'lz4'")
    raw.autocommit = False


def _compile_nothing(raw: Any) -> None:
    """Let no query be compiled: of millions of rows it reads few, and compiling takes longer."""
    raw.execute("SET jit = off")


def retry_pauses() -> Iterator[float]:
    """Give the seconds to wait before each new try of a unit: longer ones, at random."""
    for attempt in range(TRIES - 1):
        yield random.uniform(0.0, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt))

"""Metrics: what an operator watches: requests, work that is due, deliveries, payments, time.

What this process does is counted as it happens; what the books say is read when it is asked for,
at most once in a few seconds, by queries that an index answers.
"""

import os
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import structlog

from prorata.api.served import Served
from prorata.engine.runtime import System
from prorata.model.clock import SystemClock
from prorata.model.figures import Figures, Kind
from prorata.model.redaction import redacted
from prorata.model.thin_types import RECEIVERS
from prorata.store.connection import Connection
from prorata.store.due import due_kinds, still_aside
from prorata.store.names import table_name
from prorata.store.timed import time_transactions

FRESH_SECONDS = 5.0
MOST_DURATIONS = 4_096
# Of deliveries that wait; an endpoint that is down for days has millions.
MOST_COUNTED = 100_000
Value = tuple[dict[str, str], float]
DESCRIBED: dict[str, tuple[Kind, str]] = {
    "prorata_info": ("gauge", "The version that runs."),
    "prorata_requests_total": ("counter", "Requests answered, by route and status."),
    "prorata_request_seconds": ("histogram", "Time from a request's arrival to its answer."),
    "prorata_rate_limited_total": ("counter", "Requests refused because of a limit or a lock."),
    "prorata_events_total": ("counter", "Events told by this process, by type."),
    "prorata_renewals_total": ("counter", "Subscription periods begun by this process."),
    "prorata_delivery_attempts_total": ("counter", "Tries to deliver an event, by outcome."),
    "prorata_transactions_total": ("counter", "Transactions of the database."),
    "prorata_transaction_seconds_total": ("counter", "Time in transactions, begin to commit."),
    "prorata_database_up": ("gauge", "Whether the database answered."),
    "prorata_due_documents": ("gauge", "Documents whose time has come and that still wait."),
    "prorata_due_oldest_seconds": ("gauge", "How long the document waits that waits longest."),
    "prorata_set_aside_documents": ("gauge", "Documents whose work failed; see the doctor."),
    "prorata_deliveries_pending": ("gauge", "Deliveries still to be made; 100,000 stand for more."),
    "prorata_deliveries_retrying": ("gauge", "Of these, such as failed at least once."),
    "prorata_delivery_oldest_seconds": ("gauge", "How long a delivery waits beyond its time."),
    "prorata_payment_attempts_waiting": ("gauge", "Payment attempts without outcome, by state."),
    "process_cpu_seconds_total": ("counter", "Processor time of this process."),
    "process_resident_memory_bytes": ("gauge", "Memory of this process."),
    "process_start_time_seconds": ("gauge", "When this process began, in seconds UTC."),
}
OF_THE_BOOKS = [
    name for name, (kind, _) in DESCRIBED.items()
    if kind == "gauge" and name.startswith("prorata_") and name != "prorata_info"
]  # fmt: skip
log = structlog.get_logger("prorata.metrics")


class Metrics:
    """The figures of one process."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._figures = system.figures = Figures(DESCRIBED)
        self._read_at = 0.0
        self._lock = threading.Lock()
        self._summing = threading.Lock()
        self._durations: dict[str, deque[float]] = {"read": deque(), "write": deque()}
        self._figures.put("prorata_info", [({"version": version("prorata")}, 1)])
        self._figures.put("process_start_time_seconds", [({}, SystemClock().now())])
        time_transactions(system.database, self._transaction)

    def hear(self, served: Sequence[Served]) -> None:
        """Count requests."""
        figures = self._figures
        durations: defaultdict[str, list[float]] = defaultdict(list)
        for each in served:
            durations[each.route].append(each.seconds)
            if each.status == 429:
                figures.add("prorata_rate_limited_total", reason=each.limit or "lock")
        for route, seconds in durations.items():
            figures.observe("prorata_request_seconds", seconds, route=route)
        answers = Counter((each.method, each.route, each.status) for each in served)
        for (method, route, status), count in answers.items():
            figures.add("prorata_requests_total", count,
                        method=method, route=route, status=str(status))  # fmt: skip

    def text(self) -> str:
        """Return every figure as Prometheus reads it."""
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                self._read_books()
                self._read_at = time.monotonic()
        self._sum_up()
        self._figures.put("process_cpu_seconds_total", [({}, time.process_time())])
        self._figures.put("process_resident_memory_bytes", [({}, _resident_bytes())])
        return self._figures.text()

    def _transaction(self, what: str, seconds: float) -> None:
        # Summed up later: a read of one document takes hardly longer than a lock and two sums.
        durations = self._durations[what]
        durations.append(seconds)
        if len(durations) >= MOST_DURATIONS:
            self._sum_up()

    def _sum_up(self) -> None:
        for what, durations in self._durations.items():
            with self._summing:
                taken = [durations.popleft() for _ in range(len(durations))]
            self._figures.add("prorata_transactions_total", len(taken), kind=what)
            self._figures.add("prorata_transaction_seconds_total", sum(taken), kind=what)

    def _read_books(self) -> None:
        now = self._system.clock.now()
        found: dict[str, list[Value]] = {name: [] for name in OF_THE_BOOKS}
        try:
            found = self._system.database.read(lambda connection: _books(connection, now))
        except Exception as error:
            # A database that is away must not hide the other figures.
            log.warning("the books cannot be read for the metrics", error=redacted(str(error)))
        for name, values in found.items():
            self._figures.put(name, values)
        self._figures.put("prorata_database_up", [({}, int(any(found.values())))])


def _books(connection: Connection, now: int) -> dict[str, list[Value]]:
    waiting: list[Value] = []
    oldest = now
    for kind in due_kinds():
        [(count, first)] = connection.query(
            f"SELECT COUNT(*), MIN(due_at) FROM {table_name(kind)}"
            " WHERE clock IS NULL AND due_at <= ?",
            (now,),
        )
        waiting.append(({"kind": kind}, count))
        oldest = min(oldest, first or now)
    [(pending, retrying)] = connection.query(
        "SELECT COUNT(*), SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END) FROM (SELECT attempts"
        " FROM delivery WHERE next_attempt_at IS NOT NULL LIMIT ?) AS pending",
        (MOST_COUNTED,),
    )
    first_try = min(_first_tries(connection), default=now)
    attempts = connection.query(
        f"SELECT state, COUNT(*) FROM {table_name('payment_attempt')}"
        " WHERE due_at IS NOT NULL GROUP BY state"
    )
    return {
        "prorata_due_documents": waiting,
        "prorata_due_oldest_seconds": [({}, now - oldest)],
        "prorata_set_aside_documents": [({}, len(still_aside(connection)))],
        "prorata_deliveries_pending": [({}, pending)],
        "prorata_deliveries_retrying": [({}, int(retrying or 0))],
        "prorata_delivery_oldest_seconds": [({}, max(0, now - first_try))],
        "prorata_payment_attempts_waiting": [({"state": state}, n) for state, n in attempts],
    }


def _first_tries(connection: Connection) -> list[int]:
    """Return, of each endpoint, when the first of its deliveries is to be made."""
    first = (
        "SELECT MIN(d.next_attempt_at) FROM delivery AS d"
        " WHERE d.endpoint = e.id AND d.next_attempt_at IS NOT NULL"
    )
    rows = connection.query(
        " UNION ALL ".join(
            f"SELECT ({first}) FROM {table_name(kind)} AS e WHERE e.deleted = 0"
            for kind in RECEIVERS
        )
    )
    return [moment for (moment,) in rows if moment is not None]


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")

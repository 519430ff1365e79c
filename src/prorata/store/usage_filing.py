"""Filing usage: fresh events move to the tables that hold them all, and into the roll-up.

What moves together is near together where it goes: all events of some neighbouring series, all
identifiers of one stretch. So a page that many events belong to is written once, and the cost of an
event does not grow with what is stored. Nothing waits for it: whoever counts reads both.
"""

import threading
from collections.abc import Callable

from prorata.store.connection import Connection
from prorata.store.usage import EVENT_COLUMNS as EVENT
from prorata.store.usage import IDENTIFIER_COLUMNS as IDENTIFIER
from prorata.store.usage import KNOWN_SECONDS, SCALE
from prorata.store.usage_reading import HALF

# Fresh events below this many stay: the more there are, the more move together.
FRESH = 60_000
CHUNK = 4_000
# One process at a time files on PostgreSQL: the number of its lock.
LOCK = 0x50726F72_61746101
_HIGHEST = "~"
# Of whole units: of smaller events no hour has so many that its sum would not fit into an integer.
_LARGE = 10**12
# So much may an hour have already, and so much may come to it at once.
_MOST = 4 * 10**18


class Filing:
    """Counts what is recorded and moves as much on; one for each process."""

    def __init__(self, fresh: int = FRESH, chunk: int = CHUNK) -> None:
        self._lock = threading.Lock()
        self._since = 0
        self._fresh, self._chunk = fresh, chunk
        self._series, self._digest = 0, ""

    def is_due(self, recorded: int) -> bool:
        """Count what was recorded; return whether it is time to file."""
        with self._lock:
            self._since += recorded
            if self._since < self._chunk:
                return False
            self._since = 0
            return True

    def step(self, now: int) -> Callable[[Connection], int]:
        """Return a unit that moves some events on; its result is how many there were too many."""

        def work(connection: Connection) -> int:
            if connection.dialect == "postgresql":
                [(alone,)] = connection.query("SELECT pg_try_advisory_xact_lock(?)", (LOCK,))
                if not alone:
                    return 0
            over, since = self._count(connection, "usage_fresh") - self._fresh, self._series
            if over > 0 and not self._file_events(connection) and not since:
                # Too many of those are left that stay.
                over = 0
            if connection.dialect == "postgresql":
                self._digest = self._file_identifiers(connection, "usage_identifier", now)
            elif self._count(connection, "usage_fresh_identifier") > self._fresh:
                self._digest = self._file_identifiers(connection, "usage_fresh_identifier", now)
            return max(0, over - self._chunk)

        return work

    def _count(self, connection: Connection, table: str) -> int:
        most = self._fresh + 10 * self._chunk
        [(count,)] = connection.query(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT {most}) AS fresh"
        )
        return int(count)

    def _file_events(self, connection: Connection) -> int:
        """File the next series, to go on after them; return how many events those had."""
        since = self._series
        rows = connection.query(
            "SELECT series FROM usage_fresh WHERE series >= ?"
            f" ORDER BY series, timestamp, number LIMIT 1 OFFSET {self._chunk}",
            (since,),
        )
        # A series is not divided, though it may be longer.
        until = max(rows[0][0], since + 1) if rows else 1 << 62
        self._series = until if rows else 0
        return file_series(connection, since, until)

    def _file_identifiers(self, connection: Connection, table: str, now: int) -> str:
        """File the identifiers of the next stretch and drop the old ones there."""
        since = self._digest
        rows = connection.query(
            f"SELECT digest FROM {table} WHERE digest >= ?"
            f" ORDER BY digest LIMIT 1 OFFSET {self._chunk}",
            (since,),
        )
        until = rows[0][0] if rows else _HIGHEST
        file_identifiers(connection, since, until, now)
        return until if rows else ""


def file_all(connection: Connection, now: int) -> None:
    """File everything that is fresh."""
    file_series(connection, 0, 1 << 62)
    file_identifiers(connection, "", _HIGHEST, now)


def file_series(connection: Connection, since: int, until: int) -> int:
    """Move the fresh events of the series [since, until) on and count them in the roll-up.

    Returns how many those were. Series whose sums may be too large for the roll-up stay.
    """
    span = (since, until)
    names = ", ".join(EVENT)
    chosen = "series >= ? AND series < ?"
    counted = "SELECT COUNT(*), MAX(ABS(whole)) FROM usage_fresh WHERE "
    [(count, largest)] = connection.query(counted + chosen, span)
    if (largest or 0) >= _LARGE and (staying := _too_large(connection, span)):
        chosen += f" AND series NOT IN ({', '.join(map(str, staying))})"
        [(count, _)] = connection.query(counted + chosen, span)
    connection.run(
        f"INSERT INTO usage_event ({names}) SELECT {names} FROM usage_fresh"
        f" WHERE {chosen} ORDER BY series, timestamp, number",
        span,
    )
    fractions = "CAST(SUM(fraction) AS bigint)"
    connection.run(
        "INSERT INTO usage_hour (series, hour, count, whole, fraction)"
        f" SELECT series, timestamp / 3600 AS slot, COUNT(*), SUM(whole) + {fractions} / {SCALE},"
        f" {fractions} % {SCALE}"
        f" FROM usage_fresh WHERE {chosen} GROUP BY series, slot"
        " ORDER BY series, slot"
        " ON CONFLICT (series, hour) DO UPDATE SET count = usage_hour.count + excluded.count,"
        " whole = usage_hour.whole + excluded.whole"
        f" + (usage_hour.fraction + excluded.fraction) / {SCALE},"
        f" fraction = (usage_hour.fraction + excluded.fraction) % {SCALE}",
        span,
    )
    connection.run(f"DELETE FROM usage_fresh WHERE {chosen}", span)
    return int(count)


def _too_large(connection: Connection, span: tuple[int, int]) -> list[int]:
    """Return the series of whose events an hour may come to more than an integer holds."""
    within = "series >= ? AND series < ?"
    rows = connection.query(
        f"SELECT series FROM usage_fresh WHERE {within}"
        f" GROUP BY series HAVING SUM(ABS(whole) / {HALF}) >= {_MOST // HALF}"
        f" UNION SELECT series FROM usage_hour WHERE {within} AND ABS(whole) >= {_MOST}",
        (*span, *span),
    )
    return [series for (series,) in rows]


def file_identifiers(connection: Connection, since: str, until: str, now: int) -> None:
    """Move the fresh identifiers [since, until) on and drop those that are not known any more."""
    span = (since, until)
    connection.run(
        "DELETE FROM usage_identifier WHERE digest >= ? AND digest < ? AND received <= ?",
        (*span, now - KNOWN_SECONDS),
    )
    if connection.dialect == "postgresql":
        return
    names = ", ".join(IDENTIFIER)
    connection.run(
        f"INSERT INTO usage_identifier ({names}) SELECT {names} FROM usage_fresh_identifier"
        " WHERE digest >= ? AND digest < ? ORDER BY digest",
        span,
    )
    connection.run("DELETE FROM usage_fresh_identifier WHERE digest >= ? AND digest < ?", span)

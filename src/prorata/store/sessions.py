"""Sessions: each connection to PostgreSQL has one of the server, and both soon miss the other end.

Claims, the lock that keeps the tables as they are, settings and prepared statements belong to one:
a pooler that gives it to another connection after each transaction gives them along.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from prorata.store.connection import Unfit

Connect = Callable[[], AbstractContextManager[Any]]
# For the server a client that is gone holds its locks until it is missed; a process that stands
# still in the middle of a unit keeps what it has locked for a minute.
STANDSTILL = "60s"
VIGILANCE = {
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000", "idle_in_transaction_session_timeout": STANDSTILL,
}  # fmt: skip
PID = "SELECT pg_backend_pid()"
SHARED = (
    "the pooler in front of PostgreSQL gives a session to another connection after each"
    " transaction: let each connection have its own (PgBouncer: `pool_mode = session`), or name the"
    " server itself"
)


def attend(raw: Any, address: str, **more: str) -> bool:
    """Let client and server miss each other soon; `more`: other settings of the session.

    Returns whether nobody is in between who shares out the server's sessions.
    """
    settings = {**VIGILANCE, **more}
    chosen = ", ".join(f"set_config('{name}', '{each}', false)" for name, each in settings.items())
    *_, process = raw.execute(f"SELECT {chosen}, pg_backend_pid()").fetchone()
    direct = is_direct(raw, process)
    if direct:
        raw.attend(address, process)
    return direct


def is_direct(raw: Any, process: int) -> bool:
    """Return whether the server itself was reached, by the number of its process."""
    return bool(process == raw.info.backend_pid)


def require_own_sessions(connect: Connect) -> None:
    """Raise Unfit unless each connection keeps its session from one transaction to the next.

    Two of them end a transaction each, once in either order: who shares sessions out, the newest
    or the oldest first, has given one of them the other's by then.
    """
    with connect() as one, connect() as other:
        known = [_process(one), _process(other)]
        for ends in ((one, other), (other, one)):
            for each in ends:
                each.commit()
            if [_process(one), _process(other)] != known:
                raise Unfit(SHARED)


def _process(raw: Any) -> int:
    """Begin a transaction, if none has begun, and return which process of the server has it."""
    return int(raw.execute(PID).fetchone()[0])

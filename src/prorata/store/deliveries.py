"""Deliveries: events on their way to webhook endpoints: whose turn it is, and how each try ended.

`next_attempt_at` is in the system's time and empty once an event has arrived or was given up.
Where several workers share a database, each leases what it has in hand, in real time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from prorata.model.ids import least_id
from prorata.model.thin_types import RECEIVERS
from prorata.store.connection import Connection
from prorata.store.names import table_name

# After all ids of events.
BEYOND = "evt_2"
# Longer than what is in hand can take; what a dead worker had in hand is free again after it.
LEASE_SECONDS = 60
# Later than any try.
EVER = (1 << 53) - 1
GIVEN_UP_AT_ONCE = 1_000
# Of what is due at an endpoint that is told in order, so much is looked at for what has its turn.
MOST_LOOKED_AT = 512
# What was put off until its turn is looked at by itself after so long.
CALL_SECONDS = 300
# At an endpoint that is told of an object's events in order: what is open before a delivery, and
# whether nothing is.
BEFORE = (
    "FROM delivery AS p WHERE p.endpoint = d.endpoint AND p.object = d.object"
    " AND p.next_attempt_at IS NOT NULL AND (p.turn, p.event) < (d.turn, d.event)"
)
TURN = f"(object IS NULL OR NOT EXISTS (SELECT 1 {BEFORE}))"

# Whether a delivery is due and in nobody's hand.
FREE = "d.next_attempt_at <= ? AND (d.leased_until IS NULL OR d.leased_until <= ?)"


@dataclass(frozen=True, slots=True)
class WaitingEndpoint:
    """An enabled endpoint with deliveries whose turn has come; its document as stored text.

    kind: of its document, one of RECEIVERS. in_order: whether some of them have a turn.
    """

    kind: str
    book: int
    id: str
    document: str
    private: str
    in_order: bool


@dataclass(frozen=True, slots=True)
class Queues:
    """Endpoints that wait for deliveries, and the ids of those that are disabled or deleted."""

    waiting: list[WaitingEndpoint]
    disabled: list[str]
    gone: list[str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint; `attempts` is how often it was tried before.

    object: that of the event, where its events come in order.
    """

    event: str
    endpoint: str
    attempts: int
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try ended: delivered, to be tried again at a second, or given up (neither)."""

    delivery: Delivery
    status: int | None = None
    error: str | None = None
    delivered_at: int | None = None
    next_attempt_at: int | None = None

    @property
    def outcome(self) -> str:
        if self.delivered_at is not None:
            return "delivered"
        return "given_up" if self.next_attempt_at is None else "failed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far an event has come: whether an endpoint has still to take it, and the last answer."""

    open: bool
    answered_at: int | None


def arrivals(
    connection: Connection, book: int, type: str, moments: Mapping[str, int]
) -> dict[str, Arrival]:
    """Return how far events of a type have come, by document; without what no endpoint awaits.

    moments: document -> the second of its event, by which the event is found.
    """
    condition, documents = connection.any_of("e.object_id", moments)
    first, behind = min(moments.values()), max(moments.values()) + 1
    rows = connection.query(
        "SELECT e.object_id, MAX(CASE WHEN d.next_attempt_at IS NULL THEN 0 ELSE 1 END),"
        " MAX(d.delivered_at) FROM event AS e JOIN delivery AS d ON d.event = e.id"
        f" WHERE e.book = ? AND e.id >= ? AND e.id < ? AND e.type = ? AND {condition}"
        " GROUP BY e.object_id",
        (book, least_id("evt", first), least_id("evt", behind), type, documents),
    )
    return {id: Arrival(bool(waiting), answered) for id, waiting, answered in rows}


def queues(connection: Connection, now: int, real_now: int) -> Queues:
    """Return where something is to be delivered by `now`, or to be given up.

    At an endpoint that is disabled what is due later waits: it may be enabled before. At one that
    is deleted all is given up, however late it is due.
    """
    ways = {
        "waiting": ("deleted = 0 AND status = 'enabled'", "d.next_attempt_at <= ?", (now,)),
        "disabled": ("deleted = 0 AND status <> 'enabled'", FREE, (now, real_now)),
        "gone": ("deleted = 1", FREE, (EVER, real_now)),
    }
    # In one query, as it is asked many times a second of a database where nothing is to be done.
    asked: list[str] = []
    given: list[int] = []
    for way, (which, due, moments) in ways.items():
        for kind in RECEIVERS:
            asked.append(
                f"SELECT '{way}', '{kind}', book, id, document, private,"
                " EXISTS (SELECT 1 FROM delivery AS o WHERE o.endpoint = e.id"
                " AND o.object IS NOT NULL AND o.next_attempt_at IS NOT NULL)"
                f" FROM {table_name(kind)} AS e WHERE {which}"
                f" AND EXISTS (SELECT 1 FROM delivery AS d WHERE d.endpoint = e.id AND {due})"
            )
            given += moments
    found = Queues([], [], [])
    for way, *row in connection.query(" UNION ALL ".join(asked), given):
        endpoint = WaitingEndpoint(*row)
        if way == "waiting":
            found.waiting.append(endpoint)
        else:
            (found.disabled if way == "disabled" else found.gone).append(endpoint.id)
    return found


def next_of(
    connection: Connection,
    endpoint: str,
    now: int,
    limit: int,
    busy: Collection[str],
    look_at: int = MOST_LOOKED_AT,
) -> list[Delivery]:
    """Return up to `limit` deliveries of an endpoint, oldest first, without the events in `busy`.

    For a single worker, which knows by itself what it has in hand.
    """
    rows = connection.query(
        "SELECT event, attempts, object FROM delivery AS d WHERE endpoint = ? AND event IN ("
        "SELECT event FROM delivery WHERE endpoint = ? AND next_attempt_at <= ?"
        f" ORDER BY next_attempt_at, event LIMIT ?) AND {TURN}"
        " ORDER BY next_attempt_at, event LIMIT ?",
        (endpoint, endpoint, now, look_at, limit + len(busy)),
    )
    free = [
        Delivery(event, endpoint, attempts, object)
        for event, attempts, object in rows
        if event not in busy
    ]
    return free[:limit]


def lease(
    connection: Connection,
    endpoint: str,
    now: int,
    limit: int,
    real_now: int,
    look_at: int = MOST_LOOKED_AT,
) -> list[Delivery]:
    """Take up to `limit` deliveries of an endpoint, oldest first; no other worker gets them."""
    rows = connection.query(
        "UPDATE delivery SET leased_until = ? WHERE endpoint = ? AND event IN ("
        "SELECT event FROM delivery AS d WHERE endpoint = ? AND event IN ("
        f"SELECT event FROM delivery AS d WHERE endpoint = ? AND {FREE}"
        f" ORDER BY next_attempt_at, event LIMIT ?) AND {FREE} AND {TURN}"
        " ORDER BY next_attempt_at, event LIMIT ? FOR UPDATE SKIP LOCKED)"
        " RETURNING event, attempts, object",
        (real_now + LEASE_SECONDS, endpoint, endpoint, endpoint, now, real_now, look_at, now,
         real_now, limit),
    )  # fmt: skip
    return [
        Delivery(event, endpoint, attempts, object) for event, attempts, object in sorted(rows)
    ]


def out_of_turn(connection: Connection, endpoint: str, now: int) -> list[str]:
    """Return events that are due at an endpoint, and stand in the way of what has its turn."""
    rows = connection.query(
        "SELECT event FROM (SELECT event, endpoint, object, turn FROM delivery WHERE endpoint = ?"
        f" AND next_attempt_at <= ? ORDER BY next_attempt_at, event LIMIT ?) AS d WHERE NOT {TURN}",
        (endpoint, now, MOST_LOOKED_AT),
    )
    return [event for (event,) in rows]


def put_off(connection: Connection, endpoint: str, events: Sequence[str], now: int) -> None:
    """Put off what is out of turn, until that before it is tried, whose end calls the next one.

    Where others write too, that before it stands still for as long: it does not end unseen.
    """
    lock = ""
    if connection.dialect == "postgresql":
        lock = " FOR UPDATE OF d SKIP LOCKED FOR SHARE OF before SKIP LOCKED"
    condition, given = connection.any_of("d.event", events)
    rows = connection.query(
        "SELECT before.next_attempt_at, d.event FROM delivery AS d JOIN delivery AS before"
        f" ON before.endpoint = d.endpoint AND before.event = (SELECT p.event {BEFORE} LIMIT 1)"
        f" WHERE d.endpoint = ? AND {condition} AND d.next_attempt_at IS NOT NULL{lock}",
        (endpoint, given),
    )
    connection.run_many(
        "UPDATE delivery SET next_attempt_at = ? WHERE event = ? AND endpoint = ?",
        [(max(tried, now + CALL_SECONDS), event, endpoint) for tried, event in rows],
    )


def record_attempts(connection: Connection, attempts: Sequence[Attempt], now: int) -> None:
    """Write how deliveries ended; the leases on them end too. What has its turn now is due.

    What was asked to be sent again meanwhile stays due.
    """
    connection.run_many(
        "UPDATE delivery SET attempts = attempts + 1, status = ?, error = ?, delivered_at = ?,"
        " next_attempt_at = ?, leased_until = NULL"
        " WHERE event = ? AND endpoint = ? AND attempts = ?",
        [
            (
                each.status,
                each.error,
                each.delivered_at,
                each.next_attempt_at,
                each.delivery.event,
                each.delivery.endpoint,
                each.delivery.attempts,
            )
            for each in attempts
        ],
    )
    ended = [
        (now, each.delivery.endpoint, each.delivery.endpoint, each.delivery.object)
        for each in attempts
        if each.delivery.object is not None and each.next_attempt_at is None
    ]
    if ended:
        # Each is written, also what is due: who puts it off at this moment, or this, begins anew.
        connection.run_many(
            "UPDATE delivery SET next_attempt_at = ? WHERE endpoint = ? AND event = ("
            "SELECT event FROM delivery WHERE endpoint = ? AND object = ?"
            " AND next_attempt_at IS NOT NULL ORDER BY turn, event LIMIT 1)",
            ended,
        )


def put_back(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """End the leases on deliveries that were not tried."""
    connection.run_many(
        "UPDATE delivery SET leased_until = NULL WHERE event = ? AND endpoint = ?",
        [(each.event, each.endpoint) for each in deliveries],
    )


def give_up(connection: Connection, endpoints: Iterable[str], now: int, real_now: int) -> None:
    """Give up what is due at endpoints that are closed; what somebody has in hand ends by itself.

    So many of each at most: others write in between, and the next look finds the rest. Nobody is
    waited for: whoever writes down how tries ended has rows of the same endpoint.
    """
    lock = " FOR UPDATE SKIP LOCKED" if connection.dialect == "postgresql" else ""
    connection.run_many(
        "UPDATE delivery SET next_attempt_at = NULL, error = 'The endpoint is closed.'"
        " WHERE endpoint = ? AND event IN ("
        f"SELECT event FROM delivery AS d WHERE endpoint = ? AND {FREE}"
        f" ORDER BY next_attempt_at LIMIT {GIVEN_UP_AT_ONCE}{lock})",
        [(endpoint, endpoint, now, real_now) for endpoint in endpoints],
    )


def send_again(connection: Connection, event: str, endpoint: str, book: int, now: int) -> None:
    """Put an event in the queue of an endpoint once more; that counts as a try."""
    connection.run(
        "INSERT INTO delivery (event, endpoint, book, next_attempt_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (event, endpoint) DO UPDATE SET next_attempt_at = excluded.next_attempt_at,"
        " attempts = delivery.attempts + 1, delivered_at = NULL, leased_until = NULL",
        (event, endpoint, book, now),
    )


def bring_forward(connection: Connection, now: int) -> None:
    """Make first tries due that a clock set back has left in the future."""
    connection.run(
        "UPDATE delivery SET next_attempt_at = ? WHERE next_attempt_at > ? AND attempts = 0",
        (now, now),
    )


def where_old_ones_are(until: int, now: int) -> list[tuple[str, str]]:
    """Return where, in the order of the events' ids, deliveries may be that ended before `until`.

    Nothing is delivered before it happened, but what happened on a test clock that is ahead.
    """
    return [("", least_id("evt", until)), (least_id("evt", now), BEYOND)]


def old_deliveries(
    connection: Connection, after: str, limit: int, end: str, until: int
) -> list[str]:
    """Return events, in the order of their ids, one of whose deliveries ended before `until`."""
    rows = connection.query(
        "SELECT DISTINCT event FROM delivery AS d WHERE event > ? AND event < ?"
        " AND next_attempt_at IS NULL AND (delivered_at < ?"
        # What was given up has no moment of its own: its event tells how old it is.
        " OR (delivered_at IS NULL AND EXISTS (SELECT 1 FROM event AS e"
        " WHERE e.book = d.book AND e.id = d.event AND e.recorded_at < ?)))"
        " ORDER BY event LIMIT ?",
        (after, end, until, until, limit),
    )
    return [event for (event,) in rows]


def forget_deliveries(connection: Connection, these: Sequence[str], until: int) -> None:
    """Delete what became of such events, but for what is to be delivered anew."""
    among, value = connection.any_of("event", these)
    connection.run(
        f"DELETE FROM delivery WHERE {among} AND next_attempt_at IS NULL"
        " AND (delivered_at < ? OR delivered_at IS NULL)",
        (value, until),
    )

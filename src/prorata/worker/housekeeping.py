"""Housekeeping: what has served its time is deleted."""

from prorata.engine.runtime import System
from prorata.rules.calendar import DAY_SECONDS
from prorata.store.connection import Connection
from prorata.store.kept_answers import forget_answers

# As long as events are listed. The events themselves stay: they are the audit trail.
DELIVERY_SECONDS = 30 * DAY_SECONDS


def keep_house(system: System) -> None:
    """Delete idempotency keys that are too old, and what became of deliveries after thirty."""
    now = system.clock.now()
    until = now - DELIVERY_SECONDS

    def work(connection: Connection) -> None:
        forget_answers(connection, now)
        # What was given up has no moment of its own: its event tells how old it is.
        connection.run(
            "DELETE FROM delivery WHERE next_attempt_at IS NULL AND (delivered_at < ?"
            " OR (delivered_at IS NULL AND EXISTS (SELECT 1 FROM event AS e"
            " WHERE e.book = delivery.book AND e.id = delivery.event AND e.recorded_at < ?)))",
            (until, until),
        )

    system.database.write(work)

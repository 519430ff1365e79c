"""Kept answers: how long the answer to an idempotency key is kept."""

from prorata.store.connection import Connection

DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS
# How the fingerprints of requests below /v2 begin: their keys are kept for thirty days.
LONG_KEPT = "v2:"


def forget_answers(connection: Connection, now: int) -> None:
    """Delete idempotency keys after a day, those of /v2 after thirty."""
    connection.run(
        "DELETE FROM idempotency WHERE created < ? AND (created < ? OR fingerprint NOT LIKE ?)",
        (now - DAY_SECONDS, now - MONTH_SECONDS, f"{LONG_KEPT}%"),
    )


def is_kept(fingerprint: str, created: int, now: int) -> bool:
    """Return whether an answer still counts, whether or not somebody has kept house since."""
    lasts = MONTH_SECONDS if fingerprint.startswith(LONG_KEPT) else DAY_SECONDS
    return created >= now - lasts

"""Kept answers: how long the answer to an idempotency key is kept."""

from collections.abc import Sequence

from prorata.store.connection import Connection

DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS
# How the fingerprints of requests below /v2 begin: their keys are kept for thirty days.
LONG_KEPT = "v2:"
# Keys are kept for a day, those of /v2 for thirty.
TOO_OLD = "created < ? AND (created < ? OR fingerprint NOT LIKE ?)"
# Before all of them.
FIRST = (-1, "")


def old_answers(
    connection: Connection, after: tuple[int, str], limit: int, now: int
) -> list[tuple[int, str]]:
    """Return idempotency keys that are too old, with their books, in their order."""
    rows = connection.query(
        "SELECT book, key FROM idempotency WHERE (book, key) > (?, ?)"
        f" AND {TOO_OLD} ORDER BY book, key LIMIT ?",
        (*after, *_ages(now), limit),
    )
    return [(book, key) for book, key in rows]


def forget_answers(connection: Connection, these: Sequence[tuple[int, str]], now: int) -> None:
    """Delete idempotency keys, but for those that were used anew since they were found."""
    connection.run_many(
        f"DELETE FROM idempotency WHERE book = ? AND key = ? AND {TOO_OLD}",
        [(*each, *_ages(now)) for each in these],
    )


def _ages(now: int) -> tuple[int, int, str]:
    return now - DAY_SECONDS, now - MONTH_SECONDS, f"{LONG_KEPT}%"


def is_kept(fingerprint: str, created: int, now: int) -> bool:
    """Return whether an answer still counts, whether or not somebody has kept house since."""
    lasts = MONTH_SECONDS if fingerprint.startswith(LONG_KEPT) else DAY_SECONDS
    return created >= now - lasts

"""Mail retries: when a mail is tried again that no server has taken yet."""

MINUTE, HOUR = 60, 3600
# Close together at first: most servers only want to see that somebody comes back.
WAITS = (
    MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR,
)  # fmt: skip


def next_mail_attempt(attempts: int, now: int) -> int | None:
    """Return when a mail is tried again after so many attempts, None when it is given up.

    The last try is nearly three days after the first: what is not delivered then is not read any
    more. Seconds UTC.
    """
    return now + WAITS[attempts - 1] if 1 <= attempts <= len(WAITS) else None

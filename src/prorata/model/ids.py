"""Ids: they begin with their time, so that the key serves "newest first", and end in a bucket.

An id is its prefix, a digit and five base-62 characters of seconds, a part that grows within the
second, and two characters that name the bucket of the customer who owns the document. Ids made
by one process in one second are in the order of their making.
"""

import random
import threading

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
BUCKETS = 62 * 62
# Seconds are counted from 1990 so that five characters reach beyond 2019 with a leading digit of 1.
SHORT_EPOCH = 631152000
SHORT_UNIQUE = 62**6
LONG_UNIQUE = 62**16


def base62(value: int, width: int) -> str:
    """Return a number as `width` base-62 characters, most significant first."""
    characters = []
    for _ in range(width):
        value, rest = divmod(value, 62)
        characters.append(ALPHABET[rest])
    return "".join(reversed(characters))


def bucket_of(id: str) -> int:
    """Return the bucket that an id names in its last two characters."""
    try:
        return VALUES[id[-2]] * 62 + VALUES[id[-1]]
    except (IndexError, KeyError):
        return sum(id.encode()) % BUCKETS


class IdFactory:
    """Make ids; safe to share between threads, reseeded in every process."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._sequence = self._random.randrange(SHORT_UNIQUE // 2)

    def new(self, prefix: str, now: int, owner: str | None = None, short: bool = False) -> str:
        """Return a new id made at second `now`, in the bucket of the id `owner`."""
        with self._lock:
            # One sequence for all seconds: steps of virtual time come back to a second they left.
            self._sequence = (self._sequence + self._random.randrange(1, 40)) % SHORT_UNIQUE
            sequence = self._sequence
            noise = "" if short else base62(self._random.randrange(62**10), 10)
        suffix = owner[-2:] if owner else base62(self._random.randrange(BUCKETS), 2)
        if short:
            return f"{prefix}_{base62(now - SHORT_EPOCH, 6)}{base62(sequence, 6)}{suffix}"
        return f"{prefix}_1{base62(now, 6)}{base62(sequence, 6)}{noise[:9]}{suffix}"

    def secret(self, length: int) -> str:
        """Return random characters for a client secret."""
        system = random.SystemRandom()
        return "".join(system.choice(ALPHABET) for _ in range(length))

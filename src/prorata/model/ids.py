"""Ids: they begin with their time, so that the key serves "newest first", and end in a bucket.

An id is its prefix, a digit (3 for what moves money, 1 for all else), six base-62 characters of
seconds, eight that tell the real microsecond of its making, seven that keep processes apart, and
two that name the bucket of the customer who owns the document. So the ids of one second, lived once
or again and again, are in the order of their making, in one process to the last and between
processes as far as their clocks agree. The short ids (customers, products, subscription items) have
no room for that: theirs are in order within a process.
"""

import hashlib
import os
import random
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count

from prorata.model.clock import nanoseconds

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
BUCKETS = 62 * 62
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
PAIR_VALUES = {pair: value for value, pair in enumerate(PAIRS)}
# Seconds are counted from 1990 so that five characters reach beyond 2019 with a leading digit of 1.
SHORT_EPOCH = 631152000
SHORT_UNIQUE = 62**6
# Microseconds begin anew after 62^8 of them: 6.9 years, next in 2032.
SEQUENCE_LENGTH = 8
SALT_LENGTH = 7
PAYMENT_PREFIXES = frozenset({"pi", "ch", "py", "re", "pyr", "txn"})
# Ids of 32 characters after the prefix instead of 24.
LONG_PREFIXES = frozenset({
    "mtr", "mtr_test", "feat", "feat_test", "ent", "ent_test", "credgr", "credgr_test",
    "cbtxn_test",
})  # fmt: skip
LONGER = 8
# Random bytes become characters: four bytes for each, and those beyond are dropped.
_LETTERS = bytes(ord(ALPHABET[byte % 62]) for byte in range(256))
_SURPLUS = bytes(range(4 * 62, 256))


def base62(value: int, width: int) -> str:
    """Return a number as an even `width` of base-62 characters, most significant first."""
    if width == 6:
        high, low = divmod(value, BUCKETS)
        return PAIRS[high // BUCKETS % BUCKETS] + PAIRS[high % BUCKETS] + PAIRS[low]
    pairs = []
    for _ in range(width // 2):
        value, rest = divmod(value, BUCKETS)
        pairs.append(PAIRS[rest])
    pairs.reverse()
    return "".join(pairs)


def from_base62(text: str) -> int:
    """Return the number that base-62 characters say; raise KeyError for other characters."""
    value = 0
    for character in text:
        value = value * 62 + VALUES[character]
    return value


def bucket_of(id: str) -> int:
    """Return the bucket that an id names in its last two characters."""
    bucket = PAIR_VALUES.get(id[-2:])
    # An id that a client chose may end in anything.
    return sum(id.encode()) % BUCKETS if bucket is None else bucket


def least_id(prefix: str, second: int) -> str:
    """Return where the ids of a second begin in the order of ids; not for the short kinds."""
    digit = "3" if prefix in PAYMENT_PREFIXES else "1"
    return f"{prefix}_{digit}{base62(second, 6)}"


_beginning = lru_cache(maxsize=1024)(least_id)


def second_of(id: str) -> int:
    """Return the second (UTC) at which an id was made; not for the short kinds.

    Raises KeyError or ValueError for what is no id.
    """
    begin = id.rindex("_") + 2
    return from_base62(id[begin : begin + 6])


def stand_in_id(prefix: str, *facts: object) -> str:
    """Return the id of what is shown and not kept: asked for again, it has the same one."""
    return f"{prefix}_{base62(_digest(facts), 24)}"


def lasting_id(prefix: str, second: int, owner: str | None, *facts: object) -> str:
    """Return the id that the same facts have in every copy of the books, in `owner`'s bucket."""
    rest, own = divmod(_digest(facts), BUCKETS)
    middle = base62(rest, SEQUENCE_LENGTH + SALT_LENGTH + 1)[1:]
    bucket = own if owner is None else bucket_of(owner)
    return f"{_beginning(prefix, second)}{middle}{PAIRS[bucket]}"


def _digest(facts: tuple[object, ...]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(facts).encode(), digest_size=18).digest())


@lru_cache(maxsize=64)
def _head(high: int) -> str:
    """Return the part of the microsecond that seldom changes."""
    return base62(high, SEQUENCE_LENGTH - 2)


class _Chance:
    """Random bytes of the system, asked for many at a time.

    Each question gives the interpreter away for a moment. A thread that waits for it may wake too
    late every time, and asks for it by name only after 5 ms in which nobody gave it away.
    """

    SIZE = 4096

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = b""
        self._used = 0

    def __call__(self, length: int) -> bytes:
        with self._lock:
            if self._used + length > len(self._bytes):
                self._bytes, self._used = os.urandom(max(self.SIZE, length)), 0
            start, self._used = self._used, self._used + length
            return self._bytes[start : self._used]


class IdFactory:
    """Make ids; safe to share between threads.

    Between processes the salt keeps ids apart and the clock keeps them in order; make a factory
    after a fork, not before. Ids are unique, not secret. With a seed, nothing follows a clock or
    chance. ticks: another clock, in nanoseconds, for factories that take turns.
    """

    def __init__(self, seed: int | None = None, ticks: Callable[[], int] | None = None) -> None:
        source = random.SystemRandom() if seed is None else random.Random(seed)
        self._lock = threading.Lock()
        self._steps = random.Random(source.randrange(1 << 62))
        self._short_sequence = source.randrange(SHORT_UNIQUE // 2)
        self._salt = "".join(source.choice(ALPHABET) for _ in range(SALT_LENGTH))
        if ticks is None:
            ticks = nanoseconds if seed is None else count(self._short_sequence, 1000).__next__
        self._ticks = ticks
        # The last microsecond that an id was given.
        self._last = -1
        # With a seed, for a life that can be lived again, even secrets are drawn from it.
        self._random_bytes = _Chance() if seed is None else self._steps.randbytes

    def new(self, prefix: str, now: int, owner: str | None = None, short: bool = False) -> str:
        """Return a new id made at second `now`, in the bucket of the id `owner`."""
        if owner is None:
            suffix = PAIRS[int(self._steps.random() * BUCKETS)]
        else:
            suffix = owner[-2:]
            if suffix not in PAIR_VALUES:
                suffix = PAIRS[bucket_of(owner)]
        if short:
            return f"{prefix}_{base62(now - SHORT_EPOCH, 6)}{self._short_step()}{suffix}"
        if prefix in LONG_PREFIXES:
            suffix = self._filling() + suffix
        at = self.moment()
        last = PAIRS[at % BUCKETS]
        return f"{_beginning(prefix, now)}{_head(at // BUCKETS)}{last}{self._salt}{suffix}"

    def in_order(self, prefix: str, made: Sequence[tuple[int, str]]) -> list[str]:
        """Return new ids, in their order, each made at a second and in the bucket of an id."""
        with self._lock:
            moments = [self._next() for _ in made]
        salt, ids = self._salt, []
        for at, (now, owner) in zip(moments, made, strict=True):
            suffix = owner[-2:]
            if suffix not in PAIR_VALUES:
                suffix = PAIRS[bucket_of(owner)]
            last = PAIRS[at % BUCKETS]
            ids.append(f"{_beginning(prefix, now)}{_head(at // BUCKETS)}{last}{salt}{suffix}")
        return ids

    def moment(self) -> int:
        """Return a microsecond that nothing else of this factory has, later than those before."""
        with self._lock:
            return self._next()

    def _next(self) -> int:
        # No second has microseconds of its own: virtual time comes back to one that it left.
        now = self._ticks() // 1000
        self._last = now = now if now > self._last else self._last + 1
        return now

    def _short_step(self) -> str:
        """Return the next part of a short id, whose steps of chance keep two processes apart."""
        with self._lock:
            step = 1 + int(self._steps.random() * 40)
            self._short_sequence = (self._short_sequence + step) % SHORT_UNIQUE
            return base62(self._short_sequence, 6)

    def _filling(self) -> str:
        return base62(self._steps.randrange(62**LONGER), LONGER)

    def secret(self, length: int) -> str:
        """Return random characters for a client secret."""
        letters = b""
        while len(letters) < length:
            letters += self._random_bytes(length + 8).translate(_LETTERS, _SURPLUS)
        return letters[:length].decode()

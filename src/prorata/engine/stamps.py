"""Stamps: a mark at an address's end that says until when it is good, and that nobody else makes.

An address that is told again is good again, and nothing is written when it is only read: how long
is in the mark, encrypted with the system's keys for what the address leads to.
"""

from functools import lru_cache
from typing import Any

from prorata.model.errors import NotSupported
from prorata.model.transaction import Tx
from prorata.rules.windows import DAY
from prorata.store.seals import PREFIX, CannotOpen

# No secret that is part of an address has it.
MARK = "-"
# How long an address is good at least from when it is told.
TOLD_SECONDS = 10 * DAY
_STANDARD, _IN_ADDRESSES = "+/:", "-_."


def told(tx: Tx, address: str, *, of: str, ends: int, now: int) -> str:
    """Return an address with a stamp where it would soon be good no more.

    of: the id of what it leads to. ends: when it ends without a stamp, in seconds UTC. Addresses
    that are told on one day are the same.
    """
    if ends - now >= TOLD_SECONDS:
        return address
    seals: Any = tx.seals
    day = -(-(now + TOLD_SECONDS) // DAY)
    try:
        return f"{address}{MARK}{_stamp(seals, _place(of), day)}"
    except NotSupported:
        # Without a key it ends when it ends.
        return address


def unstamped(address: str) -> str:
    """Return an address, or its end, without the stamp that it may have."""
    return address.partition(MARK)[0]


def stamped_until(tx: Tx, address: str, *, of: str) -> int:
    """Return until when an address's stamp makes it good, in seconds UTC; 0 for none, or a false.

    of: the id of what it leads to.
    """
    stamp = address.partition(MARK)[2]
    if not stamp:
        return 0
    sealed = stamp.translate(str.maketrans(_IN_ADDRESSES, _STANDARD))
    padding = "=" * (-len(sealed.rpartition(":")[2]) % 4)
    try:
        return int(tx.seals.open(f"{PREFIX}{sealed}{padding}", _place(of))) * DAY
    except (CannotOpen, ValueError):
        return 0


def _place(of: str) -> str:
    # What is sealed for the document itself opens here as little as this opens there.
    return f"address of {of}"


@lru_cache(maxsize=4096)
def _stamp(seals: Any, place: str, day: int) -> str:
    sealed: str = seals.seal(str(day), place)
    sealed = sealed.removeprefix(PREFIX).rstrip("=")
    return sealed.translate(str.maketrans(_STANDARD, _IN_ADDRESSES))

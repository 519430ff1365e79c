"""Reconciliation: which of the payments that wait for a bank transfer get its money.

Source: the documented order of automatic reconciliation: what the transfer names, then what asks
for exactly the money there is, then invoices, then payment intents, the oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

# Of more than these, the oldest, groups are looked for.
CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment that waits for money: `amount` is still missing, in minor units.

    A `whole` one takes all of it or nothing. `reference` is what its payer was told to write.
    """

    id: str
    amount: int
    created: int
    whole: bool = False
    reference: str | None = None


def share_out(
    available: int, reference: str | None, waiting: Sequence[Waiting], group: int = 1
) -> list[tuple[str, int]]:
    """Return which payments get how much of what is available, in minor units.

    group: how many payments together may make the exact amount.
    """
    ordered = sorted(waiting, key=lambda each: (each.created, each.id))
    shares: dict[str, int] = {}
    left = available
    for each in ordered:
        if _is_named(each, reference):
            left -= _give(each, left, shares)
    rest = [each for each in ordered if each.id not in shares]
    for each in _exact_group(rest, left, group):
        left -= _give(each, left, shares)
    for whole in (True, False):
        for each in rest:
            if each.whole == whole and each.id not in shares:
                left -= _give(each, left, shares)
    return list(shares.items())


def _is_named(waiting: Waiting, reference: str | None) -> bool:
    if not reference or not waiting.reference:
        return False
    return waiting.reference.casefold() in reference.casefold()


def _give(waiting: Waiting, left: int, shares: dict[str, int]) -> int:
    amount = min(waiting.amount, left)
    if amount <= 0 or (waiting.whole and amount < waiting.amount):
        return 0
    shares[waiting.id] = amount
    return amount


def _exact_group(waiting: Sequence[Waiting], amount: int, size: int) -> Sequence[Waiting]:
    """Return the smallest group that asks for exactly the amount; of several, most invoices."""
    if amount <= 0:
        return ()
    for count in range(1, size + 1):
        fitting = [
            each
            for each in combinations(waiting[:CANDIDATES], count)
            if sum(one.amount for one in each) == amount
        ]
        if fitting:
            # The combinations come oldest first, and the first of equals is kept.
            return max(fitting, key=lambda each: sum(one.whole for one in each))
    return ()

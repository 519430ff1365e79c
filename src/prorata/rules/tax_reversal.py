"""Tax reversal: how an amount that is taken back divides over the lines of a sale and their tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prorata.rules.rounding import ratio_half_up


@dataclass(frozen=True, slots=True)
class Part:
    """A line or a part of one, in minor units; inclusive: the amount contains the tax."""

    amount: int
    tax: int
    inclusive: bool

    @property
    def gross(self) -> int:
        """Return what was paid for it, with tax."""
        return self.amount if self.inclusive else self.amount + self.tax

    def less(self, amount: int, tax: int) -> Part:
        """Return what is left when this much is taken back."""
        return Part(self.amount - amount, self.tax - tax, self.inclusive)


def reverse_flat(left: Sequence[Part], amount: int) -> list[Part] | None:
    """Divide an amount with tax (minor units) over lines in proportion; None where it is too much.

    The parts add up to the amount, each with its line's share of tax.
    """
    whole = sum(part.gross for part in left)
    if amount > whole:
        return None
    found: list[Part] = []
    seen = given = 0
    for part in left:
        seen += part.gross
        share = (ratio_half_up(amount * seen, whole) if whole else 0) - given
        given += share
        tax = ratio_half_up(part.tax * share, part.gross) if part.gross else 0
        found.append(Part(share if part.inclusive else share - tax, tax, part.inclusive))
    return found

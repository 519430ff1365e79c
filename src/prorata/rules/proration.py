"""Proration: the share of an amount that belongs to a part of its period."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from prorata.rules.rounding import ratio_half_down, round_half_down

__all__ = ["prorate", "round_half_down", "share"]


def prorate(
    amount: int | Decimal | Fraction, start: int, end: int, at: int, step: int = 1
) -> int:
    """Return amount × (end − at) / (end − start): what remains of the period [start, end) at `at`.

    Minor units, exact and rounded once to the step, a half toward −infinity; give a credit's amount
    as a negative one. Raises ValueError for an empty period or a moment outside of it.
    """
    if not start <= at <= end:
        raise ValueError(f"{at} lies outside the period {start}–{end}")
    return share(amount, end - at, end - start, step)


def share(
    amount: int | Decimal | Fraction, numerator: int, denominator: int, step: int = 1
) -> int:
    """Return amount × numerator / denominator in minor units, a half toward −infinity.

    step: what amounts of the currency are multiples of.
    """
    if denominator <= 0:
        raise ValueError("a share needs a denominator above zero")
    if isinstance(amount, int):
        return ratio_half_down(amount * numerator, denominator, step)
    top, bottom = amount.as_integer_ratio()
    return ratio_half_down(top * numerator, bottom * denominator, step)

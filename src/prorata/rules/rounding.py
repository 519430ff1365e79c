"""Rounding: how an exact amount becomes whole minor units.

Some currencies have no amounts between multiples of a `step` of several minor units, so whatever
rounds can round to those.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

# Wide enough to hold quantity × unit amount (15 + 8 digits, 12 decimals) before it is rounded.
EXACT = Context(prec=100)

# Percentages are turned into integers of this many parts, so that shares need no fractions.
PERCENT_PARTS = 10**8
WHOLE = 100 * PERCENT_PARTS


# The same few rates come with every invoice of a batch.
@lru_cache(maxsize=1024)
def percent_parts(percentage: Decimal | int) -> int:
    """Return a percentage as an integer out of WHOLE; raise ValueError beyond 8 decimals."""
    numerator, denominator = Decimal(percentage).as_integer_ratio()
    parts, left = divmod(numerator * PERCENT_PARTS, denominator)
    if left:
        raise ValueError(f"percentage {percentage} has more than 8 decimal places")
    return parts


def ratio_half_up(numerator: int, denominator: int, step: int = 1) -> int:
    """Return numerator / denominator to the nearest step, an exact half away from zero.

    The same distance on both sides of zero, so that a reversal undoes what it reverses.
    """
    if step != 1:
        return step * ratio_half_up(numerator, denominator * step)
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def ratio_half_down(numerator: int, denominator: int, step: int = 1) -> int:
    """Return numerator / denominator to the nearest step, an exact half toward −infinity."""
    if step != 1:
        return step * ratio_half_down(numerator, denominator * step)
    return -((denominator - 2 * numerator) // (2 * denominator))


def round_half_up(value: Fraction | Decimal | int, step: int = 1) -> int:
    """Return value to the nearest step, an exact half away from zero."""
    if isinstance(value, Decimal) and step == 1:
        return int(value.to_integral_value(ROUND_HALF_UP))
    numerator, denominator = value.as_integer_ratio()
    return ratio_half_up(numerator, denominator, step)


def round_half_down(value: Fraction | Decimal | int) -> int:
    """Return value to the nearest integer, an exact half toward −infinity: −2.5 → −3, 4.5 → 4.

    The rule of proration lines, as observed on both credits and debits.
    """
    numerator, denominator = value.as_integer_ratio()
    return ratio_half_down(numerator, denominator)

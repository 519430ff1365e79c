"""Taxes: what manual tax rates add to an invoice line, or are part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from prorata.rules.rounding import WHOLE, percent_parts, ratio_half_up, round_half_up


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate in percent; inclusive when the line's amount already contains it."""

    id: str
    percentage: Decimal
    inclusive: bool


@dataclass(frozen=True, slots=True)
class TaxShare:
    """One rate's tax on one line, in minor units; taxable_amount is the net base."""

    rate: str
    amount: int
    inclusive: bool
    taxable_amount: int


def apply(
    lines: Sequence[tuple[int, tuple[Rate, ...]]], rounding: str = "line", step: int = 1
) -> list[list[TaxShare]]:
    """Return the taxes of each line, given its amount after discounts (maybe negative) and rates.

    Inclusive taxes come out first, exclusive ones are reckoned on what they leave; rates never
    compound. `rounding` "line" rounds every tax, a half away from zero; "invoice" rounds each
    rate's sum over all lines, and its lines' shares add up to that sum. step: what amounts of the
    currency are multiples of.
    """
    if rounding == "line":
        return [_line(amount, rates, step) for amount, rates in lines]
    if rounding == "invoice":
        return _invoice(lines, step)
    raise ValueError(f"unknown rounding {rounding!r}: use line or invoice")


def exempt(amount: int, rates: Iterable[Rate], step: int = 1) -> int:
    """Return the price that an exempt or reverse-charge customer pays: without inclusive taxes."""
    rates = tuple(rates)
    return amount - sum(share.amount for share in _line(amount, rates, step) if share.inclusive)


def _line(amount: int, rates: tuple[Rate, ...], step: int) -> list[TaxShare]:
    if not rates:
        return []
    parts = [percent_parts(rate.percentage) for rate in rates]
    gross = WHOLE + _inclusive_parts(rates, parts)
    taxes = [
        ratio_half_up(amount * part, gross, step) if rate.inclusive else 0
        for rate, part in zip(rates, parts, strict=True)
    ]
    net = amount - sum(taxes)
    return [
        TaxShare(rate.id, tax if rate.inclusive else ratio_half_up(net * part, WHOLE, step),
                 rate.inclusive, net)
        for rate, part, tax in zip(rates, parts, taxes, strict=True)
    ]


def _invoice(lines: Sequence[tuple[int, tuple[Rate, ...]]], step: int) -> list[list[TaxShare]]:
    """Round each rate's running sum, and give a line what its own step adds to it."""
    sums: dict[str, Fraction] = {}
    result: list[list[TaxShare]] = []
    for amount, rates in lines:
        parts = [percent_parts(rate.percentage) for rate in rates]
        gross = WHOLE + _inclusive_parts(rates, parts)
        steps: list[int] = []
        for rate, part in zip(rates, parts, strict=True):
            before = sums.get(rate.id, Fraction(0))
            # An exclusive tax of amount × WHOLE / gross (the exact net) comes to the same fraction.
            sums[rate.id] = after = before + Fraction(amount * part, gross)
            steps.append(round_half_up(after, step) - round_half_up(before, step))
        net = amount - sum(s for rate, s in zip(rates, steps, strict=True) if rate.inclusive)
        result.append([
            TaxShare(rate.id, step, rate.inclusive, net)
            for rate, step in zip(rates, steps, strict=True)
        ])
    return result


def _inclusive_parts(rates: tuple[Rate, ...], parts: list[int]) -> int:
    return sum(part for rate, part in zip(rates, parts, strict=True) if rate.inclusive)

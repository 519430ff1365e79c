"""Discounts: what each discount takes from each invoice line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prorata.rules.rounding import WHOLE, percent_parts, ratio_half_up


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of either percent_off or amount_off (minor units), maybe for some products only.

    The id is that of one attachment, to an item or to the invoice, so that two items with the
    same coupon have two. `applies_to` holds product ids; None means every product.
    """

    id: str
    percent_off: Decimal | None
    amount_off: int | None
    applies_to: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as discounts see it: minor units before discounts and its item's own discounts.

    Lines of one item (tiers) carry the same own discounts; an own amount_off is taken from them
    together, once.
    """

    amount: int
    discountable: bool
    product: str | None
    own: tuple[Discount, ...] = ()


def apply(
    lines: Sequence[Line], discounts: Sequence[Discount], step: int = 1
) -> list[list[tuple[str, int]]]:
    """Return for each line its (discount id, minor units taken), own discounts before the others.

    Each discount works on what the ones before it left, never below zero. Every discount of the
    invoice is named on every line, with 0 where it does not apply: on negative or
    non-discountable lines and on other products. step: what amounts of the currency are multiples
    of.
    """
    left = [line.amount for line in lines]
    taken: list[list[tuple[str, int]]] = [[] for _ in lines]
    own: dict[str, tuple[Discount, list[int]]] = {}
    for index, line in enumerate(lines):
        for discount in line.own:
            own.setdefault(discount.id, (discount, []))[1].append(index)
    if not own and not discounts:
        return taken
    everywhere = list(range(len(lines)))
    for discount, named in [*own.values(), *((each, everywhere) for each in discounts)]:
        eligible = [index for index in named if _applies(discount, lines[index], left[index])]
        amounts = _take(discount, [left[i] for i in eligible], step)
        shares = dict(zip(eligible, amounts, strict=True))
        for index in named:
            amount = shares.get(index, 0)
            left[index] -= amount
            taken[index].append((discount.id, amount))
    return taken


def spread(amount: int, weights: Sequence[int], step: int = 1) -> list[int]:
    """Split an amount over lines in proportion to what is left of them, never beyond it.

    Each earlier share is floored to the step and the remainder falls on the last; what the last
    line cannot carry goes to the lines before it. 500 over 1000 and 2000 → 166 and 334.
    """
    total = sum(weights)
    amount = min(amount, total)
    if amount <= 0:
        return [0] * len(weights)
    shares = [amount * weight // (total * step) * step for weight in weights]
    rest = amount - sum(shares)
    for index in range(len(shares) - 1, -1, -1):
        extra = min(rest, weights[index] - shares[index])
        shares[index] += extra
        rest -= extra
    return shares


def of_part(amount: int, taken: Sequence[tuple[str, int]], *, free: bool) -> list[tuple[str, int]]:
    """Return what discounts take of a part of a line, given the share of each, rounded by itself.

    Together never more than the part, which may be below zero as its shares are; all of it where
    they left nothing of the whole (free).
    """
    left = amount
    parts: list[tuple[str, int]] = []
    for place, (id, share) in enumerate(taken, 1):
        part = left if abs(share) > abs(left) or (free and place == len(taken)) else share
        left -= part
        parts.append((id, part))
    return parts


def percentage_of(amount: int, percent_off: Decimal) -> int:
    """Return a percentage of an amount in minor units, a half away from zero."""
    return ratio_half_up(amount * percent_parts(percent_off), WHOLE)


def _applies(discount: Discount, line: Line, left: int) -> bool:
    if not line.discountable or left <= 0:
        return False
    return discount.applies_to is None or line.product in discount.applies_to


def _take(discount: Discount, amounts: list[int], step: int) -> list[int]:
    if discount.percent_off is not None:
        parts = percent_parts(discount.percent_off)
        return [min(amount, ratio_half_up(amount * parts, WHOLE, step)) for amount in amounts]
    if discount.amount_off is None:
        raise ValueError(f"discount {discount.id} has neither percent_off nor amount_off")
    return spread(discount.amount_off, amounts, step)

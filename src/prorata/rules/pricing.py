"""Pricing: what a quantity costs at a price, one part for each invoice line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from prorata.rules.rounding import EXACT, round_half_up

Quantity = int | Decimal

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of a tiered price: up to and including `up_to` units, None for the open last one.

    Amounts are decimal minor units; None means that the tier has no such amount.
    """

    up_to: int | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """The terms of a price that decide an amount, in decimal minor units.

    `divide_by` and `round` ("up" or "down") are its transform_quantity; `tiers_mode` is
    "graduated" or "volume". step: what amounts of the currency are multiples of.
    """

    unit_amount: Decimal | None
    tiers: tuple[Tier, ...] = ()
    tiers_mode: str | None = None
    divide_by: int | None = None
    round: str | None = None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One invoice line's share of an item: whole minor units and the quantity it shows.

    `tier` counts from 1. A flat part has quantity 0 and the tier's flat amount as unit_amount.
    The quantity is an int unless the usage itself is fractional.
    """

    amount: int
    quantity: Quantity
    unit_amount: Decimal | None
    tier: int | None
    flat: bool


def parts(terms: PriceTerms, quantity: Quantity) -> list[Part]:
    """Return the lines that bill a quantity at a price, each rounded once, half up to the step.

    A negative quantity (usage corrected below zero) is billed as 0. Tiered prices give each
    reached tier's unit part and, where the tier has a flat amount (even 0), its flat part; the
    first tier is always reached. Raises ValueError for terms without an amount.
    """
    quantity = _whole(quantity) if isinstance(quantity, Decimal) else quantity
    if quantity < 0:
        quantity = 0
    if not terms.tiers:
        return [_plain(terms, quantity)]
    if terms.tiers_mode == "graduated":
        return _graduated(terms, quantity)
    if terms.tiers_mode == "volume":
        return _volume(terms, quantity)
    raise ValueError("tiers need a tiers_mode: graduated or volume")


def amount(terms: PriceTerms, quantity: Quantity) -> int:
    """Return what a quantity costs in minor units: the sum of its parts."""
    return sum(part.amount for part in parts(terms, quantity))


def transformed(terms: PriceTerms, quantity: Quantity) -> Quantity:
    """Return the quantity that is charged: whole packages of `divide_by`, rounded up or down."""
    if terms.divide_by is None:
        return quantity
    if isinstance(quantity, int):
        if terms.round == "up":
            return -(-quantity // terms.divide_by)
        return quantity // terms.divide_by
    mode = ROUND_CEILING if terms.round == "up" else ROUND_FLOOR
    return int(EXACT.divide(quantity, Decimal(terms.divide_by)).to_integral_value(mode))


def check_tiers(tiers: tuple[Tier, ...]) -> None:
    """Raise ValueError unless the tiers ascend strictly, end open and have an amount each."""
    if not tiers or tiers[-1].up_to is not None:
        raise ValueError("the last tier must be open (up_to=inf)")
    below = 0
    for tier in tiers:
        if tier.unit_amount is None and tier.flat_amount is None:
            raise ValueError("each tier needs a unit_amount or a flat_amount")
        if tier.up_to is not None:
            if tier.up_to <= below:
                raise ValueError("tiers must ascend strictly in up_to")
            below = tier.up_to
        elif tier is not tiers[-1]:
            raise ValueError("only the last tier may be open (up_to=inf)")


def _plain(terms: PriceTerms, quantity: Quantity) -> Part:
    if terms.unit_amount is None:
        raise ValueError("a price without tiers needs a unit_amount")
    charged = transformed(terms, quantity)
    amount = _times(terms.unit_amount, charged, terms.step)
    return Part(amount, quantity, terms.unit_amount, None, False)


def _graduated(terms: PriceTerms, quantity: Quantity) -> list[Part]:
    result: list[Part] = []
    counted: Quantity = 0
    for number, tier in enumerate(terms.tiers, 1):
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        _append(result, tier, number, _whole(top - counted), terms.step)
        counted = top
        if counted == quantity:
            break
    return result


def _volume(terms: PriceTerms, quantity: Quantity) -> list[Part]:
    result: list[Part] = []
    for number, tier in enumerate(terms.tiers, 1):
        if tier.up_to is None or quantity <= tier.up_to:
            _append(result, tier, number, quantity, terms.step)
            break
    return result


def _append(
    result: list[Part], tier: Tier, number: int, quantity: Quantity, step: int
) -> None:
    unit = _ZERO if tier.unit_amount is None else tier.unit_amount
    result.append(Part(_times(unit, quantity, step), quantity, unit, number, False))
    if tier.flat_amount is not None:
        flat = tier.flat_amount
        result.append(Part(round_half_up(flat, step), 0, flat, number, True))


def _times(unit_amount: Decimal, quantity: Quantity, step: int) -> int:
    return round_half_up(EXACT.multiply(unit_amount, Decimal(quantity)), step)


def _whole(quantity: Quantity) -> Quantity:
    """Return an int where the quantity is whole, so that lines show 3 and not 3.0."""
    if isinstance(quantity, Decimal) and quantity == quantity.to_integral_value():
        return int(quantity)
    return quantity

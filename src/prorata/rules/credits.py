"""Credits: which credit grants pay for which lines of an invoice, and how much of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A credit grant as far as invoices ask: `left` in minor units, times in seconds UTC.

    prices: the only ones that it pays for, None for every metered price.
    """

    id: str
    left: int
    prices: frozenset[str] | None = None
    priority: int = 50
    expires_at: int | None = None
    promotional: bool = False
    effective_at: int = 0
    created: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line as credits see it.

    amount: minor units after discounts. source: what its usage was counted for (a subscription's
    item); a line that takes back what the source was billed before has a negative amount.
    """

    amount: int
    price: str | None
    metered: bool
    source: str | None = None


def in_order(grants: Sequence[Grant]) -> list[Grant]:
    """Return grants in the order in which they are used up.

    By priority, then those that expire earlier, then promotional ones, then those that began or
    were created earlier (source: the guide on billing credits).
    """
    return sorted(
        grants,
        key=lambda each: (
            each.priority,
            each.expires_at is None,
            each.expires_at or 0,
            not each.promotional,
            each.effective_at,
            each.created,
            each.id,
        ),
    )


def is_usable(effective_at: int, expires_at: int | None, period_end: int, now: int) -> bool:
    """Return whether a grant may pay for an invoice whose period ends at a second.

    It must have begun by then and expire later; and not have expired by now.
    """
    if period_end < effective_at:
        return False
    return expires_at is None or (period_end < expires_at and now < expires_at)


def burn_down(lines: Sequence[Line], grants: Sequence[Grant]) -> list[list[tuple[str, int]]]:
    """Return for each line its (grant id, minor units taken): lines and grants in their order.

    Grants pay for lines that are metered, and only for what these leave to be paid.
    """
    left = {grant.id: grant.left for grant in grants}
    ordered = in_order(grants)
    taken: list[list[tuple[str, int]]] = []
    for line, open_amount in zip(lines, _open_amounts(lines), strict=True):
        paid: list[tuple[str, int]] = []
        for grant in ordered:
            if grant.prices is not None and line.price not in grant.prices:
                continue
            amount = min(open_amount, left[grant.id])
            if amount > 0:
                paid.append((grant.id, amount))
                left[grant.id] -= amount
                open_amount -= amount
        taken.append(paid)
    return taken


def _open_amounts(lines: Sequence[Line]) -> list[int]:
    """Return what credits may pay of each line.

    A negative line takes back what the same source was billed for before: so much of the source's
    lines, the first ones first, has been paid already.
    """
    before: dict[str | None, int] = {}
    for line in lines:
        if line.metered and line.amount < 0:
            before[line.source] = before.get(line.source, 0) - line.amount
    amounts = []
    for line in lines:
        amount = max(line.amount, 0) if line.metered else 0
        paid = min(amount, before.get(line.source, 0))
        if paid:
            before[line.source] -= paid
        amounts.append(amount - paid)
    return amounts

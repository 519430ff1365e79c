"""MRR: what recurring amounts are worth a month, how that moves, and the figures made of it.

Source of the formulas: the glossary of Stripe's subscription analytics. Amounts are minor units
of one currency; rates are exact fractions, None where there is nothing to divide by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from prorata.rules.revenue import monthly_amount
from prorata.rules.rounding import round_half_up

Movement = Literal["new", "reactivation", "expansion", "contraction", "churn"]
MOVEMENTS: tuple[Movement, ...] = ("new", "reactivation", "expansion", "contraction", "churn")


@dataclass(frozen=True, slots=True)
class Change:
    """A customer's MRR from a second on."""

    at: int
    before: int
    after: int
    movement: Movement

    @property
    def amount(self) -> int:
        return self.after - self.before


def item_mrr(amount: int, interval: str, count: int) -> int:
    """Return the monthly worth of an item's amount for `count` intervals, a half away from zero."""
    return round_half_up(monthly_amount(amount, interval, count))


def movement(before: int, after: int, *, known: bool) -> Movement | None:
    """Return what a change of a customer's MRR is; known: it was above zero at any time before."""
    if before == after:
        return None
    if before <= 0:
        return "reactivation" if known else "new"
    if after <= 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def changes(levels: Iterable[tuple[int, int]]) -> list[Change]:
    """Return the changes of a customer's MRR, given (second, MRR from then on) in their order.

    A level below zero counts as none. Several levels of one second are one change.
    """
    last: dict[int, int] = {}
    for at, level in levels:
        last[at] = max(level, 0)
    found: list[Change] = []
    before, known = 0, False
    for at, after in last.items():
        what = movement(before, after, known=known)
        if what is not None:
            found.append(Change(at, before, after, what))
        before, known = after, known or after > 0
    return found


@dataclass(slots=True)
class Window:
    """Figures of a span of time [start, end) in one currency.

    moved: MRR by movement, with its sign; counted: customers by movement. retained: what is left
    at the end of the MRR of those who had any at the start; kept: of it no more than they had.
    """

    start: int
    end: int
    opening: int = 0
    closing: int = 0
    subscribers_before: int = 0
    subscribers: int = 0
    retained: int = 0
    kept: int = 0
    moved: dict[Movement, int] = field(default_factory=lambda: dict.fromkeys(MOVEMENTS, 0))
    counted: dict[Movement, int] = field(default_factory=lambda: dict.fromkeys(MOVEMENTS, 0))
    trials_started: int = 0
    trials_ended: int = 0
    trials_converted: int = 0

    def add(self, found: Sequence[Change]) -> None:
        """Count the changes of one customer's MRR, in their order."""
        opening = closing = 0
        for change in found:
            if change.at >= self.end:
                break
            closing = change.after
            if change.at < self.start:
                opening = change.after
                continue
            self.moved[change.movement] += change.amount
            self.counted[change.movement] += 1
        self.opening += opening
        self.closing += closing
        self.subscribers_before += opening > 0
        self.subscribers += closing > 0
        if opening:
            self.retained += closing
            self.kept += min(opening, closing)

    @property
    def annual(self) -> int:
        """Return the annual run rate: twelve times the MRR at the end."""
        return 12 * self.closing

    @property
    def net(self) -> int:
        """Return by how much MRR grew: the sum of all movements."""
        return sum(self.moved.values())

    @property
    def per_subscriber(self) -> Fraction | None:
        """Return the MRR of one subscriber on average (ARPU) at the end, in minor units."""
        return _ratio(self.closing, self.subscribers)

    @property
    def subscriber_churn(self) -> Fraction | None:
        """Return churned / (subscribers at the start + new)."""
        return _ratio(self.counted["churn"], self.subscribers_before + self.counted["new"])

    @property
    def gross_churn(self) -> Fraction | None:
        """Return (churned + contraction MRR) / (MRR at the start + new)."""
        lost = -self.moved["churn"] - self.moved["contraction"]
        return _ratio(lost, self.opening + self.moved["new"])

    @property
    def net_retention(self) -> Fraction | None:
        """Return the MRR at the end of those who had any at the start / the MRR at the start."""
        return _ratio(self.retained, self.opening)

    @property
    def gross_retention(self) -> Fraction | None:
        """Return the same without expansion: at most 1."""
        return _ratio(self.kept, self.opening)

    @property
    def lifetime_value(self) -> Fraction | None:
        """Return ARPU / subscriber churn rate, in minor units; None while nobody churns."""
        if not self.subscriber_churn or self.per_subscriber is None:
            return None
        return self.per_subscriber / self.subscriber_churn

    @property
    def trial_conversion(self) -> Fraction | None:
        """Return trials that became paid / trials that ended."""
        return _ratio(self.trials_converted, self.trials_ended)


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None

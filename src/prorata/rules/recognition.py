"""Recognition: in which months what was billed, and what was taken back, is earned.

A booking is an amount that entered the books at a moment and is earned over a period. What was
earned before the booking counts at it; what is taken back is a booking of a negative amount with
the period of its line, so that at every moment what was recognized and what is deferred add up to
what was billed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from prorata.rules.revenue import recognized
from prorata.rules.rounding import ratio_half_up

# The place of what is earned before the first edge.
EARLIER = -1


@dataclass(frozen=True, slots=True)
class Booking:
    """An amount (minor units) booked at a second and earned evenly over [start, end).

    Without a period (end at or before start) it is earned at once. accrued: of what is earned as
    it is used, before it is booked, what had been used up to which second, in any unit, ascending
    and ending with all of it; it is empty for everything else. closed_until: the end of the months
    that were closed when it was booked: nothing is earned before it any more, what belongs there is
    earned then. belated: what of the amount (minor units) belongs to such months.
    """

    amount: int
    booked_at: int
    start: int
    end: int
    accrued: tuple[tuple[int, int], ...] = ()
    closed_until: int = 0
    belated: int = 0

    def earned_before(self, t: int) -> int:
        """Return what of the amount is earned before a second, in minor units."""
        if self.accrued:
            return self.used_before(t) if t > self.closed_until else 0
        if t <= self.booked_at:
            return 0
        if self.end <= self.start:
            return self.amount
        return recognized(self.amount, self.start, self.end, t)

    def used_before(self, t: int) -> int:
        """Return what of an accrued amount is earned before a second, whatever is closed."""
        used, since, whole = 0, self.start, self.accrued[-1][1]
        if t >= self.end:
            return self.amount
        for until, total in self.accrued:
            if t < until:
                if t > since:
                    used += ratio_half_up((total - used) * (t - since), until - since)
                break
            used, since = total, until
        return ratio_half_up(self.amount * used, whole) if whole else 0

    @property
    def earned_when_booked(self) -> int:
        """Return what of the amount had been earned when it was booked, in minor units."""
        if self.end <= self.start:
            return self.amount
        return recognized(self.amount, self.start, self.end, self.booked_at)

    @property
    def begins(self) -> int:
        """Return the first second at which anything of it may be earned."""
        if self.accrued:
            return max(self.start, self.closed_until)
        return max(self.booked_at, self.start) if self.end > self.start else self.booked_at

    @property
    def ends(self) -> int:
        """Return the second before which all of it is earned, or its booking if that is later."""
        if self.accrued:
            return max(self.end, self.closed_until + 1)
        return max(self.end, self.booked_at + 1) if self.end > self.start else self.booked_at + 1


def spread(booking: Booking, edges: Sequence[int]) -> list[tuple[int, int]]:
    """Return (place, minor units) of what is earned between edges; the parts add up to the amount.

    Place n is [edges[n], edges[n + 1]); EARLIER is before the first, len(edges) - 1 from the last
    one on.
    """
    first = bisect_right(edges, booking.begins) - 1
    last = bisect_left(edges, booking.ends) - 1
    if last <= first:
        return [(first, booking.amount)] if booking.amount else []
    parts, before = [], 0
    for place in range(first, last + 1):
        after = booking.amount
        if place < last:
            after = booking.earned_before(edges[place + 1])
        if after != before:
            parts.append((place, after - before))
        before = after
    return parts


@dataclass(slots=True)
class Months:
    """Figures of the months between edges, in minor units of one currency.

    billed and taken_back by when they were booked, revenue and contra (what of that which was
    taken back had been earned) by when they are recognized; corrections: what of that which is
    recognized belongs to months that were closed before; `opening` is what was deferred at the
    first edge, `later` what is earned from the last one on.
    """

    edges: Sequence[int]
    billed: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)
    revenue: list[int] = field(default_factory=list)
    contra: list[int] = field(default_factory=list)
    corrections: list[int] = field(default_factory=list)
    opening: int = 0
    later: int = 0

    def __post_init__(self) -> None:
        size = len(self.edges) - 1
        for name in ("billed", "taken_back", "revenue", "contra", "corrections"):
            setattr(self, name, [0] * size)

    def add(self, booking: Booking, *, taken_back: bool) -> None:
        """Count a booking; taken_back: it undoes others, and what of it was earned is contra."""
        place, size = bisect_right(self.edges, booking.booked_at) - 1, len(self.revenue)
        known = place < size
        if place < 0:
            self.opening += booking.amount
        elif known:
            (self.taken_back if taken_back else self.billed)[place] += booking.amount
        for where, amount in spread(booking, self.edges):
            if where == EARLIER:
                self.opening -= amount
            elif where < size:
                self.revenue[where] += amount
            elif known:
                self.later += amount
        begun = bisect_right(self.edges, booking.begins) - 1
        if booking.belated and 0 <= begun < size:
            self.corrections[begun] += booking.belated
        if taken_back and known and place >= 0:
            earned = booking.earned_when_booked
            self.contra[place] += earned
            self.revenue[place] -= earned

    @property
    def recognized(self) -> list[int]:
        """Return what is earned in each month, less what was taken back of it."""
        return [a + b for a, b in zip(self.revenue, self.contra, strict=True)]

    @property
    def deferred(self) -> list[int]:
        """Return what is still to be earned at the end of each month; below 0 it is unbilled."""
        balance, result = self.opening, []
        for billed, taken, earned in zip(
            self.billed, self.taken_back, self.recognized, strict=True
        ):
            balance += billed + taken - earned
            result.append(balance)
        return result

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to tell."""
        lists = (self.billed, self.taken_back, self.revenue, self.contra, self.corrections)
        return not (self.opening or self.later or any(any(each) for each in lists))


@dataclass(slots=True)
class Waterfall:
    """What was booked in each month (rows) by the month in which it is earned (columns).

    The first row is what was booked before the first edge and not earned by then, the last one
    what is used between the edges and booked after them. The first column is what was used before
    the first edge, and the last one what is earned from the last edge on. Minor units.
    """

    edges: Sequence[int]
    rows: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = len(self.edges) + 1
        self.rows = [[0] * size for _ in range(size)]

    def add(self, booking: Booking) -> None:
        """Count a booking."""
        row = bisect_right(self.edges, booking.booked_at)
        for place, amount in spread(booking, self.edges):
            before = place == EARLIER and row == 0
            after = place == len(self.edges) - 1 and row == len(self.edges)
            if not (before or after):
                self.rows[row][place + 1] += amount

    @property
    def totals(self) -> list[int]:
        """Return the sum of each column."""
        return [sum(column) for column in zip(*self.rows, strict=True)]

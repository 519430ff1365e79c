"""Periods: which stretch of time an item bills next, and what share of its interval that is."""

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from prorata.resources.billing.subscription import Subscription
from prorata.rules.calendar import period_containing
from prorata.rules.proration import share

Interval = tuple[str, int]


class Stretch(Struct, frozen=True):
    """Time [start, end) of an item inside its natural interval [whole_start, whole_end).

    A whole stretch costs the item's full amount, a shorter one its share.
    """

    start: int
    end: int
    whole_start: int
    whole_end: int

    @property
    def whole(self) -> bool:
        return self.start == self.whole_start and self.end == self.whole_end

    def cost(self, amount: int | Decimal | Fraction, step: int) -> int:
        """Return the share of a full period's amount in minor units, a half toward −infinity.

        step: what amounts of the currency are multiples of.
        """
        if self.whole and isinstance(amount, int):
            return amount
        return share(amount, self.end - self.start, self.whole_end - self.whole_start, step)

    def after(self, at: int) -> "Stretch":
        """Return what remains of it at a moment."""
        return Stretch(min(max(self.start, at), self.end), self.end, self.whole_start,
                       self.whole_end)


def stretch_from(
    at: int, anchor: int, interval: Interval, cancel_at: int | None = None
) -> Stretch:
    """Return the time that an item bills from a moment to the next boundary of its anchor.

    It ends earlier where the subscription does (`cancel_at`).
    """
    start, end = period_containing(at, anchor, *interval)
    stop = end if cancel_at is None or not at < cancel_at < end else cancel_at
    return Stretch(at, stop, start, end)


def earliest_change(subscription: Subscription) -> int:
    """Return the first second from which a change of a subscription may count."""
    first = min(item.current_period_start for item in subscription.items.data)
    if subscription.start_date < first <= subscription.created:
        # Nothing was renewed yet: all the time that was backdated can be prorated.
        return subscription.start_date
    return first

"""Usage: what customers have used, as events of meters, and what may be asked about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

Formula = Literal["count", "last", "sum"]
Window = Literal["day", "hour"]


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One accepted event. digest names its identifier; timestamp: seconds UTC.

    dimensions: the values it is grouped by, as one text; empty where its meter has none.
    """

    meter: str
    customer: str
    dimensions: str
    digest: str
    timestamp: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """What a customer used of a meter in [start, end), by the meter's formula.

    window: within each such window only the event that was received last counts.
    dimensions: of one combination of dimensions alone. after, until: moments (see `Usage.moment`);
    of the second `start` only what came after the one counts, and of the second `end`, too, what
    came before the other.
    """

    meter: str
    customer: str
    start: int
    end: int
    formula: Formula = "sum"
    window: Window | None = None
    dimensions: str | None = None
    after: int = 0
    until: int = 0


class Usage(Protocol):
    """The events of one book. What a committed transaction recorded is counted by the next one."""

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return which of these identifiers have been received within the last day."""
        ...

    def moment(self) -> int:
        """Return this transaction's moment: what others have recorded till then came before it."""
        ...

    def record(self, events: Sequence[UsageEvent]) -> None:
        """Keep events whose identifiers are not known, and differ."""
        ...

    def holds(self, event: UsageEvent) -> bool:
        """Return whether the event that has this one's identifier is the same one."""
        ...

    def cancel(self, digest: str) -> bool:
        """Take an event back that was received within the last day; False if there is none."""
        ...

    def measure(self, spans: Sequence[Span]) -> list[Decimal]:
        """Return what each span amounts to, in a constant number of queries."""
        ...

    def active_windows(
        self, span: Span, seconds: int, *, before: int | None, after: int | None, limit: int
    ) -> list[int]:
        """Return when windows of so many seconds begin in which something was counted.

        Newest first. before, after: only windows that begin so.
        """
        ...

    def count_windows(self, span: Span, seconds: int) -> int:
        """Return in how many windows something was counted."""
        ...

    def customer_clocks(self, customers: Iterable[str]) -> dict[str, str | None]:
        """Return the test clock, if any, of each of these customers that exists."""
        ...

    def combinations(self, meter: str, customer: str) -> list[str]:
        """Return the combinations of dimensions that a customer's events have had."""
        ...

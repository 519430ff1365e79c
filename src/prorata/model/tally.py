"""Tally: the protocol of counters that say how often something was tried and succeeded."""

from collections.abc import Iterable
from typing import Protocol


class Tally(Protocol):
    """The counters of one book, as one unit of work sees and changes them."""

    def count(
        self,
        clock: str | None,
        name: str,
        slots: Iterable[str],
        *,
        epoch: int,
        won: bool,
        about: str,
    ) -> None:
        """Count a try in each slot of a name; about: the id of what was tried.

        epoch: the number of the span of time that it was tried in.
        What is counted on a test clock stays apart from everything else.
        """
        ...

    def counts(self, clock: str | None, name: str) -> dict[str, dict[int, tuple[int, int]]]:
        """Return (tried, won) by slot and epoch, with what this unit has counted."""
        ...

    def names(self, clock: str | None) -> list[str]:
        """Return the names that something was counted under, in their order."""
        ...

    def forget(self, clock: str) -> None:
        """Drop all that was counted on a test clock."""
        ...

"""Pages: which part of a list is asked for, and a part that was read."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from prorata.model.errors import InvalidRequest

T = TypeVar("T")

DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for; the cursors are ids."""

    limit: int = DEFAULT_LIMIT
    starting_after: str | None = None
    ending_before: str | None = None
    total_count: bool = False

    def check(self) -> None:
        """Refuse both cursors at once; an unknown cursor is refused before this."""
        if self.starting_after is not None and self.ending_before is not None:
            raise InvalidRequest(
                "Received both starting_after and ending_before parameters. Please pass in only"
                " one."
            )


@dataclass(frozen=True, slots=True)
class Excerpt(Generic[T]):
    """An answer that is a page of values just read, in their order.

    more: whether there are others beyond it, in the direction in which the page was asked for.
    total: how many there are on all pages, where that is asked for.
    """

    items: list[T]
    more: bool
    total: int | None = None

    @property
    def ids(self) -> list[str]:
        return [_id_of(each) for each in self.items]


def _id_of(item: Any) -> str:
    return str(item["id"] if isinstance(item, dict) else item.id)

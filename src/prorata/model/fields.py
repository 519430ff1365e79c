"""Field types: references, inline lists and the shapes that many documents share."""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "UNSET",
    "Address",
    "ChosenId",
    "InlineList",
    "Instant",
    "InstantRange",
    "Int64",
    "Metadata",
    "NullableMetadata",
    "Period",
    "Range",
    "Reference",
    "Shipping",
    "Text",
    "UnsetType",
    "instant_text",
]

T = TypeVar("T")
Metadata = dict[str, str]

# Of an id that the caller chooses: a database finds it, and what refers to it, by an index, whose
# entries have a length.
ChosenId = Annotated[str, Meta(max_length=255)]

# What the wire of /v2 writes in its own way, in documents and in parameters.
# Seconds UTC; on the wire a text of ISO 8601, in UTC with milliseconds.
Instant = Annotated[int, Meta(extra={"wire": "instant"})]
# An integer; on the wire its decimal digits as a text.
Int64 = Annotated[int, Meta(extra={"wire": "int64"})]
# A text that may be empty: there only null unsets.
Text = Annotated[str, Meta(extra={"wire": "text"})]
# Metadata of a change: null deletes a key, the empty text is a value.
NullableMetadata = Annotated[dict[str, str | None], Meta(extra={"wire": "metadata"})]


class Reference(Struct, frozen=True):
    """Mark a string field, `Annotated[str, Reference(("customer",))]`, as another document's id.

    `expand` follows it.
    """

    kinds: tuple[str, ...]


class InlineList(Struct, Generic[T], kw_only=True):
    """A list inside a document. It is stored whole; the wire shows ten of a longer one."""

    object: Literal["list"] = "list"
    data: list[T] = []
    has_more: bool = False
    total_count: int = 0
    url: str = ""

    def refresh(self) -> None:
        """Bring the count and the `has_more` mark in line with the data."""
        self.total_count = len(self.data)
        self.has_more = self.total_count > 10

    def show_whole(self) -> None:
        """Let the list be answered whole: there is no page of what is not kept."""
        self.has_more = False


class Address(Struct, kw_only=True):
    """Where somebody lives or is billed."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class Shipping(Struct, kw_only=True):
    """To whom and where goods are sent."""

    address: Address
    name: str
    phone: str | None = None


class Period(Struct, kw_only=True):
    """A span of time `[start, end)` in seconds UTC."""

    start: int
    end: int


class Range(Struct, kw_only=True):
    """Bounds of a filter; a plain number on the wire means equality (gte = lte = it)."""

    gt: int | UnsetType = UNSET
    gte: int | UnsetType = UNSET
    lt: int | UnsetType = UNSET
    lte: int | UnsetType = UNSET


def instant_text(second: int) -> str:
    """Return a moment in seconds UTC as /v2 writes it: `2026-10-28T09:30:00.000Z`."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class InstantRange(Struct, kw_only=True):
    """Bounds of a filter by moments, as /v2 takes them."""

    gt: Instant | UnsetType = UNSET
    gte: Instant | UnsetType = UNSET
    lt: Instant | UnsetType = UNSET
    lte: Instant | UnsetType = UNSET

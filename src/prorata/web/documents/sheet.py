"""Sheets: what a paper says, in its reader's language, before it is typeset."""

from msgspec import Struct

# A name and what it is.
Fact = tuple[str, str]


class Party(Struct, frozen=True):
    """Somebody that the paper is from or for."""

    title: str
    lines: list[str]


class PayLink(Struct, frozen=True):
    text: str
    url: str


class Row(Struct, frozen=True):
    """One line: what it is for, a note below, and its numbers in the order of the columns."""

    title: str
    note: str
    cells: list[str]


class Sum(Struct, frozen=True):
    label: str
    amount: str
    strong: bool = False


class Table(Struct, frozen=True):
    """A further table, such as the payments of an invoice; its last column has the amounts."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Sheet(Struct, frozen=True, kw_only=True):
    """A paper. made_at: seconds UTC, the same for the same paper; paper: a4 or us-letter.

    columns: names of the rows' title and cells. alert: a badge that must not be overlooked.
    """

    title: str
    number: str
    language: str
    color: str
    paper: str
    made_at: int
    seller: str
    facts: list[Fact]
    parties: list[Party]
    columns: list[str]
    rows: list[Row]
    sums: list[Sum]
    foot: str
    page_of: str
    badge: str = ""
    alert: str = ""
    headline: str = ""
    pay_link: PayLink | None = None
    memo: str = ""
    tables: list[Table] = []
    notes: list[str] = []
    logo: str | None = None

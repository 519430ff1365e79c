"""Letter: what a mail says, in order, before it is set as HTML or as plain text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from prorata.web.design.languages import DEFAULT, Language
from prorata.web.documents.line_words import own_words

# What comes between the total and what is due.
LATER = ("balance", "credited")
_KINDS = ("us_bank_account", "sepa_debit", "bacs_debit")


@dataclass(frozen=True, slots=True)
class Row:
    """A name and its value; strong: what counts among them. note: in small letters below."""

    name: str
    value: str
    note: str = ""
    strong: bool = False


@dataclass(slots=True)
class Letter:
    """What a mail says. Everything is text that is still to be escaped; addresses are whole.

    figure: the one amount that it is about, with a note below. button: its one action. quiet: what
    stands below in small letters. unsubscribe: where its reader ends mails of this kind.
    """

    subject: str
    title: str
    preview: str = ""
    paragraphs: list[str] = field(default_factory=list)
    figure: str | None = None
    figure_note: str | None = None
    button: tuple[str, str] | None = None
    facts: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    sums: list[Row] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)
    unsubscribe: str | None = None


class Pen:
    """What letters are written with: a language, the seller's name and time zone, and the facts."""

    def __init__(
        self,
        language: Language,
        seller: str,
        zone: str | None,
        facts: Mapping[str, Any],
        link: str | None,
    ) -> None:
        self.language = language
        self.text = language.text
        self.seller = seller or language.text("the seller")
        self.facts = facts
        self.link = link
        self._zone = _zone(zone)

    def fact(self, name: str) -> Any:
        return self.facts.get(name)

    def amount(self, minor: int) -> str:
        return self.language.amount(minor, self.facts["currency"])

    def date(self, second: int, width: str = "long") -> str:
        """Return the day of a second where the seller is."""
        return self.language.date(self._there(second), width)

    def span(self, start: int | None, end: int | None) -> str:
        """Return the days of a period, of which the end is no part; a moment has none."""
        if start is None or end is None or end <= start:
            return ""
        return f"{self.date(start, 'medium')} – {self.date(end, 'medium')}"

    def month(self, year: int, month: int) -> str:
        """Return a month of a year, as `March 2027`."""
        from babel.dates import format_skeleton

        return str(
            format_skeleton("yMMMM", datetime(year, month, 1, tzinfo=UTC),
                            locale=self.language.locale)
        )  # fmt: skip

    @property
    def plan(self) -> str:
        """Return what a subscription is for, by the names of its products."""
        names = self.facts.get("plan") or []
        return ", ".join(names) or self.seller

    @property
    def method(self) -> str | None:
        """Return what is paid with, by its brand and end, which no line break parts."""
        named = self._named_method()
        return None if named is None else named.replace("• ", "•\u00a0")

    def _named_method(self) -> str | None:
        _, found = self.text, self.facts.get("method")
        if not found:
            return None
        if found["type"] == "card" and found["name"]:
            return _("{brand} ending in {last4}", brand=found["name"], last4=found["last4"])
        if found["type"] == "card":
            return _("card ending in {last4}", last4=found["last4"])
        if found["type"] in _KINDS and found["last4"]:
            return _("bank account ending in {last4}", last4=found["last4"])
        return _("bank transfer") if found["type"] == "customer_balance" else None

    def _there(self, second: int) -> int:
        offset = datetime.fromtimestamp(second, self._zone).utcoffset()
        return second + int(offset.total_seconds()) if offset is not None else second


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "Etc/UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Etc/UTC")


def lines(pen: Pen) -> list[Row]:
    """Return what is billed, line by line."""
    found = []
    for description, quantity, amount, start, end, product in pen.fact("lines") or ():
        notes = [pen.span(start, end)]
        words = pen.text("Credit") if description is None else description
        if pen.language.texts != DEFAULT and start is not None:
            words = own_words(description, product, start, pen.language.of("documents"))
        # English descriptions of what renews begin with it.
        if quantity is not None and quantity > 1 and f"{quantity} × " not in words:
            notes.insert(0, pen.text("Quantity {number}", number=pen.language.number(quantity)))
        note = " · ".join(each for each in notes if each)
        found.append(Row(words, pen.amount(amount), note))
    if more := pen.fact("more"):
        text = pen.language.count_text("and {number} more line", "and {number} more lines", more)
        found.append(Row(text, ""))
    return found


def sums(pen: Pen, name: str, amount: int) -> list[Row]:
    """Return how the lines add up, and at the end what is due or was paid, by its name."""
    _ = pen.text
    names = {
        "subtotal": _("Subtotal"), "discount": _("Discount"), "credits": _("Credits applied"),
        "shipping": _("Shipping"), "tax": _("Tax"), "total": _("Total"),
        "tax_included": _("Tax included"), "credited": _("Credited"),
        "balance": _("Balance applied"),
    }  # fmt: skip
    steps = pen.fact("sums") or []
    if not any(step in LATER for step, _ in steps):
        # A total that is all of it would be said twice.
        steps = [each for each in steps if each != ["total", amount]]
    found = [Row(names[step], pen.amount(of_step)) for step, of_step in steps]
    return [*found, Row(name, pen.amount(amount), strong=True)]

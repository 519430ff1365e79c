"""Line words: what the lines of papers are for, in the reader's language.

A line keeps an English description. Where that is our own wording (`rules.wording`) of a product
that is known, it is said again in the reader's language; a seller's words are left alone.
"""

import re
from decimal import Decimal

from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.rules.wording import format_date
from prorata.web.design.languages import DEFAULT, Language

COUNT = r"(?:(?P<count>-?[\d.]+)(?: (?P<unit>.+?))? × )?"
DAY = r"(?P<day>\d\d \w{3} \d{4})"
PERCENT = r"(?: \(with (?P<off>[\d.]+)% off\))?"
# What stands before the product's name, and after it.
_WORDINGS = (
    ("unused", rf"Unused time on {COUNT}", rf"{PERCENT} after {DAY}"),
    ("remaining", rf"Remaining time on {COUNT}", rf"{PERCENT} after {DAY}"),
    ("trial", rf"Free trial for {COUNT}", ""),
    ("trial", "Trial period for ", ""),
    ("trial", COUNT, r" \(Free trial\)"),
    ("before", COUNT, r" \(previously billed\)"),
    ("late", rf"Late usage: {COUNT}", r" \(.+\)"),
    ("back", rf"Usage taken back: {COUNT}", r" \(.+\)"),
    ("tier", COUNT, r" \(Tier (?P<tier>\d+) at .+\)"),
    ("plain", COUNT, r" \(at .+\)"),
)
WORDINGS = tuple((kind, re.compile(b), re.compile(a)) for kind, b, a in _WORDINGS)


def line_words(line: InvoiceLineItem, product: str | None, language: Language) -> str:
    """Return what a line is for; the quantity, which a column shows, only where it differs.

    product: the name of the product that the line is for, None where it has none.
    """
    return own_words(line.description or "", product, line.period.start, language)


def own_words(words: str, product: str | None, start: int, language: Language) -> str:
    """Return a line's description as its reader says it. start: of its period, seconds UTC."""
    if not product:
        return words
    kind, found = _parsed(words, product)
    if kind is None or (language.texts == DEFAULT and kind not in ("plain", "tier")):
        return words or product
    return _said(kind, found, start, product, language) or words


def _parsed(words: str, product: str) -> tuple[str | None, dict[str, str | None]]:
    """Return which of our wordings a description is, and what it says; None for none."""
    place = -1 if words == product else words.find(product)
    while place >= 0:
        end = place + len(product)
        for kind, before, after in WORDINGS:
            first = before.fullmatch(words, 0, place)
            last = after.fullmatch(words, end) if first is not None else None
            if first is not None and last is not None:
                return kind, {**first.groupdict(), **last.groupdict()}
        place = words.find(product, place + 1)
    return None, {}


def _said(
    kind: str, found: dict[str, str | None], start: int, product: str, language: Language
) -> str | None:
    _ = language.text
    count, what = found.get("count"), product
    if kind in ("unused", "remaining") and count is not None:
        what = f"{language.number(Decimal(count))} × {product}"
    if found.get("off"):
        off = _("{amount} off", amount=language.percent(Decimal(str(found["off"]))))
        what = f"{what} ({off})"
    day = language.date(start, "medium")
    if found.get("day") and found["day"] != format_date(start):
        return None
    return {
        "unused": _("Unused time on {product} after {date}", product=what, date=day),
        "remaining": _("Remaining time on {product} after {date}", product=what, date=day),
        "trial": _("Free trial of {product}", product=what),
        "before": _("{product} (previously billed)", product=what),
        "late": _("Late usage of {product}", product=what),
        "back": _("Usage of {product} taken back", product=what),
        "tier": _("{product} (tier {number})", product=what, number=found.get("tier") or ""),
        "plain": what,
    }[kind]

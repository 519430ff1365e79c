"""Report cells: amounts, months and rates as a terminal shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from rich.text import Text

from prorata.cli.timeline import ACCENT, BAD, GOOD
from prorata.rules.currency import minor_digits
from prorata.rules.rounding import ratio_half_up

BAR = 18
NOTHING = Text("·", style="dim")
BLOCKS = " ▏▎▍▌▋▊▉█"
Cell = Text | str


def bar(value: int, highest: int, width: int = BAR) -> str:
    """Return a bar of blocks, as long as a value is of the highest one."""
    if value <= 0 or highest <= 0:
        return ""
    eighths = max(1, value * width * 8 // highest)
    return "█" * (eighths // 8) + BLOCKS[eighths % 8].strip()


def money(amount: int | None, currency: str, style: str = "") -> Text:
    """Return an amount in major units; a dot for none."""
    if not amount:
        return NOTHING
    digits = minor_digits(currency)
    return Text(f"{Decimal(amount).scaleb(-digits):,.{digits}f}", style=style)


def whole_units(amount: int, currency: str, style: str = "") -> Text:
    """Return an amount in whole units: a matrix has no room for more."""
    if not amount:
        return NOTHING
    whole = ratio_half_up(amount, 10 ** minor_digits(currency))
    return Text(f"{whole:,}", style=style or (BAD if amount < 0 else ""))


def moved(amount: int, currency: str) -> Text:
    """Return how an amount moved, with its sign."""
    if not amount:
        return NOTHING
    shown = money(amount, currency, sign_style(amount))
    return Text("+", style=GOOD) + shown if amount > 0 else shown


def sign_style(amount: int) -> str:
    """Return how what rises or falls looks."""
    return GOOD if amount > 0 else BAD


def percent(rate: str | None) -> Cell:
    """Return a rate as a percentage."""
    return NOTHING if rate is None else f"{float(rate) * 100:.1f} %"


def shade(rate: str | None) -> Text:
    """Return a rate as a percentage, the darker the less is left."""
    if rate is None:
        return NOTHING
    part = float(rate)
    style = GOOD if part >= 1 else "" if part >= 0.8 else "yellow" if part >= 0.5 else BAD
    return Text(f"{part * 100:.0f} %", style=style)


def heat(place: int, booked: str, months: Sequence[str]) -> str:
    """Return how a cell of the waterfall looks: that of its own month stands out."""
    return ACCENT if 0 <= place < len(months) and months[place] == booked else ""


def month_cell(name: str) -> Text:
    """Return a month such as 2026-01 in words."""
    return Text(f"{datetime.strptime(name, '%Y-%m'):%b %Y}")


def short_month(name: str) -> str:
    """Return a month such as 2026-01 in short."""
    return f"{datetime.strptime(name, '%Y-%m'):%b %y}"


def day_of(second: int) -> str:
    """Return the day of a second UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%d %b %Y}"

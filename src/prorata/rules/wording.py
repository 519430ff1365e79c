"""Wording: the descriptions that invoice lines carry."""

from __future__ import annotations

from decimal import Decimal

from prorata.rules.calendar import utc_date
from prorata.rules.currency import format_amount
from prorata.rules.pricing import Part, PriceTerms, Quantity

_MONTH_NAMES = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)


def line_description(
    product: str,
    quantity: Quantity,
    part: Part,
    terms: PriceTerms,
    currency: str,
    interval: str | None,
    interval_count: int | None,
    unit_label: str | None,
) -> str:
    """Return the description of one billed part: `3 seat × Pro (at $10.00 / month)`.

    `quantity` is the item's raw quantity; a tier's line shows the units of its tier. Without an
    interval (one-off) it is the product's name alone.
    """
    if interval is None:
        return product
    price = _price(part, terms, currency) + _every(interval, interval_count or 1)
    if part.tier is not None:
        price = f"Tier {part.tier} {price}"
        quantity = part.quantity
    if part.flat:
        return f"{product} ({price})"
    label = f" {unit_label}" if unit_label else ""
    return f"{format_quantity(quantity)}{label} × {product} ({price})"


def trial_description(product: str, quantity: Quantity, flexible: bool, metered: bool) -> str:
    """Return the description of a free trial's line, by billing mode and usage type."""
    if flexible:
        return f"Free trial for {format_quantity(quantity)} × {product}"
    if metered:
        return f"{format_quantity(quantity)} × {product} (Free trial)"
    return f"Trial period for {product}"


def late_usage(product: str, quantity: Decimal, start: int, end: int) -> str:
    """Return the description of usage that was billed too late, or too much (below zero)."""
    what = "Late usage" if quantity >= 0 else "Usage taken back"
    return f"{what}: {format_quantity(abs(quantity))} × {product} ({_days(start, end)})"


def billed_before(product: str, quantity: Quantity) -> str:
    """Return the description of what earlier invoices of the same period have billed."""
    return f"{format_quantity(quantity)} × {product} (previously billed)"


def unused_time(
    product: str, quantity: Quantity, at: int, percent_off: Decimal | None = None
) -> str:
    """Return the description of a proration's credit: `Unused time on Basic after 01 Sep 2020`."""
    return _time_on("Unused", product, quantity, at, percent_off)


def remaining_time(
    product: str, quantity: Quantity, at: int, percent_off: Decimal | None = None
) -> str:
    """Return the description of a proration's debit: `Remaining time on Pro after 01 Sep 2020`."""
    return _time_on("Remaining", product, quantity, at, percent_off)


def format_date(at: int) -> str:
    """Return the UTC day of a moment as `01 Sep 2020`, whatever the process's locale."""
    year, month, day = utc_date(at)
    return f"{day:02d} {_MONTH_NAMES[month - 1]} {year}"


def format_percent(percent: Decimal) -> str:
    """Return a percentage with one decimal at least and no zeros behind it: 10.0, 33.33."""
    whole, _, decimals = f"{percent:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def format_quantity(quantity: Quantity) -> str:
    """Return a quantity in plain digits: 3, 2.5."""
    text = f"{quantity:f}" if isinstance(quantity, Decimal) else str(quantity)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _price(part: Part, terms: PriceTerms, currency: str) -> str:
    unit = terms.unit_amount if part.unit_amount is None else part.unit_amount
    price = f"at {format_amount(Decimal(0) if unit is None else unit, currency)}"
    return price if terms.divide_by is None else f"{price} per {terms.divide_by} units"


def _every(interval: str, count: int) -> str:
    return f" / {interval}" if count == 1 else f" every {count} {interval}s"


def _days(start: int, end: int) -> str:
    return f"{format_date(start)} – {format_date(end)}"


def _time_on(
    what: str, product: str, quantity: Quantity, at: int, percent_off: Decimal | None
) -> str:
    count = "" if quantity == 1 else f"{format_quantity(quantity)} × "
    off = "" if percent_off is None else f" (with {format_percent(percent_off)}% off)"
    return f"{what} time on {count}{product}{off} after {format_date(at)}"

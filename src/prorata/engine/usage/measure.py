"""Measure: how much of a meter a customer has used."""

from decimal import Decimal

from prorata.model.transaction import Tx
from prorata.model.usage import Span
from prorata.resources.billing.meter import Meter


def measured(tx: Tx, meter: str, customer: str, start: int, end: int) -> Decimal:
    """Return what a customer has used of a meter in [start, end), by the meter's formula.

    What a committed transaction has recorded is counted.
    """
    found = tx.look(Meter, meter)
    if found is None:
        return Decimal(0)
    [used] = tx.usage.measure([span(found, customer, start, end)])
    return used


def span(meter: Meter, customer: str, start: int, end: int, dimensions: str | None = None) -> Span:
    """Return the question what a customer has used of a meter in [start, end)."""
    formula = meter.default_aggregation.formula
    return Span(meter.id, customer, start, end, formula, meter.event_time_window, dimensions)

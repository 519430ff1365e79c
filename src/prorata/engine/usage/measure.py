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


def span(
    meter: Meter,
    customer: str,
    start: int,
    end: int,
    dimensions: str | None = None,
    *,
    after: int = 0,
    until: int = 0,
) -> Span:
    """Return the question what a customer has used of a meter in [start, end); see `Span`."""
    formula = meter.default_aggregation.formula
    window = meter.event_time_window
    return Span(
        meter.id, customer, start, end, formula, window, dimensions, after=after, until=until
    )

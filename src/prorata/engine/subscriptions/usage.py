"""Usage: how much of a metered item a customer has used in a period."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from prorata.engine.usage.measure import span
from prorata.model.transaction import Tx
from prorata.model.usage import Span
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.rules.pricing import Quantity

Counter = Callable[[Tx, Subscription, SubscriptionItem, int, int], Quantity]
METERS: list[Counter] = []
# A meter, a customer, and the seconds [start, end).
Use = tuple[str, str, int, int]


def measures(meter: Counter) -> Counter:
    """Register what counts usage instead: `meter(tx, subscription, item, start, end)`."""
    METERS.append(meter)
    return meter


def usage(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, start: int, end: int
) -> Quantity:
    """Return what was used of a metered item in [start, end); below zero is nothing."""
    if METERS:
        counted: Quantity = sum(
            (meter(tx, subscription, item, start, end) for meter in METERS), start=0
        )
        return counted
    [used] = used_of(tx, [(meter_of(item), subscription.customer, start, end)])
    return used


def meter_of(item: SubscriptionItem) -> str:
    """Return the meter that counts what a metered item bills."""
    recurring = item.price.recurring
    assert recurring is not None and recurring.meter is not None, "a metered price has a meter"
    return recurring.meter


def usage_start(subscription: Subscription, item: SubscriptionItem) -> int:
    """Return since when an item's usage is not billed yet."""
    start: int = subscription.private.usage_from.get(item.id, item.current_period_start)
    return start


def used_of(tx: Tx, uses: Iterable[Use]) -> list[Quantity]:
    """Return how much was used in each of these, in a constant number of queries."""
    asked = list(uses)
    meters = tx.load(Meter, [meter for meter, *_ in asked], look=True)
    # What an empty span amounts to needs no asking.
    spans = [_span(meters, each) for each in asked]
    found = iter(tx.usage.measure([each for each in spans if each is not None]))
    return [0 if each is None else _quantity(next(found)) for each in spans]


def prefetch_usage(uow: Any, uses: Iterable[Use]) -> None:
    """Have usage at hand that a batch will ask for."""
    asked = list(uses)
    if asked:
        used_of(uow, asked)


def _span(meters: dict[str, Meter], use: Use) -> Span | None:
    meter, customer, start, end = use
    found = meters.get(meter)
    return None if found is None or end <= start else span(found, customer, start, end)


def _quantity(value: Decimal) -> Quantity:
    """Return a quantity that can be billed, an int where it is whole."""
    if value <= 0:
        return 0
    return int(value) if value == value.to_integral_value() else value

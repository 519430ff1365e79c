"""Usage: how much of a metered item a customer has used in a period."""

from collections.abc import Callable
from decimal import Decimal

from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.rules.pricing import Quantity

Meter = Callable[[Tx, Subscription, SubscriptionItem, int, int], Quantity]
METERS: list[Meter] = []


def measures(meter: Meter) -> Meter:
    """Register what counts usage: `meter(tx, subscription, item, start, end)` over [start, end)."""
    METERS.append(meter)
    return meter


def usage(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, start: int, end: int
) -> Quantity:
    """Return what was used of a metered item in [start, end): the sum of what meters counted."""
    total: Quantity = 0
    for meter in METERS:
        counted = meter(tx, subscription, item, start, end)
        total = total + counted if isinstance(total, type(counted)) else Decimal(total) + counted
    return total

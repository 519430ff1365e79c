"""Usage: how much of a metered item a customer has used in a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from prorata.engine.usage.measure import span
from prorata.model.transaction import Tx
from prorata.model.usage import Span
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.rules.pricing import Quantity


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A second UTC, and the moment in it that divides what came before from what comes after.

    moment: see `model.usage.Usage`; 0 where the second begins.
    """

    second: int
    moment: int = 0


@dataclass(frozen=True, slots=True)
class Use:
    """What a customer uses of a meter between two marks."""

    meter: str
    customer: str
    start: Mark
    end: Mark


def usage(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, start: Mark, end: Mark
) -> Quantity:
    """Return what was used of a metered item between two marks; below zero is nothing."""
    [used] = used_of(tx, [Use(meter_of(item), subscription.customer, start, end)])
    return used


def meter_of(item: SubscriptionItem) -> str:
    """Return the meter that counts what a metered item bills."""
    recurring = item.price.recurring
    assert recurring is not None and recurring.meter is not None, "a metered price has a meter"
    return recurring.meter


def usage_start(subscription: Subscription, item: SubscriptionItem) -> Mark:
    """Return since when an item's usage is not billed yet."""
    facts = subscription.private
    second = facts.usage_from.get(item.id, item.current_period_start)
    return Mark(second, facts.usage_after.get(item.id, 0))


def start_usage(subscription: Subscription, item: str, start: Mark) -> None:
    """Let an item's usage be billed from a mark on."""
    facts = subscription.private
    facts.usage_from[item] = start.second
    facts.usage_after.pop(item, None)
    if start.moment:
        facts.usage_after[item] = start.moment


def stop_usage(subscription: Subscription, item: str) -> None:
    """Forget since when an item's usage was to be billed."""
    subscription.private.usage_from.pop(item, None)
    subscription.private.usage_after.pop(item, None)


def this_moment(tx: Tx, second: int | None = None) -> Mark:
    """Return what divides the usage that has come from all that comes; second: instead of now."""
    return Mark(tx.now if second is None else second, tx.usage.moment())


def used_of(tx: Tx, uses: Iterable[Use]) -> list[Quantity]:
    """Return how much was used in each of these, in a constant number of queries."""
    asked = list(uses)
    meters = tx.load(Meter, [each.meter for each in asked], look=True)
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
    meter = meters.get(use.meter)
    if meter is None or use.end <= use.start:
        return None
    return span(
        meter, use.customer, use.start.second, use.end.second,
        after=use.start.moment, until=use.end.moment,
    )  # fmt: skip


def _quantity(value: Decimal) -> Quantity:
    """Return a quantity that can be billed, an int where it is whole."""
    if value <= 0:
        return 0
    return int(value) if value == value.to_integral_value() else value

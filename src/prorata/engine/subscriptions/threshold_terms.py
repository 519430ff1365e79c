"""Threshold terms: which thresholds a subscription's prices admit."""

from collections.abc import Mapping

from prorata.engine.subscriptions.terms import tariff
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.rules.currency import format_amount


def check_thresholds(tx: Tx, subscription: Subscription) -> None:
    """Raise InvalidRequest for thresholds that the items' prices do not admit."""
    whole = subscription.billing_thresholds
    limited = {
        item.price.id: item.billing_thresholds is not None
        for item in subscription.items.data if item.metered
    }  # fmt: skip
    check_limits(tx, None if whole is None else whole.amount_gte, limited, subscription.currency)


def check_limits(
    tx: Tx, amount: int | None, limited: Mapping[str, bool], currency: str
) -> None:
    """Raise InvalidRequest for thresholds that prices do not admit.

    Packages can't be billed in parts, and flat fees alone must not reach the amount (minor units).
    limited: of each metered price, by its id, whether its item has a threshold of its own.
    """
    watched = [price for price, own in limited.items() if own or amount is not None]
    if not watched:
        return
    terms = tariff(tx, watched, currency)
    for price in watched:
        if terms[price].pricing.divide_by is not None:
            raise InvalidRequest(
                f"The price {price} is charged by the package (`transform_quantity`):"
                " billing thresholds do not work with it.",
                param="billing_thresholds" if amount is not None else "items",
            )
    if amount is None:
        return
    flat = sum(terms[price].amount(0) for price in watched)
    if amount <= flat:
        raise InvalidRequest(
            "`billing_thresholds[amount_gte]` must be more than the flat fees of the metered"
            f" items, {format_amount(flat, currency)}.",
            param="billing_thresholds[amount_gte]",
        )

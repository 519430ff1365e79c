"""Threshold terms: which thresholds a subscription's prices admit."""

from prorata.engine.subscriptions.terms import tariff
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.rules.currency import format_amount


def check_thresholds(tx: Tx, subscription: Subscription) -> None:
    """Raise InvalidRequest for thresholds that the items' prices do not admit.

    Packages can't be billed in parts, and flat fees alone must not reach the amount.
    """
    whole = subscription.billing_thresholds
    amount = None if whole is None else whole.amount_gte
    metered = [item for item in subscription.items.data if item.metered]
    limited = [each for each in metered if each.billing_thresholds is not None]
    watched = limited if amount is None else metered
    if not watched:
        return
    terms = tariff(tx, [each.price.id for each in watched], subscription.currency)
    for item in watched:
        if terms[item.price.id].pricing.divide_by is not None:
            raise InvalidRequest(
                f"The price {item.price.id} is charged by the package (`transform_quantity`):"
                " billing thresholds do not work with it.",
                param="billing_thresholds" if amount is not None else "items",
            )
    if amount is None:
        return
    flat = sum(terms[item.price.id].amount(0) for item in metered)
    if amount <= flat:
        raise InvalidRequest(
            "`billing_thresholds[amount_gte]` must be more than the flat fees of the metered"
            f" items, {format_amount(flat, subscription.currency)}.",
            param="billing_thresholds[amount_gte]",
        )

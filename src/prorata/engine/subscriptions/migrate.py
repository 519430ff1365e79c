"""Migrate: the mode of a new subscription, and a classic one's move to flexible billing."""

from copy import copy
from typing import Any, Literal

from prorata.engine.subscriptions.catch_up import catch_up
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_shape import (
    SubscriptionBillingMode,
    SubscriptionBillingModeFlexible,
)
from prorata.resources.billing.subscription_verbs import SubscriptionMigrateParams


@operation("POST /v1/subscriptions/{id}/migrate")
def migrate(
    tx: Tx, subscription: Subscription, params: SubscriptionMigrateParams
) -> Subscription:
    """Move a subscription to flexible billing; what was billed before is credited as billed."""
    # What is overdue ends, or is billed, as it was agreed.
    catch_up(tx, subscription)
    if subscription.status in ENDED:
        raise InvalidRequest(
            f"You cannot migrate a subscription whose status is `{subscription.status}`."
        )
    if subscription.flexible:
        raise InvalidRequest(
            "The subscription's `billing_mode` is `flexible` already.",
            param="billing_mode[type]",
        )
    subscription.billing_mode = billing_mode_of(params.billing_mode)
    subscription.billing_mode.updated_at = tx.now
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    if schedule is not None:
        schedule.billing_mode = copy(subscription.billing_mode)
    return subscription


def billing_mode_of(params: Any, path: str = "billing_mode") -> SubscriptionBillingMode:
    """Return the billing mode that a new subscription will have: flexible unless told.

    Raises InvalidRequest, by its name under the path, for what the other mode has.
    """
    if given(params) and params.type == "classic":
        if given(params.flexible):
            raise InvalidRequest(
                f"`{path}[flexible]` belongs to `{path}[type]=flexible`.",
                param=f"{path}[flexible]",
            )
        return SubscriptionBillingMode(type="classic")
    discounts: Literal["included", "itemized"] = "included"
    if given(params) and given(params.flexible):
        discounts = value_or(params.flexible.proration_discounts, discounts)
    return SubscriptionBillingMode(
        type="flexible", flexible=SubscriptionBillingModeFlexible(proration_discounts=discounts)
    )

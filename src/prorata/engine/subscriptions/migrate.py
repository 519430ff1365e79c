"""Migrate: a classic subscription takes up flexible billing, for good."""

from typing import Literal

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
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
    if subscription.status in ENDED:
        raise InvalidRequest(
            f"You cannot migrate a subscription whose status is `{subscription.status}`."
        )
    if subscription.flexible:
        raise InvalidRequest(
            "The subscription's `billing_mode` is `flexible` already.",
            param="billing_mode[type]",
        )
    chosen: Literal["included", "itemized"] = "included"
    flexible = params.billing_mode.flexible
    if given(flexible) and given(flexible.proration_discounts):
        chosen = flexible.proration_discounts
    subscription.billing_mode = SubscriptionBillingMode(
        type="flexible",
        flexible=SubscriptionBillingModeFlexible(proration_discounts=chosen),
        updated_at=tx.now,
    )
    return subscription

"""Subscription discount: the discounts of a subscription are taken off it."""

from prorata.engine.catalogue.discounts import end_discount
from prorata.engine.subscriptions.schedule_hooks import changed_directly
from prorata.model.errors import NotFound
from prorata.model.operation import operation
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.products.discount import DeletedDiscount, Discount


@operation("DELETE /v1/subscriptions/{id}/discount")
def delete_discount(tx: Tx, subscription: Subscription) -> DeletedDiscount:
    """End the discounts of a subscription itself; those of its items stay."""
    found = tx.load(Discount, subscription.discounts)
    if not found:
        raise NotFound(
            f"No active discount for subscription: {subscription.id}", code="resource_missing"
        )
    answers = [end_discount(tx, each) for each in found.values()]
    subscription.discounts = []
    changed_directly(tx, subscription, SubscriptionUpdateParams(discounts=None))
    return answers[0]

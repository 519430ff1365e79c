"""Subscription discount: the discount of a subscription or a customer shown, and taken off."""

from prorata.engine.catalogue.discounts import end_discount
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.schedule_hooks import changed_directly
from prorata.model.errors import NotFound
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import DeletedDiscount, Discount


class DiscountRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("GET /v1/customers/{id}/discount")
def show_customers(tx: Tx, customer: Customer, params: DiscountRetrieveParams) -> Discount:
    """Return the discount of a customer; raise NotFound when there is none."""
    discount = customer.discount and tx.find(Discount, customer.discount.id)
    if not discount:
        raise NotFound(f"No active discount for customer: {customer.id}", code="resource_missing")
    return discount


@operation("GET /v1/subscriptions/{id}/discount")
def show(tx: Tx, subscription: Subscription, params: DiscountRetrieveParams) -> Discount:
    """Return the first discount of a subscription; raise NotFound when there is none."""
    found = tx.load(Discount, subscription.discounts)
    for id in subscription.discounts:
        if id in found:
            return found[id]
    raise NotFound(
        f"No active discount for subscription: {subscription.id}", code="resource_missing"
    )


@operation("DELETE /v1/customers/{id}/discount")
def delete_customers(tx: Tx, customer: Customer) -> DeletedDiscount:
    """Remove the discount of a customer; those of its subscriptions stay."""
    # Renewals that are overdue have it.
    for subscription in tx.select(Subscription, customer=customer.id):
        if subscription.status not in ENDED:
            catch_up(tx, subscription)
    discount = customer.discount and tx.find(Discount, customer.discount.id)
    if not discount:
        raise NotFound(f"No active discount for customer: {customer.id}", code="resource_missing")
    return end_discount(tx, discount)


@operation("DELETE /v1/subscriptions/{id}/discount")
def delete_discount(tx: Tx, subscription: Subscription) -> DeletedDiscount:
    """End the discounts of a subscription itself; those of its items stay."""
    # A renewal that is overdue has them.
    catch_up(tx, subscription)
    found = tx.load(Discount, subscription.discounts)
    if not found:
        raise NotFound(
            f"No active discount for subscription: {subscription.id}", code="resource_missing"
        )
    answers = [end_discount(tx, each) for each in found.values()]
    subscription.discounts = []
    changed_directly(tx, subscription, SubscriptionUpdateParams(discounts=None))
    return answers[0]

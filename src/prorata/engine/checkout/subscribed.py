"""Subscribed: an account may sell one subscription to each customer, and not a second one."""

from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.account import account_settings
from prorata.resources.core.customer import Customer

CUSTOMERS_MAX = 20


def is_subscribed(tx: Tx, session: CheckoutSession) -> bool:
    """Return whether the buyer, known by customer or email address, has a subscription already.

    Only where the account's `one_subscription_per_customer` asks for it.
    """
    if session.mode != "subscription" or not account_settings(tx).one_subscription_per_customer:
        return False
    customers = [session.customer] if session.customer is not None else []
    email = session.private.collected.email or session.customer_email
    if email is not None:
        found = tx.select(Customer, email=email, limit=CUSTOMERS_MAX)
        customers += [each.id for each in found]
    own = session.private.made.subscription
    return any(
        each.status in LIVE and each.id != own
        for customer in dict.fromkeys(customers)
        for each in tx.select(Subscription, customer=customer)
    )


def refuse_subscribed(tx: Tx, session: CheckoutSession) -> None:
    """Raise InvalidRequest for a second subscription of somebody who may have one."""
    if is_subscribed(tx, session):
        raise InvalidRequest(
            "This customer already has a subscription. It is managed in the customer portal.",
            code="customer_already_subscribed",
        )

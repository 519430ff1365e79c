"""Subscription setup: a subscription that owes nothing yet asks for a payment method."""

from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent, new_setup_intent


def add_setup_intent(tx: Tx, subscription: Subscription) -> str:
    """Add the setup intent of a subscription and return its id."""
    types = subscription.payment_settings.payment_method_types
    intent = new_setup_intent(
        tx,
        customer=subscription.customer,
        types=None if types is None else [*types],
        usage="off_session",
        currency=subscription.currency,
        subscription=subscription.id,
    )
    return intent.id


def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Let the method that was set up pay for the subscription that asked for it."""
    subscription = tx.find(Subscription, intent.private.subscription)
    if subscription is None or subscription.pending_setup_intent != intent.id:
        return
    subscription.pending_setup_intent = None
    if method.customer == subscription.customer:
        subscription.default_payment_method = method.id

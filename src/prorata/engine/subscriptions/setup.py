"""Subscription setup: a subscription that owes nothing yet asks for a payment method."""

from prorata.engine.invoices.intent import method_of
from prorata.engine.payments.setup_hooks import on_setup_succeeded
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent, new_setup_intent


def add_setup_intent(
    tx: Tx, subscription: Subscription, payment_method: str | None = None
) -> SetupIntent:
    """Add the setup intent of a subscription, for the method that is named or yet to come."""
    types = subscription.payment_settings.payment_method_types
    return new_setup_intent(
        tx,
        customer=subscription.customer,
        types=None if types is None else [*types],
        usage="off_session",
        currency=subscription.currency,
        subscription=subscription.id,
        payment_method=payment_method,
    )


@on_setup_succeeded
def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Let the method that was set up pay for the subscription that asked for it."""
    subscription = tx.find(Subscription, intent.private.subscription)
    if subscription is None or subscription.pending_setup_intent != intent.id:
        return
    subscription.pending_setup_intent = None
    # A method that paid already, as the customer's default, is not copied.
    known = method_of(tx.get(Customer, subscription.customer), subscription)
    if method.customer == subscription.customer and method.id != known:
        tx.rely_on(method)
        subscription.default_payment_method = method.id

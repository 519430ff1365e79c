"""Setup hooks: how those who wait for a payment method hear that it is ready."""

from prorata.model.transaction import Tx
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent


def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Tell the subscription of an intent that its method is ready. Bound late, as verbs above."""
    if intent.private.subscription is not None:
        from prorata.engine.subscriptions import setup as subscription_setup

        subscription_setup.setup_succeeded(tx, intent, method)

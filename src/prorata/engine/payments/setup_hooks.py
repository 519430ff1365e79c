"""Setup hooks: how those who wait for a payment method hear that it is ready."""

from prorata.engine.moments import Moment
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent

on_setup_succeeded = Moment("setup succeeded")
on_session_setup = Moment("setup of a session")
on_wanted_setup = Moment("setup that a customer waits for")


def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Tell whoever asked for an intent, or waits for it, that its method is ready."""
    if intent.private.subscription is not None:
        on_setup_succeeded.tell(tx, intent, method)
    if intent.private.checkout_session is not None:
        on_session_setup.tell(tx, intent, method)
    if intent.private.wanted is not None:
        on_wanted_setup.tell(tx, intent, method)

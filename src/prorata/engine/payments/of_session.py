"""Of session: an intent that a Checkout session waits for is its page's, not its seller's."""

from prorata.model.errors import InvalidRequest
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.setup_intent import SetupIntent


def refuse_of_session(tx: Tx, intent: PaymentIntent | SetupIntent) -> None:
    """Raise InvalidRequest for an intent whose session is open: that is expired instead."""
    if intent.private.checkout_session is None:
        return
    session = tx.find(REGISTRY["checkout.session"].cls, intent.private.checkout_session)
    if session is not None and getattr(session, "status", None) == "open":
        noun = "PaymentIntent" if isinstance(intent, PaymentIntent) else "SetupIntent"
        raise InvalidRequest(
            f"You cannot perform this action on {noun}s created by Checkout. Expire the Checkout"
            f" Session {session.id} instead.",
            code=f"{'payment' if isinstance(intent, PaymentIntent) else 'setup'}"
            "_intent_unexpected_state",
        )

"""Client secret: what unlocks an intent for a page that has only a publishable key."""

import hmac

from msgspec import UNSET, UnsetType

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.setup_intent import SetupIntent


def check_secret(
    tx: Tx, intent: PaymentIntent | SetupIntent, secret: str | UnsetType
) -> None:
    """Raise unless the secret fits; with a secret key it may be left out."""
    if secret is UNSET:
        if tx.publishable:
            raise missing_param("client_secret")
        return
    if not hmac.compare_digest(str(secret).encode(), (intent.client_secret or "").encode()):
        noun = "PaymentIntent" if isinstance(intent, PaymentIntent) else "SetupIntent"
        raise InvalidRequest(
            f"The client_secret provided does not match the client_secret associated with the"
            f" {noun}.",
            param="client_secret",
        )

"""Client secret: what unlocks an intent for a page that has only a publishable key."""

import hmac

from msgspec import UNSET, UnsetType

from prorata.engine.tries import Tries
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import PaymentIntentConfirmParams
from prorata.resources.payments.setup_intent import SetupIntent

# Confirmations of one intent from a browser: whoever tries stolen cards on it meets this.
CONFIRMS_MAX, WINDOW_SECONDS = 20, 600
# What of a payment the seller says, and no page of a payer.
OF_SELLERS = ("allowed_payment_method_types", "capture_method", "excluded_payment_method_types")
CONFIRMS = Tries("intent_confirm", CONFIRMS_MAX, WINDOW_SECONDS)


def count_confirmation(tx: Tx, intent: PaymentIntent | SetupIntent) -> None:
    """Count a confirmation from a browser; raise RateLimited after too many of one intent."""
    if tx.publishable:
        CONFIRMS.count(tx.real_now, intent.id)


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


def refuse_sellers_terms(tx: Tx, params: PaymentIntentConfirmParams) -> None:
    """Raise where a page says by which types of method, or when, the seller is paid."""
    if not tx.publishable:
        return
    said = [name for name in OF_SELLERS if given(getattr(params, name))]
    card = params.payment_method_options.card if given(params.payment_method_options) else None
    if isinstance(card, Params) and given(card.capture_method):
        said.append("payment_method_options[card][capture_method]")
    if said:
        raise InvalidRequest(
            f"The parameter `{said[0]}` cannot be given with a publishable API key: set it with a"
            " secret key on your server.",
            code="secret_key_required",
            param=said[0],
        )

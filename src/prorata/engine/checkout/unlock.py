"""Unlock: who may see and confirm a session's page, how long, and how often."""

import hmac

from msgspec import UNSET, UnsetType

from prorata.engine.tries import Tries
from prorata.model.errors import InvalidRequest, RateLimited, missing_param
from prorata.model.transaction import Tx
from prorata.resources.checkout.session import CheckoutSession

# Within how many seconds so many confirmations, or tries of a promotion code, are enough.
WINDOW_SECONDS = 600
CONFIRMS_MAX = 20
CODES_MAX = 10
# Of all confirmations of one session: whoever tests stolen cards meets this.
CONFIRMED_MAX = 60
# Counted in this process: a refusal leaves no trace.
CODE_TRIES = Tries("checkout_promotion_code", CODES_MAX, WINDOW_SECONDS)
# Of codes that do not exist, at all sessions of a link or table: each visit has a session anew.
WRONG_CODES_MAX = 100
WRONG_CODES = Tries("checkout_promotion_code", WRONG_CODES_MAX, WINDOW_SECONDS)


def unlock(tx: Tx, session: CheckoutSession, secret: str | UnsetType) -> None:
    """Raise unless the caller may use a session's page.

    A secret key may; with a publishable one the id of a hosted session is enough, since it can't be
    guessed, and the others need their `client_secret`.
    """
    if secret is UNSET:
        if tx.publishable and session.client_secret is not None:
            raise missing_param("client_secret")
        return
    known = session.client_secret or session.id
    if not hmac.compare_digest(str(secret).encode(), known.encode()):
        raise InvalidRequest(
            "The client_secret provided does not match the client_secret associated with the"
            " Checkout Session.",
            param="client_secret",
        )


def check_open(tx: Tx, session: CheckoutSession) -> None:
    """Raise InvalidRequest for a session that has come to its end."""
    if session.status == "complete":
        raise InvalidRequest(
            "This Checkout Session has already been completed.", code="checkout_session_complete"
        )
    if session.status == "expired" or session.expires_at <= tx.now:
        raise InvalidRequest(
            "This Checkout Session has expired. Create a new one to let the customer pay.",
            code="checkout_session_expired",
        )


def count_confirmation(tx: Tx, session: CheckoutSession) -> None:
    """Count a confirmation; raise RateLimited after too many."""
    private = session.private
    private.confirms = _recent(private.confirms, tx.real_now)
    if len(private.confirms) >= CONFIRMS_MAX or private.confirmed >= CONFIRMED_MAX:
        raise RateLimited("checkout_confirm")
    private.confirms.append(tx.real_now)
    private.confirmed += 1


def _recent(seconds: list[int], now: int) -> list[int]:
    return [each for each in seconds if each > now - WINDOW_SECONDS]

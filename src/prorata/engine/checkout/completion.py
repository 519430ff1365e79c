"""Completion: where a visitor goes from a session that has come to its end."""

from urllib.parse import quote

from prorata.resources.checkout.payment_page import PageEnd
from prorata.resources.checkout.session import CheckoutSession

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"


def filled(url: str, id: str) -> str:
    """Return an address with the session's id in the place that is kept for it.

    The place may be written as it is, or encoded, also more than once, inside of another query.
    """
    for name in (PLACEHOLDER, quote(PLACEHOLDER, safe=""), quote(quote(PLACEHOLDER, safe=""))):
        url = url.replace(name, id)
        url = url.replace(name.lower().replace("checkout_session_id", "CHECKOUT_SESSION_ID"), id)
    return url


def completion_of(session: CheckoutSession) -> PageEnd | None:
    """Return what comes after a session is complete; None before that."""
    if session.status != "complete":
        return None
    after = session.private.after_completion or {}
    said = session.custom_text.after_submit
    message = after.get("message") or (said.message if said is not None else None)
    url = after.get("url") or session.success_url
    if session.ui_mode != "hosted_page":
        url = session.return_url or None
        if session.redirect_on_completion == "never":
            url = None
    return PageEnd(redirect_url=filled(url, session.id) if url else None, message=message)

"""Signing: the header by which a receiver knows that a delivery is ours."""

import hashlib
import hmac
from collections.abc import Iterable

from prorata.resources.webhooks.webhook_endpoint import EndpointPrivate

HEADER = "Stripe-Signature"


def valid_secrets(private: EndpointPrivate, now: int) -> list[str]:
    """Return the secrets that sign at a second: the present one, then rolled ones still valid."""
    rolled = [secret for secret, until in private.expiring.items() if until > now]
    return [private.secret, *rolled]


def signature(body: bytes, secrets: Iterable[str], timestamp: int) -> str:
    """Return the value of the header: the time, and a v1 signature for each secret.

    timestamp: real seconds UTC, since receivers compare it with their own clock. Signed is the
    time, a dot and the body; the key is the whole secret, its prefix included.
    """
    signed = b"%d." % timestamp + body
    marks = [
        f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets
    ]
    return ",".join([f"t={timestamp}", *marks])

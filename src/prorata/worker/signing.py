"""Signing: the header by which a receiver knows that a delivery is ours."""

import hashlib
import hmac
from collections.abc import Iterable

from prorata.resources.webhooks.webhook_endpoint import EndpointPrivate
from prorata.store.seals import Seals

HEADER = "Stripe-Signature"


def valid_secrets(private: EndpointPrivate, endpoint: str, seals: Seals, now: int) -> list[str]:
    """Return the secrets that sign at a second: the present one, then rolled ones still valid.

    Raises CannotOpen where they are sealed with a key that is not here.
    """
    rolled = [secret for secret, until in private.expiring.items() if until > now]
    return [seals.open(each, endpoint) for each in (private.secret, *rolled)]


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

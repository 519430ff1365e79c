"""Access: which key a request carries and what it opens."""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable
from typing import Any

from prorata.api.permissions import denied, needed
from prorata.model.errors import (
    AuthenticationError,
    InvalidRequest,
    PermissionDenied,
    TemporarySessionExpired,
)
from prorata.model.operation import Operation
from prorata.store.books import EPHEMERAL, SESSION, ApiKey, find_key
from prorata.store.connection import Connection

KNOWN_SECONDS = 10.0
# So many are known at a time: a meter event session brings a key that nobody uses after it.
MOST_KNOWN = 10_000
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header,"
    " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See"
    " https://stripe.com/docs/api#authentication for details, or we can help at"
    " https://support.stripe.com/."
)

ONLY_SESSIONS = (
    "This API call takes the authentication_token of a session as its key. POST"
    " /v2/billing/meter_event_session gives one."
)
NOT_FOR_SESSIONS = (
    "The token of a meter event session opens POST /v2/billing/meter_event_stream only. Use a"
    " secret API key."
)


def secret_of(authorization: str | None, tree: dict[str, Any]) -> str:
    """Return the key of a request: bearer, basic (as user), or `key=pk_…` in the body."""
    if authorization:
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        if scheme.lower() == "bearer" and value:
            return value
        if scheme.lower() == "basic":
            try:
                user = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                user = ""
            if user:
                return user
    key = tree.pop("key", None)
    if isinstance(key, str) and key.startswith("pk_"):
        return key
    raise AuthenticationError(NO_KEY)


# What an ephemeral key opens, and where the customer stands there: in the path, or in a parameter.
OF_CUSTOMER = {
    "GET /v1/customers/{id}": None,
    "GET /v1/customers/{id}/payment_methods": None,
    "GET /v1/payment_methods": "customer",
    "POST /v1/payment_methods/{id}/attach": "customer",
}


class Keyring:
    """Known keys, looked up now and then: a key that another process revokes soon opens nothing.

    Keys are known by their digests alone. `forget` after a key is made or revoked in this process.
    Ephemeral keys are looked up each time: there are many, and each can be ended at once.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._known: dict[bytes, tuple[ApiKey, float]] = {}
        self._clock = clock
        # Keys expire in real time, whatever time the books are at.
        self._wall_clock = wall_clock

    def forget(self) -> None:
        self._known.clear()

    def open(self, connection: Connection, secret: str) -> ApiKey:
        """Return what a key opens; raise AuthenticationError when it opens nothing."""
        found = self.known(secret) or find_key(connection, secret)
        shown = f"{secret[:8]}****{secret[-4:]}" if len(secret) > 12 else "****"
        if found is None:
            raise AuthenticationError(f"Invalid API Key provided: {shown}")
        lasts = KNOWN_SECONDS
        if found.expires_at is not None:
            lasts = min(lasts, found.expires_at - self._wall_clock())
            if lasts <= 0 and found.kind == SESSION:
                raise TemporarySessionExpired(
                    "The session has expired. Make a new one with POST"
                    " /v2/billing/meter_event_session.",
                    code="session_expired",
                )
            if lasts <= 0:
                raise AuthenticationError(
                    f"Expired API Key provided: {shown}", code="api_key_expired"
                )
        if found.kind != EPHEMERAL:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[_mark(secret)] = found, self._clock() + lasts
        return found

    def known(self, secret: str) -> ApiKey | None:
        """Return what a key opened when it was last looked up, None when that is too long ago."""
        found, until = self._known.get(_mark(secret), (None, 0.0))
        return found if until > self._clock() else None


def _mark(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def check_account(key: ApiKey, account: str | None) -> None:
    """Raise PermissionDenied when a header names an account that is not the key's own."""
    if account and account != key.book.account:
        raise PermissionDenied(
            f"The provided key does not have access to account '{account}' (or that account does"
            " not exist). Application access may have been revoked.",
            code="account_invalid",
        )


def check_access(key: ApiKey, operation: Operation, account: str | None) -> None:
    """Raise when a key may not call an operation, or names an account that is not its own."""
    check_account(key, account)
    if operation.session != (key.kind == SESSION):
        raise AuthenticationError(ONLY_SESSIONS if operation.session else NOT_FOR_SESSIONS)
    if key.permissions is not None and key.kind != EPHEMERAL:
        permission = needed(operation)
        if permission not in key.permissions:
            raise denied(key, permission)
    if key.kind == "pk" and not operation.publishable:
        raise InvalidRequest(
            "This API call cannot be made with a publishable API key. Please use a secret API key."
            " You can find a list of your API keys with `prorata keys list`.",
            code="secret_key_required",
            status=403,
        )


def check_own(
    key: ApiKey, operation: Operation, values: list[str], tree: dict[str, Any]
) -> None:
    """Raise when an ephemeral key is used for anything that is not its customer's own."""
    if key.kind != EPHEMERAL:
        return
    if operation.route not in OF_CUSTOMER:
        raise PermissionDenied(
            "An ephemeral key opens only a customer and the payment methods of this customer. Use"
            " a secret API key on your server."
        )
    place = OF_CUSTOMER[operation.route]
    asked = values[0] if place is None else tree.get(place)
    if not isinstance(asked, str) or asked not in (key.permissions or ()):
        raise PermissionDenied("The ephemeral key provided is for another customer.")

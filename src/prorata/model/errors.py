"""Errors: the API's error object, with its type, code, param and HTTP status."""

from typing import Any

DOCUMENTED_CODES_URL = "https://stripe.com/docs/error-codes/"


class Refused(Exception):
    """What keeps a command or a server from beginning, said to the person who starts it."""


class APIError(Exception):
    """An answer that is an error object; raising it inside a transaction undoes the transaction."""

    type = "api_error"
    status = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.extra = extra
        if status is not None:
            self.status = status

    def body(self) -> dict[str, Any]:
        """Return the error object, keys in alphabetical order, absent ones left out."""
        error: dict[str, Any] = {"message": self.message, "type": self.type}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = DOCUMENTED_CODES_URL + self.code.replace("_", "-")
        if self.param is not None:
            error["param"] = self.param
        error.update({key: value for key, value in self.extra.items() if value is not None})
        return {"error": dict(sorted(error.items()))}


class InvalidRequest(APIError):
    """The request is wrong; the message says how to mend it."""

    type = "invalid_request_error"
    status = 400


class NotFound(InvalidRequest):
    """No such object: 404 when its id stands in the path, 400 in a parameter."""

    status = 404


class NotSupported(InvalidRequest):
    """A documented feature that this system refuses by name instead of ignoring it."""


class CardError(APIError):
    """A payment was declined."""

    type = "card_error"
    status = 402


class IdempotencyError(APIError):
    """An idempotency key used again for another request."""

    type = "idempotency_error"
    status = 400


class AuthenticationError(InvalidRequest):
    """No key, or one that opens nothing."""

    status = 401


class TemporarySessionExpired(APIError):
    """The token of a session whose time is over; below /v2 alone."""

    type = "temporary_session_expired"
    status = 400


class PermissionDenied(InvalidRequest):
    """A key that may not do this."""

    status = 403


class Momentary(APIError):
    """What cannot be done just now, though nothing is wrong with it; later it may be.

    It is no refusal: who makes a state of what is refused lets it pass, so that everything of its
    unit is undone, and done anew. The API writes most of them as it writes refusals.
    """

    type = "invalid_request_error"
    status = 429


class LockTimeout(Momentary):
    """Another request holds the object; the client may try again."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(
            message
            or "This object cannot be accessed right now because another API request or process"
            " is currently accessing it. Try again in a moment.",
            code="lock_timeout",
        )


class NoGateway(Momentary):
    """This process has no gateway for real money; another one may have it."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "Live mode needs a payment gateway: the built-in sandbox only plays payments in test"
            " mode. Install a gateway and name it when the server is started."
        )


class Silent(Momentary):
    """Who must be asked, a gateway or a tax engine, does not answer; nothing was changed."""

    type = "api_error"
    status = 503


class TaxesUnknown(Momentary):
    """An invoice cannot be finalized: the tax engine did not answer what its taxes are."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "Automatic tax could not be calculated: the tax engine did not answer. Try again"
            " later."
        )


class RateLimited(Momentary):
    """Too much was asked at once; the client may try again in a moment. reason: which limit."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "Request rate limit exceeded. You can learn more about rate limits here"
            " https://stripe.com/docs/rate-limits.",
            code="rate_limit",
        )
        self.reason = reason


def missing_param(path: str) -> InvalidRequest:
    """Return the error of a required parameter that was not sent."""
    return InvalidRequest(
        f"Missing required param: {path}.", code="parameter_missing", param=path
    )


def no_such(name: str, id: str, *, param: str | None, status: int = 404) -> NotFound:
    """Return the error of an unknown id; `status` is 404 in a path and 400 in a parameter."""
    return NotFound(f"No such {name}: '{id}'", code="resource_missing", param=param, status=status)

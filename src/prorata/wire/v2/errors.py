"""Errors: the error object as /v2 writes it, with its codes and statuses."""

from typing import Any

from prorata.model.errors import APIError, IdempotencyError, InvalidRequest

NOT_FOUND = "not_found"
INVALID_FIELDS = "invalid_fields"
IDEMPOTENCY = "idempotency_error"
# Codes of /v1 that say of a parameter that it is wrong in itself.
_OF_PARAMETERS = frozenset({
    None, "email_invalid", "parameter_invalid_empty", "parameter_invalid_integer",
    "parameter_missing", "parameter_unknown",
})  # fmt: skip


def in_v2(error: APIError) -> tuple[int, dict[str, Any]]:
    """Return an error's status and body as an answer below /v2."""
    body = dict(error.body()["error"])
    body.pop("doc_url", None)
    status = error.status
    if isinstance(error, IdempotencyError):
        status, body["code"] = 409, error.code or IDEMPOTENCY
    elif status == 404:
        body["code"] = NOT_FOUND
    elif isinstance(error, InvalidRequest) and status == 400:
        if error.code == "resource_missing":
            body["code"] = NOT_FOUND
        elif error.param is not None and error.code in _OF_PARAMETERS:
            body["code"] = INVALID_FIELDS
            if error.code == "parameter_invalid_empty":
                # In JSON that was null, mostly; the sentence of /v1 is about empty texts.
                body["message"] = (
                    f"`{error.param}` can't be null or empty: leave it out of the request, or give"
                    " it a value."
                )
    return status, {"error": dict(sorted(body.items()))}

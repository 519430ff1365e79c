"""Payment errors: why a payment or a set-up failed last, as the intent shows it."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import DOCUMENTED_CODES_URL, APIError, CardError, InvalidRequest
from prorata.resources.payments.payment_method import PaymentMethod

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


class PaymentError(Struct, kw_only=True):
    """The error object that an intent keeps; keys that do not apply are absent."""

    advice_code: str | UnsetType = UNSET
    charge: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    decline_code: str | UnsetType = UNSET
    doc_url: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    network_advice_code: str | UnsetType = UNSET
    network_decline_code: str | UnsetType = UNSET
    param: str | UnsetType = UNSET
    payment_method: PaymentMethod | UnsetType = UNSET
    type: ErrorType


def payment_error(
    *,
    type: ErrorType,
    code: str,
    message: str,
    payment_method: PaymentMethod | None,
    **known: str | None,
) -> PaymentError:
    """Return the error of a failed payment; facts that are None are left out."""
    facts = {name: value for name, value in known.items() if value is not None}
    return PaymentError(
        type=type,
        code=code,
        doc_url=DOCUMENTED_CODES_URL + code.replace("_", "-"),
        message=message,
        payment_method=UNSET if payment_method is None else payment_method,
        **facts,
    )


def as_api_error(error: PaymentError, **extra: Any) -> APIError:
    """Return what the caller of a request is told: 402 for a decline, 400 for a wrong method."""
    shown = {
        name: value
        for name in ("advice_code", "charge", "decline_code", "network_advice_code",
                     "network_decline_code")
        if (value := getattr(error, name)) is not UNSET
    }  # fmt: skip
    cls: type[APIError] = CardError if error.type == "card_error" else InvalidRequest
    return cls(
        str(error.message),
        code=error.code or None,
        param=None if error.param is UNSET else error.param,
        **shown,
        **extra,
    )

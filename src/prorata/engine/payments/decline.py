"""Decline: the error that a refusal of the network is to the API."""

import msgspec

from prorata.gateways.outcomes import Declined
from prorata.model.errors import APIError
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_error import PaymentError, as_api_error, payment_error
from prorata.resources.payments.payment_method import PaymentMethod


def decline_error(
    outcome: Declined,
    method: PaymentMethod | None,
    *,
    charge: str | None = None,
    code: str | None = None,
) -> PaymentError:
    """Return the error of a declined attempt.

    method: shown with the error where it is one of the API's. charge: the id of the failed charge.
    code: said instead of the network's own.
    """
    return payment_error(
        type=outcome.error_type,
        code=code or outcome.code,
        message=outcome.message,
        payment_method=method,
        advice_code=outcome.advice_code,
        charge=charge,
        decline_code=outcome.decline_code,
        network_advice_code=outcome.network_advice_code,
        network_decline_code=outcome.network_decline_code,
        param=outcome.param,
    )


def answer_of(
    attempt: PaymentAttempt, error: PaymentError, method: PaymentMethod, **intent: msgspec.Struct
) -> APIError | None:
    """Return what the caller of a failed attempt is told; None where a failure is kept in silence.

    intent: what was paid or set up, under the name that the error object has for it.
    """
    if attempt.on_decline == "keep":
        return None
    shown = {name: msgspec.to_builtins(document) for name, document in intent.items()}
    return as_api_error(error, payment_method=msgspec.to_builtins(method), **shown)

"""Decline: the error that a refusal of the network is to the API."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from prorata.gateways.outcomes import Declined
from prorata.model.errors import APIError, CardError, InvalidRequest
from prorata.model.resource import Resource
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_attempt import AttemptRefusal, PaymentAttempt
from prorata.resources.payments.payment_error import PaymentError, as_api_error, payment_error
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent

# The documents that an error may show, by the names that it and the attempt have for them.
SHOWN: Mapping[str, type[Resource]] = {
    "payment_intent": PaymentIntent, "payment_method": PaymentMethod, "setup_intent": SetupIntent,
}  # fmt: skip

NEEDS_ACTION = (
    "Payment for this invoice requires additional user action before it can be completed"
    " successfully. Payment can be completed using the PaymentIntent associated with the invoice."
    " For more details see:"
    " https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


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


def action_error(attempt: PaymentAttempt) -> APIError | None:
    """Return what the caller is told where the customer must act first; None where it may wait."""
    if attempt.on_action == "keep" or attempt.state != "requires_action":
        return None
    return CardError(NEEDS_ACTION, code="invoice_payment_intent_requires_action")


def note_refusal(attempt: PaymentAttempt, error: APIError | None) -> None:
    """Keep what the request of an attempt is to be answered, for when it has to ask again."""
    if attempt.request is None:
        # What comes later is no answer to it.
        return
    attempt.refused = UNSET
    if error is None:
        return
    attempt.refused = AttemptRefusal(
        type=error.type,
        status=error.status,
        message=error.message,
        code=error.code,
        param=error.param,
        said={name: each for name, each in error.extra.items() if isinstance(each, str)},
        shown=[name for name in SHOWN if name in error.extra],
    )


def refusal_of(tx: Tx, attempt: PaymentAttempt) -> APIError | None:
    """Return the error that the request of an attempt came to, with its documents as they are."""
    kept = attempt.refused
    if kept is UNSET:
        return None
    named = {name: tx.look(SHOWN[name], getattr(attempt, name) or "") for name in kept.shown}
    shown = {
        name: msgspec.to_builtins(document)
        for name, document in named.items() if document is not None
    }  # fmt: skip
    cls = next((each for each in (CardError, InvalidRequest) if each.type == kept.type), APIError)
    return cls(
        kept.message, code=kept.code, param=kept.param, status=kept.status, **kept.said, **shown
    )

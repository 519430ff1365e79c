"""Undo: a request that promised to leave nothing behind when its payment fails keeps its word."""

from prorata.engine.payments.decline import decline_error
from prorata.engine.reversal import reverse_postings
from prorata.gateways.outcomes import Declined, NeedsAction
from prorata.model.errors import APIError, CardError
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_error import as_api_error
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.records import HeldForm
from prorata.store.unit_of_work import UnitOfWork

NEEDS_ACTION = (
    "Payment for this subscription requires additional user action, but the requested payment"
    " behavior doesn't save the invoice or PaymentIntent. Retry the request with"
    " `payment_behavior=allow_incomplete` or `payment_behavior=default_incomplete`, then complete"
    " the PaymentIntent on the subscription's latest invoice. Additional information is available"
    " here: https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


def undo(
    uow: UnitOfWork,
    attempt: PaymentAttempt,
    held: dict[str, HeldForm],
    outcome: Declined | NeedsAction,
) -> APIError:
    """Bring back what was before the deciding transaction; return the error that tells why.

    held: what that did, by document. The attempt itself stays: what was asked of the gateway is
    never forgotten.
    """
    method = uow.find(PaymentMethod, attempt.payment_method)
    error = _error(method, outcome)
    held.pop(attempt.id, None)
    made = [id for id, form in held.items() if form.revision == 0]
    reverse_postings(uow, made, "undone")
    uow.take_back(held)
    uow.events.clear()
    attempt.state = "declined"
    attempt.settle_after = None
    return error


def _error(method: PaymentMethod | None, outcome: Declined | NeedsAction) -> APIError:
    if isinstance(outcome, NeedsAction):
        return CardError(NEEDS_ACTION, code="subscription_payment_intent_requires_action")
    return as_api_error(decline_error(outcome, None))

"""Payment outcome: what became of the payment that a change of a plan waits for."""

from dataclasses import dataclass
from typing import Literal

from prorata.engine.invoices.intent import default_intent
from prorata.engine.invoices.pay_page import action_url
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.payments.payment_error import as_api_error
from prorata.resources.portal.configuration import Features


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a change is made, waits for the customer's bank at `url`, or was declined.

    intent: the payment that the bank is asked about.
    """

    state: Literal["made", "action", "declined", "processing"]
    url: str | None = None
    code: str | None = None
    message: str | None = None
    intent: str | None = None


def outcome_of(tx: Tx, subscription: Subscription, return_url: str) -> Outcome:
    """Return what became of a change; the bank's page leads back to `return_url`."""
    pending = subscription.private.pending_change
    if pending is None:
        return Outcome("made")
    invoice = tx.find(Invoice, pending.invoice)
    intent = default_intent(tx, invoice) if invoice is not None else None
    if intent is None:
        return Outcome("declined")
    if intent.status == "requires_action" and intent.next_action is not None:
        intent.private.confirmation.return_url = return_url
        return Outcome("action", action_url(intent), intent=intent.id)
    if intent.status == "processing":
        return Outcome("processing")
    if intent.last_payment_error is None:
        return Outcome("declined")
    error = as_api_error(intent.last_payment_error)
    code = error.extra.get("decline_code") or error.code
    return Outcome("declined", code=code, message=error.message)


def can_drop(features: Features, subscription: Subscription) -> bool:
    """Return whether a customer may take back a change that waits for its payment."""
    return features.subscription_update.enabled and subscription.pending_update is not None


def drop_change(tx: Tx, features: Features, subscription: Subscription) -> None:
    """Take back a change that waits for its payment; raise InvalidRequest where there is none."""
    if not can_drop(features, subscription):
        raise InvalidRequest("No change of this subscription waits for a payment.")
    discard_pending_update(tx, subscription)

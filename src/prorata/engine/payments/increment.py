"""Increment: more is reserved of a card than it was at first."""

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.captured import LAPSED, lapse
from prorata.engine.payments.charged import wait_longer
from prorata.engine.payments.collect import add_attempt, refuse_while_asking
from prorata.engine.payments.decline import answer_of, decline_error
from prorata.engine.payments.intent_params import CONNECT, write_payment_details
from prorata.gateways.outcomes import Canceled, Declined, Succeeded
from prorata.gateways.reservations import KeepsReservations
from prorata.model.errors import APIError, InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import assign, refuse_unsupported
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import (
    PaymentIntent,
    check_amount,
    unexpected_state,
)
from prorata.resources.payments.payment_intent_params import PaymentIntentIncrementParams
from prorata.resources.payments.payment_method import PaymentMethod

# So often a reservation may be raised, declines included (source: API reference).
LIMIT = 10


@operation("POST /v1/payment_intents/{id}/increment_authorization")
def increment(tx: Tx, intent: PaymentIntent, params: PaymentIntentIncrementParams) -> PaymentIntent:
    """Reserve more of the card; amount is the new total in minor units.

    A decline is a 402 and leaves the reservation as it was. Raises InvalidRequest where the charge
    cannot be raised.
    """
    refuse_unsupported(params, *CONNECT, "amount_details")
    refuse_while_asking(intent)
    charge = tx.find(Charge, intent.latest_charge)
    if intent.status != "requires_capture" or charge is None:
        raise unexpected_state(
            intent,
            "This PaymentIntent's authorization could not be incremented because it has a status of"
            f" {intent.status}. Only a PaymentIntent with one of the following statuses may be"
            " incremented: requires_capture."
        )
    _check(tx, intent, charge, params.amount)
    assign(intent, params, "description", "metadata", "statement_descriptor")
    write_payment_details(intent, params.payment_details)
    intent.private.asking = True
    reserved = tx.get(PaymentAttempt, intent.private.attempt or "")
    add_attempt(
        tx,
        "increment",
        owner=intent.customer or intent.id,
        payment_intent=intent.id,
        charge=charge.id,
        payment_method=reserved.payment_method,
        reference=reserved.reference,
        gateway=reserved.gateway,
        answer={"amount": params.amount},
        on_decline="raise",
    )
    return intent


def _check(tx: Tx, intent: PaymentIntent, charge: Charge, amount: int) -> None:
    check_amount(amount, intent.currency)
    if amount <= intent.amount:
        raise InvalidRequest(
            f"The amount must be greater than the amount authorized by now ({intent.amount}).",
            param="amount",
        )
    asked = tx.select(PaymentAttempt, payment_intent=intent.id)
    if sum(attempt.ask == "increment" for attempt in asked) >= LIMIT:
        raise InvalidRequest(
            f"The authorization of a PaymentIntent can be incremented {LIMIT} times at most."
        )
    able = charge.private.incremental and isinstance(tx.gateway, KeepsReservations)
    if not able or intent.amount_received:
        raise InvalidRequest(
            "The authorization of this PaymentIntent cannot be incremented: ask for it with"
            " `payment_method_options[card][request_incremental_authorization]=if_available`, and"
            " before anything is captured."
        )


def apply_increment(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write what a gateway said to a larger reservation."""
    intent = tx.get(PaymentIntent, attempt.payment_intent or "")
    charge = tx.get(Charge, attempt.charge or "")
    outcome = answer.outcome
    attempt.settle_after = None
    if not isinstance(outcome, Succeeded | Declined | Canceled):
        wait_longer(tx, attempt)
        return None
    intent.private.asking = False
    if isinstance(outcome, Declined):
        attempt.state = "declined"
        method = tx.get(PaymentMethod, attempt.payment_method or "")
        error = decline_error(outcome, method, charge=charge.id)
        return answer_of(attempt, error, method, payment_intent=intent)
    if isinstance(outcome, Canceled):
        attempt.state = "canceled"
        lapse(tx, intent, charge)
        return InvalidRequest(LAPSED, code="charge_expired_for_capture")
    attempt.state = "succeeded"
    assert attempt.answer is not None, "an increment has an amount"
    intent.amount = intent.amount_capturable = charge.amount = attempt.answer["amount"]
    details = charge.payment_method_details
    if details is not None and details.card:
        details.card.amount_authorized = charge.amount
        if details.card.overcapture:
            details.card.overcapture.maximum_amount_capturable = charge.amount
    tx.emit("payment_intent.amount_capturable_updated", intent)
    return None

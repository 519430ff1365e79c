"""Released: what was let go at the gateway, and the money that came all the same."""

import structlog

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.charge_document import (
    add_charge,
    book_charge,
    new_charge,
    write_outcome,
)
from prorata.engine.payments.charged import ASK_DEBIT_EVERY, settle_succeeded, wait_longer
from prorata.engine.payments.refund import refund_charge
from prorata.gateways.outcomes import Processing, Succeeded, Unknown
from prorata.model.errors import APIError
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import CONFIRMABLE, PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod

log = structlog.get_logger("prorata.engine")


def apply_release(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Note that what an attempt had opened or reserved was let go; its documents know already.

    A network that had taken the money before it was asked to let go says so: then the intent is
    paid after all, or the money goes back where the intent was paid in another way.
    """
    outcome = answer.outcome
    attempt.settle_after = None
    if isinstance(outcome, Unknown) or (isinstance(outcome, Succeeded) and outcome.capture_before):
        wait_longer(tx, attempt)
    elif isinstance(outcome, Processing):
        attempt.state = "processing"
        attempt.settle_after = tx.real_now + ASK_DEBIT_EVERY
    elif isinstance(outcome, Succeeded) and outcome.captured > _known(tx, attempt):
        _take_in(tx, attempt, outcome, answer)
    else:
        attempt.state = "canceled"
    return None


def _known(tx: Tx, attempt: PaymentAttempt) -> int:
    """Return what is known to have been captured of what was let go, in minor units."""
    intent = tx.find(PaymentIntent, attempt.payment_intent)
    charge = None if intent is None else tx.find(Charge, intent.latest_charge)
    if charge is None or charge.private.reference != attempt.reference:
        return 0
    return charge.amount_captured


def _take_in(tx: Tx, attempt: PaymentAttempt, outcome: Succeeded, answer: Answer) -> None:
    """Write money that came although it was given up."""
    attempt.state = "succeeded"
    method = tx.find(PaymentMethod, attempt.payment_method)
    assert method is not None, f"{attempt.id} names the method that was charged"
    intent = tx.find(PaymentIntent, attempt.payment_intent)
    if intent is not None and _pays(intent, attempt, outcome.captured):
        intent.payment_method = method.id
        # It may have been asked for less since, or for more of an invoice; what came is its.
        intent.amount = outcome.captured
        intent.canceled_at = intent.cancellation_reason = None
        settle_succeeded(tx, intent, method, outcome, answer)
        return
    log.error("a payment that was given up came twice", attempt=attempt.id)
    if intent is not None:
        charge = add_charge(tx, intent, method, "succeeded")
    else:
        charge = new_charge(
            tx,
            method,
            "succeeded",
            amount=outcome.captured,
            currency=attempt.order["currency"],
            customer=method.customer,
        )
    charge.amount = charge.amount_captured = outcome.captured
    charge.currency = attempt.order["currency"]
    charge.captured = charge.paid = True
    write_outcome(tx, charge, method, outcome)
    book_charge(tx, charge, outcome.fee, outcome.available_on)
    tx.quiet(charge)
    tx.emit("charge.succeeded", charge)
    # It paid for nothing, so what it settled in the books is undone by the same account.
    refund_charge(tx, charge, reason="duplicate", account=charge.private.account)


def _pays(intent: PaymentIntent, attempt: PaymentAttempt, captured: int) -> bool:
    """Return whether an amount that came late (minor units) pays an intent that is not paid yet.

    An invoice takes a part of what it asks for, nothing else does; and nothing another currency.
    """
    if intent.private.asking or intent.status not in (*CONFIRMABLE, "canceled"):
        return False
    enough = captured >= intent.amount or intent.private.invoice is not None
    return enough and intent.currency == attempt.order["currency"]

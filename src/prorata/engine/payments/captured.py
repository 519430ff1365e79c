"""Captured: what becomes of an intent when reserved money is taken, or let go."""

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.charge_document import book_charge
from prorata.engine.payments.charged import wait_longer
from prorata.engine.payments.intent_hooks import (
    intent_canceled,
    intent_disputed,
    intent_succeeded,
)
from prorata.engine.payments.open_dispute import open_disputes
from prorata.gateways.outcomes import Canceled, Declined, Outcome, Succeeded
from prorata.model.errors import APIError, InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.dispute import Dispute
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod

LAPSED = (
    "This PaymentIntent could not be captured: the authorization has expired and its money was"
    " released. Create a new PaymentIntent to charge the customer."
)


def apply_capture(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write the capture of an authorization; what was not captured is released."""
    intent = tx.find(PaymentIntent, attempt.payment_intent)
    charge = tx.get(Charge, attempt.charge or "")
    outcome = answer.outcome
    attempt.settle_after = None
    if not _is_known(charge, outcome):
        wait_longer(tx, attempt)
        return None
    charge.private.capturing = False
    if intent is not None:
        intent.private.asking = False
    tx.quiet(charge)
    if isinstance(outcome, Canceled):
        attempt.state = "canceled"
        if intent is not None:
            lapse(tx, intent, charge)
        else:
            expire(tx, charge)
        return InvalidRequest(LAPSED, code="charge_expired_for_capture")
    if isinstance(outcome, Declined):
        attempt.state = "declined"
        return InvalidRequest(
            f"The payment gateway refused to capture this payment: {outcome.seller_message}",
            code=outcome.code,
        )
    assert isinstance(outcome, Succeeded), "an authorization was captured or has lapsed"
    attempt.state = "succeeded"
    part = outcome.captured - charge.amount_captured
    charge.amount_captured = outcome.captured
    if attempt.ask == "capture_part" and outcome.capture_before is not None:
        _captured_in_part(tx, intent, charge, outcome, part)
        return None
    charge.captured = True
    let_go_of(charge)
    card = charge.payment_method_details.card if charge.payment_method_details else UNSET
    if card is not UNSET:
        card.capture_before = UNSET
    book_charge(tx, charge, outcome.fee, outcome.available_on, part)
    tx.emit("charge.captured", charge)
    disputed = _open_disputes(tx, charge, answer)
    if intent is not None:
        intent.status = "succeeded"
        intent.amount_received = outcome.captured
        intent.amount_capturable = 0
        intent.private.capture_before = None
        tx.emit("payment_intent.succeeded", intent)
        intent_succeeded(tx, intent, charge)
        if disputed:
            intent_disputed(tx, intent)
    return None


def _is_known(charge: Charge, outcome: Outcome | None) -> bool:
    """Return whether a gateway has said what became of a capture.

    A network that is still at it, or names a sum that was not reserved, is asked again. Any other
    sum is believed: what is captured once is answered for with its first capture, and books that
    were put back from an older copy have asked for another.
    """
    if isinstance(outcome, Succeeded):
        return charge.amount_captured < outcome.captured <= charge.amount
    return isinstance(outcome, Canceled | Declined)


def _open_disputes(tx: Tx, charge: Charge, answer: Answer) -> bool:
    """Write disputes that came with a capture; return whether one of them takes money back."""
    if not answer.disputes:
        return False
    known = {each.private.reference for each in tx.select(Dispute, charge=charge.id)}
    method = tx.get_even_deleted(PaymentMethod, charge.payment_method or "")
    new = [fact for fact in answer.disputes if fact.reference not in known]
    return open_disputes(tx, charge, method, new)


def _captured_in_part(
    tx: Tx, intent: PaymentIntent | None, charge: Charge, outcome: Succeeded, part: int
) -> None:
    """Write that some of what is reserved was taken (minor units), and the rest stays reserved."""
    assert intent is not None, "only an intent is captured in parts"
    previous = {"amount_captured": charge.amount_captured - part}
    book_charge(tx, charge, outcome.fee, outcome.available_on, part)
    intent.amount_received = outcome.captured
    intent.amount_capturable -= part
    tx.emit("charge.updated", charge, previous)
    tx.emit("payment_intent.amount_capturable_updated", intent)


def lapse(tx: Tx, intent: PaymentIntent, charge: Charge) -> None:
    """Cancel an intent whose authorization was not captured in time; what was taken stays."""
    if charge.amount_captured:
        _end(tx, intent, charge)
        return
    expire(tx, charge)
    intent.status = "canceled"
    intent.canceled_at = tx.now
    intent.cancellation_reason = "expired"
    intent.amount_capturable = 0
    tx.emit("payment_intent.canceled", intent)
    intent_canceled(tx, intent)


def expire(tx: Tx, charge: Charge) -> None:
    """Write that what a charge reserved is the payer's again, because its time is over."""
    let_go_of(charge)
    tx.quiet(charge)
    tx.emit("charge.expired", charge)


def _end(tx: Tx, intent: PaymentIntent, charge: Charge) -> None:
    """Let an intent that was captured in parts end with what was taken by now."""
    charge.captured = True
    let_go_of(charge)
    intent.status = "succeeded"
    intent.amount_capturable = 0
    tx.quiet(charge)
    tx.emit("charge.captured", charge)
    tx.emit("payment_intent.succeeded", intent)
    intent_succeeded(tx, intent, charge)


def let_go_of(charge: Charge) -> None:
    """Write that what was reserved and not taken is the payer's again; nothing was refunded."""
    charge.private.let_go = charge.amount - charge.amount_captured

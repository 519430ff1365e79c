"""Charged: what a gateway's outcome makes of a payment intent and its charge."""


from prorata.engine.payments.ask import Answer
from prorata.engine.payments.attach import keep_for
from prorata.engine.payments.charge_document import add_charge, book_charge, write_outcome
from prorata.engine.payments.collect import add_attempt
from prorata.engine.payments.decline import answer_of, decline_error
from prorata.engine.payments.intent_hooks import (
    intent_disputed,
    intent_failed,
    intent_processing,
    intent_requires_action,
    intent_reserved,
    intent_succeeded,
)
from prorata.engine.payments.mandates import end_mandate, ensure_mandate
from prorata.engine.payments.method_details import note_checks
from prorata.engine.payments.next_action import (
    next_action_of,
    still_waits,
    wait_for_payer,
    wait_on,
)
from prorata.engine.payments.open_dispute import open_disputes, warn_of_fraud
from prorata.gateways.outcomes import (
    Canceled,
    Declined,
    NeedsAction,
    Processing,
    Succeeded,
    Unknown,
)
from prorata.model.errors import APIError
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import Ask, PaymentAttempt
from prorata.resources.payments.payment_error import as_api_error, payment_error
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_shape import PaymentNextAction
from prorata.resources.payments.payment_method import PaymentMethod

# Real seconds until a debit on its way is asked for again whose network cannot say when.
ASK_DEBIT_EVERY = 6 * 3600
# Real seconds until an outcome that nobody can name is asked for again.
ASK_UNKNOWN_AFTER = (15, 60, 300, 900, 3600)

# Failures of banks that the error object names differently; the charge keeps the bank's word.
SHOWN_CODES = {
    "charge_exceeds_weekly_limit": "charge_exceeds_source_limit",
    "generic_could_not_process": "payment_intent_payment_attempt_failed",
    "invalid_account_number": "account_number_invalid",
    "invalid_currency": "payment_method_currency_mismatch",
}

ACTION_REFUSED = (
    "This payment required an authentication action to complete, but `error_on_requires_action`"
    " was set. When you're ready, you can upgrade your integration to handle actions at"
    " https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions."
)


def apply_charge(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write the outcome of a charge; return the error that the caller asked to have raised."""
    intent = tx.get(PaymentIntent, attempt.payment_intent or "")
    named = attempt.payment_method or ""
    method = tx.look(PaymentMethod, named) or tx.get(PaymentMethod, named)
    outcome = answer.outcome
    if method.type != "card" or not isinstance(outcome, Succeeded):
        # A card that is charged again stays as it is.
        tx.take(method)
    attempt.settle_after = None
    if still_waits(tx, attempt, outcome):
        intent.private.asking = False
        return None
    if isinstance(outcome, Unknown):
        wait_longer(tx, attempt)
        intent.status = "processing"
        return None
    intent.private.asking = False
    intent.private.settles_at = None
    if isinstance(outcome, Succeeded):
        attempt.state, attempt.reference = "succeeded", outcome.reference
        settle_succeeded(tx, intent, method, outcome, answer)
    elif isinstance(outcome, Processing):
        _processing(tx, attempt, intent, method, outcome)
    elif isinstance(outcome, Declined):
        return _declined(tx, attempt, intent, method, outcome)
    elif isinstance(outcome, NeedsAction):
        return _needs_action(tx, attempt, intent, method, outcome)
    else:
        assert isinstance(outcome, Canceled), f"{attempt.ask} has no outcome"
        attempt.state = "canceled"
    return None


def settle_succeeded(
    tx: Tx, intent: PaymentIntent, method: PaymentMethod, outcome: Succeeded, answer: Answer
) -> None:
    """Write that an intent's money has come, or is reserved."""
    if method.type == "card":
        # What it is saved with is told.
        note_checks(tx, method, outcome.checks)
    keep_method(tx, intent, method)
    if method.type != "card":
        ensure_mandate(tx, method, intent.private.confirmation.mandate_data, intent.customer)
    charge = _charge_of(tx, intent, method)
    charge.status, charge.paid = "succeeded", True
    charge.captured = outcome.capture_before is None
    charge.amount_captured = outcome.captured
    write_outcome(tx, charge, method, outcome)
    if charge.captured:
        book_charge(tx, charge, outcome.fee, outcome.available_on)
        _settle_intent(intent, charge)
    else:
        intent.status = "requires_capture"
        intent.amount_capturable = intent.amount
        intent.private.capture_before = outcome.capture_before
    intent.latest_charge = charge.id
    intent.next_action = intent.last_payment_error = intent.processing = None
    tx.quiet(charge)
    # A dispute that comes with it is told of afterwards.
    tell = tx.emit if answer.disputes else tx.emit_last
    tell("charge.succeeded", charge)
    disputed = open_disputes(tx, charge, method, answer.disputes)
    warn_of_fraud(tx, charge, outcome)
    if charge.captured:
        tx.emit_last("payment_intent.succeeded", intent)
        intent_succeeded(tx, intent, charge)
        if disputed:
            intent_disputed(tx, intent)
    else:
        tx.emit("payment_intent.amount_capturable_updated", intent)
        intent_reserved(tx, intent)


def _settle_intent(intent: PaymentIntent, charge: Charge) -> None:
    intent.status = "succeeded"
    intent.amount_received = charge.amount_captured
    intent.amount_capturable = 0


def _charge_of(tx: Tx, intent: PaymentIntent, method: PaymentMethod) -> Charge:
    """Return the charge that a debit on its way made, or a new one."""
    charge = None
    if intent.status == "processing" or method.type != "card":
        charge = _charge_on_its_way(tx, intent)
    return charge or add_charge(tx, intent, method, "pending")


def _charge_on_its_way(tx: Tx, intent: PaymentIntent) -> Charge | None:
    charge = tx.find(Charge, intent.latest_charge)
    return charge if charge is not None and charge.status == "pending" else None


def keep_method(tx: Tx, intent: PaymentIntent, method: PaymentMethod) -> None:
    """Save the method of a payment for later as the intent says, or spend it."""
    if method.type == CASH:
        # It stands for the cash that the customer has anyway.
        return
    usage = intent.setup_future_usage or _own_usage(intent, method)
    if usage == "off_session" and not method.private.set_up:
        tx.take(method).private.set_up = True
    if method.customer is not None or method.private.detached:
        return
    tx.take(method)
    tx.quiet(method)
    saved = usage in ("on_session", "off_session")
    if saved and intent.customer is not None:
        keep_for(tx, method, intent.customer)
    else:
        method.private.used_up = True
        # Nobody to save it for yet: it may still be attached, to whoever paid with it.
        method.private.attachable = saved


def _own_usage(intent: PaymentIntent, method: PaymentMethod) -> str | None:
    options = getattr(intent.payment_method_options, method.type, None)
    usage = getattr(options, "setup_future_usage", None)
    return usage if isinstance(usage, str) else None


def _processing(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: PaymentIntent,
    method: PaymentMethod,
    outcome: Processing,
) -> None:
    attempt.state, attempt.reference = "processing", outcome.reference
    intent.private.settles_at = ask_when_known(tx, attempt, "poll", outcome.settles_at)
    if _charge_on_its_way(tx, intent) is not None:
        intent.status = "processing"
        return
    keep_method(tx, intent, method)
    ensure_mandate(tx, method, intent.private.confirmation.mandate_data, intent.customer)
    charge = add_charge(tx, intent, method, "pending")
    write_outcome(tx, charge, method, outcome)
    intent.status = "processing"
    intent.latest_charge = charge.id
    intent.next_action = None
    tx.quiet(charge)
    tx.emit("charge.pending", charge)
    tx.emit("payment_intent.processing", intent)
    intent_processing(tx, intent)


def _declined(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: PaymentIntent,
    method: PaymentMethod,
    outcome: Declined,
) -> APIError | None:
    if outcome.retryable:
        # A wrong answer: the action stays open for another try.
        wait_on(tx, attempt)
        error = payment_error(
            type=outcome.error_type, code=outcome.code, message=outcome.message,
            payment_method=None,
        )  # fmt: skip
        return as_api_error(error)
    attempt.state = "declined"
    note_checks(tx, method, outcome.checks)
    if outcome.mandate == "inactive":
        end_mandate(tx, method, outcome.code)
    charge = None
    if outcome.reference is not None or _charge_on_its_way(tx, intent) is not None:
        charge = _charge_of(tx, intent, method)
        charge.status, charge.paid = "failed", False
        write_outcome(tx, charge, method, outcome)
        tx.quiet(charge)
    return fail_intent(tx, attempt, intent, method, charge, outcome)


def fail_intent(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: PaymentIntent,
    method: PaymentMethod,
    charge: Charge | None,
    outcome: Declined,
) -> APIError | None:
    """Bring an intent back to where it needs a payment method, and say why."""
    error = decline_error(
        outcome,
        method,
        charge=charge.id if charge else None,
        code=SHOWN_CODES.get(outcome.code),
    )
    intent.status = "requires_payment_method"
    intent.payment_method = intent.next_action = intent.processing = None
    intent.last_payment_error = error
    intent.private.attempt = None
    if charge is not None:
        intent.latest_charge = charge.id
        tx.emit("charge.failed", charge)
    tx.emit("payment_intent.payment_failed", intent)
    intent_failed(tx, intent, charge, error)
    return answer_of(attempt, error, method, payment_intent=intent)


def _needs_action(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: PaymentIntent,
    method: PaymentMethod,
    outcome: NeedsAction,
) -> APIError | None:
    attempt.reference = outcome.reference
    if intent.private.confirmation.error_on_requires_action:
        attempt.state = "declined"
        release(tx, attempt, owner=intent.customer)
        refusal = Declined(
            code="authentication_required",
            message=ACTION_REFUSED,
            decline_code="authentication_required",
        )
        return fail_intent(tx, attempt, intent, method, None, refusal)
    wait_for_payer(tx, attempt, outcome)
    intent.status = "requires_action"
    intent.next_action = next_action_of(
        PaymentNextAction,
        tx,
        outcome,
        intent.id,
        intent.client_secret or "",
        intent.private.confirmation,
    )
    tx.emit("payment_intent.requires_action", intent)
    intent_requires_action(tx, intent)
    return None


def release(tx: Tx, attempt: PaymentAttempt, *, owner: str | None) -> None:
    """Let go of what an attempt has opened or reserved at the gateway."""
    attempt.settle_after = None
    add_attempt(
        tx,
        "release",
        owner=owner,
        payment_intent=attempt.payment_intent,
        setup_intent=attempt.setup_intent,
        payment_method=attempt.payment_method,
        order=attempt.order,
        reference=attempt.reference,
        gateway=attempt.gateway,
    )


def ask_when_known(
    tx: Tx, attempt: PaymentAttempt, ask: Ask, settles_at: int | None
) -> int | None:
    """Return when what is on its way is known (seconds UTC).

    At once, where that is over by the time it is heard of. None where the network cannot say, or
    names a time at which it did not know: it is asked again every 6 hours of real time.
    """
    if settles_at is not None and (attempt.ask != ask or settles_at > attempt.now):
        return max(settles_at, tx.now)
    attempt.ask = ask
    attempt.settle_after = tx.real_now + ASK_DEBIT_EVERY
    return None


def wait_longer(tx: Tx, attempt: PaymentAttempt) -> None:
    """Let an attempt without an answer be asked again, under its own key, later in real time."""
    attempt.state = "unknown"
    ask_later(tx, attempt)


def ask_later(tx: Tx, attempt: PaymentAttempt) -> None:
    """Let an attempt be asked again later in real time, as it is."""
    step = min(attempt.asked, len(ASK_UNKNOWN_AFTER) - 1)
    attempt.settle_after = tx.real_now + ASK_UNKNOWN_AFTER[step]

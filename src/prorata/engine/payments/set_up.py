"""Set up: decide to make a payment method ready, and what the gateway's outcome makes of it."""

import msgspec

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.attach import keep_for
from prorata.engine.payments.charge_document import three_d_secure
from prorata.engine.payments.charged import ask_when_known, release, wait_longer
from prorata.engine.payments.collect import add_attempt, three_d_secure_of
from prorata.engine.payments.decline import answer_of, decline_error
from prorata.engine.payments.mandates import end_mandate, ensure_mandate
from prorata.engine.payments.method_details import note_checks, payer_of
from prorata.engine.payments.next_action import (
    next_action_of,
    still_waits,
    wait_for_payer,
    wait_on,
)
from prorata.engine.payments.payment_method_of import named_method
from prorata.engine.payments.setup_hooks import setup_succeeded
from prorata.gateways.orders import SetupOrder
from prorata.gateways.outcomes import (
    Declined,
    NeedsAction,
    Processing,
    Succeeded,
    Unknown,
)
from prorata.model.errors import APIError, LockTimeout
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.payments.mandate import Mandate
from prorata.resources.payments.payment_attempt import OnDecline, PaymentAttempt
from prorata.resources.payments.payment_error import as_api_error
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import NextAction
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_attempt import (
    SetupAttempt,
    SetupCard,
    SetupMethodDetails,
)
from prorata.resources.payments.setup_intent import SetupIntent

# The API's words for an attempt's state where they differ.
_STATUS = {"declined": "failed"}


def set_up(
    tx: Tx,
    intent: SetupIntent,
    *,
    off_session: bool = False,
    on_decline: OnDecline = "keep",
    confirmation: ConfirmFacts | None = None,
) -> PaymentAttempt:
    """Write the attempt to set an intent's payment method up; `settle` makes it.

    Raises LockTimeout while another attempt is being made.
    """
    if intent.private.asking:
        raise LockTimeout()
    method = named_method(tx, intent.payment_method or "", owner=intent.customer)
    intent.payment_method = method.id
    intent.status = "requires_confirmation"
    intent.next_action = intent.last_setup_error = None
    intent.private.confirmation = confirmation or ConfirmFacts(off_session=off_session)
    attempt = add_attempt(
        tx,
        "setup",
        owner=intent.customer or intent.id,
        setup_intent=intent.id,
        payment_method=method.id,
        on_decline=on_decline,
    )
    order = SetupOrder(
        key=attempt.id,
        method=method.private.token,
        now=tx.now,
        off_session=off_session,
        set_up=method.private.set_up,
        customer=intent.customer,
        request_three_d_secure=three_d_secure_of(intent.payment_method_options),
        billing=payer_of(method),
    )
    attempt.order = msgspec.to_builtins(order)
    intent.private.attempt = attempt.id
    intent.private.asking = True
    return attempt


def apply_setup(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write the outcome of a set-up; return the error that the caller asked to have raised."""
    intent = tx.get(SetupIntent, attempt.setup_intent or "")
    method = tx.get(PaymentMethod, attempt.payment_method or "")
    outcome = answer.outcome
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
    if method.customer is None:
        # Saving it is told, and what nobody has saved is nobody's to hear of.
        tx.quiet(method)
    tx.sequence("set_up")
    if isinstance(outcome, Succeeded):
        _succeeded(tx, attempt, intent, method, outcome)
    elif isinstance(outcome, Processing):
        attempt.state, attempt.reference = "processing", outcome.reference
        intent.status = "processing"
        intent.private.settles_at = ask_when_known(tx, attempt, "poll", outcome.settles_at)
        _record(tx, attempt, intent, method, None)
    elif isinstance(outcome, Declined):
        return _declined(tx, attempt, intent, method, outcome)
    elif isinstance(outcome, NeedsAction):
        _needs_action(tx, attempt, intent, method, outcome)
    else:
        attempt.state = "canceled"
    return None


def _succeeded(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: SetupIntent,
    method: PaymentMethod,
    outcome: Succeeded,
) -> None:
    attempt.state, attempt.reference = "succeeded", outcome.reference
    if method.type == "card":
        note_checks(tx, method, outcome.checks)
    method.private.verified = True
    method.private.set_up = intent.usage == "off_session"
    mandate = _mandate(tx, intent, method, outcome)
    intent.mandate = mandate.id if mandate else None
    intent.status = "succeeded"
    intent.next_action = intent.last_setup_error = None
    _record(tx, attempt, intent, method, outcome)
    if method.customer is None and intent.customer is not None:
        keep_for(tx, method, intent.customer)
    tx.emit_last("setup_intent.succeeded", intent)
    setup_succeeded(tx, intent, method)


def _mandate(
    tx: Tx, intent: SetupIntent, method: PaymentMethod, outcome: Succeeded
) -> Mandate | None:
    mandate = ensure_mandate(
        tx, method, intent.private.confirmation.mandate_data, intent.customer
    )
    if outcome.mandate == "inactive":
        end_mandate(tx, method, "mandate_refused")
    return mandate


def _declined(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: SetupIntent,
    method: PaymentMethod,
    outcome: Declined,
) -> APIError | None:
    error = decline_error(outcome, None if outcome.retryable else method)
    if outcome.retryable:
        # A wrong answer: the action stays open for another try.
        wait_on(tx, attempt)
        return as_api_error(error)
    attempt.state = "declined"
    note_checks(tx, method, outcome.checks)
    if outcome.mandate == "inactive":
        end_mandate(tx, method, outcome.code)
    intent.status = "requires_payment_method"
    intent.payment_method = intent.next_action = None
    intent.last_setup_error = error
    intent.private.attempt = None
    _record(tx, attempt, intent, method, outcome)
    tx.emit("setup_intent.setup_failed", intent)
    return answer_of(attempt, error, method, setup_intent=intent)


def _needs_action(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: SetupIntent,
    method: PaymentMethod,
    outcome: NeedsAction,
) -> None:
    wait_for_payer(tx, attempt, outcome)
    intent.status = "requires_action"
    intent.next_action = next_action_of(
        NextAction,
        tx,
        outcome,
        intent.id,
        intent.client_secret or "",
        intent.private.confirmation,
    )
    _record(tx, attempt, intent, method, None)
    tx.emit("setup_intent.requires_action", intent)


def _record(
    tx: Tx,
    attempt: PaymentAttempt,
    intent: SetupIntent,
    method: PaymentMethod,
    outcome: Succeeded | Declined | None,
) -> None:
    """Write the setup attempt that the API shows: one for each confirmation."""
    record = tx.find(SetupAttempt, intent.latest_attempt)
    if record is None or record.status not in ("requires_action", "processing"):
        record = tx.add(
            SetupAttempt(
                id=tx.new_id(SetupAttempt, owner=intent.customer),
                created=tx.now,
                customer=intent.customer,
                livemode=intent.livemode,
                payment_method=method.id,
                payment_method_details=_details(method, intent, outcome),
                setup_intent=intent.id,
                status="processing",
                usage=intent.usage,
            )
        )
    record.status = _STATUS.get(attempt.state, attempt.state)
    record.payment_method_details = _details(method, intent, outcome)
    record.setup_error = intent.last_setup_error
    intent.latest_attempt = record.id


def _details(
    method: PaymentMethod, intent: SetupIntent, outcome: Succeeded | Declined | None
) -> SetupMethodDetails:
    card = method.card
    if card is UNSET:
        return msgspec.convert({"type": method.type, method.type: {}}, SetupMethodDetails)
    secure = None if outcome is None else outcome.three_d_secure
    shown = None if secure is None else three_d_secure(secure, card.brand, intent.id)
    return SetupMethodDetails(
        type="card",
        card=SetupCard(
            brand=card.brand,
            checks=card.checks,
            country=card.country,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            fingerprint=card.fingerprint,
            funding=card.funding,
            last4=card.last4,
            network=card.brand,
            three_d_secure=shown,
        ),
    )


def release_setup(tx: Tx, intent: SetupIntent) -> None:
    """Let go of a set-up that waits for the payer at the gateway."""
    attempt = tx.find(PaymentAttempt, intent.private.attempt)
    if attempt is not None and attempt.reference and intent.status == "requires_action":
        release(tx, attempt, owner=intent.customer)

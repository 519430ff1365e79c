"""Confirm: the payer agrees to an intent, passes its challenge, or names its deposits."""

from prorata.engine.due import handles, prefetches
from prorata.engine.payments.captured import lapse
from prorata.engine.payments.cash import return_cash, show_missing
from prorata.engine.payments.charged import release
from prorata.engine.payments.client_secret import (
    check_secret,
    count_confirmation,
    refuse_sellers_terms,
)
from prorata.engine.payments.collect import ask_again, collect, refuse_while_asking
from prorata.engine.payments.confirmation_tokens import spent_token
from prorata.engine.payments.intent_params import write_common
from prorata.engine.payments.mandates import check_mandate
from prorata.engine.payments.of_session import refuse_of_session
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, plain, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import (
    CONFIRMABLE,
    PaymentIntent,
    transfer_of,
    unexpected_state,
)
from prorata.resources.payments.payment_intent_params import (
    ConfirmFacts,
    PaymentIntentConfirmParams,
    VerifyMicrodepositsParams,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.return_url import return_url_of
from prorata.resources.payments.statement_descriptor import CARD_REFUSED

NO_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either"
    " update the PaymentIntent with a payment method and then confirm it again, or confirm it again"
    " directly with a payment method or ConfirmationToken."
)


@operation("POST /v1/payment_intents/{id}/confirm", publishable=True)
def confirm(tx: Tx, intent: PaymentIntent, params: PaymentIntentConfirmParams) -> PaymentIntent:
    """Confirm an intent: it is charged after the commit, and a decline is raised (402)."""
    check_secret(tx, intent, params.client_secret)
    refuse_sellers_terms(tx, params)
    refuse_of_session(tx, intent)
    refuse_while_asking(intent)
    if tx.publishable and intent.confirmation_method == "manual":
        raise InvalidRequest(
            "This PaymentIntent's confirmation_method is manual, so it can only be confirmed with a"
            " secret key.",
            code="secret_key_required",
        )
    if intent.status not in CONFIRMABLE:
        raise unexpected_state(intent, _not_confirmable(intent))
    count_confirmation(tx, intent)
    confirm_intent(tx, intent, params)
    return intent


def confirm_intent(
    tx: Tx, intent: PaymentIntent, params: PaymentIntentConfirmParams
) -> PaymentAttempt:
    """Write what a confirmation says and decide to charge."""
    refuse_unsupported(params, "hooks", "radar_options")
    params = spent_token(tx, intent, params)
    if given(params.amount_to_confirm) and params.amount_to_confirm != intent.amount:
        raise InvalidRequest(
            "The amount_to_confirm differs from the PaymentIntent's amount. Update the amount"
            " first.",
            param="amount_to_confirm",
        )
    passed = _passed_attempt(tx, intent, params)
    if passed is None:
        let_go(tx, intent)
    write_common(tx, intent, params)
    if passed is not None:
        passed.on_decline = "raise"
        intent.private.passed = False
        intent.private.asking = True
        ask_again(tx, passed, "authenticate", {"success": True})
        return passed
    if intent.payment_method is None:
        raise InvalidRequest(NO_METHOD, code="payment_intent_unexpected_state")
    if given(params.mandate):
        check_mandate(tx, params.mandate, intent.payment_method)
    _check_descriptor(tx, intent)
    off_session = value_or(params.off_session, False)
    facts = ConfirmFacts(
        error_on_requires_action=value_or(params.error_on_requires_action, False),
        mandate_data=plain(params.mandate_data) if given(params.mandate_data) else None,
        off_session=off_session is not False,
        return_url=return_url_of(params.return_url),
        use_stripe_sdk=value_or(params.use_stripe_sdk, False),
    )
    if facts.off_session and given(params.setup_future_usage):
        raise InvalidRequest(
            "You cannot set `setup_future_usage` when `off_session` is true: the payer is away.",
            param="off_session",
        )
    return collect(
        tx, intent, off_session=facts.off_session, on_decline="raise", confirmation=facts
    )


def _check_descriptor(tx: Tx, intent: PaymentIntent) -> None:
    """Raise InvalidRequest for words of a card payment's own; only its suffix can be chosen."""
    if intent.statement_descriptor is None or intent.private.invoice is not None:
        return
    method = tx.find(PaymentMethod, intent.payment_method)
    if method is not None and method.type == "card":
        raise InvalidRequest(CARD_REFUSED, param="statement_descriptor")


def _passed_attempt(
    tx: Tx, intent: PaymentIntent, params: PaymentIntentConfirmParams
) -> PaymentAttempt | None:
    """Return the attempt whose challenge was passed, if it is still what is to be paid."""
    attempt = tx.find(PaymentAttempt, intent.private.attempt)
    if attempt is None or not intent.private.passed or given(params.payment_method_data):
        return None
    asked = (attempt.payment_method, attempt.order["amount"], attempt.order["currency"])
    wanted = value_or(params.payment_method, intent.payment_method)
    return attempt if asked == (wanted, intent.amount, intent.currency) else None


def _not_confirmable(intent: PaymentIntent) -> str:
    if intent.status == "succeeded":
        return (
            "You cannot confirm this PaymentIntent because it has already succeeded after being"
            " previously confirmed."
        )
    return (
        f"You cannot confirm this PaymentIntent because it has a status of {intent.status}. Only a"
        " PaymentIntent with one of the following statuses may be confirmed:"
        " requires_confirmation, requires_action, requires_payment_method."
    )


def let_go(tx: Tx, intent: PaymentIntent) -> None:
    """Release the open action of an earlier attempt before another begins."""
    intent.private.passed = False
    return_cash(tx, intent)
    attempt = tx.find(PaymentAttempt, intent.private.attempt)
    if attempt is not None and attempt.ask == "cash":
        attempt.state = "canceled"
    elif attempt is not None and attempt.state == "requires_action":
        attempt.state = "canceled"
        release(tx, attempt, owner=intent.customer)


def change_amount(tx: Tx, intent: PaymentIntent, amount: int) -> None:
    """Ask for another amount (minor units); whoever was to approve the old one confirms once more.

    Instructions for a bank transfer stay, and say what is missing now.
    """
    intent.amount = amount
    if transfer_of(intent) is not None:
        show_missing(intent)
    elif intent.status == "requires_action":
        let_go(tx, intent)
        intent.status, intent.next_action = "requires_confirmation", None


@operation("POST /v1/payment_intents/{id}/verify_microdeposits", publishable=True)
def verify_microdeposits(
    tx: Tx, intent: PaymentIntent, params: VerifyMicrodepositsParams
) -> PaymentIntent:
    """Name the two deposits, or their code, that the payer saw; then the debit goes on."""
    check_secret(tx, intent, params.client_secret)
    refuse_while_asking(intent)
    action = intent.next_action
    if intent.status != "requires_action" or action is None or (
        action.type != "verify_with_microdeposits"
    ):
        raise unexpected_state(
            intent,
            f"This PaymentIntent does not wait for microdeposits: it has a status of"
            f" {intent.status}."
        )
    attempt = tx.get(PaymentAttempt, intent.private.attempt or "")
    attempt.on_decline = "raise"
    intent.private.asking = True
    ask_again(tx, attempt, "verify", deposits(params))
    return intent


def deposits(params: VerifyMicrodepositsParams) -> dict[str, object]:
    """Return what the payer saw; raise unless exactly one of amounts and code was given."""
    if given(params.amounts) == given(params.descriptor_code):
        raise InvalidRequest(
            "Must provide exactly one of amounts or descriptor_code.", code="parameter_missing"
        )
    if given(params.amounts):
        return {"amounts": params.amounts}
    return {"descriptor_code": params.descriptor_code}


@prefetches("payment_intent")
def prefetch_intents(tx: Tx, intents: list[PaymentIntent]) -> None:
    """Load what a batch of due intents stands on."""
    tx.load(PaymentAttempt, [each.private.attempt or "" for each in intents])
    tx.load(Charge, [each.latest_charge or "" for each in intents])


@handles("payment_intent")
def advance_payment_intent(tx: Tx, intent: PaymentIntent) -> None:
    """Ask what became of a debit on its way, or let a reservation lapse."""
    if intent.status == "processing":
        intent.private.settles_at = None
        intent.private.asking = True
        attempt = tx.get(PaymentAttempt, intent.private.attempt or "")
        ask_again(tx, attempt, "poll")
        return
    intent.private.capture_before = None
    attempt = tx.get(PaymentAttempt, intent.private.attempt or "")
    release(tx, attempt, owner=intent.customer)
    lapse(tx, intent, tx.get(Charge, intent.latest_charge or ""))

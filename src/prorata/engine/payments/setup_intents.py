"""Setup intents: made, changed, confirmed and given up."""

import msgspec

from prorata.engine.due import handles
from prorata.engine.payments.client_secret import check_secret, count_confirmation
from prorata.engine.payments.collect import ask_again
from prorata.engine.payments.confirm import deposits
from prorata.engine.payments.confirmation_tokens import refuse_both, spent_token
from prorata.engine.payments.intent_params import (
    check_options,
    customer_named,
    method_sent,
    refuse_on_behalf,
    refuse_types,
    write_configuration,
    write_customer,
)
from prorata.engine.payments.of_session import refuse_of_session
from prorata.engine.payments.set_up import release_setup, set_up
from prorata.model.errors import InvalidRequest, LockTimeout
from prorata.model.operation import operation
from prorata.model.params import assign, given, merge_metadata, plain, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.method_types import (
    check_excluded,
    check_types,
    refuse_cash,
    refuse_other_methods,
)
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent_params import (
    AutomaticPaymentMethodsParams,
    ConfirmFacts,
    VerifyMicrodepositsParams,
)
from prorata.resources.payments.payment_intent_shape import AutomaticPaymentMethods
from prorata.resources.payments.payment_method_option_params import SetupMethodOptionsParams
from prorata.resources.payments.payment_method_options import apply_options, default_setup_options
from prorata.resources.payments.return_url import return_url_of
from prorata.resources.payments.setup_intent import (
    OPEN,
    SetupCancellation,
    SetupIntent,
    new_setup_intent,
)
from prorata.resources.payments.setup_intent_params import (
    SetupIntentCancelParams,
    SetupIntentConfirmParams,
    SetupIntentCreateParams,
    SetupIntentParams,
    SetupIntentRetrieveParams,
    SetupIntentUpdateParams,
    SetupIntentWriteParams,
)

UNEXPECTED = "setup_intent_unexpected_state"
NO_METHOD = (
    "You cannot confirm this SetupIntent because it's missing a payment method. Update the"
    " SetupIntent with a payment method and then confirm it again, or confirm it again directly"
    " with a payment method."
)
CONFIRM_ONLY = ("confirmation_token", "mandate_data", "return_url")
UNTIL_CONFIRMED = (
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
    "payment_method_configuration",
    "customer",
)


@operation("POST /v1/setup_intents")
def create(tx: Tx, params: SetupIntentCreateParams) -> SetupIntent:
    """Create an intent to set a method up, and confirm it at once when asked to."""
    refuse_unsupported(
        params, "attach_to_self", "flow_directions", "single_use",
    )  # fmt: skip
    refuse_on_behalf(tx, params)
    refuse_types(params)
    refuse_both(params)
    customer = customer_named(tx, params)
    intent = new_setup_intent(
        tx, customer=customer, usage=value_or(params.usage, "off_session")
    )
    automatic = params.automatic_payment_methods
    if isinstance(automatic, AutomaticPaymentMethodsParams):
        intent.automatic_payment_methods = None
        if automatic.enabled:
            intent.automatic_payment_methods = AutomaticPaymentMethods(
                allow_redirects=value_or(automatic.allow_redirects, "always"), enabled=True
            )
    intent.description = value_or(params.description, None)
    intent.metadata = merge_metadata(None, params.metadata)
    write_configuration(tx, intent, params)
    _write_exclusions(intent, params)
    _write_method(tx, intent, params)
    tx.emit("setup_intent.created", intent)
    if params.confirm is True:
        _confirm(
            tx,
            intent,
            SetupIntentConfirmParams(
                confirmation_token=params.confirmation_token,
                mandate_data=params.mandate_data,
                return_url=params.return_url,
                use_stripe_sdk=params.use_stripe_sdk,
            ),
        )
        return intent
    for name in CONFIRM_ONLY:
        if given(getattr(params, name)):
            raise InvalidRequest(
                f"The parameter `{name}` cannot be passed when creating a SetupIntent unless"
                " `confirm` is set to true.",
                param=name,
            )
    return intent


@operation("GET /v1/setup_intents/{id}", publishable=True)
def retrieve(tx: Tx, intent: SetupIntent, params: SetupIntentRetrieveParams) -> SetupIntent:
    """Return an intent; a page must know its client secret."""
    check_secret(tx, intent, params.client_secret)
    return intent


@operation("POST /v1/setup_intents/{id}")
def update(tx: Tx, intent: SetupIntent, params: SetupIntentUpdateParams) -> SetupIntent:
    """Change an intent that has not come to its end; its texts may change at any time."""
    check_secret(tx, intent, params.client_secret)
    refuse_unsupported(params, "attach_to_self", "flow_directions")
    refuse_types(params)
    if intent.private.asking:
        raise LockTimeout()
    _refuse_late(intent, params)
    write_customer(tx, intent, params)
    assign(intent, params, "description", "metadata")
    if given(params.payment_method_configuration):
        write_configuration(tx, intent, params)
    _write_exclusions(intent, params)
    _write_method(tx, intent, params)
    return intent


def _refuse_late(intent: SetupIntent, params: SetupIntentUpdateParams) -> None:
    """Raise for what can no longer be changed once the intent has come to its end."""
    if intent.status in OPEN:
        return
    for name in UNTIL_CONFIRMED:
        value = getattr(params, name)
        if given(value) and (name != "customer" or value != intent.customer):
            raise _unexpected(
                intent,
                f"You cannot update this SetupIntent's {name} because it has a status of"
                f" {intent.status}. Only a SetupIntent with one of the following statuses may be"
                " updated: requires_payment_method, requires_confirmation, requires_action.",
                name,
            )


@operation("POST /v1/setup_intents/{id}/confirm", publishable=True)
def confirm(tx: Tx, intent: SetupIntent, params: SetupIntentConfirmParams) -> SetupIntent:
    """Confirm an intent: its method is set up after the commit, and a decline is raised (402)."""
    check_secret(tx, intent, params.client_secret)
    refuse_of_session(tx, intent)
    if intent.status not in OPEN:
        raise _unexpected(
            intent,
            f"You cannot confirm this SetupIntent because it has a status of {intent.status}. Only"
            " a SetupIntent with one of the following statuses may be confirmed:"
            " requires_confirmation, requires_action, requires_payment_method.",
        )
    count_confirmation(tx, intent)
    _confirm(tx, intent, params)
    return intent


def _unexpected(intent: SetupIntent, message: str, param: str | None = None) -> InvalidRequest:
    """Return the error of what the status of an intent does not allow; it shows the intent."""
    return InvalidRequest(
        message, code=UNEXPECTED, param=param, setup_intent=msgspec.to_builtins(intent)
    )


def _confirm(tx: Tx, intent: SetupIntent, params: SetupIntentConfirmParams) -> None:
    refuse_types(params)
    if intent.private.asking:
        raise LockTimeout()
    params = spent_token(tx, intent, params)
    release_setup(tx, intent)
    _write_method(tx, intent, params)
    if intent.payment_method is None:
        raise InvalidRequest(NO_METHOD, code=UNEXPECTED)
    facts = ConfirmFacts(
        mandate_data=plain(params.mandate_data) if given(params.mandate_data) else None,
        return_url=return_url_of(params.return_url),
        use_stripe_sdk=value_or(params.use_stripe_sdk, False),
    )
    set_up(tx, intent, on_decline="raise", confirmation=facts)


@operation("POST /v1/setup_intents/{id}/cancel")
def cancel(tx: Tx, intent: SetupIntent, params: SetupIntentCancelParams) -> SetupIntent:
    """Give an intent up."""
    check_secret(tx, intent, params.client_secret)
    refuse_of_session(tx, intent)
    cancel_setup(tx, intent, value_or(params.cancellation_reason, None))
    return intent


def cancel_setup(tx: Tx, intent: SetupIntent, reason: SetupCancellation | None) -> None:
    """Cancel an intent and its open action; raise in a state that forbids it."""
    if intent.private.asking:
        raise LockTimeout()
    if intent.status not in OPEN:
        raise _unexpected(
            intent,
            f"You cannot cancel this SetupIntent because it has a status of {intent.status}. Only a"
            " SetupIntent with one of the following statuses may be canceled:"
            " requires_payment_method, requires_confirmation, requires_action.",
        )
    release_setup(tx, intent)
    intent.status = "canceled"
    intent.cancellation_reason = reason
    intent.next_action = None
    tx.emit("setup_intent.canceled", intent)


@operation("POST /v1/setup_intents/{id}/verify_microdeposits", publishable=True)
def verify_microdeposits(
    tx: Tx, intent: SetupIntent, params: VerifyMicrodepositsParams
) -> SetupIntent:
    """Name the two deposits, or their code, that the payer saw; then the account is verified."""
    check_secret(tx, intent, params.client_secret)
    if intent.private.asking:
        raise LockTimeout()
    action = intent.next_action
    if action is None or action.type != "verify_with_microdeposits":
        raise _unexpected(
            intent,
            "This SetupIntent does not wait for microdeposits: it has a status of"
            f" {intent.status}.",
        )
    attempt = tx.get(PaymentAttempt, intent.private.attempt or "")
    attempt.on_decline = "raise"
    intent.private.asking = True
    ask_again(tx, attempt, "verify", deposits(params))
    return intent


@handles("setup_intent")
def advance_setup_intent(tx: Tx, intent: SetupIntent) -> None:
    """Ask what became of a set-up on its way."""
    intent.private.settles_at = None
    intent.private.asking = True
    ask_again(tx, tx.get(PaymentAttempt, intent.private.attempt or ""), "poll")


def _write_exclusions(intent: SetupIntent, params: SetupIntentWriteParams) -> None:
    if given(params.excluded_payment_method_types):
        excluded = params.excluded_payment_method_types or []
        check_excluded(excluded, "excluded_payment_method_types")
        intent.excluded_payment_method_types = excluded or None
        intent.payment_method_types = [
            each for each in intent.payment_method_types if each not in excluded
        ]


def _write_method(tx: Tx, intent: SetupIntent, params: SetupIntentParams) -> None:
    if given(params.allowed_payment_method_types):
        check_types(params.allowed_payment_method_types, "allowed_payment_method_types")
        refuse_cash(params.allowed_payment_method_types)
        intent.allowed_payment_method_types = params.allowed_payment_method_types
        intent.automatic_payment_methods = None
        intent.payment_method_types = params.allowed_payment_method_types
        intent.payment_method_options = default_setup_options(intent.payment_method_types)
    if isinstance(params.payment_method_options, SetupMethodOptionsParams):
        refuse_other_methods(params.payment_method_options, "payment_method_options")
        check_options(tx, params.payment_method_options)
        assert intent.payment_method_options is not None, "every intent has options"
        intent.payment_method_options = apply_options(
            intent.payment_method_options, params.payment_method_options
        )
    method = method_sent(tx, intent, params)
    if method is None:
        return
    refuse_cash([method.type])
    if method.type not in intent.payment_method_types:
        if intent.allowed_payment_method_types is not None:
            raise InvalidRequest(
                f"The PaymentMethod provided ({method.type}) is not allowed for this SetupIntent."
                " Please attach a PaymentMethod of one of the following types:"
                f" {', '.join(intent.payment_method_types)}.",
                code="payment_method_unexpected_state",
                param="payment_method",
            )
        intent.payment_method_types = [*intent.payment_method_types, method.type]
    intent.payment_method = method.id
    intent.status = "requires_confirmation"
    intent.next_action = None

"""Payment intents: made, changed, read with their secret, and given up."""

from prorata.engine.payments.amount_details import check_amount_details
from prorata.engine.payments.apply_cash import apply_cash_by_hand
from prorata.engine.payments.captured import let_go_of
from prorata.engine.payments.charged import release
from prorata.engine.payments.client_secret import check_secret
from prorata.engine.payments.collect import refuse_while_asking
from prorata.engine.payments.confirm import confirm_intent, let_go
from prorata.engine.payments.confirmation_tokens import refuse_both
from prorata.engine.payments.intent_hooks import intent_canceled
from prorata.engine.payments.intent_params import (
    CONNECT,
    check_types_pay,
    customer_named,
    refuse_on_behalf,
    refuse_types,
    types_of_configuration,
    write_common,
    write_configuration,
    write_customer,
)
from prorata.engine.payments.of_invoice import follow_amount, refuse_default_payment
from prorata.engine.payments.of_session import refuse_of_session
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Inline, operation
from prorata.model.params import Params, assign, given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import (
    CONFIRMABLE,
    PaymentIntent,
    check_amount,
    new_intent,
    unexpected_state,
)
from prorata.resources.payments.payment_intent_params import (
    ApplyCustomerBalanceParams,
    AutomaticPaymentMethodsParams,
    PaymentIntentCancelParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentRetrieveParams,
    PaymentIntentUpdateParams,
)
from prorata.resources.payments.payment_intent_shape import (
    AmountDetailsLineItem,
    AutomaticPaymentMethods,
    CancellationReason,
)

TEXTS = ("description", "metadata", "statement_descriptor", "statement_descriptor_suffix")
CONFIRM_ONLY = (
    "confirmation_token",
    "error_on_requires_action",
    "mandate",
    "mandate_data",
    "off_session",
    "return_url",
    "use_stripe_sdk",
)
UNTIL_CONFIRMED = (
    "amount",
    "currency",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
    "payment_method_configuration",
    "capture_method",
    "customer",
    "setup_future_usage",
)
CANCELABLE = (
    "requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation,"
    " requires_action, expired, processing"
)


@operation("POST /v1/payment_intents")
def create(tx: Tx, params: PaymentIntentCreateParams) -> PaymentIntent:
    """Create an intent to collect an amount, and confirm it at once when asked to."""
    refuse_unsupported(
        params, *CONNECT, "customer_account", "radar_options"
    )
    refuse_on_behalf(tx, params)
    refuse_types(params)
    currency = params.currency.lower()
    check_amount(params.amount, currency)
    automatic = params.automatic_payment_methods
    if given(params.allowed_payment_method_types) and given(automatic) and automatic.enabled:
        raise InvalidRequest(
            "You may only specify one of these parameters: automatic_payment_methods,"
            " allowed_payment_method_types.",
            param="automatic_payment_methods",
        )
    customer = customer_named(tx, params)
    intent = new_intent(tx, amount=params.amount, currency=currency, customer=customer)
    if isinstance(automatic, AutomaticPaymentMethodsParams):
        _write_automatic(tx, intent, automatic)
    write_configuration(tx, intent, params)
    assign(intent, params, *TEXTS)
    intent.metadata = merge_metadata(None, params.metadata)
    intent.confirmation_method = value_or(params.confirmation_method, "automatic")
    write_common(tx, intent, params)
    tx.emit("payment_intent.created", intent)
    refuse_both(params)
    if params.confirm is True:
        confirm_intent(tx, intent, _confirmation(params))
    else:
        _refuse_without_confirm(params)
    return intent


def _write_automatic(
    tx: Tx, intent: PaymentIntent, params: AutomaticPaymentMethodsParams
) -> None:
    if not params.enabled:
        intent.automatic_payment_methods = None
        intent.payment_method_types = ["card"]
        return
    intent.automatic_payment_methods = AutomaticPaymentMethods(
        allow_redirects=value_or(params.allow_redirects, "always"), enabled=True
    )
    intent.payment_method_types = types_of_configuration(tx, intent)


def _confirmation(params: PaymentIntentCreateParams) -> PaymentIntentConfirmParams:
    return PaymentIntentConfirmParams(
        **{name: getattr(params, name) for name in CONFIRM_ONLY}
    )


def _refuse_without_confirm(params: PaymentIntentCreateParams) -> None:
    for name in CONFIRM_ONLY:
        if name != "use_stripe_sdk" and given(getattr(params, name)):
            raise InvalidRequest(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless"
                " `confirm` is set to true.",
                param=name,
            )


@operation("GET /v1/payment_intents/{id}", publishable=True)
def retrieve(tx: Tx, intent: PaymentIntent, params: PaymentIntentRetrieveParams) -> PaymentIntent:
    """Return an intent; a page must know its client secret."""
    check_secret(tx, intent, params.client_secret)
    return intent


@operation("POST /v1/payment_intents/{id}")
def update(tx: Tx, intent: PaymentIntent, params: PaymentIntentUpdateParams) -> PaymentIntent:
    """Change an intent that has not been paid or given up; texts may change at any time."""
    check_secret(tx, intent, params.client_secret)
    refuse_unsupported(params, *CONNECT)
    refuse_while_asking(intent)
    _refuse_late(intent, params)
    waited = intent.status == "requires_action"
    if given(params.amount) or given(params.currency):
        _update_amount(tx, intent, params)
    write_customer(tx, intent, params)
    assign(intent, params, *TEXTS)
    if given(params.payment_method_configuration):
        write_configuration(tx, intent, params)
    write_common(tx, intent, params)
    if given(params.currency):
        check_types_pay(intent.allowed_payment_method_types or (), intent.currency)
    if given(params.amount) and not given(params.amount_details):
        check_amount_details(intent, intent.amount)
    if waited and intent.status != "requires_action":
        # What the payer was asked to approve is no longer what would be charged.
        let_go(tx, intent)
    return intent


def _refuse_late(intent: PaymentIntent, params: PaymentIntentUpdateParams) -> None:
    """Raise for what can no longer be changed once the money is on its way."""
    if intent.status in CONFIRMABLE:
        return
    for name in UNTIL_CONFIRMED:
        value = getattr(params, name)
        if given(value) and (name != "customer" or value != intent.customer):
            raise unexpected_state(
                intent,
                f"This PaymentIntent's {name} could not be updated because it has a status of"
                f" {intent.status}. You may only update the {name} of a PaymentIntent with one of"
                " the following statuses: requires_payment_method, requires_confirmation,"
                " requires_action.",
                name,
            )


def _update_amount(tx: Tx, intent: PaymentIntent, params: PaymentIntentUpdateParams) -> None:
    currency = value_or(params.currency, intent.currency).lower()
    amount = value_or(params.amount, intent.amount)
    check_amount(amount, currency)
    if (amount, currency) != (intent.amount, intent.currency):
        refuse_of_session(tx, intent)
        follow_amount(tx, intent, amount, currency)
    intent.amount = amount
    if currency != intent.currency:
        intent.currency = currency
        if intent.allowed_payment_method_types is None:
            intent.payment_method_types = types_of_configuration(tx, intent)
    if intent.status == "requires_action":
        intent.status = "requires_confirmation"
        intent.next_action = None


@operation("POST /v1/payment_intents/{id}/cancel")
def cancel(tx: Tx, intent: PaymentIntent, params: PaymentIntentCancelParams) -> PaymentIntent:
    """Give an intent up; money that was reserved for it goes back to the payer.

    Raises InvalidRequest for an invoice's default payment: the invoice is voided instead.
    """
    check_secret(tx, intent, params.client_secret)
    refuse_of_session(tx, intent)
    refuse_default_payment(tx, intent)
    cancel_intent(tx, intent, value_or(params.cancellation_reason, None))
    return intent


def cancel_intent(tx: Tx, intent: PaymentIntent, reason: CancellationReason | None) -> None:
    """Cancel an intent, its reservation and its open action; raise in a state that forbids it."""
    refuse_while_asking(intent)
    if intent.status == "requires_capture" and intent.amount_received:
        raise unexpected_state(
            intent,
            "You cannot cancel this PaymentIntent because it was captured in part. Capture it once"
            " more to release the rest."
        )
    if intent.status not in (*CONFIRMABLE, "requires_capture"):
        raise unexpected_state(
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {intent.status}."
            f" Only a PaymentIntent with one of the following statuses may be canceled:"
            f" {CANCELABLE}."
        )
    let_go(tx, intent)
    attempt = tx.find(PaymentAttempt, intent.private.attempt)
    if attempt is not None and intent.status == "requires_capture":
        release(tx, attempt, owner=intent.customer)
    charge = tx.find(Charge, intent.latest_charge)
    reserved = intent.status == "requires_capture" and charge is not None
    intent.status = "canceled"
    intent.canceled_at = tx.now
    intent.cancellation_reason = reason
    intent.next_action = None
    intent.amount_capturable = 0
    intent.private.attempt = intent.private.capture_before = None
    if reserved and charge is not None:
        let_go_of(charge)
        tx.quiet(charge)
    tx.emit("payment_intent.canceled", intent)
    intent_canceled(tx, intent)


class LineItemsParams(Params, kw_only=True):
    """No parameters but those of pages."""


@operation("GET /v1/payment_intents/{id}/amount_details_line_items")
def list_line_items(
    tx: Tx, intent: PaymentIntent, params: LineItemsParams
) -> Inline[AmountDetailsLineItem]:
    """List what an intent's amount is made of."""
    return Inline(intent.private.line_items)


@operation("POST /v1/payment_intents/{id}/apply_customer_balance")
def apply_customer_balance(
    tx: Tx, intent: PaymentIntent, params: ApplyCustomerBalanceParams
) -> PaymentIntent:
    """Use a customer's cash for an intent; amount in minor units, an invoice's is taken whole."""
    apply_cash_by_hand(tx, intent, params)
    return intent

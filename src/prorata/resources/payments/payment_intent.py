"""Payment intents: one amount to collect, through every attempt, until it is paid or given up."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import InlineList, Metadata
from prorata.model.resource import Resource, column, include, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.payments.bank_transfer import BankTransferInstructions
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import (
    AmountDetails,
    AmountDetailsLineItem,
    AutomaticPaymentMethods,
    CancellationReason,
    CaptureMethod,
    IntentTransferData,
    ManagedPayments,
    PaymentDetails,
    PaymentIntentStatus,
    PaymentMethodConfigurationDetails,
    PaymentNextAction,
    PaymentProcessing,
    PaymentShipping,
)
from prorata.resources.payments.payment_method_configuration import offered_types
from prorata.resources.payments.payment_method_options import (
    PaymentMethodOptions,
    default_options,
)
from prorata.resources.products.steps import check_step
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    ChargeRef,
    CustomerRef,
    CustomerSourceRef,
    PaymentMethodRef,
    PaymentRecordRef,
    ReviewRef,
)
from prorata.rules.currency import format_amount, is_currency, maximum_charge, minimum_charge

# What a page may know of an intent: nothing of the seller's notes, the customer or the charge.
PAGE_FIELDS = (
    "amount", "amount_details", "automatic_payment_methods", "canceled_at", "cancellation_reason",
    "capture_method", "client_secret", "confirmation_method", "created", "currency", "description",
    "id", "last_payment_error", "livemode", "next_action", "object", "payment_method",
    "payment_method_configuration_details", "payment_method_types", "processing", "receipt_email",
    "setup_future_usage", "shipping", "source", "status",
)  # fmt: skip

# The intent waits for the payer or the seller: it may be confirmed, changed or canceled.
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
ENDED = ("canceled", "succeeded")

NOT_POSITIVE = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your"
    " account and the currency set"
    " (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to"
    " save a Payment Method for future use without an immediate payment, use a Setup Intent"
    " instead: https://docs.stripe.com/payments/setup-intents"
)


class PaymentIntentPrivate(Struct, kw_only=True):
    """What the wire does not show.

    invoice: the invoice that this intent pays. attempt: the payment attempt that the intent stands
    on (being asked, waiting for the payer, on its way, or reserving the money). asking: the
    gateway is being asked at this moment. passed: the payer has passed the attempt's challenge, and
    a manual intent waits for the seller to confirm it once more. settles_at: when a delayed debit
    is known. capture_before: when a reservation lapses. confirmation: what the last one said.
    funded: what the customer's cash has paid of it by now, in minor units.
    checkout_session: the session that waits for the payment, and hears of it.
    """

    invoice: str | None = None
    checkout_session: str | None = None
    attempt: str | None = None
    asking: bool = False
    passed: bool = False
    settles_at: int | None = None
    capture_before: int | None = None
    funded: int = 0
    confirmation: ConfirmFacts = msgspec.field(default_factory=ConfirmFacts)
    line_items: list[AmountDetailsLineItem] = []


def due(intent: "PaymentIntent") -> int | None:
    """Return when a debit on its way is known, or a reservation lapses."""
    private: PaymentIntentPrivate = intent.private
    if intent.status == "processing":
        return private.settles_at
    if intent.status == "requires_capture" and not private.asking:
        # One that is being captured does not lapse under the gateway's answer.
        return private.capture_before
    return None


@resource(
    prefix="pi",
    path="/v1/payment_intents",
    operations=("list", "search"),
    columns=(
        column("customer", index=True),
        column("status"),
        column("currency"),
        column("amount", type="integer"),
    ),
    filters=(
        matches("customer"),
        # Customers of the accounts API are no customers of ours: such a filter finds nothing.
        matches("customer_account", "customer"),
        within("created"),
    ),
    search={
        "amount": "number",
        "created": "number",
        "currency": "token",
        "customer": "token",
        "metadata": "token",
        "status": "token",
    },
    terms={"status": ("processing", "requires_confirmation", "succeeded")},
    events=("created",),
    due=due,
    missing_param="intent",
    page_fields=PAGE_FIELDS,
)
class PaymentIntent(Resource, tag="payment_intent", kw_only=True):
    """An amount to be paid, through all attempts until it is or is given up."""

    allowed_payment_method_types: list[str] | None = None
    amount: int
    amount_capturable: int = 0
    amount_details: AmountDetails = msgspec.field(default_factory=AmountDetails)
    amount_received: int = 0
    application: ApplicationRef | None = None
    application_fee_amount: int | None = None
    automatic_payment_methods: AutomaticPaymentMethods | None = None
    canceled_at: int | None = None
    cancellation_reason: CancellationReason | None = None
    capture_method: CaptureMethod = "automatic_async"
    client_secret: str | None = None
    confirmation_method: Literal["automatic", "manual"] = "automatic"
    created: int
    currency: str
    customer: CustomerRef | None = None
    customer_account: str | None = None
    description: str | None = None
    excluded_payment_method_types: list[str] | None = None
    last_payment_error: PaymentError | None = None
    latest_charge: ChargeRef | None = None
    livemode: bool
    managed_payments: ManagedPayments | None = None
    metadata: Metadata = {}
    next_action: PaymentNextAction | None = None
    on_behalf_of: AccountRef | None = None
    payment_details: PaymentDetails | UnsetType = UNSET
    payment_method: PaymentMethodRef | None = None
    payment_method_configuration_details: PaymentMethodConfigurationDetails | None = None
    payment_method_options: PaymentMethodOptions | None = None
    payment_method_types: list[str]
    payment_record: PaymentRecordRef | None = None
    processing: PaymentProcessing | None = None
    receipt_email: str | None = None
    review: ReviewRef | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    shipping: PaymentShipping | None = None
    source: CustomerSourceRef | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: PaymentIntentStatus = "requires_payment_method"
    # Money of this account alone moves here: the field is there to be asked for.
    transfer_data: IntentTransferData | UnsetType = UNSET
    transfer_group: str | None = None

    Private = PaymentIntentPrivate


def new_intent(
    tx: Tx,
    *,
    amount: int,
    currency: str,
    customer: str | None = None,
    types: list[str] | None = None,
    payment_method: str | None = None,
    setup_future_usage: Literal["off_session", "on_session"] | None = None,
    description: str | None = None,
    metadata: Metadata | None = None,
    receipt_email: str | None = None,
    statement_descriptor: str | None = None,
    capture_method: CaptureMethod = "automatic_async",
    invoice: str | None = None,
) -> PaymentIntent:
    """Add an intent to collect `amount` (minor units); nothing is charged before `collect`.

    `types` are the allowed method types; None offers what suits the currency. `invoice` is the
    invoice that is paid by it: its hooks run when the payment comes to something.
    """
    id = tx.new_id(PaymentIntent, owner=customer)
    allowed = offered_types(tx, currency, cash=invoice is None) if types is None else types
    intent = PaymentIntent(
        id=id,
        allowed_payment_method_types=types,
        amount=amount,
        automatic_payment_methods=(
            AutomaticPaymentMethods(allow_redirects="always", enabled=True)
            if types is None and invoice is None
            else None
        ),
        capture_method=capture_method,
        client_secret=f"{id}_secret_{tx.secret(25)}",
        created=tx.now,
        currency=currency,
        customer=customer,
        description=description,
        livemode=tx.book.livemode,
        metadata=metadata or {},
        payment_method=payment_method,
        payment_method_options=default_options(allowed),
        payment_method_types=allowed,
        receipt_email=receipt_email,
        setup_future_usage=setup_future_usage,
        statement_descriptor=statement_descriptor,
        status="requires_payment_method" if payment_method is None else "requires_confirmation",
    )
    intent.private = PaymentIntentPrivate(invoice=invoice)
    return tx.add(intent)


def check_amount(amount: int, currency: str, param: str = "amount") -> None:
    """Raise InvalidRequest for a currency or an amount (minor units) that cannot be charged."""
    if not is_currency(currency):
        raise InvalidRequest(f"Invalid currency: {currency}", param="currency")
    if amount <= 0:
        raise InvalidRequest(NOT_POSITIVE, code="parameter_invalid_integer", param=param)
    check_step(amount, currency, param)
    minimum, maximum = minimum_charge(currency), maximum_charge(currency)
    if amount < minimum:
        raise InvalidRequest(
            f"Amount must be at least {format_amount(minimum, currency)} {currency}",
            code="amount_too_small",
            param=param,
        )
    if amount > maximum:
        raise InvalidRequest(
            f"Amount must be no more than {format_amount(maximum, currency)}",
            code="amount_too_large",
            param=param,
        )


class ItemizedAmountDetails(AmountDetails, kw_only=True):
    """What an amount is made of, with its lines."""

    line_items: InlineList[AmountDetailsLineItem]


@include("payment_intent", "amount_details")
def itemized(reader: Any, document: dict[str, Any]) -> ItemizedAmountDetails:
    """Return an intent's amount details with the line items that are shown only when expanded."""
    intent = reader.get(PaymentIntent, document["id"])
    listed: InlineList[AmountDetailsLineItem] = InlineList(
        data=intent.private.line_items,
        url=f"/v1/payment_intents/{intent.id}/amount_details_line_items",
    )
    listed.refresh()
    known = msgspec.structs.asdict(intent.amount_details)
    return ItemizedAmountDetails(**known, line_items=listed)


def transfer_of(intent: PaymentIntent) -> BankTransferInstructions | None:
    """Return the instructions of an intent that waits for a bank transfer, None if it does not."""
    if intent.status != "requires_action" or intent.next_action is None:
        return None
    return intent.next_action.display_bank_transfer_instructions or None


def unexpected_state(
    intent: PaymentIntent, message: str, param: str | None = None
) -> InvalidRequest:
    """Return the error of a request that the intent's status does not allow; it shows the intent.

    Many a client reads there that what it asks for has happened already.
    """
    return InvalidRequest(
        message,
        code="payment_intent_unexpected_state",
        param=param,
        payment_intent=msgspec.to_builtins(intent),
    )

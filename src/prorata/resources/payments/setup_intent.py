"""Setup intents: a payment method is made ready for later payments without taking money."""

from typing import Literal

import msgspec
from msgspec import Struct

from prorata.model.fields import Metadata
from prorata.model.resource import Resource, column, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import (
    AutomaticPaymentMethods,
    ManagedPayments,
    NextAction,
    PaymentMethodConfigurationDetails,
)
from prorata.resources.payments.payment_method_configuration import offered_types
from prorata.resources.payments.payment_method_options import (
    SetupMethodOptions,
    default_setup_options,
)
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    CustomerRef,
    MandateRef,
    PaymentMethodRef,
    SetupAttemptRef,
)

SetupIntentStatus = Literal[
    "canceled", "processing", "requires_action", "requires_confirmation",
    "requires_payment_method", "succeeded",
]  # fmt: skip
# What a page may know of an intent: nothing of the seller's notes or the customer.
PAGE_FIELDS = (
    "automatic_payment_methods", "cancellation_reason", "client_secret", "created", "description",
    "id", "last_setup_error", "livemode", "next_action", "object", "payment_method",
    "payment_method_configuration_details", "payment_method_types", "status", "usage",
)  # fmt: skip
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
Usage = Literal["off_session", "on_session"]
SetupCancellation = Literal["abandoned", "duplicate", "requested_by_customer"]


class Wanted(Struct, kw_only=True):
    """What a customer wants a method for that is on its way: to pay instead of the default one.

    instead: that one. plans: also of all plans that have a method of their own. subscription: also
    of this one.
    """

    instead: str | None
    plans: bool = False
    subscription: str | None = None


class SetupIntentPrivate(Struct, kw_only=True):
    """What the wire does not show.

    attempt: the payment attempt that the intent stands on; asking: its gateway has not answered
    yet. settles_at: when a set-up on its way is known. subscription: the one that waits for the
    method. checkout_session: the session that asked for it. wanted: what its customer, who has
    left, wanted the method for.
    """

    attempt: str | None = None
    asking: bool = False
    settles_at: int | None = None
    confirmation: ConfirmFacts = msgspec.field(default_factory=ConfirmFacts)
    subscription: str | None = None
    checkout_session: str | None = None
    wanted: Wanted | None = None
    single_use_amount: int | None = None
    single_use_currency: str | None = None


def due(intent: "SetupIntent") -> int | None:
    """Return when a set-up on its way is known."""
    return intent.private.settles_at if intent.status == "processing" else None


@resource(
    prefix="seti",
    path="/v1/setup_intents",
    operations=("list",),
    columns=(
        column("customer", index=True),
        column("payment_method"),
        column("status"),
        column("attach_to_self", lambda intent: False, type="boolean"),
    ),
    filters=(
        within("created"),
        matches("customer"),
        # Customers of the accounts API are no customers of ours: such a filter finds nothing.
        matches("customer_account", "customer"),
        matches("payment_method"),
    ),
    events=("created",),
    due=due,
    missing_name="setupintent",
    missing_param="intent",
    page_fields=PAGE_FIELDS,
)
class SetupIntent(Resource, tag="setup_intent", kw_only=True):
    """A payment method to be made ready for later payments."""

    allowed_payment_method_types: list[str] | None = None
    application: ApplicationRef | None = None
    automatic_payment_methods: AutomaticPaymentMethods | None = None
    cancellation_reason: SetupCancellation | None = None
    client_secret: str | None = None
    created: int
    customer: CustomerRef | None = None
    customer_account: str | None = None
    description: str | None = None
    excluded_payment_method_types: list[str] | None = None
    flow_directions: list[Literal["inbound", "outbound"]] | None = None
    last_setup_error: PaymentError | None = None
    latest_attempt: SetupAttemptRef | None = None
    livemode: bool
    managed_payments: ManagedPayments | None = None
    mandate: MandateRef | None = None
    metadata: Metadata = {}
    next_action: NextAction | None = None
    on_behalf_of: AccountRef | None = None
    payment_method: PaymentMethodRef | None = None
    payment_method_configuration_details: PaymentMethodConfigurationDetails | None = None
    payment_method_options: SetupMethodOptions | None = None
    payment_method_types: list[str]
    single_use_mandate: MandateRef | None = None
    status: SetupIntentStatus = "requires_payment_method"
    usage: Usage = "off_session"

    Private = SetupIntentPrivate


def new_setup_intent(
    tx: Tx,
    *,
    customer: str | None = None,
    types: list[str] | None = None,
    payment_method: str | None = None,
    usage: Usage = "off_session",
    description: str | None = None,
    metadata: Metadata | None = None,
    currency: str | None = None,
    subscription: str | None = None,
    checkout_session: str | None = None,
) -> SetupIntent:
    """Add an intent to set up a payment method; nobody is asked before it is confirmed.

    `types` are the allowed method types; None offers cards and the debit of `currency`.
    `subscription` and `checkout_session` name who waits for the method.
    """
    id = tx.new_id(SetupIntent, owner=customer)
    allowed = offered_types(tx, currency) if types is None else types
    intent = SetupIntent(
        id=id,
        allowed_payment_method_types=types,
        automatic_payment_methods=(
            AutomaticPaymentMethods(allow_redirects="always", enabled=True)
            if types is None
            else None
        ),
        client_secret=f"{id}_secret_{tx.secret(31)}",
        created=tx.now,
        customer=customer,
        description=description,
        livemode=tx.book.livemode,
        metadata=metadata or {},
        payment_method=payment_method,
        payment_method_options=default_setup_options(allowed),
        payment_method_types=allowed,
        status="requires_payment_method" if payment_method is None else "requires_confirmation",
        usage=usage,
    )
    intent.private = SetupIntentPrivate(
        subscription=subscription, checkout_session=checkout_session
    )
    return tx.add(intent)

"""Checkout sessions: one visitor's way from a choice to its payment."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.model.ids import stand_in_id
from prorata.model.operation import Inline, Listing, operation
from prorata.model.params import Params, fields_given
from prorata.model.resource import Resource, column, include, resource
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import (
    AddressCollection,
    ConsentCollection,
    CustomerCreation,
    CustomText,
    InvoiceCreation,
    ManagedPayments,
    MethodCollection,
    NameCollection,
    PhoneNumberCollection,
    ShippingAddressCollection,
    SubmitType,
    TaxIdCollection,
)
from prorata.resources.checkout.line_item import (
    LineItem,
    LineItemDiscount,
    answered,
)
from prorata.resources.checkout.session_facts import CartItem, SessionPrivate, Share
from prorata.resources.checkout.session_params import SessionListParams
from prorata.resources.checkout.session_shape import (
    AdaptivePricing,
    AfterExpiration,
    AutomaticTax,
    BrandingSettings,
    CollectedInformation,
    ConfigurationDetails,
    Consent,
    CurrencyConversion,
    CustomerDetails,
    CustomField,
    Locale,
    Mode,
    OptionalItem,
    PaymentStatus,
    Permissions,
    PresentmentDetails,
    SavedMethodOptions,
    SessionDiscount,
    SessionDiscountAmount,
    SessionMethodOptions,
    SessionTax,
    ShippingCost,
    ShippingOption,
    TotalBreakdown,
    TotalDetails,
    UiMode,
    WalletOptions,
)
from prorata.resources.checkout.sold import Sold, shown_items, shown_taxes
from prorata.resources.products.discount import Discount, DiscountSource
from prorata.resources.references import (
    CustomerRef,
    InvoiceRef,
    PaymentIntentRef,
    PaymentLinkRef,
    SetupIntentRef,
    SubscriptionRef,
)

# Filters that name whom or what sessions are of: then those on test clocks are listed too.
NAMING = ("customer", "payment_intent", "payment_link", "subscription")


def due(session: "CheckoutSession") -> int | None:
    """Return when an open session expires."""
    return session.expires_at if session.status == "open" else None


def _email(session: "CheckoutSession") -> str | None:
    details = session.customer_details
    email = details.email if details is not None else None
    return email or session.customer_email


def _recovery(session: "CheckoutSession") -> str | None:
    private: SessionPrivate = session.private
    return private.recovery


@resource(
    prefix="cs_test",
    path="/v1/checkout/sessions",
    operations=("retrieve",),
    columns=(
        column("customer", index=True),
        column("status"),
        column("payment_intent", index=True),
        column("subscription", index=True),
        column("payment_link", index=True),
        column("email", _email, index=True, folded=True),
        column("recovery", _recovery, unique=True),
    ),
    chosen_ids=True,
    due=due,
    missing_name="checkout.session",
    missing_param="session",
)
class CheckoutSession(Resource, tag="checkout.session", kw_only=True):
    """A session; amounts in minor units, `expires_at` in seconds UTC."""

    adaptive_pricing: AdaptivePricing | None = None
    after_expiration: AfterExpiration | None = None
    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[str] | None = None
    amount_subtotal: int | None = None
    amount_total: int | None = None
    automatic_tax: AutomaticTax = msgspec.field(default_factory=AutomaticTax)
    billing_address_collection: AddressCollection | None = None
    branding_settings: BrandingSettings | UnsetType = UNSET
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: str | None = None
    collected_information: CollectedInformation | None = None
    consent: Consent | None = None
    consent_collection: ConsentCollection | None = None
    created: int
    currency: str | None = None
    currency_conversion: CurrencyConversion | None = None
    custom_fields: list[CustomField] = []
    custom_text: CustomText = msgspec.field(default_factory=CustomText)
    customer: CustomerRef | None = None
    customer_account: str | None = None
    customer_creation: CustomerCreation | None = None
    customer_details: CustomerDetails | None = None
    customer_email: str | None = None
    discounts: list[SessionDiscount] | None = None
    excluded_payment_method_types: list[str] | UnsetType = UNSET
    expires_at: int
    integration_identifier: str | None = None
    invoice: InvoiceRef | None = None
    invoice_creation: InvoiceCreation | None = None
    livemode: bool
    locale: Locale | None = None
    managed_payments: ManagedPayments | None = None
    metadata: Metadata | None = {}
    mode: Mode
    name_collection: NameCollection | UnsetType = UNSET
    optional_items: list[OptionalItem] | None | UnsetType = UNSET
    origin_context: Literal["mobile_app", "web"] | None = None
    payment_intent: PaymentIntentRef | None = None
    payment_link: PaymentLinkRef | None = None
    payment_method_collection: MethodCollection | None = None
    payment_method_configuration_details: ConfigurationDetails | None = None
    payment_method_options: SessionMethodOptions | None = None
    payment_method_types: list[str]
    payment_status: PaymentStatus = "unpaid"
    permissions: Permissions | None = None
    phone_number_collection: PhoneNumberCollection | UnsetType = UNSET
    presentment_details: PresentmentDetails | UnsetType = UNSET
    recovered_from: str | None = None
    redirect_on_completion: Literal["always", "if_required", "never"] | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    saved_payment_method_options: SavedMethodOptions | None = None
    setup_intent: SetupIntentRef | None = None
    shipping_address_collection: ShippingAddressCollection | None = None
    shipping_cost: ShippingCost | None = None
    shipping_options: list[ShippingOption] = []
    status: Literal["complete", "expired", "open"] | None = "open"
    submit_type: SubmitType | None = None
    subscription: SubscriptionRef | None = None
    success_url: str | None = None
    tax_id_collection: TaxIdCollection | UnsetType = UNSET
    total_details: TotalDetails | None = None
    ui_mode: UiMode | None = "hosted_page"
    url: str | None = None
    wallet_options: WalletOptions | None = None

    Private = SessionPrivate


class LineItemsParams(Params, kw_only=True):
    """No parameters but those of pages."""


@operation("GET /v1/checkout/sessions")
def list_sessions(tx: Tx, params: SessionListParams) -> Listing[CheckoutSession]:
    """List sessions, newest first."""
    columns: dict[str, Any] = {}
    ranges: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, value in fields_given(params).items():
        if name == "created":
            ranges["created"] = value
        elif name == "customer_details":
            columns["email"] = value.email.upper()
        elif name == "customer_account":
            # Customers of the accounts API are no customers of ours: such a filter finds nothing.
            columns["customer"] = value
            names["customer"] = name
        else:
            columns[name] = value
    named = any(name in columns for name in NAMING)
    return Listing(CheckoutSession, columns, ranges, hidden_clocks=not named, names=names)


@operation("GET /v1/checkout/sessions/{id}/line_items")
def list_line_items(tx: Tx, session: CheckoutSession, params: LineItemsParams) -> Inline[LineItem]:
    """List what a session sells."""
    return Inline(answered(tx, line_items_of(tx, session)))


def line_items_of(tx: Tx, session: CheckoutSession) -> list[LineItem]:
    """Return what a session sells, with its amounts (minor units), discounts and taxes."""
    items: list[CartItem] = session.private.items
    shown = priced_items(tx, items, session.currency or "")
    for item, each in zip(items, shown, strict=True):
        each.discounts = [
            LineItemDiscount(amount=share.amount, discount=shown_discount(session, share))
            for share in item.sums.discounts
        ]
    return shown


def priced_items(tx: Tx, items: list[CartItem], currency: str) -> list[LineItem]:
    """Return things in a cart as the API shows them; their discounts are left out."""
    return shown_items(
        tx,
        [
            Sold(
                id=each.id, price=each.price, quantity=each.quantity, sums=each.sums,
                adjustable=each.adjustable, metadata=each.metadata,
            )
            for each in items
        ],
        currency,
    )  # fmt: skip


def shown_discount(session: CheckoutSession, share: Share) -> Discount:
    """Return a discount of a session as its line items show it."""
    return Discount(
        id=stand_in_id("di", session.id, share.of),
        checkout_session=session.id,
        customer=session.customer,
        promotion_code=share.promotion_code,
        source=DiscountSource(coupon=share.of),
        start=session.created,
    )


@include("checkout.session", "line_items")
def line_items(reader: Tx, document: dict[str, Any]) -> InlineList[LineItem]:
    """Return the list of what a session sells."""
    session = reader.get(CheckoutSession, document["id"])
    listed: InlineList[LineItem] = InlineList(
        data=answered(reader, line_items_of(reader, session)),
        url=f"/v1/checkout/sessions/{session.id}/line_items",
    )
    listed.refresh()
    return listed


@include("checkout.session", "total_details")
def total_details(reader: Tx, document: dict[str, Any]) -> Any:
    """Return what is between the subtotal and the total, with what it is made of."""
    session = reader.get(CheckoutSession, document["id"])
    totals = session.total_details
    if totals is None:
        return None
    sums = session.private.sums
    breakdown = TotalBreakdown(
        discounts=[
            SessionDiscountAmount(amount=each.amount, discount=shown_discount(session, each))
            for each in sums.discounts
        ],
        taxes=[SessionTax(**each) for each in shown_taxes(reader, sums.taxes)],
    )
    return TotalDetails(
        amount_discount=totals.amount_discount,
        amount_shipping=totals.amount_shipping,
        amount_tax=totals.amount_tax,
        breakdown=breakdown,
    )

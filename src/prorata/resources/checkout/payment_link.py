"""Payment links: an address that anyone may open, any number of times, to buy the same."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.model.operation import Inline, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, flag, include, resource
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import (
    AddressCollection,
    CaptureMethod,
    ConsentCollection,
    CustomerCreation,
    CustomText,
    FieldLabel,
    FieldOption,
    FieldType,
    FutureUsage,
    InvoiceCreation,
    InvoiceField,
    Liability,
    ManagedPayments,
    MethodCollection,
    MissingMethod,
    NameCollection,
    PhoneNumberCollection,
    ShippingAddressCollection,
    SubmitType,
    TaxIdCollection,
)
from prorata.resources.checkout.line_item import LineItem, answered
from prorata.resources.checkout.session import priced_items
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.checkout.session_shape import OptionalItem, ShippingOption
from prorata.resources.references import AccountRef, ApplicationRef, TaxIdRef


class HostedConfirmation(Struct, kw_only=True):
    custom_message: str | None = None


class Redirect(Struct, kw_only=True):
    url: str


class AfterCompletion(Struct, kw_only=True):
    hosted_confirmation: HostedConfirmation | UnsetType = UNSET
    redirect: Redirect | UnsetType = UNSET
    type: Literal["hosted_confirmation", "redirect"]


class LinkAutomaticTax(Struct, kw_only=True):
    enabled: bool = False
    liability: Liability | None = None


class LinkDropdown(Struct, kw_only=True):
    default_value: str | None = None
    options: list[FieldOption]


class LinkText(Struct, kw_only=True):
    default_value: str | None = None
    maximum_length: int | None = None
    minimum_length: int | None = None


class LinkCustomField(Struct, kw_only=True):
    dropdown: LinkDropdown | UnsetType = UNSET
    key: str
    label: FieldLabel
    numeric: LinkText | UnsetType = UNSET
    optional: bool = False
    text: LinkText | UnsetType = UNSET
    type: FieldType


class LinkIntentData(Struct, kw_only=True):
    capture_method: CaptureMethod | None = None
    description: str | None = None
    metadata: Metadata = {}
    setup_future_usage: FutureUsage | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None


class LinkRestrictions(Struct, kw_only=True):
    brands_blocked: list[str]


class LinkCardOptions(Struct, kw_only=True):
    restrictions: LinkRestrictions | None = None


class LinkMethodOptions(Struct, kw_only=True):
    card: LinkCardOptions | None = None


class CompletedSessions(Struct, kw_only=True):
    count: int = 0
    limit: int


class Restrictions(Struct, kw_only=True):
    completed_sessions: CompletedSessions


class LinkInvoiceSettings(Struct, kw_only=True):
    account_tax_ids: list[TaxIdRef] | None = None
    custom_fields: list[InvoiceField] | None = None
    description: str | None = None
    footer: str | None = None
    issuer: Liability = msgspec.field(default_factory=Liability)


class LinkTrialEndBehavior(Struct, kw_only=True):
    missing_payment_method: MissingMethod


class LinkTrialSettings(Struct, kw_only=True):
    end_behavior: LinkTrialEndBehavior


class LinkSubscriptionData(Struct, kw_only=True):
    description: str | None = None
    invoice_settings: LinkInvoiceSettings = msgspec.field(default_factory=LinkInvoiceSettings)
    metadata: Metadata = {}
    trial_period_days: int | None = None
    trial_settings: LinkTrialSettings | None = None


class LinkTransferData(Struct, kw_only=True):
    amount: int | None = None
    destination: AccountRef


class PaymentLinkPrivate(Struct, kw_only=True):
    """items: what is sold. token: the last part of the address. paying: sessions last confirmed."""

    items: list[CartItem] = []
    token: str = ""
    paying: list[str] = []


def _token(link: "PaymentLink") -> str:
    private: PaymentLinkPrivate = link.private
    return private.token


@resource(
    prefix="plink",
    path="/v1/payment_links",
    columns=(column("active", type="boolean"), column("token", _token, unique=True)),
    filters=(flag("active"),),
    events=("created", "updated"),
    owner=lambda link: None,
    missing_name="payment link",
    missing_param="payment_link",
)
class PaymentLink(Resource, tag="payment_link", kw_only=True):
    """A payment link; every visit makes a Checkout session of what it says then."""

    active: bool = True
    after_completion: AfterCompletion
    allow_promotion_codes: bool = False
    application: ApplicationRef | None = None
    application_fee_amount: int | None = None
    application_fee_percent: float | None = None
    automatic_tax: LinkAutomaticTax = msgspec.field(default_factory=LinkAutomaticTax)
    billing_address_collection: AddressCollection = "auto"
    consent_collection: ConsentCollection | None = None
    currency: str
    custom_fields: list[LinkCustomField] = []
    custom_text: CustomText = msgspec.field(default_factory=CustomText)
    customer_creation: CustomerCreation = "if_required"
    inactive_message: str | None = None
    invoice_creation: InvoiceCreation | None = None
    livemode: bool
    managed_payments: ManagedPayments | None = msgspec.field(default_factory=ManagedPayments)
    metadata: Metadata = {}
    name_collection: NameCollection | UnsetType = UNSET
    on_behalf_of: AccountRef | None = None
    optional_items: list[OptionalItem] | None | UnsetType = UNSET
    payment_intent_data: LinkIntentData | None = None
    payment_method_collection: MethodCollection = "always"
    payment_method_options: LinkMethodOptions | None = None
    payment_method_types: list[str] | None = None
    phone_number_collection: PhoneNumberCollection = msgspec.field(
        default_factory=PhoneNumberCollection
    )
    restrictions: Restrictions | None = None
    shipping_address_collection: ShippingAddressCollection | None = None
    shipping_options: list[ShippingOption] = []
    submit_type: SubmitType = "auto"
    subscription_data: LinkSubscriptionData | None = None
    tax_id_collection: TaxIdCollection = msgspec.field(default_factory=TaxIdCollection)
    transfer_data: LinkTransferData | None = None
    url: str

    Private = PaymentLinkPrivate


class LinkLineItemsParams(Params, kw_only=True):
    """No parameters but those of pages."""


@operation("GET /v1/payment_links/{id}/line_items")
def list_line_items(tx: Tx, link: PaymentLink, params: LinkLineItemsParams) -> Inline[LineItem]:
    """List what a payment link sells."""
    return Inline(answered(tx, priced_items(tx, link.private.items, link.currency)))


@include("payment_link", "line_items")
def line_items(reader: Tx, document: dict[str, Any]) -> InlineList[LineItem]:
    """Return the list of what a payment link sells."""
    link = reader.get(PaymentLink, document["id"])
    listed: InlineList[LineItem] = InlineList(
        data=answered(reader, priced_items(reader, link.private.items, link.currency)),
        url=f"/v1/payment_links/{link.id}/line_items",
    )
    listed.refresh()
    return listed

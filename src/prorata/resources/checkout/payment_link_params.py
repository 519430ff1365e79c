"""Payment link params: what creating and changing a payment link take."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.checkout.collection_params import (
    AdjustableQuantityParams,
    AutomaticTaxParams,
    ConsentCollectionParams,
    CustomFieldParams,
    CustomTextParams,
    IntentTextParams,
    InvoiceCreationParams,
    InvoiceSettingsParams,
    ManagedPaymentsParams,
    NameCollectionParams,
    OptionalItemParams,
    PhoneNumberCollectionParams,
    PriceDataParams,
    Quantity,
    ShippingAddressCollectionParams,
    TaxIdCollectionParams,
    TransferDataParams,
    TrialSettingsParams,
)
from prorata.resources.checkout.collection_shape import (
    AddressCollection,
    CustomerCreation,
    FutureUsage,
    MethodCollection,
    SubmitType,
)

Brand = Literal["american_express", "discover_global_network", "mastercard", "visa"]
Words = Annotated[str, Meta(max_length=22)]


class HostedConfirmationParams(Params, kw_only=True):
    custom_message: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class RedirectParams(Params, kw_only=True):
    url: Annotated[str, Meta(max_length=5000)]


class AfterCompletionParams(Params, kw_only=True):
    hosted_confirmation: HostedConfirmationParams | UnsetType = UNSET
    redirect: RedirectParams | UnsetType = UNSET
    type: Literal["hosted_confirmation", "redirect"]


class LinkItemParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: PriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET


class LinkItemUpdateParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    id: str
    quantity: Quantity | UnsetType = UNSET


class LinkRestrictionsParams(Params, kw_only=True):
    brands_blocked: list[Brand] | UnsetType | None = UNSET


class LinkCardParams(Params, kw_only=True):
    restrictions: LinkRestrictionsParams | UnsetType | None = UNSET


class LinkMethodOptionsParams(Params, kw_only=True):
    card: LinkCardParams | UnsetType | None = UNSET


class CompletedSessionsParams(Params, kw_only=True):
    limit: Annotated[int, Meta(ge=1)]


class RestrictionsParams(Params, kw_only=True):
    completed_sessions: CompletedSessionsParams


class LinkShippingOptionParams(Params, kw_only=True):
    shipping_rate: str | UnsetType = UNSET


class LinkSubscriptionDataParams(Params, kw_only=True):
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    invoice_settings: InvoiceSettingsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    trial_period_days: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET
    trial_settings: TrialSettingsParams | UnsetType | None = UNSET


class LinkIntentUpdateParams(Params, kw_only=True):
    description: Annotated[str, Meta(max_length=1000)] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET
    statement_descriptor: Words | UnsetType | None = UNSET
    statement_descriptor_suffix: Words | UnsetType | None = UNSET
    transfer_group: str | UnsetType | None = UNSET


class PaymentLinkParams(Params, kw_only=True):
    """What both creating and changing take; an empty value goes back to what is usual."""

    after_completion: AfterCompletionParams | UnsetType = UNSET
    allow_promotion_codes: bool | UnsetType = UNSET
    application_fee_amount: int | UnsetType | None = UNSET
    application_fee_percent: float | UnsetType | None = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_address_collection: AddressCollection | UnsetType = UNSET
    consent_collection: ConsentCollectionParams | UnsetType = UNSET
    custom_fields: list[CustomFieldParams] | UnsetType | None = UNSET
    custom_text: CustomTextParams | UnsetType = UNSET
    customer_creation: CustomerCreation | UnsetType = UNSET
    inactive_message: Annotated[str, Meta(max_length=500)] | UnsetType | None = UNSET
    invoice_creation: InvoiceCreationParams | UnsetType = UNSET
    managed_payments: ManagedPaymentsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name_collection: NameCollectionParams | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    optional_items: list[OptionalItemParams] | UnsetType | None = UNSET
    payment_method_collection: MethodCollection | UnsetType = UNSET
    payment_method_options: LinkMethodOptionsParams | UnsetType | None = UNSET
    payment_method_types: list[str] | UnsetType | None = UNSET
    phone_number_collection: PhoneNumberCollectionParams | UnsetType = UNSET
    restrictions: RestrictionsParams | UnsetType | None = UNSET
    shipping_address_collection: ShippingAddressCollectionParams | UnsetType | None = UNSET
    shipping_options: list[LinkShippingOptionParams] | UnsetType | None = UNSET
    submit_type: SubmitType | UnsetType = UNSET
    subscription_data: LinkSubscriptionDataParams | UnsetType = UNSET
    tax_id_collection: TaxIdCollectionParams | UnsetType = UNSET
    transfer_data: TransferDataParams | UnsetType | None = UNSET


class PaymentLinkCreateParams(PaymentLinkParams, kw_only=True):
    currency: str | UnsetType = UNSET
    line_items: list[LinkItemParams] | UnsetType = UNSET
    payment_intent_data: IntentTextParams | UnsetType = UNSET


class PaymentLinkUpdateParams(PaymentLinkParams, kw_only=True):
    active: bool | UnsetType = UNSET
    line_items: list[LinkItemUpdateParams] | UnsetType = UNSET
    payment_intent_data: LinkIntentUpdateParams | UnsetType = UNSET

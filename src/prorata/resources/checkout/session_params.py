"""Session params: what creating, changing and listing Checkout sessions take."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata, Range
from prorata.model.params import Params
from prorata.resources.billing.subscription_verbs import (
    BillingCycleAnchorConfigParams,
    BillingModeParams,
)
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
    RecurringDataParams,
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
from prorata.resources.checkout.session_shape import (
    Ability,
    BorderStyle,
    FontFamily,
    Locale,
    Mode,
    Redisplay,
    UiMode,
)
from prorata.resources.payments.method_types import OtherMethodParams
from prorata.resources.payments.payment_method_option_params import (
    DebitOptionsParams,
    FinancialConnectionsParams,
)
from prorata.resources.payments.payment_method_options import IfAvailable, ThreeDSecure
from prorata.resources.products.shipping_rate import ShippingRateCreateParams

Url = Annotated[str, Meta(max_length=5000)]
Reference = Annotated[str, Meta(max_length=200, pattern=r"\A[a-zA-Z0-9_-]*\Z")]
Update = Literal["auto", "never"]
Color = Annotated[str, Meta(pattern=r"\A#[0-9a-fA-F]{6}\Z")]


class AdaptivePricingParams(Params, kw_only=True):
    enabled: bool | UnsetType = UNSET


class RecoveryParams(Params, kw_only=True):
    allow_promotion_codes: bool | UnsetType = UNSET
    enabled: bool


class AfterExpirationParams(Params, kw_only=True):
    recovery: RecoveryParams | UnsetType = UNSET


class BrandingImageParams(Params, kw_only=True):
    file: str | UnsetType = UNSET
    type: Literal["file", "url"]
    url: str | UnsetType = UNSET


class BrandingSettingsParams(Params, kw_only=True):
    background_color: Color | UnsetType | None = UNSET
    border_style: BorderStyle | UnsetType | None = UNSET
    button_color: Color | UnsetType | None = UNSET
    display_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    font_family: FontFamily | UnsetType | None = UNSET
    icon: BrandingImageParams | UnsetType = UNSET
    logo: BrandingImageParams | UnsetType = UNSET


class CustomerUpdateParams(Params, kw_only=True):
    address: Update | UnsetType = UNSET
    name: Update | UnsetType = UNSET
    shipping: Update | UnsetType = UNSET


class DiscountParams(Params, kw_only=True):
    coupon: str | UnsetType = UNSET
    promotion_code: str | UnsetType = UNSET


class LineItemParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    price: str | UnsetType = UNSET
    price_data: PriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class IntentAddressParams(Params, kw_only=True):
    city: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    line1: str
    line2: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    state: str | UnsetType = UNSET


class IntentShippingParams(Params, kw_only=True):
    address: IntentAddressParams
    carrier: str | UnsetType = UNSET
    name: str
    phone: str | UnsetType = UNSET
    tracking_number: str | UnsetType = UNSET


class PaymentIntentDataParams(IntentTextParams, kw_only=True):
    application_fee_amount: int | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    receipt_email: str | UnsetType = UNSET
    shipping: IntentShippingParams | UnsetType = UNSET
    transfer_data: TransferDataParams | UnsetType = UNSET


class PaymentMethodDefaultsParams(Params, kw_only=True):
    allow_redisplay: Redisplay | UnsetType = UNSET


class CardRestrictionsParams(Params, kw_only=True):
    brands_blocked: (
        list[Literal["american_express", "discover_global_network", "mastercard", "visa"]]
        | UnsetType
    ) = UNSET
    funding_types_blocked: list[Literal["credit", "debit", "prepaid"]] | UnsetType = UNSET


class SessionInstallmentsParams(Params, kw_only=True):
    enabled: bool | UnsetType = UNSET


class CardOptionsParams(Params, kw_only=True):
    capture_method: Literal["manual"] | UnsetType = UNSET
    installments: SessionInstallmentsParams | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | UnsetType = UNSET
    restrictions: CardRestrictionsParams | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    statement_descriptor_suffix_kana: str | UnsetType = UNSET
    statement_descriptor_suffix_kanji: str | UnsetType = UNSET


class LinkOptionsParams(Params, kw_only=True):
    capture_method: Literal["manual"] | UnsetType = UNSET
    setup_future_usage: Literal["none", "off_session"] | UnsetType = UNSET


class BankOptionsParams(Params, kw_only=True):
    financial_connections: FinancialConnectionsParams | UnsetType = UNSET
    setup_future_usage: Literal["none", "off_session", "on_session"] | UnsetType = UNSET
    target_date: str | UnsetType = UNSET
    verification_method: Literal["automatic", "instant"] | UnsetType = UNSET


class SessionMethodOptionsParams(OtherMethodParams, kw_only=True):
    bacs_debit: DebitOptionsParams | UnsetType = UNSET
    card: CardOptionsParams | UnsetType = UNSET
    customer_balance: dict[str, object] | UnsetType = UNSET
    demo_pay: dict[str, object] | UnsetType = UNSET
    link: LinkOptionsParams | UnsetType = UNSET
    sepa_debit: DebitOptionsParams | UnsetType = UNSET
    us_bank_account: BankOptionsParams | UnsetType = UNSET


class PermissionsParams(Params, kw_only=True):
    update_shipping_details: Literal["client_only", "server_only"] | UnsetType = UNSET


class SavedMethodOptionsParams(Params, kw_only=True):
    allow_redisplay_filters: list[Redisplay] | UnsetType = UNSET
    payment_method_remove: Ability | UnsetType = UNSET
    payment_method_save: Ability | UnsetType = UNSET


class SetupIntentDataParams(Params, kw_only=True):
    description: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType = UNSET


class ShippingOptionParams(Params, kw_only=True):
    shipping_rate: str | UnsetType = UNSET
    shipping_rate_data: ShippingRateCreateParams | UnsetType = UNSET


class SubscriptionTransferParams(Params, kw_only=True):
    amount_percent: float | UnsetType = UNSET
    destination: str


class SubscriptionDataParams(Params, kw_only=True):
    application_fee_percent: float | UnsetType = UNSET
    billing_cycle_anchor: int | UnsetType = UNSET
    billing_cycle_anchor_config: BillingCycleAnchorConfigParams | UnsetType = UNSET
    billing_mode: BillingModeParams | UnsetType = UNSET
    default_tax_rates: list[str] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    invoice_settings: InvoiceSettingsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType = UNSET
    pending_invoice_item_interval: RecurringDataParams | UnsetType = UNSET
    proration_behavior: Literal["create_prorations", "none"] | UnsetType = UNSET
    transfer_data: SubscriptionTransferParams | UnsetType = UNSET
    trial_end: int | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    trial_settings: TrialSettingsParams | UnsetType = UNSET


class WalletLinkParams(Params, kw_only=True):
    display: Literal["auto", "never"] | UnsetType = UNSET


class WalletOptionsParams(Params, kw_only=True):
    link: WalletLinkParams | UnsetType = UNSET


class SessionCreateParams(Params, kw_only=True):
    adaptive_pricing: AdaptivePricingParams | UnsetType = UNSET
    after_expiration: AfterExpirationParams | UnsetType = UNSET
    allow_promotion_codes: bool | UnsetType = UNSET
    allowed_payment_method_types: list[str] | UnsetType = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_address_collection: AddressCollection | UnsetType = UNSET
    branding_settings: BrandingSettingsParams | UnsetType = UNSET
    cancel_url: Url | UnsetType = UNSET
    client_reference_id: Reference | UnsetType = UNSET
    consent_collection: ConsentCollectionParams | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    custom_fields: list[CustomFieldParams] | UnsetType = UNSET
    custom_text: CustomTextParams | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    customer_creation: CustomerCreation | UnsetType = UNSET
    customer_email: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET
    customer_update: CustomerUpdateParams | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType = UNSET
    excluded_payment_method_types: list[str] | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET
    integration_identifier: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    invoice_creation: InvoiceCreationParams | UnsetType = UNSET
    line_items: list[LineItemParams] | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    managed_payments: ManagedPaymentsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    mode: Mode | UnsetType = UNSET
    name_collection: NameCollectionParams | UnsetType = UNSET
    optional_items: list[OptionalItemParams] | UnsetType = UNSET
    origin_context: Literal["mobile_app", "web"] | UnsetType = UNSET
    payment_intent_data: PaymentIntentDataParams | UnsetType = UNSET
    payment_method_collection: MethodCollection | UnsetType = UNSET
    payment_method_configuration: str | UnsetType = UNSET
    payment_method_data: PaymentMethodDefaultsParams | UnsetType = UNSET
    payment_method_options: SessionMethodOptionsParams | UnsetType = UNSET
    permissions: PermissionsParams | UnsetType = UNSET
    phone_number_collection: PhoneNumberCollectionParams | UnsetType = UNSET
    redirect_on_completion: Literal["always", "if_required", "never"] | UnsetType = UNSET
    return_url: Url | UnsetType = UNSET
    saved_payment_method_options: SavedMethodOptionsParams | UnsetType = UNSET
    setup_intent_data: SetupIntentDataParams | UnsetType = UNSET
    shipping_address_collection: ShippingAddressCollectionParams | UnsetType = UNSET
    shipping_options: list[ShippingOptionParams] | UnsetType = UNSET
    submit_type: SubmitType | UnsetType = UNSET
    subscription_data: SubscriptionDataParams | UnsetType = UNSET
    success_url: Url | UnsetType = UNSET
    tax_id_collection: TaxIdCollectionParams | UnsetType = UNSET
    ui_mode: UiMode | UnsetType = UNSET
    wallet_options: WalletOptionsParams | UnsetType = UNSET


class CollectedAddressParams(Params, kw_only=True):
    city: str | UnsetType = UNSET
    country: str
    line1: str
    line2: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    state: str | UnsetType = UNSET


class CollectedShippingParams(Params, kw_only=True):
    address: CollectedAddressParams
    name: str


class CollectedInformationParams(Params, kw_only=True):
    shipping_details: CollectedShippingParams | UnsetType = UNSET


class LineItemUpdateParams(LineItemParams, kw_only=True):
    id: str | UnsetType = UNSET


class IntentUpdateParams(Params, kw_only=True):
    description: Annotated[str, Meta(max_length=1000)] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET
    statement_descriptor: Annotated[str, Meta(max_length=22)] | UnsetType | None = UNSET
    statement_descriptor_suffix: Annotated[str, Meta(max_length=22)] | UnsetType | None = UNSET


class SessionUpdateParams(Params, kw_only=True):
    collected_information: CollectedInformationParams | UnsetType = UNSET
    line_items: list[LineItemUpdateParams] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    payment_intent_data: IntentUpdateParams | UnsetType = UNSET
    shipping_options: list[ShippingOptionParams] | UnsetType | None = UNSET


class CustomerDetailsFilterParams(Params, kw_only=True):
    email: str


class SessionListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    customer_details: CustomerDetailsFilterParams | UnsetType = UNSET
    payment_intent: str | UnsetType = UNSET
    payment_link: str | UnsetType = UNSET
    status: Literal["complete", "expired", "open"] | UnsetType = UNSET
    subscription: str | UnsetType = UNSET

"""Session shape: the parts of a Checkout session that only sessions have."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address
from prorata.resources.checkout.collection_shape import (
    FieldLabel,
    FieldOption,
    FieldType,
    Liability,
    ShippingDetails,
)
from prorata.resources.checkout.line_item import AdjustableQuantity, Taxability
from prorata.resources.payments.payment_method_options import (
    DebitOptions,
    FinancialConnectionsFilters,
    FutureUsage,
    IfAvailable,
    ThreeDSecure,
)
from prorata.resources.products.discount import Discount
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import CouponRef, PromotionCodeRef, ShippingRateRef

Mode = Literal["payment", "setup", "subscription"]
UiMode = Literal["elements", "embedded_page", "form", "hosted_page"]
PaymentStatus = Literal["no_payment_required", "paid", "unpaid"]
Redisplay = Literal["always", "limited", "unspecified"]
Ability = Literal["disabled", "enabled"]
Locale = Literal[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
]  # fmt: skip
FontFamily = Literal[
    "be_vietnam_pro", "bitter", "chakra_petch", "default", "hahmlet", "inconsolata", "inter",
    "lato", "lora", "m_plus_1_code", "montserrat", "noto_sans", "noto_sans_jp", "noto_serif",
    "nunito", "open_sans", "pridi", "pt_sans", "pt_serif", "raleway", "roboto", "roboto_slab",
    "source_sans_pro", "titillium_web", "ubuntu_mono", "zen_maru_gothic",
]  # fmt: skip
BorderStyle = Literal["pill", "rectangular", "rounded"]


class AdaptivePricing(Struct, kw_only=True):
    enabled: bool = False


class Recovery(Struct, kw_only=True):
    """expires_at: seconds UTC until which `url` recovers an expired session."""

    allow_promotion_codes: bool = False
    enabled: bool
    expires_at: int | None = None
    url: str | None = None


class AfterExpiration(Struct, kw_only=True):
    recovery: Recovery | None = None


TaxStatus = Literal["complete", "failed", "requires_location_inputs"]


class AutomaticTax(Struct, kw_only=True):
    enabled: bool = False
    liability: Liability | None = None
    provider: str | None = None
    status: TaxStatus | None = None


class BrandingImage(Struct, kw_only=True):
    file: str | UnsetType = UNSET
    type: Literal["file", "url"]
    url: str | UnsetType = UNSET


class BrandingSettings(Struct, kw_only=True):
    background_color: str
    border_style: BorderStyle
    button_color: str
    display_name: str
    font_family: str
    icon: BrandingImage | None = None
    logo: BrandingImage | None = None


class CollectedInformation(Struct, kw_only=True):
    business_name: str | None = None
    individual_name: str | None = None
    shipping_details: ShippingDetails | None = None


class Consent(Struct, kw_only=True):
    promotions: Literal["opt_in", "opt_out"] | None = None
    terms_of_service: Literal["accepted"] | None = None


class CurrencyConversion(Struct, kw_only=True):
    amount_subtotal: int
    amount_total: int
    fx_rate: str
    source_currency: str


class FieldDropdown(Struct, kw_only=True):
    default_value: str | None = None
    options: list[FieldOption]
    value: str | None = None


class FieldText(Struct, kw_only=True):
    """A field of text or digits; lengths in characters."""

    default_value: str | None = None
    maximum_length: int | None = None
    minimum_length: int | None = None
    value: str | None = None


class CustomField(Struct, kw_only=True):
    dropdown: FieldDropdown | UnsetType = UNSET
    key: str
    label: FieldLabel
    numeric: FieldText | UnsetType = UNSET
    optional: bool = False
    text: FieldText | UnsetType = UNSET
    type: FieldType


class CustomerTaxId(Struct, kw_only=True):
    type: str
    value: str | None = None


class CustomerDetails(Struct, kw_only=True):
    address: Address | None = None
    business_name: str | None = None
    email: str | None = None
    individual_name: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_exempt: Literal["exempt", "none", "reverse"] | None = None
    tax_ids: list[CustomerTaxId] | None = None


class SessionDiscount(Struct, kw_only=True):
    coupon: CouponRef | None = None
    promotion_code: PromotionCodeRef | None = None


class OptionalItem(Struct, kw_only=True):
    adjustable_quantity: AdjustableQuantity | None = None
    price: str
    quantity: int


class ConfigurationDetails(Struct, kw_only=True):
    id: str
    parent: str | None = None


class CardInstallments(Struct, kw_only=True):
    enabled: bool | UnsetType = UNSET


class CardRestrictions(Struct, kw_only=True):
    brands_blocked: list[str] | UnsetType = UNSET
    funding_types_blocked: list[str] | UnsetType = UNSET


class SessionCardOptions(Struct, kw_only=True):
    capture_method: Literal["manual"] | UnsetType = UNSET
    installments: CardInstallments | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure = "automatic"
    restrictions: CardRestrictions | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    statement_descriptor_suffix_kana: str | UnsetType = UNSET
    statement_descriptor_suffix_kanji: str | UnsetType = UNSET


class SessionLinkOptions(Struct, kw_only=True):
    capture_method: Literal["manual"] | UnsetType = UNSET
    setup_future_usage: Literal["none", "off_session"] | UnsetType = UNSET


class SessionFinancialConnections(Struct, kw_only=True):
    filters: FinancialConnectionsFilters | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    prefetch: list[str] | None = None
    return_url: str | UnsetType = UNSET


class SessionBankOptions(Struct, kw_only=True):
    financial_connections: SessionFinancialConnections | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    target_date: str | UnsetType = UNSET
    verification_method: Literal["automatic", "instant"] | UnsetType = UNSET


class SessionMethodOptions(Struct, kw_only=True):
    bacs_debit: DebitOptions | UnsetType = UNSET
    card: SessionCardOptions | UnsetType = UNSET
    link: SessionLinkOptions | UnsetType = UNSET
    sepa_debit: DebitOptions | UnsetType = UNSET
    us_bank_account: SessionBankOptions | UnsetType = UNSET


class Permissions(Struct, kw_only=True):
    update_shipping_details: Literal["client_only", "server_only"] | None = None


class PresentmentDetails(Struct, kw_only=True):
    presentment_amount: int
    presentment_currency: str


class SavedMethodOptions(Struct, kw_only=True):
    allow_redisplay_filters: list[Redisplay] | None = None
    payment_method_remove: Ability | None = None
    payment_method_save: Ability | None = None


class SessionTax(Struct, kw_only=True):
    amount: int
    rate: TaxRate
    taxability_reason: Taxability | None = None
    taxable_amount: int | None = None


class ShippingCost(Struct, kw_only=True):
    """What sending costs; amounts in minor units."""

    amount_subtotal: int
    amount_tax: int = 0
    amount_total: int
    shipping_rate: ShippingRateRef | None = None
    taxes: list[SessionTax] | UnsetType = UNSET


class ShippingOption(Struct, kw_only=True):
    shipping_amount: int
    shipping_rate: ShippingRateRef


class SessionDiscountAmount(Struct, kw_only=True):
    amount: int
    discount: Discount


class TotalBreakdown(Struct, kw_only=True):
    discounts: list[SessionDiscountAmount]
    taxes: list[SessionTax]


class TotalDetails(Struct, kw_only=True):
    """What is between the subtotal and the total; minor units."""

    amount_discount: int = 0
    amount_shipping: int | None = 0
    amount_tax: int = 0
    breakdown: TotalBreakdown | UnsetType = UNSET


class WalletLink(Struct, kw_only=True):
    display: Literal["auto", "never"] | UnsetType = UNSET


class WalletOptions(Struct, kw_only=True):
    link: WalletLink | UnsetType = UNSET

"""Collection params: what sessions and payment links take in the same words."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.subscription_shape import Interval
from prorata.resources.checkout.collection_shape import (
    CaptureMethod,
    FieldType,
    FutureUsage,
    MissingMethod,
)
from prorata.resources.products.product import TaxCodeId, TaxDetailsParams

TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]
Quantity = Annotated[int, Meta(ge=0, le=999_999_999_999)]
Bound = Annotated[int, Meta(ge=0, le=999_999)]
Message = Annotated[str, Meta(max_length=1200)]
FieldKey = Annotated[str, Meta(max_length=200, pattern=r"\A[a-zA-Z0-9]+\Z")]
Length = Annotated[int, Meta(ge=0, le=255)]
# Numbers of what one session may have.
CUSTOM_FIELDS_MAX = 3
OPTIONS_MAX = 200
SHIPPING_OPTIONS_MAX = 5


class LiabilityParams(Params, kw_only=True):
    account: str | UnsetType = UNSET
    type: Literal["account", "self"]


class AutomaticTaxParams(Params, kw_only=True):
    enabled: bool
    liability: LiabilityParams | UnsetType = UNSET


class ManagedPaymentsParams(Params, kw_only=True):
    enabled: bool | UnsetType = UNSET


class ReuseAgreementParams(Params, kw_only=True):
    position: Literal["auto", "hidden"]


class ConsentCollectionParams(Params, kw_only=True):
    payment_method_reuse_agreement: ReuseAgreementParams | UnsetType = UNSET
    promotions: Literal["auto", "none"] | UnsetType = UNSET
    terms_of_service: Literal["none", "required"] | UnsetType = UNSET


class FieldOptionParams(Params, kw_only=True):
    label: Annotated[str, Meta(max_length=100)]
    value: Annotated[str, Meta(max_length=100, pattern=r"\A[a-zA-Z0-9]+\Z")]


class FieldDropdownParams(Params, kw_only=True):
    default_value: str | UnsetType = UNSET
    options: list[FieldOptionParams]


class FieldLabelParams(Params, kw_only=True):
    custom: Annotated[str, Meta(max_length=50)]
    type: Literal["custom"]


class FieldTextParams(Params, kw_only=True):
    default_value: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    maximum_length: Length | UnsetType = UNSET
    minimum_length: Length | UnsetType = UNSET


class CustomFieldParams(Params, kw_only=True):
    dropdown: FieldDropdownParams | UnsetType = UNSET
    key: FieldKey
    label: FieldLabelParams
    numeric: FieldTextParams | UnsetType = UNSET
    optional: bool | UnsetType = UNSET
    text: FieldTextParams | UnsetType = UNSET
    type: FieldType


class CustomMessageParams(Params, kw_only=True):
    message: Message


class CustomTextParams(Params, kw_only=True):
    after_submit: CustomMessageParams | UnsetType | None = UNSET
    shipping_address: CustomMessageParams | UnsetType | None = UNSET
    submit: CustomMessageParams | UnsetType | None = UNSET
    terms_of_service_acceptance: CustomMessageParams | UnsetType | None = UNSET


class InvoiceFieldParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=40)]
    value: Annotated[str, Meta(max_length=140)]


class RenderingOptionsParams(Params, kw_only=True):
    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax"] | UnsetType | None = UNSET
    template: str | UnsetType = UNSET


class InvoiceDataParams(Params, kw_only=True):
    account_tax_ids: list[str] | UnsetType | None = UNSET
    custom_fields: list[InvoiceFieldParams] | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=1500)] | UnsetType = UNSET
    footer: str | UnsetType = UNSET
    issuer: LiabilityParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    rendering_options: RenderingOptionsParams | UnsetType | None = UNSET


class InvoiceCreationParams(Params, kw_only=True):
    enabled: bool
    invoice_data: InvoiceDataParams | UnsetType = UNSET


class AdjustableQuantityParams(Params, kw_only=True):
    enabled: bool
    maximum: Bound | UnsetType = UNSET
    minimum: Bound | UnsetType = UNSET


class ProductDataParams(Params, kw_only=True):
    description: str | UnsetType = UNSET
    images: Annotated[list[str], Meta(max_length=8)] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: Annotated[str, Meta(max_length=5000)]
    tax_code: TaxCodeId | UnsetType = UNSET
    tax_details: TaxDetailsParams | UnsetType = UNSET
    unit_label: Annotated[str, Meta(max_length=12)] | UnsetType = UNSET


class RecurringDataParams(Params, kw_only=True):
    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class PriceDataParams(Params, kw_only=True):
    currency: str
    product: str | UnsetType = UNSET
    product_data: ProductDataParams | UnsetType = UNSET
    recurring: RecurringDataParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class CollectedNameParams(Params, kw_only=True):
    enabled: bool
    optional: bool | UnsetType = UNSET


class NameCollectionParams(Params, kw_only=True):
    business: CollectedNameParams | UnsetType = UNSET
    individual: CollectedNameParams | UnsetType = UNSET


class OptionalItemParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    price: str
    quantity: Annotated[int, Meta(ge=1)]


class TransferDataParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    destination: str


class IntentTextParams(Params, kw_only=True):
    """What of a payment intent both sessions and links say."""

    capture_method: CaptureMethod | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    statement_descriptor: Annotated[str, Meta(max_length=22)] | UnsetType = UNSET
    statement_descriptor_suffix: Annotated[str, Meta(max_length=22)] | UnsetType = UNSET
    transfer_group: str | UnsetType = UNSET


class PhoneNumberCollectionParams(Params, kw_only=True):
    enabled: bool


class ShippingAddressCollectionParams(Params, kw_only=True):
    allowed_countries: list[str]


class InvoiceSettingsParams(Params, kw_only=True):
    account_tax_ids: list[str] | UnsetType | None = UNSET
    custom_fields: list[InvoiceFieldParams] | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    footer: str | UnsetType = UNSET
    issuer: LiabilityParams | UnsetType = UNSET


class TrialEndBehaviorParams(Params, kw_only=True):
    missing_payment_method: MissingMethod


class TrialSettingsParams(Params, kw_only=True):
    end_behavior: TrialEndBehaviorParams


class TaxIdCollectionParams(Params, kw_only=True):
    enabled: bool
    required: Literal["if_supported", "never"] | UnsetType = UNSET

"""Pricing tables: plans side by side, from which a choice leads straight to Checkout."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, column, flag, resource
from prorata.resources.checkout.collection_params import (
    AdjustableQuantityParams,
    AutomaticTaxParams,
    CustomTextParams,
    PhoneNumberCollectionParams,
    TaxIdCollectionParams,
)
from prorata.resources.checkout.collection_shape import (
    AddressCollection,
    CustomText,
    MethodCollection,
    MissingMethod,
    TaxIdCollection,
)
from prorata.resources.checkout.line_item import AdjustableQuantity
from prorata.resources.checkout.payment_link import AfterCompletion, LinkAutomaticTax
from prorata.resources.checkout.payment_link_params import AfterCompletionParams
from prorata.resources.checkout.session_params import BrandingSettingsParams
from prorata.resources.checkout.session_shape import BrandingSettings, Locale
from prorata.resources.references import PriceRef, ProductRef

PRODUCTS_MAX = 4
PRICES_MAX = 3
INTERVALS_MAX = 3
ButtonText = Literal["auto", "book", "buy", "contact", "start_trial", "subscribe"]
Label = Annotated[str, Meta(max_length=40)]
Feature = Annotated[str, Meta(max_length=80)]
TrialDays = Annotated[int, Meta(ge=1, le=730)]


class TableTrial(Struct, kw_only=True):
    days: int
    missing_payment_method: MissingMethod = "cancel"


class TableProduct(Struct, kw_only=True):
    """One plan of a table.

    features: None shows the product's own marketing features. label: on the highlighted plan.
    prices: one for each interval. button_url: where the button leads instead of to Checkout.
    """

    product: ProductRef
    prices: list[PriceRef]
    adjustable_quantity: AdjustableQuantity | None = None
    button_text: ButtonText = "auto"
    button_url: str | None = None
    description: str | None = None
    features: list[str] | None = None
    highlighted: bool = False
    label: str | None = None
    quantity: int = 1
    trial: TableTrial | None = None


@resource(
    prefix="prctbl",
    path="/v1/prorata/pricing_tables",
    columns=(column("active", type="boolean"),),
    filters=(flag("active"),),
    owner=lambda table: None,
    missing_name="pricing table",
    missing_param="pricing_table",
)
class PricingTable(Resource, tag="prorata.pricing_table", kw_only=True):
    """A table of up to four plans; everything but `livemode` may change."""

    active: bool = True
    after_completion: AfterCompletion
    allow_promotion_codes: bool = False
    automatic_tax: LinkAutomaticTax = msgspec.field(default_factory=LinkAutomaticTax)
    billing_address_collection: AddressCollection = "auto"
    branding_settings: BrandingSettings
    created: int
    custom_text: CustomText = msgspec.field(default_factory=CustomText)
    livemode: bool
    locale: Locale = "auto"
    metadata: Metadata = {}
    name: str | None = None
    payment_method_collection: MethodCollection = "always"
    phone_number_collection: bool = False
    products: list[TableProduct]
    tax_id_collection: TaxIdCollection = msgspec.field(default_factory=TaxIdCollection)


class TableTrialParams(Params, kw_only=True):
    days: TrialDays
    missing_payment_method: MissingMethod | UnsetType = UNSET


class TableProductParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    button_text: ButtonText | UnsetType = UNSET
    button_url: str | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=300)] | UnsetType = UNSET
    features: Annotated[list[Feature], Meta(max_length=15)] | UnsetType = UNSET
    highlighted: bool | UnsetType = UNSET
    label: Label | UnsetType = UNSET
    prices: list[str] | UnsetType = UNSET
    product: str
    quantity: Annotated[int, Meta(ge=1, le=999_999)] | UnsetType = UNSET
    trial: TableTrialParams | UnsetType = UNSET


class PricingTableParams(Params, kw_only=True):
    after_completion: AfterCompletionParams | UnsetType = UNSET
    allow_promotion_codes: bool | UnsetType = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_address_collection: AddressCollection | UnsetType = UNSET
    branding_settings: BrandingSettingsParams | UnsetType = UNSET
    custom_text: CustomTextParams | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET
    payment_method_collection: MethodCollection | UnsetType = UNSET
    phone_number_collection: PhoneNumberCollectionParams | UnsetType = UNSET
    tax_id_collection: TaxIdCollectionParams | UnsetType = UNSET


class PricingTableCreateParams(PricingTableParams, kw_only=True):
    products: list[TableProductParams]


class PricingTableUpdateParams(PricingTableParams, kw_only=True):
    """products: all of them anew, where they are sent."""

    active: bool | UnsetType = UNSET
    products: list[TableProductParams] | UnsetType = UNSET


class TableViewParams(Params, kw_only=True):
    """No parameters: whoever has the publishable key may see a table."""


class TableChoiceParams(Params, kw_only=True):
    """What the element was given, and which price was chosen; bad references are left out."""

    client_reference_id: str | UnsetType = UNSET
    customer_email: str | UnsetType = UNSET
    customer_session_client_secret: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    price: str
    quantity: Annotated[int, Meta(ge=1, le=999_999)] | UnsetType = UNSET

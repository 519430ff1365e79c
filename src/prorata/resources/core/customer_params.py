"""Customer params: what creating and updating a customer take."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Address, Metadata
from prorata.model.params import Params
from prorata.resources.billing.tax_id import TaxIdParams
from prorata.resources.core.customer import TaxExempt
from prorata.resources.payments.legacy_source import SourceParams

Text150 = Annotated[str, Meta(max_length=150)]
Text256 = Annotated[str, Meta(max_length=256)]
Sequence = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class CashBalanceSettingsParams(Params, kw_only=True):
    reconciliation_mode: Literal["automatic", "manual", "merchant_default"] | UnsetType = UNSET


class CashBalanceParams(Params, kw_only=True):
    settings: CashBalanceSettingsParams | UnsetType = UNSET


class CustomFieldParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=40)]
    value: Annotated[str, Meta(max_length=140)]


class RenderingOptionsParams(Params, kw_only=True):
    amount_tax_display: (
        Literal["exclude_tax", "include_inclusive_tax"] | None | UnsetType
    ) = UNSET
    template: str | None | UnsetType = UNSET


class InvoiceSettingsParams(Params, kw_only=True):
    custom_fields: (
        Annotated[list[CustomFieldParams], Meta(max_length=4)] | None | UnsetType
    ) = UNSET
    default_payment_method: str | None | UnsetType = UNSET
    footer: str | None | UnsetType = UNSET
    rendering_options: RenderingOptionsParams | None | UnsetType = UNSET


class ShippingParams(Params, kw_only=True):
    address: Address
    name: str
    phone: str | None | UnsetType = UNSET


class TaxParams(Params, kw_only=True):
    ip_address: str | None | UnsetType = UNSET
    validate_location: Literal["auto", "deferred", "immediately"] | UnsetType = UNSET


class CustomerParams(Params, kw_only=True):
    """What both creating and updating take.

    `coupon` and `promotion_code` are of older versions of the API; they give the customer a
    discount.
    """

    address: Address | None | UnsetType = UNSET
    balance: int | UnsetType = UNSET
    business_name: Text150 | None | UnsetType = UNSET
    cash_balance: CashBalanceParams | UnsetType = UNSET
    coupon: str | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=512)] | None | UnsetType = UNSET
    individual_name: Text150 | None | UnsetType = UNSET
    invoice_prefix: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{3,12}\Z")] | UnsetType = UNSET
    invoice_settings: InvoiceSettingsParams | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    name: Text256 | None | UnsetType = UNSET
    next_invoice_sequence: Sequence | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=20)] | None | UnsetType = UNSET
    preferred_locales: list[str] | None | UnsetType = UNSET
    promotion_code: str | None | UnsetType = UNSET
    shipping: ShippingParams | None | UnsetType = UNSET
    source: str | SourceParams | UnsetType = UNSET
    tax: TaxParams | UnsetType = UNSET
    tax_exempt: TaxExempt | None | UnsetType = UNSET
    validate: bool | UnsetType = UNSET


class CustomerCreateParams(CustomerParams, kw_only=True):
    payment_method: str | UnsetType = UNSET
    tax_id_data: list[TaxIdParams] | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET


class CustomerUpdateParams(CustomerParams, kw_only=True):
    default_source: str | UnsetType = UNSET

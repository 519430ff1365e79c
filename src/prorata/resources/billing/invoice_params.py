"""Invoice params: what each call on an invoice takes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Address, Metadata
from prorata.model.params import Params
from prorata.resources.billing.invoice_item import DiscountParams
from prorata.resources.billing.invoice_payment_settings import InvoicePaymentSettingsParams
from prorata.resources.billing.invoice_shape import CollectionMethod
from prorata.resources.payments.statement_descriptor import Descriptor
from prorata.resources.products.shipping_rate import ShippingRateCreateParams

CUSTOM_FIELDS_MAX = 4
Footer = Annotated[str, Meta(max_length=5000)]


class LiabilityParams(Params, kw_only=True):
    account: str | UnsetType = UNSET
    type: Literal["account", "self"]


class AutomaticTaxParams(Params, kw_only=True):
    enabled: bool
    liability: LiabilityParams | UnsetType = UNSET


class CustomFieldParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=40)]
    value: Annotated[str, Meta(max_length=140)]


class FromInvoiceParams(Params, kw_only=True):
    action: Literal["revision"]
    invoice: str


class RenderingPdfParams(Params, kw_only=True):
    page_size: Literal["a4", "auto", "letter"] | UnsetType = UNSET


class RenderingParams(Params, kw_only=True):
    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax"] | UnsetType | None = UNSET
    pdf: RenderingPdfParams | UnsetType = UNSET
    template: str | UnsetType = UNSET
    template_version: int | UnsetType | None = UNSET


class ShippingCostParams(Params, kw_only=True):
    shipping_rate: str | UnsetType = UNSET
    shipping_rate_data: ShippingRateCreateParams | UnsetType = UNSET


class ShippingDetailsParams(Params, kw_only=True):
    address: Address
    name: str
    phone: str | UnsetType | None = UNSET


class TransferDataParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    destination: str


class InvoiceBaseParams(Params, kw_only=True):
    """What creating and updating an invoice have in common."""

    account_tax_ids: list[str] | UnsetType | None = UNSET
    application_fee_amount: int | UnsetType = UNSET
    auto_advance: bool | UnsetType = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    automatically_finalizes_at: int | UnsetType = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    custom_fields: list[CustomFieldParams] | UnsetType | None = UNSET
    days_until_due: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    default_payment_method: str | UnsetType = UNSET
    default_source: str | UnsetType | None = UNSET
    default_tax_rates: list[str] | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    due_date: int | UnsetType = UNSET
    effective_at: int | UnsetType | None = UNSET
    footer: Footer | UnsetType | None = UNSET
    issuer: LiabilityParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    number: Annotated[str, Meta(max_length=26)] | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    payment_settings: InvoicePaymentSettingsParams | UnsetType = UNSET
    rendering: RenderingParams | UnsetType = UNSET
    shipping_cost: ShippingCostParams | UnsetType | None = UNSET
    shipping_details: ShippingDetailsParams | UnsetType | None = UNSET
    statement_descriptor: Descriptor | UnsetType | None = UNSET
    transfer_data: TransferDataParams | UnsetType | None = UNSET


class InvoiceCreateParams(InvoiceBaseParams, kw_only=True):
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    from_invoice: FromInvoiceParams | UnsetType = UNSET
    pending_invoice_items_behavior: Literal["exclude", "include"] | UnsetType = UNSET
    subscription: str | UnsetType = UNSET


class InvoiceUpdateParams(InvoiceBaseParams, kw_only=True):
    pass


class InvoiceFinalizeParams(Params, kw_only=True):
    auto_advance: bool | UnsetType = UNSET


class InvoicePayParams(Params, kw_only=True):
    forgive: bool | UnsetType = UNSET
    mandate: str | UnsetType | None = UNSET
    off_session: bool | UnsetType = UNSET
    paid_out_of_band: bool | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET
    source: str | UnsetType = UNSET


class InvoiceAttachPaymentParams(Params, kw_only=True):
    payment_intent: str | UnsetType = UNSET
    payment_record: str | UnsetType = UNSET


class NoParams(Params, kw_only=True):
    """No parameters."""

"""Collection shape: what a page collects and says, the same on sessions and payment links."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address, Metadata
from prorata.resources.references import AccountRef, TaxIdRef

CaptureMethod = Literal["automatic", "automatic_async", "manual"]
FutureUsage = Literal["off_session", "on_session"]
SubmitType = Literal["auto", "book", "donate", "pay", "subscribe"]
AddressCollection = Literal["auto", "required"]
CustomerCreation = Literal["always", "if_required"]
MethodCollection = Literal["always", "if_required"]
FieldType = Literal["dropdown", "numeric", "text"]
MissingMethod = Literal["cancel", "create_invoice", "pause"]


class Liability(Struct, kw_only=True):
    """Who answers for taxes, or issues invoices: always the own account."""

    account: AccountRef | UnsetType = UNSET
    type: Literal["account", "self"] = "self"


class ReuseAgreement(Struct, kw_only=True):
    position: Literal["auto", "hidden"]


class ConsentCollection(Struct, kw_only=True):
    payment_method_reuse_agreement: ReuseAgreement | None = None
    promotions: Literal["auto", "none"] | None = None
    terms_of_service: Literal["none", "required"] | None = None


class FieldOption(Struct, kw_only=True):
    label: str
    value: str


class FieldLabel(Struct, kw_only=True):
    custom: str | None = None
    type: Literal["custom"] = "custom"


class CustomMessage(Struct, kw_only=True):
    message: str


class CustomText(Struct, kw_only=True):
    after_submit: CustomMessage | None = None
    shipping_address: CustomMessage | None = None
    submit: CustomMessage | None = None
    terms_of_service_acceptance: CustomMessage | None = None


class CollectedName(Struct, kw_only=True):
    enabled: bool
    optional: bool = False


class NameCollection(Struct, kw_only=True):
    business: CollectedName | UnsetType = UNSET
    individual: CollectedName | UnsetType = UNSET


class PhoneNumberCollection(Struct, kw_only=True):
    enabled: bool = False


class TaxIdCollection(Struct, kw_only=True):
    enabled: bool = False
    required: Literal["if_supported", "never"] = "never"


class ShippingAddressCollection(Struct, kw_only=True):
    allowed_countries: list[str]


class ManagedPayments(Struct, kw_only=True):
    enabled: bool = False


class InvoiceField(Struct, kw_only=True):
    name: str
    value: str


class RenderingOptions(Struct, kw_only=True):
    amount_tax_display: str | None = None
    template: str | None = None


class InvoiceData(Struct, kw_only=True):
    account_tax_ids: list[TaxIdRef] | None = None
    custom_fields: list[InvoiceField] | None = None
    description: str | None = None
    footer: str | None = None
    issuer: Liability | None = None
    metadata: Metadata | None = {}
    rendering_options: RenderingOptions | None = None


class InvoiceCreation(Struct, kw_only=True):
    enabled: bool = False
    invoice_data: InvoiceData


class ShippingDetails(Struct, kw_only=True):
    address: Address
    name: str

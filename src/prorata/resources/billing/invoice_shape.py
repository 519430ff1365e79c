"""Invoice shape: the structs that an invoice, its lines and its credit notes are made of."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address
from prorata.resources.products.price import DecimalText
from prorata.resources.references import (
    AccountRef,
    CreditBalanceTransactionRef,
    DiscountRef,
    InvoiceRef,
    PriceRef,
    ShippingRateRef,
    SubscriptionRef,
)

BillingReason = Literal[
    "automatic_pending_invoice_item_invoice", "manual", "quote_accept", "subscription",
    "subscription_create", "subscription_cycle", "subscription_threshold", "subscription_update",
    "upcoming",
]  # fmt: skip
CollectionMethod = Literal["charge_automatically", "send_invoice"]
InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]
TaxabilityReason = Literal[
    "customer_exempt", "not_available", "not_collecting", "not_subject_to_tax", "not_supported",
    "portion_product_exempt", "portion_reduced_rated", "portion_standard_rated", "product_exempt",
    "product_exempt_holiday", "proportionally_rated", "reduced_rated", "reverse_charge",
    "standard_rated", "taxable_basis_reduced", "zero_rated",
]  # fmt: skip
UncollectibleReason = Literal[
    "max_payment_attempts", "payment_not_received", "subscription_canceled", "subscription_paused",
    "user_forgiven",
]  # fmt: skip


class DiscountAmount(Struct, kw_only=True):
    """What one discount took, in minor units."""

    amount: int
    discount: DiscountRef


class PretaxCreditAmount(Struct, kw_only=True):
    """What a discount or a billing credit took before tax, in minor units."""

    amount: int
    credit_balance_transaction: CreditBalanceTransactionRef | UnsetType | None = UNSET
    discount: DiscountRef | UnsetType = UNSET
    type: Literal["credit_balance_transaction", "discount"]


class TaxRateDetails(Struct, kw_only=True):
    tax_rate: str


class TaxAmount(Struct, kw_only=True):
    """One rate's tax, in minor units; `taxable_amount` is the net base."""

    amount: int
    tax_behavior: Literal["exclusive", "inclusive"]
    tax_rate_details: TaxRateDetails | None = None
    taxability_reason: TaxabilityReason
    taxable_amount: int | None = None
    type: Literal["tax_rate_details"] = "tax_rate_details"


class PriceDetails(Struct, kw_only=True):
    price: PriceRef
    product: str


class Pricing(Struct, kw_only=True):
    """What a line's or item's amount comes from."""

    price_details: PriceDetails | UnsetType = UNSET
    type: Literal["price_details"] = "price_details"
    unit_amount_decimal: DecimalText | None = None


class InvoiceTaxLiability(Struct, kw_only=True):
    account: AccountRef | UnsetType = UNSET
    type: Literal["account", "self"] = "self"


class InvoiceAutomaticTax(Struct, kw_only=True):
    disabled_reason: (
        Literal["finalization_requires_location_inputs", "finalization_system_error"] | None
    ) = None
    enabled: bool = False
    liability: InvoiceTaxLiability | None = None
    provider: str | None = None
    status: Literal["complete", "failed", "requires_location_inputs"] | None = None


class InvoiceConfirmationSecret(Struct, kw_only=True):
    client_secret: str
    type: Literal["payment_intent"] = "payment_intent"


class InvoiceCustomField(Struct, kw_only=True):
    name: str
    value: str


class InvoiceCustomerShipping(Struct, kw_only=True):
    address: Address | UnsetType = UNSET
    carrier: str | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    tracking_number: str | UnsetType | None = UNSET


class InvoiceCustomerTaxId(Struct, kw_only=True):
    type: str
    value: str | None = None


class InvoiceFromInvoice(Struct, kw_only=True):
    action: Literal["revision"]
    invoice: InvoiceRef


class InvoiceLastFinalizationError(Struct, kw_only=True):
    code: str | UnsetType = UNSET
    doc_url: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    param: str | UnsetType = UNSET
    type: Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


class InvoiceParentQuoteDetails(Struct, kw_only=True):
    quote: str


class InvoiceParentSubscriptionDetails(Struct, kw_only=True):
    metadata: dict[str, str] | None = None
    subscription: SubscriptionRef
    subscription_proration_date: int | UnsetType = UNSET


class InvoiceParent(Struct, kw_only=True):
    """What an invoice was made for: a subscription (with its metadata then) or a quote."""

    quote_details: InvoiceParentQuoteDetails | None = None
    subscription_details: InvoiceParentSubscriptionDetails | None = None
    type: Literal["quote_details", "subscription_details"]


class InvoiceRenderingPdf(Struct, kw_only=True):
    page_size: Literal["a4", "auto", "letter"] | None = None


class InvoiceRendering(Struct, kw_only=True):
    amount_tax_display: str | None = None
    pdf: InvoiceRenderingPdf | None = None
    template: str | None = None
    template_version: int | None = None


class InvoiceShippingCost(Struct, kw_only=True):
    amount_subtotal: int
    amount_tax: int
    amount_total: int
    shipping_rate: ShippingRateRef | None = None


class InvoiceUncollectible(Struct, kw_only=True):
    reason: UncollectibleReason | None = None


class InvoiceStatusDetails(Struct, kw_only=True):
    uncollectible: InvoiceUncollectible | UnsetType = UNSET


class InvoiceStatusTransitions(Struct, kw_only=True):
    finalized_at: int | None = None
    marked_uncollectible_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None


class InvoiceThresholdItemReason(Struct, kw_only=True):
    line_item_ids: list[str]
    usage_gte: int


class InvoiceThresholdReason(Struct, kw_only=True):
    amount_gte: int | None = None
    item_reasons: list[InvoiceThresholdItemReason] = []

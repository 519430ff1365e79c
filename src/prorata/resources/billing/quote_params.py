"""Quote params: what creating, changing and finalizing a quote takes."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.subscription_params import (
    AutomaticTaxParams,
    CustomFieldParams,
    DiscountParams,
    LiabilityParams,
    Quantity,
    RecurringParams,
    TaxBehavior,
    TransferDataParams,
)
from prorata.resources.billing.subscription_shape import CollectionMethod
from prorata.resources.billing.subscription_verbs import BillingModeParams

Description = Annotated[str, Meta(max_length=500)]
# Of the head of a quote; its foot may be longer.
Header = Annotated[str, Meta(max_length=50)]


class QuoteFromQuoteParams(Params, kw_only=True):
    is_revision: bool | UnsetType = UNSET
    quote: str


class QuoteInvoiceSettingsParams(Params, kw_only=True):
    custom_fields: list[CustomFieldParams] | UnsetType | None = UNSET
    days_until_due: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    footer: str | UnsetType | None = UNSET
    issuer: LiabilityParams | UnsetType = UNSET


class QuotePriceDataParams(Params, kw_only=True):
    """A price described in place; with `recurring` it is billed again and again."""

    currency: str
    product: str
    recurring: RecurringParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class QuoteLineItemParams(Params, kw_only=True):
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    price: str | UnsetType = UNSET
    price_data: QuotePriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class QuoteLineItemUpdateParams(QuoteLineItemParams, kw_only=True):
    """A line item; with `id` one that there is, which keeps what is not sent."""

    id: str | UnsetType = UNSET


class QuoteSubscriptionDataUpdateParams(Params, kw_only=True):
    description: Description | UnsetType | None = UNSET
    effective_date: int | Literal["current_period_end"] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET


class QuoteSubscriptionDataParams(QuoteSubscriptionDataUpdateParams, kw_only=True):
    billing_mode: BillingModeParams | UnsetType = UNSET
    description: Description | UnsetType = UNSET


class QuoteTransferDataParams(TransferDataParams, kw_only=True):
    amount: int | UnsetType = UNSET


class QuoteBaseParams(Params, kw_only=True):
    """What a quote is given at creation or later."""

    application_fee_amount: int | UnsetType | None = UNSET
    application_fee_percent: float | UnsetType | None = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    default_tax_rates: list[str] | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    expires_at: int | UnsetType = UNSET
    footer: Description | UnsetType | None = UNSET
    header: Header | UnsetType | None = UNSET
    invoice_settings: QuoteInvoiceSettingsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    transfer_data: QuoteTransferDataParams | UnsetType | None = UNSET


class QuoteCreateParams(QuoteBaseParams, kw_only=True):
    from_quote: QuoteFromQuoteParams | UnsetType = UNSET
    line_items: list[QuoteLineItemParams] | UnsetType = UNSET
    subscription_data: QuoteSubscriptionDataParams | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET


class QuoteUpdateParams(QuoteBaseParams, kw_only=True):
    line_items: list[QuoteLineItemUpdateParams] | UnsetType = UNSET
    subscription_data: QuoteSubscriptionDataUpdateParams | UnsetType = UNSET


class QuoteFinalizeParams(Params, kw_only=True):
    expires_at: int | UnsetType = UNSET


class QuoteEmptyParams(Params, kw_only=True):
    """No parameters but `expand`, and those of pages."""

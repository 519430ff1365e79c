"""Preview params: what the preview of an invoice takes."""

from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.fields import Address, Metadata, Shipping
from prorata.model.params import Params
from prorata.resources.billing.subscription_params import (
    AutomaticTaxParams,
    BillingScheduleParams,
    DiscountParams,
    ItemChangeParams,
    LiabilityParams,
    OneTimePriceDataParams,
    TaxBehavior,
)
from prorata.resources.billing.subscription_schedule_params import ScheduleDetailsParams
from prorata.resources.billing.subscription_shape import ProrationBehavior
from prorata.resources.billing.subscription_verbs import BillingModeParams, SubscriptionPauseParams
from prorata.resources.billing.tax_id import TaxIdParams


class PreviewCustomerTaxParams(Params, kw_only=True):
    ip_address: str | UnsetType | None = UNSET


class PreviewCustomerParams(Params, kw_only=True):
    address: Address | UnsetType | None = UNSET
    shipping: Shipping | UnsetType | None = UNSET
    tax: PreviewCustomerTaxParams | UnsetType = UNSET
    tax_exempt: Literal["exempt", "none", "reverse"] | UnsetType | None = UNSET
    tax_ids: list[TaxIdParams] | UnsetType = UNSET


class PreviewPeriodParams(Params, kw_only=True):
    end: int
    start: int


class PreviewItemParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    invoiceitem: str | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    period: PreviewPeriodParams | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: OneTimePriceDataParams | UnsetType = UNSET
    quantity: int | UnsetType = UNSET
    quantity_decimal: Decimal | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: str | UnsetType | None = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class PreviewAnchorParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["now", "timestamp", "unchanged"]


class PreviewSubscriptionParams(Params, kw_only=True):
    billing_cycle_anchor: PreviewAnchorParams | UnsetType = UNSET
    billing_mode: BillingModeParams | UnsetType = UNSET
    billing_schedules: list[BillingScheduleParams] | UnsetType | None = UNSET
    cancel_at: (
        int | Literal["max_billed_until", "max_period_end", "min_period_end"] | UnsetType | None
    ) = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancel_now: bool | UnsetType = UNSET
    default_tax_rates: list[str] | UnsetType | None = UNSET
    items: list[ItemChangeParams] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    pause: SubscriptionPauseParams | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    proration_date: int | UnsetType = UNSET
    resume_at: Literal["now"] | UnsetType = UNSET
    start_date: int | UnsetType = UNSET
    trial_end: int | Literal["now"] | UnsetType = UNSET


class PreviewParams(Params, kw_only=True):
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    customer_details: PreviewCustomerParams | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    invoice_items: list[PreviewItemParams] | UnsetType = UNSET
    issuer: LiabilityParams | UnsetType = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    preview_mode: Literal["next", "recurring"] | UnsetType = UNSET
    schedule: str | UnsetType = UNSET
    schedule_details: ScheduleDetailsParams | UnsetType = UNSET
    subscription: str | UnsetType = UNSET
    subscription_details: PreviewSubscriptionParams | UnsetType = UNSET

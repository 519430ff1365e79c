"""Subscription params: the parameters that creating and changing a subscription share."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.subscription_payment_settings import PaymentSettingsParams
from prorata.resources.billing.subscription_shape import (
    CancellationFeedback,
    CollectionMethod,
    Interval,
    MissingPaymentMethod,
    PauseCollectionBehavior,
    PaymentBehavior,
    ProrationBehavior,
)

TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]
Quantity = Annotated[int, Meta(ge=0)]


class DiscountParams(Params, kw_only=True):
    coupon: str | UnsetType = UNSET
    discount: str | UnsetType = UNSET
    promotion_code: str | UnsetType = UNSET


class RecurringParams(Params, kw_only=True):
    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class ItemPriceDataParams(Params, kw_only=True):
    currency: str
    product: str
    recurring: RecurringParams
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class OneTimePriceDataParams(Params, kw_only=True):
    currency: str
    product: str
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class ItemThresholdsParams(Params, kw_only=True):
    usage_gte: Annotated[int, Meta(ge=1)]


class CurrentTrialParams(Params, kw_only=True):
    trial_offer: str


class ItemCreateParams(Params, kw_only=True):
    """An item of a new subscription."""

    billing_thresholds: ItemThresholdsParams | UnsetType | None = UNSET
    current_trial: CurrentTrialParams | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    plan: str | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: ItemPriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class ItemChangeParams(ItemCreateParams, kw_only=True):
    """A change to an item, a new item, or one to be deleted."""

    clear_usage: bool | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    id: str | UnsetType = UNSET


class PeriodEndParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["min_item_period_end", "timestamp"]


class PeriodStartParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["max_item_period_start", "now", "timestamp"]


class PeriodParams(Params, kw_only=True):
    end: PeriodEndParams
    start: PeriodStartParams


class AddInvoiceItemParams(Params, kw_only=True):
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    period: PeriodParams | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: OneTimePriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class LiabilityParams(Params, kw_only=True):
    account: str | UnsetType = UNSET
    type: Literal["account", "self"]


class AutomaticTaxParams(Params, kw_only=True):
    enabled: bool
    liability: LiabilityParams | UnsetType = UNSET


class BillingScheduleAppliesToParams(Params, kw_only=True):
    price: str | UnsetType = UNSET
    type: Literal["price"]


class BillUntilParams(Params, kw_only=True):
    duration: RecurringParams | UnsetType = UNSET
    timestamp: int | UnsetType = UNSET
    type: Literal["duration", "timestamp"]


class BillingScheduleParams(Params, kw_only=True):
    applies_to: list[BillingScheduleAppliesToParams] | UnsetType = UNSET
    bill_until: BillUntilParams | UnsetType = UNSET
    key: str | UnsetType = UNSET


class BillingThresholdsParams(Params, kw_only=True):
    amount_gte: Annotated[int, Meta(ge=50)] | UnsetType = UNSET
    reset_billing_cycle_anchor: bool | UnsetType = UNSET


class CancellationDetailsParams(Params, kw_only=True):
    comment: str | UnsetType | None = UNSET
    feedback: CancellationFeedback | UnsetType | None = UNSET
    feedback_option: str | UnsetType = UNSET


class CustomFieldParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=40)]
    value: Annotated[str, Meta(max_length=140)]


class InvoiceSettingsParams(Params, kw_only=True):
    account_tax_ids: list[str] | UnsetType | None = UNSET
    custom_fields: list[CustomFieldParams] | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    footer: str | UnsetType | None = UNSET
    issuer: LiabilityParams | UnsetType = UNSET


class PauseCollectionParams(Params, kw_only=True):
    behavior: PauseCollectionBehavior
    resumes_at: int | UnsetType = UNSET


class TransferDataParams(Params, kw_only=True):
    amount_percent: float | UnsetType = UNSET
    destination: str


class TrialEndBehaviorParams(Params, kw_only=True):
    billing_cycle_anchor: Literal["now", "unchanged"] | UnsetType = UNSET
    missing_payment_method: MissingPaymentMethod | UnsetType = UNSET


class TrialSettingsParams(Params, kw_only=True):
    end_behavior: TrialEndBehaviorParams


class AgreementParams(Params, kw_only=True):
    """What a subscription is given at creation or later, apart from items and moments."""

    add_invoice_items: list[AddInvoiceItemParams] | UnsetType = UNSET
    application_fee_percent: float | UnsetType | None = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_thresholds: BillingThresholdsParams | UnsetType | None = UNSET
    cancel_at: (
        int | Literal["max_billed_until", "max_period_end", "min_period_end"] | UnsetType | None
    ) = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    default_payment_method: str | UnsetType | None = UNSET
    default_source: str | UnsetType | None = UNSET
    default_tax_rates: list[str] | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=500)] | UnsetType | None = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    invoice_settings: InvoiceSettingsParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    off_session: bool | UnsetType = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    payment_behavior: PaymentBehavior | UnsetType = UNSET
    payment_settings: PaymentSettingsParams | UnsetType = UNSET
    pending_invoice_item_interval: RecurringParams | UnsetType | None = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    transfer_data: TransferDataParams | UnsetType | None = UNSET
    trial_end: int | Literal["now"] | UnsetType = UNSET
    trial_from_plan: bool | UnsetType = UNSET
    trial_settings: TrialSettingsParams | UnsetType = UNSET

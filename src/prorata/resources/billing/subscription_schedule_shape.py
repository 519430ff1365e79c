"""Subscription schedule shape: phases, default settings and pauses as a schedule shows them."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from prorata.model.fields import Metadata
from prorata.resources.billing.subscription_shape import (
    CollectionMethod,
    ProrationBehavior,
    SubscriptionAutomaticTax,
    SubscriptionBillingThresholds,
    SubscriptionCustomField,
    SubscriptionIssuer,
    SubscriptionTransferData,
    own_issuer,
)
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import (
    AccountRef,
    CouponRef,
    DiscountRef,
    PaymentMethodRef,
    PlanRef,
    PriceRef,
    PromotionCodeRef,
    TaxIdRef,
)

AnchorBehavior = Literal["automatic", "phase_start"]
EndBehavior = Literal["cancel", "none", "release", "renew"]
ScheduleStatus = Literal["active", "canceled", "completed", "not_started", "released"]


class ScheduleCurrentPhase(Struct, kw_only=True):
    end_date: int
    start_date: int


class ScheduleDefaultInvoiceSettings(Struct, kw_only=True):
    account_tax_ids: list[TaxIdRef] | None = None
    custom_fields: list[SubscriptionCustomField] | None = None
    days_until_due: int | None = None
    description: str | None = None
    footer: str | None = None
    issuer: SubscriptionIssuer = field(default_factory=own_issuer)


class ScheduleDefaultSettings(Struct, kw_only=True):
    """What holds in every phase that does not say otherwise."""

    application_fee_percent: float | None = None
    automatic_tax: SubscriptionAutomaticTax = field(default_factory=SubscriptionAutomaticTax)
    billing_cycle_anchor: AnchorBehavior = "automatic"
    billing_thresholds: SubscriptionBillingThresholds | None = None
    collection_method: CollectionMethod | None = "charge_automatically"
    default_payment_method: PaymentMethodRef | None = None
    description: str | None = None
    invoice_settings: ScheduleDefaultInvoiceSettings = field(
        default_factory=ScheduleDefaultInvoiceSettings
    )
    on_behalf_of: AccountRef | None = None
    transfer_data: SubscriptionTransferData | None = None


class ScheduleDiscount(Struct, kw_only=True):
    """A discount to give: of a coupon or promotion code, or one that there is already."""

    coupon: CouponRef | None = None
    discount: DiscountRef | None = None
    promotion_code: PromotionCodeRef | None = None


class ScheduleInvoiceItemPeriodEnd(Struct, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["min_item_period_end", "phase_end", "timestamp"]


class ScheduleInvoiceItemPeriodStart(Struct, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["max_item_period_start", "phase_start", "timestamp"]


class ScheduleInvoiceItemPeriod(Struct, kw_only=True):
    end: ScheduleInvoiceItemPeriodEnd
    start: ScheduleInvoiceItemPeriodStart


class ScheduleInvoiceItem(Struct, kw_only=True):
    """Something billed once, when the phase begins."""

    discountable: bool | None = None
    discounts: list[ScheduleDiscount] = []
    metadata: Metadata | None = None
    period: ScheduleInvoiceItemPeriod
    price: PriceRef
    quantity: int | None = 1
    tax_rates: list[TaxRate] | None | UnsetType = UNSET


class SchedulePhaseInvoiceSettings(Struct, kw_only=True):
    account_tax_ids: list[TaxIdRef] | None = None
    custom_fields: list[SubscriptionCustomField] | None = None
    days_until_due: int | None = None
    description: str | None = None
    footer: str | None = None
    issuer: SubscriptionIssuer | None = None


class SchedulePhaseItemBillingThresholds(Struct, kw_only=True):
    usage_gte: int | None = None


class SchedulePhaseItem(Struct, kw_only=True):
    billing_thresholds: SchedulePhaseItemBillingThresholds | None = None
    discounts: list[ScheduleDiscount] = []
    metadata: Metadata | None = None
    plan: PlanRef
    price: PriceRef
    quantity: int | UnsetType = UNSET
    tax_rates: list[TaxRate] | None = []


class SchedulePhase(Struct, kw_only=True):
    """The subscription's terms during [start_date, end_date), seconds UTC."""

    add_invoice_items: list[ScheduleInvoiceItem] = []
    application_fee_percent: float | None = None
    automatic_tax: SubscriptionAutomaticTax | UnsetType = UNSET
    billing_cycle_anchor: AnchorBehavior | None = None
    billing_thresholds: SubscriptionBillingThresholds | None = None
    collection_method: CollectionMethod | None = None
    currency: str
    default_payment_method: PaymentMethodRef | None = None
    default_tax_rates: list[TaxRate] | None = []
    description: str | None = None
    discounts: list[ScheduleDiscount] = []
    end_date: int
    invoice_settings: SchedulePhaseInvoiceSettings | None = None
    items: list[SchedulePhaseItem]
    metadata: Metadata | None = None
    on_behalf_of: AccountRef | None = None
    proration_behavior: ProrationBehavior = "create_prorations"
    start_date: int
    transfer_data: SubscriptionTransferData | None = None
    trial_end: int | None = None

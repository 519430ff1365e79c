"""Subscription shape: the objects that stand inside a subscription."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.products.discount import Discount
from prorata.resources.references import (
    AccountRef,
    DiscountRef,
    FeedbackOptionRef,
    PriceRef,
    TaxIdRef,
)

Interval = Literal["day", "month", "week", "year"]
ProrationBehavior = Literal["always_invoice", "create_prorations", "none"]
CollectionMethod = Literal["charge_automatically", "send_invoice"]
PaymentBehavior = Literal[
    "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
]
PauseCollectionBehavior = Literal["keep_as_draft", "mark_uncollectible", "void"]
MissingPaymentMethod = Literal["cancel", "create_invoice", "pause"]
SubscriptionStatus = Literal[
    "active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing",
    "unpaid",
]  # fmt: skip
CancellationFeedback = Literal[
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
]  # fmt: skip
CancellationReason = Literal[
    "canceled_by_retention_policy", "cancellation_requested", "payment_disputed", "payment_failed"
]
PauseReason = Literal[
    "final_payment_failure", "first_payment_failure", "pause_requested", "system",
    "trial_end_without_payment_method",
]  # fmt: skip


class SubscriptionAutomaticTaxLiability(Struct, kw_only=True):
    account: AccountRef | UnsetType = UNSET
    type: Literal["account", "self"]


class SubscriptionAutomaticTax(Struct, kw_only=True):
    disabled_reason: Literal["requires_location_inputs"] | None = None
    enabled: bool = False
    liability: SubscriptionAutomaticTaxLiability | None = None


class SubscriptionBillingCycleAnchorConfig(Struct, kw_only=True):
    day_of_month: int
    hour: int | None = None
    minute: int | None = None
    month: int | None = None
    second: int | None = None


class SubscriptionBillingModeFlexible(Struct, kw_only=True):
    proration_discounts: Literal["included", "itemized"] | UnsetType = UNSET


class SubscriptionBillingMode(Struct, kw_only=True):
    flexible: SubscriptionBillingModeFlexible | None = None
    type: Literal["classic", "flexible"]
    updated_at: int | UnsetType = UNSET


class SubscriptionBillingScheduleAppliesTo(Struct, kw_only=True):
    price: PriceRef | None = None
    type: Literal["price"]


class SubscriptionBillUntilDuration(Struct, kw_only=True):
    interval: Interval
    interval_count: int | None = None


class SubscriptionBillUntil(Struct, kw_only=True):
    computed_timestamp: int
    duration: SubscriptionBillUntilDuration | None = None
    timestamp: int | None = None
    type: Literal["duration", "timestamp"]


class SubscriptionBillingSchedule(Struct, kw_only=True):
    applies_to: list[SubscriptionBillingScheduleAppliesTo] | None = None
    bill_until: SubscriptionBillUntil
    key: str


class SubscriptionBillingThresholds(Struct, kw_only=True):
    amount_gte: int | None = None
    reset_billing_cycle_anchor: bool | None = None


class SubscriptionCancellationDetails(Struct, kw_only=True):
    comment: str | None = None
    feedback: CancellationFeedback | None = None
    feedback_option: FeedbackOptionRef | None = None
    reason: CancellationReason | None = None


class SubscriptionCustomField(Struct, kw_only=True):
    name: str
    value: str


class SubscriptionIssuer(Struct, kw_only=True):
    account: AccountRef | UnsetType = UNSET
    type: Literal["account", "self"]


def own_issuer() -> SubscriptionIssuer:
    """Return the account itself as the issuer of invoices."""
    return SubscriptionIssuer(type="self")


class SubscriptionInvoiceSettings(Struct, kw_only=True):
    account_tax_ids: list[TaxIdRef] | None = None
    custom_fields: list[SubscriptionCustomField] | None = None
    description: str | None = None
    footer: str | None = None
    issuer: SubscriptionIssuer


class SubscriptionManagedPayments(Struct, kw_only=True):
    enabled: bool = False


class SubscriptionPauseCollection(Struct, kw_only=True):
    behavior: PauseCollectionBehavior
    resumes_at: int | None = None


class SubscriptionPendingInvoiceItemInterval(Struct, kw_only=True):
    interval: Interval
    interval_count: int


class SubscriptionPendingUpdate(Struct, kw_only=True):
    billing_cycle_anchor: int | None = None
    cancel_at_period_end: bool | None = None
    discount: Discount | None = None
    discounts: list[DiscountRef] | None = None
    expires_at: int
    metadata: Metadata | None = None
    subscription_items: list[SubscriptionItem] | None = None
    trial_end: int | None = None
    trial_from_plan: bool | None = None


class SubscriptionPausedSubscription(Struct, kw_only=True):
    type: PauseReason


class SubscriptionPaused(Struct, kw_only=True):
    subscription: SubscriptionPausedSubscription
    transitioned_at: int
    type: Literal["subscription"] = "subscription"


class SubscriptionStatusDetails(Struct, kw_only=True):
    paused: SubscriptionPaused


class SubscriptionTransferData(Struct, kw_only=True):
    amount_percent: float | None = None
    destination: AccountRef


class SubscriptionTrialEndBehavior(Struct, kw_only=True):
    billing_cycle_anchor: Literal["now", "unchanged"] | None = "now"
    missing_payment_method: MissingPaymentMethod = "create_invoice"


class SubscriptionTrialSettings(Struct, kw_only=True):
    end_behavior: SubscriptionTrialEndBehavior

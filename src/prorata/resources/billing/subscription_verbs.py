"""Subscription verbs' params: what each call on a subscription or an item takes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.params import Params
from prorata.resources.billing.subscription_params import (
    AgreementParams,
    BillingScheduleParams,
    CancellationDetailsParams,
    ItemChangeParams,
    ItemCreateParams,
    PauseCollectionParams,
)
from prorata.resources.billing.subscription_shape import PaymentBehavior, ProrationBehavior


class BillingCycleAnchorConfigParams(Params, kw_only=True):
    day_of_month: Annotated[int, Meta(ge=1, le=31)]
    hour: Annotated[int, Meta(ge=0, le=23)] | UnsetType = UNSET
    minute: Annotated[int, Meta(ge=0, le=59)] | UnsetType = UNSET
    month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    second: Annotated[int, Meta(ge=0, le=59)] | UnsetType = UNSET


class BillingModeFlexibleParams(Params, kw_only=True):
    proration_discounts: Literal["included", "itemized"] | UnsetType = UNSET


class BillingModeParams(Params, kw_only=True):
    flexible: BillingModeFlexibleParams | UnsetType = UNSET
    type: Literal["classic", "flexible"]


class SubscriptionCreateParams(AgreementParams, kw_only=True):
    backdate_start_date: int | UnsetType = UNSET
    billing_cycle_anchor: int | UnsetType = UNSET
    billing_cycle_anchor_config: BillingCycleAnchorConfigParams | UnsetType = UNSET
    billing_mode: BillingModeParams | UnsetType = UNSET
    billing_schedules: list[BillingScheduleParams] | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    items: list[ItemCreateParams] | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class AnchorChangeParams(Params, kw_only=True):
    type: Literal["now", "unchanged"]


class SubscriptionUpdateParams(AgreementParams, kw_only=True):
    billing_cycle_anchor: AnchorChangeParams | UnsetType = UNSET
    billing_schedules: list[BillingScheduleParams] | UnsetType | None = UNSET
    cancellation_details: CancellationDetailsParams | UnsetType = UNSET
    items: list[ItemChangeParams] | UnsetType = UNSET
    pause_collection: PauseCollectionParams | UnsetType | None = UNSET
    proration_date: int | UnsetType = UNSET


class SubscriptionCancelParams(Params, kw_only=True):
    cancellation_details: CancellationDetailsParams | UnsetType = UNSET
    invoice_now: bool | UnsetType = UNSET
    prorate: bool | UnsetType = UNSET


class SubscriptionMigrateMode(Params, kw_only=True):
    flexible: BillingModeFlexibleParams | UnsetType = UNSET
    type: Literal["flexible"]


class SubscriptionMigrateParams(Params, kw_only=True):
    billing_mode: SubscriptionMigrateMode


class OutstandingUsageParams(Params, kw_only=True):
    type: Literal["none", "now"]


class UnusedTimeParams(Params, kw_only=True):
    type: Literal["item_current_period_start", "none", "now"]


class BillForParams(Params, kw_only=True):
    outstanding_usage_through: OutstandingUsageParams | UnsetType = UNSET
    unused_time_from: UnusedTimeParams | UnsetType = UNSET


class SubscriptionPauseParams(Params, kw_only=True):
    bill_for: BillForParams | UnsetType = UNSET
    invoicing_behavior: Literal["invoice", "pending_invoice_item"] | UnsetType = UNSET
    type: Literal["subscription"] | UnsetType = UNSET


class SubscriptionResumeParams(Params, kw_only=True):
    billing_cycle_anchor: AnchorChangeParams | UnsetType = UNSET
    payment_behavior: (
        Literal["resume_on_payment_attempt", "resume_on_payment_success"] | UnsetType
    ) = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    proration_date: int | UnsetType = UNSET


class SubscriptionItemCreateParams(ItemCreateParams, kw_only=True):
    payment_behavior: PaymentBehavior | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    proration_date: int | UnsetType = UNSET
    subscription: str


class SubscriptionItemUpdateParams(ItemCreateParams, kw_only=True):
    """What of an item can be changed: all that is said of a new one."""

    off_session: bool | UnsetType = UNSET
    payment_behavior: PaymentBehavior | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    proration_date: int | UnsetType = UNSET


class SubscriptionItemDeleteParams(Params, kw_only=True):
    clear_usage: bool | UnsetType = UNSET
    payment_behavior: PaymentBehavior | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    proration_date: int | UnsetType = UNSET

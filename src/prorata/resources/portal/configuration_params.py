"""Configuration params: what creating and updating a configuration of the portal take."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.portal.configuration import (
    AllowedUpdate,
    CancellationOption,
    Interval,
    PlanUpdate,
    ProrationBehavior,
)

Headline = Annotated[str, Meta(max_length=60)]
Count = Annotated[int, Meta(ge=1)]
Quantity = Annotated[int, Meta(ge=0, le=999_999)]
# Where nothing is sent, what is not to be chosen.
Emptied = UnsetType | None


class BusinessProfileParams(Params, kw_only=True):
    headline: Headline | Emptied = UNSET
    privacy_policy_url: str | UnsetType = UNSET
    terms_of_service_url: str | UnsetType = UNSET


class BusinessProfileUpdateParams(Params, kw_only=True):
    headline: Headline | Emptied = UNSET
    privacy_policy_url: str | Emptied = UNSET
    terms_of_service_url: str | Emptied = UNSET


class CustomerUpdateParams(Params, kw_only=True):
    allowed_updates: list[AllowedUpdate] | Emptied = UNSET
    enabled: bool


class CustomerUpdateUpdateParams(CustomerUpdateParams, kw_only=True):
    enabled: bool | UnsetType = UNSET  # type: ignore[assignment]


class InvoiceHistoryParams(Params, kw_only=True):
    enabled: bool


class PaymentMethodUpdateParams(Params, kw_only=True):
    enabled: bool
    payment_method_configuration: str | Emptied = UNSET


class CancellationReasonParams(Params, kw_only=True):
    enabled: bool
    feedback_options: list[str] | Emptied = UNSET
    options: list[CancellationOption] | None


class CancellationReasonUpdateParams(Params, kw_only=True):
    enabled: bool
    feedback_options: list[str] | Emptied = UNSET
    options: list[CancellationOption] | Emptied = UNSET


class CancelSettingsParams(Params, kw_only=True):
    mode: Literal["at_period_end", "immediately"] | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET


class SubscriptionCancelParams(CancelSettingsParams, kw_only=True):
    cancellation_reason: CancellationReasonParams | UnsetType = UNSET
    enabled: bool


class SubscriptionCancelUpdateParams(CancelSettingsParams, kw_only=True):
    cancellation_reason: CancellationReasonUpdateParams | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class PauseIntervalParams(Params, kw_only=True):
    interval: Interval
    interval_count: Count | UnsetType = UNSET


class PauseDurationParams(Params, kw_only=True):
    interval_options: list[PauseIntervalParams] | Emptied = UNSET
    type: Literal["indefinite", "interval_options"]


class SubscriptionPauseParams(Params, kw_only=True):
    duration: PauseDurationParams | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class AdjustableQuantityParams(Params, kw_only=True):
    enabled: bool
    maximum: Quantity | UnsetType = UNSET
    minimum: Quantity | UnsetType = UNSET


class OfferedProductParams(Params, kw_only=True):
    adjustable_quantity: AdjustableQuantityParams | UnsetType = UNSET
    prices: list[str]
    product: str


class ScheduleConditionParams(Params, kw_only=True):
    type: Literal["decreasing_item_amount", "shortening_interval"]


class ScheduleAtPeriodEndParams(Params, kw_only=True):
    conditions: list[ScheduleConditionParams] | Emptied = UNSET


class SubscriptionUpdateUpdateParams(Params, kw_only=True):
    billing_cycle_anchor: Literal["now", "unchanged"] | UnsetType = UNSET
    default_allowed_updates: list[PlanUpdate] | Emptied = UNSET
    enabled: bool | UnsetType = UNSET
    products: list[OfferedProductParams] | Emptied = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    schedule_at_period_end: ScheduleAtPeriodEndParams | UnsetType = UNSET
    trial_update_behavior: Literal["continue_trial", "end_trial"] | UnsetType = UNSET


class SubscriptionUpdateParams(SubscriptionUpdateUpdateParams, kw_only=True):
    enabled: bool


class FeaturesParams(Params, kw_only=True):
    customer_update: CustomerUpdateParams | UnsetType = UNSET
    invoice_history: InvoiceHistoryParams | UnsetType = UNSET
    payment_method_update: PaymentMethodUpdateParams | UnsetType = UNSET
    subscription_cancel: SubscriptionCancelParams | UnsetType = UNSET
    subscription_pause: SubscriptionPauseParams | UnsetType = UNSET
    subscription_update: SubscriptionUpdateParams | UnsetType = UNSET


class FeaturesUpdateParams(Params, kw_only=True):
    customer_update: CustomerUpdateUpdateParams | UnsetType = UNSET
    invoice_history: InvoiceHistoryParams | UnsetType = UNSET
    payment_method_update: PaymentMethodUpdateParams | UnsetType = UNSET
    subscription_cancel: SubscriptionCancelUpdateParams | UnsetType = UNSET
    subscription_pause: SubscriptionPauseParams | UnsetType = UNSET
    subscription_update: SubscriptionUpdateUpdateParams | UnsetType = UNSET


class LoginPageParams(Params, kw_only=True):
    enabled: bool


class ConfigurationCreateParams(Params, kw_only=True):
    business_profile: BusinessProfileParams | UnsetType = UNSET
    default_return_url: str | Emptied = UNSET
    features: FeaturesParams
    login_page: LoginPageParams | UnsetType = UNSET
    metadata: Metadata | Emptied = UNSET
    name: str | Emptied = UNSET


class ConfigurationUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    business_profile: BusinessProfileUpdateParams | UnsetType = UNSET
    default_return_url: str | Emptied = UNSET
    features: FeaturesUpdateParams | UnsetType = UNSET
    login_page: LoginPageParams | UnsetType = UNSET
    metadata: Metadata | Emptied = UNSET
    name: str | Emptied = UNSET


class ConfigurationListParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET

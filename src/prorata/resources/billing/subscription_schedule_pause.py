"""Subscription schedule pause: a pause that a schedule has planned, and its resumption."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from prorata.model.params import Params
from prorata.resources.billing.subscription_params import RecurringParams
from prorata.resources.billing.subscription_shape import ProrationBehavior

UnusedTimeFrom = Literal["item_current_period_start", "none", "pause_at"]
UsageThrough = Literal["none", "pause_at"]
PauseInvoicing = Literal["invoice", "pending_invoice_item"]
ResumeAnchor = Literal["resume_at", "unchanged"]
ResumePayment = Literal["resume_on_payment_attempt", "resume_on_payment_success"]


class SchedulePauseUsage(Struct, kw_only=True):
    type: UsageThrough = "pause_at"


class SchedulePauseUnusedTime(Struct, kw_only=True):
    type: UnusedTimeFrom = "pause_at"


class SchedulePauseBillFor(Struct, kw_only=True):
    outstanding_usage_through: SchedulePauseUsage = field(default_factory=SchedulePauseUsage)
    unused_time_from: SchedulePauseUnusedTime = field(default_factory=SchedulePauseUnusedTime)


class SchedulePauseSettings(Struct, kw_only=True):
    bill_for: SchedulePauseBillFor = field(default_factory=SchedulePauseBillFor)
    invoicing_behavior: PauseInvoicing = "pending_invoice_item"
    type: Literal["subscription"] = "subscription"


class SchedulePauseError(Struct, kw_only=True):
    code: str | UnsetType = UNSET
    message: str


class SchedulePauseStatus(Struct, kw_only=True):
    error: SchedulePauseError | UnsetType = UNSET
    type: Literal["error", "scheduled", "succeeded"] = "scheduled"


class SchedulePause(Struct, kw_only=True):
    pause_at: int
    settings: SchedulePauseSettings | None = field(default_factory=SchedulePauseSettings)
    status: SchedulePauseStatus = field(default_factory=SchedulePauseStatus)


class ScheduleResumeSettings(Struct, kw_only=True):
    billing_cycle_anchor: ResumeAnchor = "resume_at"
    payment_behavior: ResumePayment = "resume_on_payment_success"
    proration_behavior: ProrationBehavior = "create_prorations"


class ScheduleResumeStatus(Struct, kw_only=True):
    error: SchedulePauseError | UnsetType = UNSET
    type: Literal["error", "pending", "requires_action", "scheduled", "succeeded"] = "scheduled"


class ScheduleResume(Struct, kw_only=True):
    resume_at: int
    settings: ScheduleResumeSettings = field(default_factory=ScheduleResumeSettings)
    status: ScheduleResumeStatus = field(default_factory=ScheduleResumeStatus)


class PauseSchedule(Struct, kw_only=True):
    key: str
    pause: SchedulePause
    resume: ScheduleResume | None = None


class PauseAtParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["now", "timestamp"]


class PauseUsageParams(Params, kw_only=True):
    type: UsageThrough


class PauseUnusedTimeParams(Params, kw_only=True):
    type: UnusedTimeFrom


class PauseBillForParams(Params, kw_only=True):
    outstanding_usage_through: PauseUsageParams | UnsetType = UNSET
    unused_time_from: PauseUnusedTimeParams | UnsetType = UNSET


class PauseSettingsParams(Params, kw_only=True):
    bill_for: PauseBillForParams | UnsetType = UNSET
    invoicing_behavior: PauseInvoicing | UnsetType = UNSET
    type: Literal["subscription"] | UnsetType = UNSET


class PlannedPauseParams(Params, kw_only=True):
    pause_at: PauseAtParams | UnsetType = UNSET
    settings: PauseSettingsParams | UnsetType = UNSET


class ResumeAtParams(Params, kw_only=True):
    duration: RecurringParams | UnsetType = UNSET
    timestamp: int | UnsetType = UNSET
    type: Literal["duration", "now", "timestamp"]


class ResumeSettingsParams(Params, kw_only=True):
    billing_cycle_anchor: ResumeAnchor | UnsetType = UNSET
    payment_behavior: ResumePayment | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET


class PlannedResumeParams(Params, kw_only=True):
    resume_at: ResumeAtParams | UnsetType = UNSET
    settings: ResumeSettingsParams | UnsetType = UNSET


class PauseScheduleParams(Params, kw_only=True):
    key: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    pause: PlannedPauseParams | UnsetType = UNSET
    resume: PlannedResumeParams | UnsetType | None = UNSET

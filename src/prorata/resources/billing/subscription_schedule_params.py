"""Subscription schedule params: what creating, changing and ending a schedule takes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.subscription_params import (
    AutomaticTaxParams,
    BillingThresholdsParams,
    DiscountParams,
    InvoiceSettingsParams,
    ItemPriceDataParams,
    ItemThresholdsParams,
    OneTimePriceDataParams,
    Quantity,
    RecurringParams,
    TransferDataParams,
)
from prorata.resources.billing.subscription_schedule_pause import PauseScheduleParams
from prorata.resources.billing.subscription_schedule_shape import AnchorBehavior, EndBehavior
from prorata.resources.billing.subscription_shape import CollectionMethod, ProrationBehavior
from prorata.resources.billing.subscription_verbs import BillingModeParams

Description = Annotated[str, Meta(max_length=500)]


class ScheduleInvoiceSettingsParams(InvoiceSettingsParams, kw_only=True):
    days_until_due: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class DefaultSettingsParams(Params, kw_only=True):
    application_fee_percent: float | UnsetType = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_cycle_anchor: AnchorBehavior | UnsetType = UNSET
    billing_thresholds: BillingThresholdsParams | UnsetType | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    default_payment_method: str | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    invoice_settings: ScheduleInvoiceSettingsParams | UnsetType = UNSET
    on_behalf_of: str | UnsetType | None = UNSET
    transfer_data: TransferDataParams | UnsetType | None = UNSET


class InvoiceItemPeriodEndParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["min_item_period_end", "phase_end", "timestamp"]


class InvoiceItemPeriodStartParams(Params, kw_only=True):
    timestamp: int | UnsetType = UNSET
    type: Literal["max_item_period_start", "phase_start", "timestamp"]


class InvoiceItemPeriodParams(Params, kw_only=True):
    end: InvoiceItemPeriodEndParams
    start: InvoiceItemPeriodStartParams


class PhaseInvoiceItemParams(Params, kw_only=True):
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    period: InvoiceItemPeriodParams | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: OneTimePriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class PhaseItemParams(Params, kw_only=True):
    billing_thresholds: ItemThresholdsParams | UnsetType | None = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    price: str | UnsetType = UNSET
    price_data: ItemPriceDataParams | UnsetType = UNSET
    quantity: Quantity | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class PhaseParams(Params, kw_only=True):
    """A phase of a schedule; its length is one of duration, end_date and (older) iterations."""

    add_invoice_items: list[PhaseInvoiceItemParams] | UnsetType = UNSET
    application_fee_percent: float | UnsetType = UNSET
    automatic_tax: AutomaticTaxParams | UnsetType = UNSET
    billing_cycle_anchor: AnchorBehavior | UnsetType = UNSET
    billing_thresholds: BillingThresholdsParams | UnsetType | None = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    default_payment_method: str | UnsetType = UNSET
    default_tax_rates: list[str] | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    duration: RecurringParams | UnsetType = UNSET
    end_date: int | Literal["now"] | UnsetType = UNSET
    invoice_settings: ScheduleInvoiceSettingsParams | UnsetType = UNSET
    items: Annotated[list[PhaseItemParams], Meta(min_length=1)]
    iterations: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET
    transfer_data: TransferDataParams | UnsetType = UNSET
    trial: bool | UnsetType = UNSET
    trial_end: int | Literal["now"] | UnsetType = UNSET


class NewPhaseParams(PhaseParams, kw_only=True):
    """A phase of a new schedule, which cannot end now."""

    end_date: int | UnsetType = UNSET


class PhaseUpdateParams(PhaseParams, kw_only=True):
    """A phase of a schedule that there is already."""

    start_date: int | Literal["now"] | UnsetType = UNSET


class ScheduleCreateParams(Params, kw_only=True):
    billing_mode: BillingModeParams | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    default_settings: DefaultSettingsParams | UnsetType = UNSET
    end_behavior: EndBehavior | UnsetType = UNSET
    from_subscription: str | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    pause_schedules: list[PauseScheduleParams] | UnsetType = UNSET
    phases: list[NewPhaseParams] | UnsetType = UNSET
    start_date: int | Literal["now"] | UnsetType = UNSET


class ScheduleUpdateParams(Params, kw_only=True):
    default_settings: DefaultSettingsParams | UnsetType = UNSET
    end_behavior: EndBehavior | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    pause_schedules: list[PauseScheduleParams] | UnsetType | None = UNSET
    phases: list[PhaseUpdateParams] | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET


class ScheduleCancelParams(Params, kw_only=True):
    invoice_now: bool | UnsetType = UNSET
    prorate: bool | UnsetType = UNSET


class ScheduleReleaseParams(Params, kw_only=True):
    preserve_cancel_date: bool | UnsetType = UNSET


class ScheduleDetailsParams(Params, kw_only=True):
    """What a preview supposes of a schedule, or of one that there is not."""

    billing_mode: BillingModeParams | UnsetType = UNSET
    end_behavior: Literal["cancel", "release"] | UnsetType = UNSET
    pause_schedules: list[PauseScheduleParams] | UnsetType | None = UNSET
    phases: list[PhaseUpdateParams] | UnsetType = UNSET
    proration_behavior: ProrationBehavior | UnsetType = UNSET

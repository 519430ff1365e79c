"""Refund params: what creating and listing refunds takes."""

from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.fields import Metadata, Range
from prorata.model.params import Params

Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]


class RefundCreateParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    charge: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    instructions_email: str | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    origin: Literal["customer_balance"] | UnsetType = UNSET
    payment_intent: str | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class ChargeRefundParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    instructions_email: str | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    payment_intent: str | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class ChargeRefundListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET

"""Credit note params: what issuing and previewing a credit note takes."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.credit_note import CreditNoteReason

Natural = Annotated[int, Meta(ge=0)]


class NoteTaxAmountParams(Params, kw_only=True):
    amount: int
    tax_rate: str
    taxable_amount: int


class NoteLineParams(Params, kw_only=True):
    amount: Natural | UnsetType = UNSET
    description: str | UnsetType = UNSET
    invoice_line_item: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    tax_amounts: list[NoteTaxAmountParams] | UnsetType | None = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET
    type: Literal["custom_line_item", "invoice_line_item"]
    unit_amount: Natural | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class PaymentRecordRefundParams(Params, kw_only=True):
    payment_record: str
    refund_group: str


class NoteRefundParams(Params, kw_only=True):
    amount_refunded: Natural | UnsetType = UNSET
    payment_record_refund: PaymentRecordRefundParams | UnsetType = UNSET
    refund: str | UnsetType = UNSET
    type: Literal["payment_record_refund", "refund"] | UnsetType = UNSET


class NoteShippingCostParams(Params, kw_only=True):
    shipping_rate: str | UnsetType = UNSET


class CreditNoteCreateParams(Params, kw_only=True):
    amount: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    credit_amount: Natural | UnsetType = UNSET
    effective_at: int | UnsetType = UNSET
    email_type: Literal["credit_note", "none"] | UnsetType = UNSET
    invoice: str
    lines: list[NoteLineParams] | UnsetType = UNSET
    memo: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    out_of_band_amount: Natural | UnsetType = UNSET
    reason: CreditNoteReason | UnsetType = UNSET
    refund_amount: Natural | UnsetType = UNSET
    refunds: list[NoteRefundParams] | UnsetType = UNSET
    shipping_cost: NoteShippingCostParams | UnsetType = UNSET


class CreditNoteVoidParams(Params, kw_only=True):
    """No parameters."""

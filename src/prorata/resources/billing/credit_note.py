"""Credit notes: what is taken back of a finalized invoice, before or after its payment."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.model.operation import Inline, operation
from prorata.model.params import Params, assign
from prorata.model.resource import Resource, column, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    InvoiceShippingCost,
    TaxAmount,
)
from prorata.resources.products.price import DecimalText
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import (
    CreditBalanceTransactionRef,
    CustomerBalanceTransactionRef,
    CustomerRef,
    DiscountRef,
    InvoiceRef,
    RefundRef,
)

CreditNoteType = Literal["mixed", "post_payment", "pre_payment"]
CreditNoteReason = Literal["duplicate", "fraudulent", "order_change", "product_unsatisfactory"]


class CreditedDiscount(Struct, kw_only=True):
    """What a discount or a billing credit had taken of what is credited, in minor units."""

    amount: int
    credit_balance_transaction: CreditBalanceTransactionRef | UnsetType = UNSET
    discount: DiscountRef | UnsetType = UNSET
    type: Literal["credit_balance_transaction", "discount"]


class CreditNoteLineItem(Struct, kw_only=True, tag_field="object", tag="credit_note_line_item"):
    """One credited line. `amount` is minor units before discounts and exclusive taxes."""

    id: str
    amount: int
    description: str | None = None
    discount_amount: int = 0
    discount_amounts: list[DiscountAmount] = []
    invoice_line_item: str | UnsetType = UNSET
    livemode: bool
    metadata: Metadata | None = None
    pretax_credit_amounts: list[CreditedDiscount] = []
    quantity: int | None = None
    tax_rates: list[TaxRate] = []
    taxes: list[TaxAmount] | None = None
    type: Literal["custom_line_item", "invoice_line_item"]
    unit_amount: int | None = None
    unit_amount_decimal: DecimalText | None = None


class CreditNotePaymentRecordRefund(Struct, kw_only=True):
    payment_record: str
    refund_group: str


class CreditNoteRefund(Struct, kw_only=True):
    amount_refunded: int
    payment_record_refund: CreditNotePaymentRecordRefund | None = None
    refund: RefundRef
    type: Literal["payment_record_refund", "refund"] | None = "refund"


class CreditedLine(Struct, kw_only=True, omit_defaults=True):
    """How a note credits a line of the invoice: by amount or by quantity, never both ways."""

    line: str
    amount: int
    quantity: int | None = None


class CreditNotePrivate(Struct, kw_only=True, omit_defaults=True):
    """taken: what a note that names no line takes of each, by id (minor units without tax)."""

    credited: list[CreditedLine] = []
    taken: dict[str, int] | None = None


@resource(
    prefix="cn",
    path="/v1/credit_notes",
    columns=(
        column("customer", index=True),
        column("invoice", index=True),
        column("status"),
    ),
    filters=(
        within("created"),
        matches("customer"),
        matches("customer_account", "customer"),
        matches("invoice"),
    ),
    events=("created", "updated"),
)
class CreditNote(Resource, tag="credit_note", kw_only=True):
    """amount and total are minor units with tax; the payment amounts say when it was owed."""

    Private = CreditNotePrivate

    amount: int
    amount_shipping: int = 0
    created: int
    currency: str
    customer: CustomerRef
    customer_account: str | None = None
    customer_balance_transaction: CustomerBalanceTransactionRef | None = None
    discount_amount: int = 0
    discount_amounts: list[DiscountAmount] = []
    effective_at: int | None = None
    invoice: InvoiceRef
    lines: InlineList[CreditNoteLineItem]
    livemode: bool
    memo: str | None = None
    metadata: Metadata | None = None
    number: str
    out_of_band_amount: int | None = None
    pdf: str
    post_payment_amount: int = 0
    pre_payment_amount: int = 0
    pretax_credit_amounts: list[CreditedDiscount] = []
    reason: CreditNoteReason | None = None
    refunds: list[CreditNoteRefund] = []
    shipping_cost: InvoiceShippingCost | None = None
    status: Literal["issued", "void"] = "issued"
    subtotal: int
    subtotal_excluding_tax: int | None = None
    total: int
    total_excluding_tax: int | None = None
    total_taxes: list[TaxAmount] | None = None
    type: CreditNoteType = "pre_payment"
    voided_at: int | None = None


class CreditNoteUpdateParams(Params, kw_only=True):
    memo: str | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


@operation("POST /v1/credit_notes/{id}")
def update(tx: Tx, note: CreditNote, params: CreditNoteUpdateParams) -> CreditNote:
    """Change the memo or metadata of a credit note."""
    assign(note, params)
    return note


@operation("GET /v1/credit_notes/{id}/lines")
def lines(tx: Tx, note: CreditNote) -> Inline[CreditNoteLineItem]:
    """List the lines of a credit note."""
    return Inline(note.lines.data, url=f"/v1/credit_notes/{note.id}/lines")

"""Invoice payments: which payment pays how much of an invoice."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.references import (
    ChargeRef,
    InvoiceRef,
    PaymentIntentRef,
    PaymentRecordRef,
)


class InvoicePaymentPayment(Struct, kw_only=True):
    charge: ChargeRef | UnsetType = UNSET
    payment_intent: PaymentIntentRef | UnsetType = UNSET
    payment_record: PaymentRecordRef | UnsetType = UNSET
    type: Literal["charge", "payment_intent", "payment_record"]


class InvoicePaymentStatusTransitions(Struct, kw_only=True):
    canceled_at: int | None = None
    paid_at: int | None = None


@resource(
    prefix="inpay",
    path="/v1/invoice_payments",
    columns=(
        column("invoice", index=True),
        column("payment_intent", lambda each: each.payment.payment_intent, index=True),
        column("payment_record", lambda each: each.payment.payment_record),
        column("is_default", type="boolean"),
        column("status"),
    ),
    owner=lambda payment: payment.invoice,
)
class InvoicePayment(Resource, tag="invoice_payment", kw_only=True):
    """amount_paid and amount_requested are minor units; amount_paid is None until paid."""

    amount_paid: int | None = None
    amount_requested: int
    created: int
    currency: str
    invoice: InvoiceRef
    is_default: bool
    livemode: bool
    payment: InvoicePaymentPayment
    status: Literal["canceled", "open", "paid"] = "open"
    status_transitions: InvoicePaymentStatusTransitions


class PaymentFilter(Params, kw_only=True):
    payment_intent: str | UnsetType = UNSET
    payment_record: str | UnsetType = UNSET
    type: Literal["payment_intent", "payment_record"]


class InvoicePaymentListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET
    invoice: str | UnsetType = UNSET
    payment: PaymentFilter | UnsetType = UNSET
    status: Literal["canceled", "open", "paid"] | UnsetType = UNSET


@operation("GET /v1/invoice_payments")
def list_payments(tx: Tx, params: InvoicePaymentListParams) -> Listing[InvoicePayment]:
    """List payments on invoices by invoice, payment, status or time."""
    columns: dict[str, Any] = {}
    names: dict[str, str] = {}
    if given(params.invoice):
        columns["invoice"] = params.invoice
    if given(params.status):
        columns["status"] = params.status
    if given(params.payment):
        kind = params.payment.type
        id = getattr(params.payment, kind)
        if id is UNSET:
            raise InvalidRequest(
                f"Missing required param: payment[{kind}].",
                code="parameter_missing",
                param=f"payment[{kind}]",
            )
        columns[kind] = id
        names[kind] = f"payment[{kind}]"
    named = "invoice" in columns or given(params.payment)
    ranges = {"created": params.created} if given(params.created) else {}
    return Listing(InvoicePayment, columns, ranges, hidden_clocks=not named, names=names)

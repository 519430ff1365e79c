"""Payment records: payments that were made elsewhere, as their seller reports them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Address, Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, resource
from prorata.model.transaction import Tx
from prorata.resources.references import CustomerRef, InvoiceRef

State = Literal["pending", "guaranteed", "failed", "canceled"]
Outcome = Literal["guaranteed", "failed", "canceled"]
OUTCOMES: tuple[Outcome, ...] = ("guaranteed", "failed", "canceled")


class RecordedAmount(Struct, kw_only=True):
    """value: minor units."""

    currency: str
    value: int = 0


class RecordCustomerDetails(Struct, kw_only=True):
    customer: CustomerRef | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None


class RecordBillingDetails(Struct, kw_only=True):
    address: Address
    email: str | None = None
    name: str | None = None
    phone: str | None = None


class RecordCustomMethod(Struct, kw_only=True):
    display_name: str
    type: str | None = None


class RecordMethodDetails(Struct, kw_only=True):
    billing_details: RecordBillingDetails | None = None
    custom: RecordCustomMethod | UnsetType = UNSET
    payment_method: str | None = None
    type: str = "custom"


class RecordReference(Struct, kw_only=True):
    payment_reference: str | None = None


class RecordProcessorDetails(Struct, kw_only=True):
    custom: RecordReference | UnsetType = UNSET
    type: Literal["custom"] = "custom"


class RecordShippingDetails(Struct, kw_only=True):
    address: Address
    name: str | None = None
    phone: str | None = None


class RecordAttempt(Struct, kw_only=True, omit_defaults=True):
    """A try at a payment, and what came of it; seconds UTC."""

    created: int
    state: State = "pending"
    description: str | None = None
    metadata: Metadata = {}
    payment_method_details: RecordMethodDetails | None = None
    processor_details: RecordProcessorDetails
    shipping_details: RecordShippingDetails | None = None


class ReportedRefund(Struct, kw_only=True, omit_defaults=True):
    """What was given back elsewhere, by its seller's reference; minor units.

    counted: how much of it credit notes have counted.
    """

    reference: str
    amount: int
    counted: int = 0


class PaymentRecordPrivate(Struct, kw_only=True, omit_defaults=True):
    """What the wire does not show.

    state: what came of the latest attempt. attempts: all, the first one first. invoice: what it
    pays; credited: it has by now. counted: what credit notes have counted of all its refunds, in
    minor units.
    """

    state: State = "pending"
    attempts: list[RecordAttempt] = []
    invoice: InvoiceRef | None = None
    credited: bool = False
    counted: int = 0
    refunds: list[ReportedRefund] = []


@resource(
    prefix="pr",
    path="/v1/payment_records",
    operations=("retrieve",),
    owner=lambda record: customer_of(record),
    missing_name="payment record",
)
class PaymentRecord(Resource, tag="payment_record", kw_only=True):
    """A payment that no gateway of ours has taken."""

    Private = PaymentRecordPrivate

    amount: RecordedAmount
    amount_authorized: RecordedAmount
    amount_canceled: RecordedAmount
    amount_failed: RecordedAmount
    amount_guaranteed: RecordedAmount
    amount_refunded: RecordedAmount
    amount_requested: RecordedAmount
    application: str | None = None
    created: int
    customer_details: RecordCustomerDetails | None = None
    customer_presence: Literal["off_session", "on_session"] | None = None
    description: str | None = None
    latest_payment_attempt_record: str | None = None
    livemode: bool
    metadata: Metadata = {}
    payment_method_details: RecordMethodDetails | None = None
    processor_details: RecordProcessorDetails
    reported_by: Literal["self", "stripe"] = "self"
    shipping_details: RecordShippingDetails | None = None


def customer_of(record: PaymentRecord) -> str | None:
    """Return the id of the customer who paid, if that was said."""
    details = record.customer_details
    return None if details is None else details.customer


class AmountParams(Params, kw_only=True):
    currency: str
    value: Annotated[int, Meta(ge=1)]


class CustomMethodParams(Params, kw_only=True):
    display_name: str | UnsetType = UNSET
    type: str | UnsetType = UNSET


class BillingDetailsParams(Params, kw_only=True):
    address: Address | UnsetType = UNSET
    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET


class MethodDetailsParams(Params, kw_only=True):
    billing_details: BillingDetailsParams | UnsetType = UNSET
    custom: CustomMethodParams | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET
    type: Literal["custom"] | UnsetType = UNSET


class CanceledParams(Params, kw_only=True):
    canceled_at: int


class FailedParams(Params, kw_only=True):
    failed_at: int


class GuaranteedParams(Params, kw_only=True):
    guaranteed_at: int


class CustomerDetailsParams(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET


class ReferenceParams(Params, kw_only=True):
    payment_reference: str


class ProcessorDetailsParams(Params, kw_only=True):
    custom: ReferenceParams | UnsetType = UNSET
    type: Literal["custom"]


class RecordShippingParams(Params, kw_only=True):
    address: Address | UnsetType = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET


class AttemptParams(Params, kw_only=True):
    """What is said of any attempt."""

    canceled: CanceledParams | UnsetType = UNSET
    description: str | UnsetType = UNSET
    failed: FailedParams | UnsetType = UNSET
    guaranteed: GuaranteedParams | UnsetType = UNSET
    initiated_at: int
    metadata: Metadata | UnsetType | None = UNSET
    outcome: Outcome | UnsetType = UNSET
    shipping_details: RecordShippingParams | UnsetType = UNSET


class ReportPaymentParams(AttemptParams, kw_only=True):
    amount_requested: AmountParams
    customer_details: CustomerDetailsParams | UnsetType = UNSET
    customer_presence: Literal["off_session", "on_session"] | UnsetType = UNSET
    payment_method_details: MethodDetailsParams
    processor_details: ProcessorDetailsParams | UnsetType = UNSET


class ReportAttemptParams(AttemptParams, kw_only=True):
    payment_method_details: MethodDetailsParams | UnsetType = UNSET


class ReportCanceledParams(CanceledParams, kw_only=True):
    metadata: Metadata | UnsetType | None = UNSET


class ReportFailedParams(FailedParams, kw_only=True):
    metadata: Metadata | UnsetType | None = UNSET


class ReportGuaranteedParams(GuaranteedParams, kw_only=True):
    metadata: Metadata | UnsetType | None = UNSET


class ReportInformationalParams(Params, kw_only=True):
    customer_details: CustomerDetailsParams | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    shipping_details: RecordShippingParams | UnsetType | None = UNSET


class RefundReferenceParams(Params, kw_only=True):
    refund_reference: str


class RefundProcessorParams(Params, kw_only=True):
    custom: RefundReferenceParams | UnsetType = UNSET
    type: Literal["custom"]


class RefundedParams(Params, kw_only=True):
    refunded_at: int


class ReportRefundParams(Params, kw_only=True):
    amount: AmountParams | UnsetType = UNSET
    initiated_at: int | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    outcome: Literal["refunded"]
    processor_details: RefundProcessorParams
    refunded: RefundedParams | UnsetType = UNSET


class PaymentRecordListParams(Params, kw_only=True):
    created_after: int | UnsetType = UNSET
    created_before: int | UnsetType = UNSET


@operation("GET /v1/payment_records")
def list_records(tx: Tx, params: PaymentRecordListParams) -> Listing[PaymentRecord]:
    """List reported payments, the newest first, maybe of a time."""
    created = Range(gt=params.created_after, lt=params.created_before)
    named = given(params.created_after) or given(params.created_before)
    return Listing(PaymentRecord, ranges={"created": created} if named else {})

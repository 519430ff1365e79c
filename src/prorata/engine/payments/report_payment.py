"""Report payment: what a seller tells of a payment that was made elsewhere, and of its refund."""

from typing import Any

from prorata.engine.moments import Moment
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.fields import UNSET, Address
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_attempt_record import attempt_id
from prorata.resources.payments.payment_record import (
    OUTCOMES,
    AttemptParams,
    BillingDetailsParams,
    CustomerDetailsParams,
    MethodDetailsParams,
    Outcome,
    PaymentRecord,
    PaymentRecordPrivate,
    ProcessorDetailsParams,
    RecordAttempt,
    RecordBillingDetails,
    RecordCustomerDetails,
    RecordCustomMethod,
    RecordedAmount,
    RecordMethodDetails,
    RecordProcessorDetails,
    RecordReference,
    RecordShippingDetails,
    RecordShippingParams,
    ReportAttemptParams,
    ReportCanceledParams,
    ReportedRefund,
    ReportFailedParams,
    ReportGuaranteedParams,
    ReportInformationalParams,
    ReportPaymentParams,
    ReportRefundParams,
)
from prorata.resources.payments.refund_reference import RefundReference
from prorata.resources.products.price_params import check_currency
from prorata.resources.products.steps import check_step

# The latest attempt at a reported payment has come to something: guaranteed, failed or canceled.
on_outcome = Moment("record outcome")
# Money went back to the payer. Facts: what is known by its reference, and the amount (minor units).
on_refunded = Moment("record refunded")
METHOD = "payment_method_details"
ATTEMPTS_MAX = 99


@operation("POST /v1/payment_records/report_payment")
def report_payment(tx: Tx, params: ReportPaymentParams) -> PaymentRecord:
    """Record a payment made elsewhere, with what came of it if that is known."""
    requested = params.amount_requested
    currency = requested.currency.lower()
    check_currency(currency, "amount_requested[currency]")
    check_step(requested.value, currency, "amount_requested[value]")
    details = _customer_details(tx, None, params.customer_details)
    owner = None if details is None else details.customer
    if owner is not None:
        tx.follow(tx.get(Customer, owner))
    record = PaymentRecord(
        id=tx.new_id(PaymentRecord, owner=owner),
        amount=RecordedAmount(currency=currency, value=requested.value),
        amount_requested=RecordedAmount(currency=currency, value=requested.value),
        amount_authorized=RecordedAmount(currency=currency),
        amount_canceled=RecordedAmount(currency=currency),
        amount_failed=RecordedAmount(currency=currency),
        amount_guaranteed=RecordedAmount(currency=currency),
        amount_refunded=RecordedAmount(currency=currency),
        created=tx.now,
        customer_details=details,
        customer_presence=value_or(params.customer_presence, None),
        description=value_or(params.description, None),
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        payment_method_details=_method_details(params.payment_method_details),
        processor_details=_processor_details(params.processor_details),
        shipping_details=_shipping_details(params.shipping_details),
    )
    record.private = PaymentRecordPrivate()
    tx.add(record)
    _begin_attempt(tx, record, params)
    _take_outcome(tx, record, params)
    return record


@operation("POST /v1/payment_records/{id}/report_payment_attempt")
def report_attempt(tx: Tx, record: PaymentRecord, params: ReportAttemptParams) -> PaymentRecord:
    """Record another attempt at a payment whose last one came to nothing."""
    if record.private.state not in ("failed", "canceled"):
        raise InvalidRequest(
            "Another attempt can only be reported after one that failed or was canceled; the"
            f" latest one is {record.private.state}."
        )
    record.private.state = "pending"
    record.amount_failed.value = record.amount_canceled.value = 0
    if given(params.payment_method_details):
        record.payment_method_details = _method_details(params.payment_method_details)
    if given(params.shipping_details):
        record.shipping_details = _shipping_details(params.shipping_details)
    if given(params.description):
        record.description = params.description
    record.metadata = merge_metadata(record.metadata, params.metadata)
    _begin_attempt(tx, record, params)
    _take_outcome(tx, record, params)
    return record


@operation("POST /v1/payment_records/{id}/report_payment_attempt_guaranteed")
def report_guaranteed(
    tx: Tx, record: PaymentRecord, params: ReportGuaranteedParams
) -> PaymentRecord:
    """Note that the money of a reported payment is certain."""
    return _end(tx, record, "guaranteed", params)


@operation("POST /v1/payment_records/{id}/report_payment_attempt_failed")
def report_failed(tx: Tx, record: PaymentRecord, params: ReportFailedParams) -> PaymentRecord:
    """Note that the latest attempt at a reported payment failed."""
    return _end(tx, record, "failed", params)


@operation("POST /v1/payment_records/{id}/report_payment_attempt_canceled")
def report_canceled(tx: Tx, record: PaymentRecord, params: ReportCanceledParams) -> PaymentRecord:
    """Note that the latest attempt at a reported payment was canceled."""
    return _end(tx, record, "canceled", params)


@operation("POST /v1/payment_records/{id}/report_payment_attempt_informational")
def report_informational(
    tx: Tx, record: PaymentRecord, params: ReportInformationalParams
) -> PaymentRecord:
    """Change what is said about a reported payment."""
    record.customer_details = _customer_details(
        tx, record.customer_details, params.customer_details
    )
    if given(params.description):
        record.description = params.description
    if given(params.shipping_details):
        record.shipping_details = _shipping_details(params.shipping_details or UNSET)
    record.metadata = merge_metadata(record.metadata, params.metadata)
    return record


@operation("POST /v1/payment_records/{id}/report_refund")
def report_refund(tx: Tx, record: PaymentRecord, params: ReportRefundParams) -> PaymentRecord:
    """Note that some or all of a reported payment was given back."""
    left = record.amount_guaranteed.value - record.amount_refunded.value
    amount = left
    if given(params.amount):
        amount = params.amount.value
        if params.amount.currency.lower() != record.amount.currency:
            raise InvalidRequest(
                f"The payment was made in `{record.amount.currency}`.", param="amount[currency]"
            )
    if not 0 < amount <= left:
        raise InvalidRequest(
            f"There are {left} left of this payment that can be refunded.", param="amount[value]"
        )
    refund = _named_refund(tx, record, params, amount)
    record.amount_refunded.value += amount
    record.metadata = merge_metadata(record.metadata, params.metadata)
    on_refunded.tell(tx, record, refund, amount)
    return record


def _named_refund(
    tx: Tx, record: PaymentRecord, params: ReportRefundParams, amount: int
) -> ReportedRefund | None:
    """Return a refund that its seller calls by a reference, as its record keeps it.

    Raises InvalidRequest for a reference that any refund has already.
    """
    if not given(params.processor_details.custom):
        return None
    reference = params.processor_details.custom.refund_reference
    for other in tx.select(RefundReference, reference=reference, limit=1):
        raise InvalidRequest(
            f"A refund of {other.payment_record} was already reported with the reference"
            f" '{reference}': every refund needs one of its own.",
            param="processor_details[custom][refund_reference]",
        )
    tx.add(
        RefundReference(
            id=tx.new_id(RefundReference),
            created=tx.now,
            livemode=record.livemode,
            payment_record=record.id,
            reference=reference,
        )
    )
    refund = ReportedRefund(reference=reference, amount=amount)
    record.private.refunds.append(refund)
    return refund


def _begin_attempt(tx: Tx, record: PaymentRecord, params: AttemptParams) -> None:
    """Keep what is said of a new attempt; what is not said of it is as on the record."""
    attempts: list[RecordAttempt] = record.private.attempts
    if len(attempts) == ATTEMPTS_MAX:
        raise InvalidRequest(f"At most {ATTEMPTS_MAX} attempts at a payment can be reported.")
    attempts.append(
        RecordAttempt(
            created=tx.now,
            description=record.description,
            metadata=merge_metadata(None, params.metadata),
            payment_method_details=record.payment_method_details,
            processor_details=record.processor_details,
            shipping_details=record.shipping_details,
        )
    )
    record.latest_payment_attempt_record = attempt_id(record, len(attempts) - 1)


def _take_outcome(tx: Tx, record: PaymentRecord, params: AttemptParams) -> None:
    """Write what came of an attempt, if that was sent; raise InvalidRequest without its time."""
    for name in OUTCOMES:
        if given(getattr(params, name)) and params.outcome != name:
            raise InvalidRequest(f"`{name}` goes with the outcome `{name}`.", param=name)
    if not given(params.outcome):
        return
    if not given(getattr(params, params.outcome)):
        raise missing_param(f"{params.outcome}[{params.outcome}_at]")
    _write_outcome(tx, record, params.outcome)


def _end(tx: Tx, record: PaymentRecord, outcome: Outcome, params: Any) -> PaymentRecord:
    if record.private.state != "pending":
        raise InvalidRequest(
            f"The latest attempt at this payment is {record.private.state} already.",
        )
    record.metadata = merge_metadata(record.metadata, params.metadata)
    _write_outcome(tx, record, outcome)
    return record


def _write_outcome(tx: Tx, record: PaymentRecord, outcome: Outcome) -> None:
    record.private.state = outcome
    for attempt in record.private.attempts[-1:]:
        attempt.state = outcome
    getattr(record, f"amount_{outcome}").value = record.amount_requested.value
    on_outcome.tell(tx, record)


def _customer_details(
    tx: Tx, known: RecordCustomerDetails | None, params: Any
) -> RecordCustomerDetails | None:
    if not isinstance(params, CustomerDetailsParams):
        return known
    found = known or RecordCustomerDetails()
    if given(params.customer):
        found.customer = tx.get(Customer, params.customer, param="customer_details[customer]").id
    for name in ("email", "name", "phone"):
        if given(getattr(params, name)):
            setattr(found, name, getattr(params, name))
    return found


def _method_details(params: MethodDetailsParams) -> RecordMethodDetails:
    if given(params.payment_method):
        raise NotSupported(
            "PaymentMethods of custom types are not supported: describe the method with"
            f" `{METHOD}[custom]`.",
            param=f"{METHOD}[payment_method]",
        )
    if not given(params.custom) or not given(params.custom.display_name):
        raise missing_param(f"{METHOD}[custom][display_name]")
    billing = params.billing_details
    return RecordMethodDetails(
        billing_details=_billing_details(billing) if given(billing) else None,
        custom=RecordCustomMethod(
            display_name=params.custom.display_name, type=value_or(params.custom.type, None)
        ),
    )


def _billing_details(params: BillingDetailsParams) -> RecordBillingDetails:
    return RecordBillingDetails(
        address=value_or(params.address, Address()),
        email=value_or(params.email, None),
        name=value_or(params.name, None),
        phone=value_or(params.phone, None),
    )


def _processor_details(params: Any) -> RecordProcessorDetails:
    details = RecordProcessorDetails()
    if isinstance(params, ProcessorDetailsParams) and given(params.custom):
        details.custom = RecordReference(payment_reference=params.custom.payment_reference)
    return details


def _shipping_details(params: Any) -> RecordShippingDetails | None:
    if not isinstance(params, RecordShippingParams):
        return None
    return RecordShippingDetails(
        address=value_or(params.address, Address()),
        name=value_or(params.name, None),
        phone=value_or(params.phone, None),
    )

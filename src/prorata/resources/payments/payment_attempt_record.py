"""Payment attempt records: each try at a payment that was made elsewhere, as it was reported.

They are kept with their payment record, whose id and their number make theirs.
"""

from typing import Literal

from msgspec import Struct

from prorata.model.errors import no_such
from prorata.model.fields import Metadata
from prorata.model.operation import Inline, operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_record import (
    OUTCOMES,
    PaymentRecord,
    RecordAttempt,
    RecordCustomerDetails,
    RecordedAmount,
    RecordMethodDetails,
    RecordProcessorDetails,
    RecordShippingDetails,
)

PATH = "/v1/payment_attempt_records"
PREFIX = "par_"
DIGITS = 2


class PaymentAttemptRecord(
    Struct, kw_only=True, tag_field="object", tag="payment_attempt_record"
):  # fmt: skip
    """One try at a payment that no gateway of ours has made; amounts in minor units."""

    id: str
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
    livemode: bool
    metadata: Metadata = {}
    payment_method_details: RecordMethodDetails | None = None
    payment_record: str | None = None
    processor_details: RecordProcessorDetails
    reported_by: Literal["self", "stripe"] = "self"
    shipping_details: RecordShippingDetails | None = None


class PaymentAttemptRecordListParams(Params, kw_only=True):
    payment_record: str


class PaymentAttemptRecordRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation(f"GET {PATH}")
def list_attempts(
    tx: Tx, params: PaymentAttemptRecordListParams
) -> Inline[PaymentAttemptRecord]:  # fmt: skip
    """List the tries at a reported payment, the newest first."""
    record = tx.get(PaymentRecord, params.payment_record, param="payment_record")
    shown = [_shown(record, place) for place in range(len(record.private.attempts))]
    return Inline(shown[::-1], PATH)


@operation(f"GET {PATH}/{{id}}")
def retrieve(
    tx: Tx, params: PaymentAttemptRecordRetrieveParams, id: str
) -> PaymentAttemptRecord:  # fmt: skip
    """Return one try at a reported payment."""
    number, body = id.removeprefix(PREFIX)[:DIGITS], id.removeprefix(PREFIX)[DIGITS:]
    record = tx.find(PaymentRecord, f"pr_{body}")
    if record is not None:
        for place in range(len(record.private.attempts)):
            if attempt_id(record, place) == f"{PREFIX}{number}{body}" == id:
                return _shown(record, place)
    raise no_such("payment attempt record", id, param="id", status=404)


def attempt_id(record: PaymentRecord, place: int) -> str:
    """Return the id of a record's attempt, of which the first has place 0."""
    return f"{PREFIX}{place + 1:0{DIGITS}}{record.id.removeprefix('pr_')}"


def _shown(record: PaymentRecord, place: int) -> PaymentAttemptRecord:
    attempt: RecordAttempt = record.private.attempts[place]
    asked = record.amount_requested

    def amount(value: int = 0) -> RecordedAmount:
        return RecordedAmount(currency=asked.currency, value=value)

    came = {name: amount(asked.value if attempt.state == name else 0) for name in OUTCOMES}
    return PaymentAttemptRecord(
        id=attempt_id(record, place),
        amount=amount(asked.value),
        amount_authorized=amount(),
        amount_canceled=came["canceled"],
        amount_failed=came["failed"],
        amount_guaranteed=came["guaranteed"],
        amount_refunded=amount(
            record.amount_refunded.value if attempt.state == "guaranteed" else 0
        ),
        amount_requested=amount(asked.value),
        created=attempt.created,
        customer_details=record.customer_details,
        customer_presence=record.customer_presence,
        description=attempt.description,
        livemode=record.livemode,
        metadata=attempt.metadata,
        payment_method_details=attempt.payment_method_details,
        payment_record=record.id,
        processor_details=attempt.processor_details,
        shipping_details=attempt.shipping_details,
    )

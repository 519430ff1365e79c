"""Refund references: what sellers call the refunds that were made elsewhere, each another."""

from prorata.model.resource import Resource, column, resource
from prorata.resources.references import PaymentRecordRef


@resource(
    prefix="rref",
    columns=(column("reference", unique=True),),
    owner=lambda named: None,
    missing_name="refund reference",
)
class RefundReference(Resource, tag="prorata.refund_reference", kw_only=True):
    """The reference of a reported refund, which no other refund may have."""

    created: int
    livemode: bool
    payment_record: PaymentRecordRef
    reference: str

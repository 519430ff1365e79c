"""Linked refunds: those that were made before a credit note, and that it counts in."""

from collections import defaultdict
from dataclasses import dataclass

from prorata.engine.invoices.given_back import (
    charges_of,
    check_counted_in,
    count_refund,
    reported_of,
)
from prorata.engine.invoices.taken_off import post_refund_counted
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import (
    CreditNote,
    CreditNotePaymentRecordRefund,
    CreditNoteRefund,
)
from prorata.resources.billing.credit_note_params import NoteRefundParams
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.payment_record import PaymentRecord, ReportedRefund
from prorata.resources.payments.refund import Refund


@dataclass(slots=True)
class Linked:
    """The refunds that a note counts in, with how much of each; minor units.

    made: of payments that were taken here. reported: of payments that were made elsewhere.
    """

    made: list[tuple[Refund, int]]
    reported: list[tuple[PaymentRecord, ReportedRefund, int]]

    @property
    def of_charges(self) -> int:
        return sum(amount for _, amount in self.made)

    @property
    def of_records(self) -> int:
        return sum(amount for *_, amount in self.reported)

    def shown(self) -> list[CreditNoteRefund]:
        """Return the refunds as a note shows them; a reported one has no id but its reference."""
        made = [
            CreditNoteRefund(amount_refunded=amount, refund=refund.id)
            for refund, amount in self.made
        ]
        reported = [
            CreditNoteRefund(
                amount_refunded=amount,
                payment_record_refund=CreditNotePaymentRecordRefund(
                    payment_record=record.id, refund_group=refund.reference
                ),
                refund=refund.reference,
                type="payment_record_refund",
            )
            for record, refund, amount in self.reported
        ]
        return made + reported

    def count(self, tx: Tx, invoice: Invoice) -> None:
        """Count all of them, in the books too, as what a note of the invoice gave back."""
        for made, amount in self.made:
            made.private.counted += amount
            post_refund_counted(tx, invoice, amount, made.private.account)
        for record, reported, amount in self.reported:
            count_refund(tx, invoice, record, reported, amount)


def linked_refunds(tx: Tx, invoice: Invoice, params: list[NoteRefundParams]) -> Linked:
    """Return the refunds that parameters name; raise InvalidRequest unless they are the invoice's.

    Each must have given so much back as is counted of it, and counts for one note only.
    """
    linked = Linked([], [])
    if not params:
        return linked
    charges = {charge.id for charge in charges_of(tx, invoice)}
    records = {record.id for record in reported_of(tx, invoice)}
    places: list[int] = []
    for place, each in enumerate(params):
        if each.type == "payment_record_refund":
            linked.reported.append(_reported(tx, invoice, each, f"refunds[{place}]", records))
            continue
        if given(each.payment_record_refund):
            raise InvalidRequest(
                "`payment_record_refund` goes with the type `payment_record_refund`.",
                param=f"refunds[{place}][type]",
            )
        linked.made.append(_made(tx, invoice, each, f"refunds[{place}]", charges))
        places.append(place)
    check_counted_in(tx, linked.made, tx.select(CreditNote, invoice=invoice.id), places)
    _check_reported(linked, params)
    return linked


def _made(
    tx: Tx, invoice: Invoice, params: NoteRefundParams, path: str, charges: set[str]
) -> tuple[Refund, int]:
    if not given(params.refund):
        raise missing_param(f"{path}[refund]")
    refund = tx.get(Refund, params.refund, param=f"{path}[refund]")
    if refund.charge not in charges:
        raise InvalidRequest(
            f"The refund {refund.id} is not of a payment on the invoice {invoice.id}.",
            param=f"{path}[refund]",
        )
    return refund, value_or(params.amount_refunded, refund.amount)


def _reported(
    tx: Tx, invoice: Invoice, params: NoteRefundParams, path: str, records: set[str]
) -> tuple[PaymentRecord, ReportedRefund, int]:
    named = params.payment_record_refund
    if not given(named):
        raise missing_param(f"{path}[payment_record_refund]")
    if given(params.refund):
        raise InvalidRequest(
            "You may only specify one of these parameters: refund, payment_record_refund.",
            param=f"{path}[refund]",
        )
    path = f"{path}[payment_record_refund]"
    record = tx.get(PaymentRecord, named.payment_record, param=f"{path}[payment_record]")
    if record.id not in records:
        raise InvalidRequest(
            f"The PaymentRecord {record.id} is not of a payment on the invoice {invoice.id}.",
            param=f"{path}[payment_record]",
        )
    for refund in record.private.refunds:
        if refund.reference == named.refund_group:
            return record, refund, value_or(params.amount_refunded, refund.amount)
    raise InvalidRequest(
        f"No refund of the PaymentRecord {record.id} was reported with the reference"
        f" '{named.refund_group}'.",
        param=f"{path}[refund_group]",
    )


def _check_reported(linked: Linked, params: list[NoteRefundParams]) -> None:
    """Raise InvalidRequest for more than is not counted yet of a refund that was reported."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    places = [n for n, each in enumerate(params) if each.type == "payment_record_refund"]
    for place, (record, refund, amount) in zip(places, linked.reported, strict=True):
        left = refund.amount - refund.counted - taken[record.id, refund.reference]
        if amount > left:
            raise InvalidRequest(
                f"The refund '{refund.reference}' of the PaymentRecord {record.id} gave back"
                f" {refund.amount}; {left} of it is not counted by a credit note yet.",
                param=f"refunds[{place}][amount_refunded]",
            )
        taken[record.id, refund.reference] += amount

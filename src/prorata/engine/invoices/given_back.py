"""Given back: what of an invoice's money has gone back to its customer, and what still may."""

from prorata.engine.invoices.taken_off import post_refund_counted
from prorata.engine.payments.intent_hooks import limits_refunds
from prorata.model.errors import InvalidRequest
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.payments.charge import Charge, unrefunded
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_record import PaymentRecord, ReportedRefund
from prorata.resources.payments.refund import Refund
from prorata.rules import accounts


def charges_of(tx: Tx, invoice: Invoice) -> list[Charge]:
    """Return the charges that paid an invoice, the newest payment first."""
    payments = tx.select(InvoicePayment, invoice=invoice.id, status="paid")
    paid_by = [value_or(each.payment.payment_intent, "") for each in payments]
    intents = tx.load(PaymentIntent, paid_by)
    made = [intents[id].latest_charge or "" for id in paid_by if id in intents]
    charges = tx.load(Charge, made)
    return [charges[id] for id in made if id in charges and charges[id].status == "succeeded"]


def reported_of(tx: Tx, invoice: Invoice) -> list[PaymentRecord]:
    """Return the payments of an invoice that were reported, not taken here."""
    payments = tx.select(InvoicePayment, invoice=invoice.id, status="paid")
    ids = [id for each in payments if (id := value_or(each.payment.payment_record, None))]
    return list(tx.load(PaymentRecord, ids).values()) if ids else []


def uncounted(record: PaymentRecord) -> int:
    """Return what was reported as refunded and no note has counted yet, in minor units."""
    left: int = record.amount_refunded.value - record.private.counted
    return left


def count_refund(
    tx: Tx, invoice: Invoice, record: PaymentRecord, refund: ReportedRefund, amount: int
) -> None:
    """Count an amount (minor units) of a reported refund for a note of the invoice."""
    refund.counted += amount
    record.private.counted += amount
    post_refund_counted(tx, invoice, amount, accounts.REFUNDS)


def count_reported(tx: Tx, invoice: Invoice, amount: int) -> int:
    """Count reported refunds for a note, up to an amount, and return how much they were.

    Those without a reference come first: no note can name them.
    """
    found = 0
    for record in reported_of(tx, invoice):
        named = sum(each.amount - each.counted for each in record.private.refunds)
        part = min(uncounted(record) - named, amount - found)
        if part > 0:
            record.private.counted += part
            post_refund_counted(tx, invoice, part, accounts.REFUNDS)
            found += part
        for refund in record.private.refunds:
            part = min(refund.amount - refund.counted, amount - found)
            if part > 0:
                count_refund(tx, invoice, record, refund, part)
                found += part
    return found


def count_given(
    tx: Tx, invoice: Invoice, record: PaymentRecord, refund: ReportedRefund | None, amount: int
) -> int:
    """Count a refund that is being reported as what notes have given outside of the system.

    refund: None without a reference. amount: of it, in minor units. Returns how much of it that
    was: it is in the books since, for the same money is told twice, whichever comes first.
    """
    # A note that is written meanwhile must be seen.
    tx.rely_on(invoice)
    notes = tx.select(CreditNote, invoice=invoice.id, status="issued")
    named = sum(
        each.amount_refunded
        for note in notes for each in note.refunds if each.type == "payment_record_refund"
    )  # fmt: skip
    known = sum(each.private.counted for each in reported_of(tx, invoice)) - named
    given: int = sum(note.out_of_band_amount or 0 for note in notes)
    part: int = min(amount, given - known)
    record.private.counted += part
    if refund is not None:
        refund.counted += part
    return part


def refunded_by(note: CreditNote) -> int:
    """Return what a note counts of refunds of payments that were taken here, in minor units."""
    return sum(each.amount_refunded for each in note.refunds if each.type == "refund")


@limits_refunds
def refundable_of_invoice(tx: Tx, intent: PaymentIntent) -> int | None:
    """Return what may still be refunded of an invoice's payments, in minor units.

    What credit notes gave to the balance or outside of the system is not given a second time, nor
    what was paid too much and stands on the balance. None: the intent paid no invoice.
    """
    invoice = tx.find(Invoice, intent.private.invoice)
    if invoice is None:
        return None
    # A note that is written meanwhile must be seen.
    tx.rely_on(invoice)
    credited = sum(
        note.post_payment_amount - refunded_by(note)
        for note in tx.select(CreditNote, invoice=invoice.id, status="issued")
    )
    charges = charges_of(tx, invoice)
    # What was reserved and never captured has gone back, too, but paid nothing.
    refunded: int = sum(each.amount_captured - unrefunded(each) for each in charges)
    refunded += sum(uncounted(record) for record in reported_of(tx, invoice))
    return max(0, invoice.amount_paid - credited - refunded)


def check_counted_in(
    tx: Tx, refunds: list[tuple[Refund, int]], earlier: list[CreditNote], places: list[int]
) -> None:
    """Raise InvalidRequest unless refunds that a note counts in gave so much, and only for it.

    refunds: with the amounts that are counted, in minor units; earlier: the invoice's other notes;
    places: where among the parameters each refund is.
    """
    counted: dict[str, int] = {}
    for note in earlier:
        for each in note.refunds if note.status == "issued" else ():
            if each.type == "refund":
                counted[each.refund] = counted.get(each.refund, 0) + each.amount_refunded
    for place, (refund, amount) in zip(places, refunds, strict=True):
        param = f"refunds[{place}]"
        if refund.status in ("failed", "canceled"):
            raise InvalidRequest(
                f"The refund {refund.id} has a status of {refund.status}: it gave nothing back.",
                param=f"{param}[refund]",
            )
        left = refund.amount - counted.get(refund.id, 0)
        if amount > left:
            raise InvalidRequest(
                f"The refund {refund.id} gave back {refund.amount}; {left} of it is not counted by"
                " a credit note yet.",
                param=f"{param}[amount_refunded]",
            )
        counted[refund.id] = counted.get(refund.id, 0) + amount

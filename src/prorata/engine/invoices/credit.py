"""Credit: credit notes issued, previewed and voided."""

from dataclasses import replace

from prorata.engine.customers.balance import adjust_balance
from prorata.engine.invoices.credit_note import Proposal, check_left, check_payout, propose
from prorata.engine.invoices.given_back import (
    charges_of,
    count_reported,
    refunded_by,
    reported_of,
    uncounted,
)
from prorata.engine.invoices.hooks import on_credited
from prorata.engine.invoices.intent import adjust_default_payment
from prorata.engine.invoices.ledger import (
    post_outside,
    post_shares_taken_back,
)
from prorata.engine.invoices.linked_refunds import Linked, linked_refunds
from prorata.engine.invoices.paid import mark_paid
from prorata.engine.invoices.taken_off import keep_shares, note_shares
from prorata.engine.payments.refund import refund_charge
from prorata.model.errors import InvalidRequest
from prorata.model.ids import stand_in_id
from prorata.model.operation import Inline, operation
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import (
    CreditNote,
    CreditNoteLineItem,
    CreditNoteRefund,
)
from prorata.resources.billing.credit_note_params import (
    CreditNoteCreateParams,
    CreditNoteVoidParams,
)
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import unrefunded
from prorata.resources.payments.refund import RefundReason
from prorata.rules import accounts

# A note's reason in the words that refunds have for it.
REFUND_REASONS: dict[str, RefundReason] = {
    "duplicate": "duplicate",
    "fraudulent": "fraudulent",
}


@operation("POST /v1/credit_notes")
def create(tx: Tx, params: CreditNoteCreateParams) -> CreditNote:
    """Credit an invoice: less is owed of it, and what was paid goes back as asked for.

    Raises InvalidRequest for more than is left to credit, or a payout that does not add up.
    """
    proposal, linked = _checked(tx, params)
    note, invoice = proposal.note, proposal.invoice
    keep_shares(tx, invoice, note)
    tx.add(note)
    _post(tx, invoice, note)
    if note.pre_payment_amount:
        _owe_less(tx, invoice, note.pre_payment_amount)
    invoice.post_payment_credit_notes_amount += note.post_payment_amount
    linked.count(tx, invoice)
    _pay_out(tx, proposal)
    if invoice.status == "open" and invoice.amount_remaining == 0:
        mark_paid(tx, invoice)
    if params.email_type != "none":
        on_credited.tell(tx, invoice, note=note)
    return note


@operation("GET /v1/credit_notes/preview")
def preview(tx: Tx, params: CreditNoteCreateParams) -> CreditNote:
    """Return the credit note that the same parameters would create.

    How what was paid goes back may be left open: `post_payment_amount` says how much that is.
    """
    note = _shown(tx, params)
    note.lines.show_whole()
    return note


@operation("GET /v1/credit_notes/preview/lines")
def preview_lines(tx: Tx, params: CreditNoteCreateParams) -> Inline[CreditNoteLineItem]:
    """List the lines of the credit note that the same parameters would create."""
    note = _shown(tx, params)
    return Inline(note.lines.data, url="/v1/credit_notes/preview/lines")


@operation("POST /v1/credit_notes/{id}/void")
def void(tx: Tx, note: CreditNote, params: CreditNoteVoidParams) -> CreditNote:
    """Void a note of an open invoice: the customer owes again what it credited."""
    if note.status == "void":
        raise InvalidRequest("This credit note has already been voided.")
    invoice = tx.get(Invoice, note.invoice)
    if invoice.status != "open" or note.post_payment_amount:
        raise InvalidRequest(
            "You can only void a credit note while its invoice is open, and when nothing of it was"
            f" paid back. The invoice is {invoice.status}."
        )
    note.status = "void"
    note.voided_at = tx.now
    _post(tx, invoice, note, back=True)
    _owe_less(tx, invoice, -note.pre_payment_amount)
    tx.emit("credit_note.voided", note)
    return note


def _shown(tx: Tx, params: CreditNoteCreateParams) -> CreditNote:
    """Return a note that is not kept; its lines have the same ids whenever they are read."""
    note = _checked(tx, params, preview=True)[0].note
    for place, line in enumerate(note.lines.data):
        line.id = stand_in_id("cnli_tmp", note.invoice, place, line.amount, line.description)
    return note


def _checked(
    tx: Tx, params: CreditNoteCreateParams, *, preview: bool = False
) -> tuple[Proposal, Linked]:
    """Return a note whose payout adds up, and the refunds that it counts in.

    preview: the payout may be left open altogether.
    """
    proposal = propose(tx, params)
    linked = linked_refunds(tx, proposal.invoice, value_or(params.refunds, []))
    _check_refunded(tx, proposal, linked)
    counted = linked.of_charges + linked.of_records
    if not preview or proposal.paid_back or counted:
        check_payout(proposal, counted)
    _check_refundable(tx, proposal)
    proposal.note.refunds = linked.shown()
    return proposal, linked


def _owe_less(tx: Tx, invoice: Invoice, amount: int) -> None:
    """Take an amount (minor units) off what is due; a negative one puts it back."""
    invoice.amount_due -= amount
    invoice.amount_remaining -= amount
    invoice.pre_payment_credit_notes_amount += amount
    adjust_default_payment(tx, invoice)


def _check_refunded(tx: Tx, proposal: Proposal, linked: Linked) -> None:
    """Raise InvalidRequest for crediting again what was refunded without a note; minor units."""
    invoice, note = proposal.invoice, proposal.note
    charges = charges_of(tx, invoice)
    records = reported_of(tx, invoice)
    for paid_by in (*charges, *records):
        # A refund that is decided meanwhile must be seen.
        tx.rely_on(paid_by)
    refunded = sum(each.amount_refunded + each.private.refunding for each in charges)
    reported = sum(uncounted(record) for record in records) - linked.of_records
    reported -= min(reported, proposal.out_of_band_amount)
    if not refunded and not reported:
        return
    earlier = tx.select(CreditNote, invoice=invoice.id)
    refunded -= sum(refunded_by(other) for other in earlier) + linked.of_charges
    check_left(invoice, note, earlier, refunded=max(0, refunded) + reported)


def _check_refundable(tx: Tx, proposal: Proposal) -> None:
    """Raise InvalidRequest for more refund than is left of the invoice's charges."""
    if not proposal.refund_amount:
        return
    if proposal.refund_amount > sum(unrefunded(each) for each in charges_of(tx, proposal.invoice)):
        raise InvalidRequest(
            "The refund amount is more than what can be refunded of the invoice's payments.",
            param="refund_amount",
        )


def _pay_out(tx: Tx, proposal: Proposal) -> None:
    """Give back what was paid: by refunds, as credit on the balance, or outside of the system."""
    note, invoice = proposal.note, proposal.invoice
    if proposal.refund_amount:
        _refund(tx, proposal)
    if proposal.credit_amount:
        customer = tx.get(Customer, note.customer)
        transaction = adjust_balance(
            tx,
            customer,
            -proposal.credit_amount,
            "credit_note",
            note.currency,
            invoice=invoice.id,
            credit_note=note.id,
        )
        note.customer_balance_transaction = transaction.id
    if proposal.out_of_band_amount:
        # What was reported as refunded has left already.
        counted = count_reported(tx, invoice, proposal.out_of_band_amount)
        post_outside(tx, invoice, counted - proposal.out_of_band_amount)


def _refund(tx: Tx, proposal: Proposal) -> None:
    """Refund the invoice's payments, the newest first, until the amount is reached."""
    note, left = proposal.note, proposal.refund_amount
    for charge in charges_of(tx, proposal.invoice):
        part = min(left, unrefunded(charge))
        if part <= 0:
            continue
        refund = refund_charge(
            tx,
            charge,
            part,
            reason=REFUND_REASONS.get(note.reason or ""),
            account=accounts.RECEIVABLE,
            credit_note=note.id,
        )
        note.refunds.append(CreditNoteRefund(amount_refunded=part, refund=refund.id))
        left -= part


def _post(tx: Tx, invoice: Invoice, note: CreditNote, *, back: bool = False) -> None:
    """Post what the note takes off the invoice's lines and tax, or gives back to them."""
    sign = -1 if back else 1
    shares = [
        replace(share, amount=sign * share.amount) for share in note_shares(invoice, note)
    ]
    post_shares_taken_back(
        tx, invoice, shares, sign * note.total, accounts.CREDIT_NOTES, note.number
    )

"""Credit note: what is taken back of an invoice, and how it reaches the customer."""

from dataclasses import dataclass

from prorata.engine.invoices.credit_lines import (
    History,
    after_pretax,
    custom_line,
    history_of,
    invoice_line,
    merge_credits,
    whole_line,
)
from prorata.engine.invoices.ledger import untaxed
from prorata.engine.invoices.pages import CREDIT_NOTES, page_address
from prorata.engine.invoices.sums import merge_amounts, merge_taxes
from prorata.model.errors import InvalidRequest
from prorata.model.fields import InlineList
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import (
    CreditedLine,
    CreditNote,
    CreditNoteLineItem,
    CreditNotePrivate,
    CreditNoteType,
)
from prorata.resources.billing.credit_note_params import CreditNoteCreateParams
from prorata.resources.billing.invoice import Invoice
from prorata.resources.products.steps import check_step
from prorata.rules.currency import format_amount

CREDITABLE = ("open", "paid")
GIVEN = ("amount", "credit_amount", "out_of_band_amount", "refund_amount")


@dataclass(slots=True)
class Proposal:
    """A credit note before anything is done about it, and what it asks for; minor units."""

    note: CreditNote
    invoice: Invoice
    refund_amount: int = 0
    credit_amount: int = 0
    out_of_band_amount: int = 0

    @property
    def paid_back(self) -> int:
        return self.refund_amount + self.credit_amount + self.out_of_band_amount


def propose(tx: Tx, params: CreditNoteCreateParams) -> Proposal:
    """Return the note that parameters describe, summed and checked; nothing is kept.

    Raises InvalidRequest when it credits more than is left of the invoice, or when refund, credit
    and out-of-band amounts are not exactly what was paid of it.
    """
    invoice = tx.get(Invoice, params.invoice, param="invoice")
    tx.follow(invoice)
    if invoice.status not in CREDITABLE:
        raise InvalidRequest(
            f"You can only create a credit note for an open or paid invoice; {invoice.id} is"
            f" {invoice.status}.",
            param="invoice",
        )
    for name in GIVEN:
        check_step(value_or(getattr(params, name), 0), invoice.currency, name)
    earlier = tx.select(CreditNote, invoice=invoice.id)
    lines, credited = _lines(tx, invoice, params, history_of(earlier))
    note = _note(tx, invoice, params, lines, len(earlier) + 1)
    if given(params.shipping_cost):
        _credit_shipping(invoice, note, earlier, value_or(params.shipping_cost.shipping_rate, None))
    note.private = CreditNotePrivate(credited=credited)
    _check_total(invoice, note, earlier)
    note.pre_payment_amount = min(note.total, invoice.amount_remaining)
    note.post_payment_amount = note.total - note.pre_payment_amount
    note.type = _type(note)
    proposal = Proposal(
        note,
        invoice,
        refund_amount=value_or(params.refund_amount, 0),
        credit_amount=value_or(params.credit_amount, 0),
        out_of_band_amount=value_or(params.out_of_band_amount, 0),
    )
    note.out_of_band_amount = proposal.out_of_band_amount or None
    return proposal


def check_payout(proposal: Proposal, linked: int) -> None:
    """Raise InvalidRequest unless what goes back is what was paid of the credit; minor units.

    linked: the sum of refunds that were made before and are counted in.
    """
    note = proposal.note
    back = proposal.paid_back + linked
    if back != note.post_payment_amount:
        part = " that was paid" if note.pre_payment_amount else ""
        raise InvalidRequest(
            "The sum of credit amount, refund amount and out of band amount"
            f" ({format_amount(back, note.currency)}) must equal the credit note amount{part}"
            f" ({format_amount(note.post_payment_amount, note.currency)}).",
        )


def _lines(
    tx: Tx, invoice: Invoice, params: CreditNoteCreateParams, history: dict[str, History]
) -> tuple[list[CreditNoteLineItem], list[CreditedLine]]:
    if given(params.lines) and params.lines:
        if given(params.amount):
            raise InvalidRequest(
                "You may only specify one of these parameters: amount, lines.", param="amount"
            )
        lines, credited = [], []
        for place, each in enumerate(params.lines):
            path = f"lines[{place}]"
            if each.type == "custom_line_item":
                lines.append(custom_line(tx, invoice, each, path))
                continue
            line, facts = invoice_line(tx, invoice, each, path, history)
            lines.append(line)
            credited.append(facts)
        return lines, credited
    amount = params.amount
    if not given(amount) and given(params.shipping_cost):
        return [], []
    if not given(amount):
        amount = sum(
            value_or(each, 0)
            for each in (params.refund_amount, params.credit_amount, params.out_of_band_amount)
        )
    if not amount:
        raise InvalidRequest(
            "Must provide amount, lines or shipping_cost.", code="parameter_missing"
        )
    return [whole_line(tx, invoice, amount)], []


def _note(
    tx: Tx,
    invoice: Invoice,
    params: CreditNoteCreateParams,
    lines: list[CreditNoteLineItem],
    place: int,
) -> CreditNote:
    """Return a note with its lines added up."""
    id = tx.new_id(CreditNote, owner=invoice.customer)
    all_taxes = [tax for line in lines for tax in line.taxes or ()]
    exclusive = sum(tax.amount for tax in all_taxes if tax.tax_behavior == "exclusive")
    inclusive = sum(tax.amount for tax in all_taxes if tax.tax_behavior == "inclusive")
    discounts = merge_amounts(each for line in lines for each in line.discount_amounts)
    discount = sum(each.amount for each in discounts)
    subtotal = sum(line.amount for line in lines)
    total = sum(after_pretax(line) for line in lines) + exclusive
    listed: InlineList[CreditNoteLineItem] = InlineList(
        data=lines, url=f"/v1/credit_notes/{id}/lines"
    )
    listed.refresh()
    return CreditNote(
        id=id,
        amount=total,
        created=tx.now,
        currency=invoice.currency,
        customer=invoice.customer or "",
        discount_amount=discount,
        discount_amounts=discounts,
        effective_at=value_or(params.effective_at, tx.now),
        invoice=invoice.id,
        lines=listed,
        livemode=invoice.livemode,
        memo=value_or(params.memo, None),
        metadata=merge_metadata(None, params.metadata),
        number=f"{invoice.number}-CN-{place:02d}",
        pdf=f"{page_address(tx, CREDIT_NOTES, id, livemode=invoice.livemode)}/pdf",
        pretax_credit_amounts=merge_credits(lines),
        reason=value_or(params.reason, None),
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal - inclusive,
        total=total,
        total_excluding_tax=total - exclusive - inclusive,
        total_taxes=merge_taxes(all_taxes),
    )


def _credit_shipping(
    invoice: Invoice, note: CreditNote, earlier: list[CreditNote], rate: str | None
) -> None:
    """Add the invoice's shipping to what a note credits; raise when it was credited before.

    rate: the id of the shipping rate that is credited, which must be the invoice's.
    """
    cost = invoice.shipping_cost
    before = any(each.shipping_cost and each.status == "issued" for each in earlier)
    if cost is None or before:
        raise InvalidRequest(
            "The invoice has no shipping cost that could be credited.", param="shipping_cost"
        )
    if rate is not None and rate != cost.shipping_rate:
        raise InvalidRequest(
            f"The invoice was not shipped by the rate {rate}.", param="shipping_cost[shipping_rate]"
        )
    note.shipping_cost = cost
    note.amount_shipping = cost.amount_total
    note.total += cost.amount_total
    note.amount = note.total
    note.total_excluding_tax = (note.total_excluding_tax or 0) + untaxed(cost)


def _check_total(invoice: Invoice, note: CreditNote, earlier: list[CreditNote]) -> None:
    """Raise InvalidRequest when nothing, or more than the invoice, would be credited."""
    if note.total <= 0:
        raise InvalidRequest("The amount of a credit note must be greater than 0.", param="amount")
    check_left(invoice, note, earlier, refunded=0)


def check_left(
    invoice: Invoice, note: CreditNote, earlier: list[CreditNote], *, refunded: int
) -> None:
    """Raise InvalidRequest when a note credits more than is left of its invoice; minor units.

    refunded: what was given back of the invoice's payments without any note that counts it.
    """
    issued = sum(each.total for each in earlier if each.status == "issued")
    left = max(invoice.total - issued - refunded, 0)
    if note.total > left:
        raise InvalidRequest(
            f"The credit note's total ({note.total}) is more than what is left to credit of the"
            f" invoice ({left}).",
            param="amount",
        )


def _type(note: CreditNote) -> CreditNoteType:
    if not note.post_payment_amount:
        return "pre_payment"
    return "mixed" if note.pre_payment_amount else "post_payment"

"""Taken off: which lines of an invoice, and of its tax, credit notes, refunds and losses take.

What names no line divides in proportion over what was left of the lines and the tax before, so
that they end together: an invoice that is taken back altogether leaves nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from prorata.engine.invoices.credit_lines import after_pretax
from prorata.engine.invoices.ledger import (
    Share,
    post_payment_counted,
    post_shares_taken_back,
    scaled,
    shares_of,
    untaxed,
)
from prorata.model.params import value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote, CreditNoteLineItem
from prorata.resources.billing.invoice import GivenBack, Invoice
from prorata.rules import accounts
from prorata.rules.rounding import ratio_half_up

# What shipping is called where lines are named by their ids.
SHIPPING = ""


def note_shares(invoice: Invoice, note: CreditNote) -> list[Share]:
    """Return what a note takes of the invoice's worth, line by line, without tax."""
    if note.private.taken is not None:
        return kept_shares(invoice, note.private.taken)
    whole = shares_of(invoice)
    found: list[Share] = []
    for line in note.lines.data:
        named = _named(invoice, line)
        if named is None:
            found += _divided(line, whole, invoice.total)
        else:
            found.append(named)
    return found + _shipping(invoice, note)


def keep_shares(tx: Tx, invoice: Invoice, note: CreditNote) -> None:
    """Remember what a note takes that names no line: it depends on the notes before it."""
    named = [share for line in note.lines.data if (share := _named(invoice, line)) is not None]
    unnamed = [line for line in note.lines.data if _named(invoice, line) is None]
    if not unnamed:
        return
    found = named + _shipping(invoice, note)
    left, rest = _room(tx, invoice, note.total)
    left = _less(left, found)
    rest -= note.total - sum(_gross(line) for line in unnamed)
    for line in unnamed:
        parts = _divided(line, left, rest)
        left, rest = _less(left, parts), rest - _gross(line)
        found += parts
    note.private.taken = _by_line(found)


def kept_shares(invoice: Invoice, taken: dict[str, int]) -> list[Share]:
    """Return what was remembered, line by line, in minor units without tax."""
    return [
        replace(share, amount=taken[share.line or SHIPPING])
        for share in shares_of(invoice)
        if (share.line or SHIPPING) in taken
    ]


def post_lost(tx: Tx, invoice: Invoice, amount: int, contra: str, memo: str) -> None:
    """Take an amount (minor units) that will not be paid off what is left of an invoice."""
    left, rest = _room(tx, invoice, amount)
    shares = scaled(left, amount, rest)
    if rest != invoice.total:
        invoice.private.lost = _by_line(shares)
    post_shares_taken_back(tx, invoice, shares, amount, contra, memo)


def post_taken_back(tx: Tx, invoice: Invoice, amount: int, contra: str, memo: str) -> None:
    """Take an amount (minor units, tax included) that no note names off what the customer owes.

    contra: the account that bears what was earned by now. An amount below zero has come back: it
    divides over what was taken against this account.
    """
    if amount >= 0:
        left, rest = _room(tx, invoice, amount)
    else:
        left, rest = _taken(tx, invoice, contra)
        if rest < -amount:
            left, rest = shares_of(invoice), invoice.total
    shares = scaled(left, amount, rest)
    posting = post_shares_taken_back(tx, invoice, shares, amount, contra, memo)
    if posting is not None:
        given = GivenBack(
            account=contra, amount=amount, posting=posting, taken=_by_line(shares)
        )
        invoice.private.given = [*invoice.private.given, given]


def post_refund_counted(tx: Tx, invoice: Invoice, amount: int, account: str) -> None:
    """Count a refund, posted against another account before, as what a credit note gave back."""
    if account == accounts.REFUNDS:
        # It was taken from what was earned and what was deferred, as the credit note is now.
        post_taken_back(tx, invoice, -amount, account, "refund counted")
    else:
        post_payment_counted(tx, invoice, -amount, account, "refund counted")


def what_is_left(
    tx: Tx, invoice: Invoice, *, of_notes: bool = False
) -> tuple[list[Share], int]:
    """Return what issued notes and refunds have left of each line, and of the total; minor units.

    of_notes: what notes alone have left.
    """
    left, total = shares_of(invoice), invoice.total
    for given in () if of_notes else invoice.private.given:
        left, total = _less(left, kept_shares(invoice, given.taken)), total - given.amount
    if not invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount:
        return left, total
    for note in tx.select(CreditNote, invoice=invoice.id):
        if note.status == "issued":
            left, total = _less(left, note_shares(invoice, note)), total - note.total
    return left, total


def _room(tx: Tx, invoice: Invoice, amount: int) -> tuple[list[Share], int]:
    """Return what an amount (minor units) can be taken from.

    That is what refunds have left, too, unless it counts some of them.
    """
    for of_notes in (False, True):
        left, rest = what_is_left(tx, invoice, of_notes=of_notes)
        if rest >= amount:
            return left, rest
    return shares_of(invoice), invoice.total


def _taken(tx: Tx, invoice: Invoice, contra: str) -> tuple[list[Share], int]:
    """Return what was taken of each line against an account, and in all; minor units."""
    whole = shares_of(invoice)
    if contra == accounts.CREDIT_NOTES:
        left, rest = what_is_left(tx, invoice, of_notes=True)
    else:
        left, rest = whole, invoice.total
    for given in invoice.private.given:
        if given.account == contra:
            left, rest = _less(left, kept_shares(invoice, given.taken)), rest - given.amount
    return _less(whole, left), invoice.total - rest


def _less(shares: list[Share], taken: Iterable[Share]) -> list[Share]:
    amounts = _by_line(taken)
    return [
        replace(each, amount=each.amount - amounts.get(each.line or SHIPPING, 0))
        for each in shares
    ]


def _by_line(shares: Iterable[Share]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for each in shares:
        key = each.line or SHIPPING
        amounts[key] = amounts.get(key, 0) + each.amount
    return amounts


def _named(invoice: Invoice, line: CreditNoteLineItem) -> Share | None:
    """Return what is taken of the line that is named, None where none is."""
    of_line = value_or(line.invoice_line_item, "")
    for billed in invoice.lines.data:
        if billed.id == of_line:
            return Share(_net(line), billed.period.start, billed.period.end, billed.id)
    return None


def _net(line: CreditNoteLineItem) -> int:
    inside = sum(tax.amount for tax in line.taxes or () if tax.tax_behavior == "inclusive")
    return after_pretax(line) - inside


def _gross(line: CreditNoteLineItem) -> int:
    added = sum(tax.amount for tax in line.taxes or () if tax.tax_behavior == "exclusive")
    return after_pretax(line) + added


def _shipping(invoice: Invoice, note: CreditNote) -> list[Share]:
    if note.shipping_cost is None:
        return []
    moment = invoice.status_transitions.finalized_at or invoice.created
    return [Share(untaxed(note.shipping_cost), moment, moment)]


def _divided(line: CreditNoteLineItem, whole: list[Share], gross: int) -> list[Share]:
    """Divide a line that names none over shares, which with their tax come to a gross amount."""
    total = sum(share.amount for share in whole)
    net = _net(line)
    if not line.taxes and gross:
        # An amount that names no line includes its part of the invoice's tax.
        net = ratio_half_up(net * total, gross)
    return _spread(net, whole, total)


def _spread(amount: int, shares: list[Share], total: int) -> list[Share]:
    """Divide an amount over shares in proportion; the last one takes what rounding leaves."""
    parts = [
        replace(each, amount=ratio_half_up(amount * each.amount, total) if total else 0)
        for each in shares[:-1]
    ]
    rest = amount - sum(part.amount for part in parts)
    return [*parts, replace(shares[-1], amount=rest)] if shares else []

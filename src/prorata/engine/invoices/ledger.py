"""Invoice ledger: what an invoice's finalization, loss or correction posts to the books.

A finalized invoice is owed by its customer (receivable); its lines are earned over their periods
(deferred) or at once (revenue), tax is a liability. What is taken back later divides between what
was earned by then, against a contra account, and what was still deferred.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from prorata.engine.invoices.sums import after_discounts
from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import InvoiceShippingCost
from prorata.rules import accounts
from prorata.rules.revenue import split_by_recognition
from prorata.rules.rounding import ratio_half_up


@dataclass(frozen=True, slots=True)
class Share:
    """An amount (minor units, without tax) that is earned over [start, end).

    line: the invoice's line that it is of; shipping is of none.
    """

    amount: int
    start: int
    end: int
    line: str | None = None

    @property
    def deferred(self) -> bool:
        return self.end > self.start


def shares_of(invoice: Invoice) -> list[Share]:
    """Return what each line is worth to the seller, after discounts and without tax."""
    shares = [
        Share(
            after_discounts(line) - tax_inside(line),
            line.period.start,
            line.period.end,
            line.id,
        )
        for line in invoice.lines.data
    ]
    if invoice.shipping_cost:
        moment = invoice.status_transitions.finalized_at or invoice.created
        shares.append(Share(untaxed(invoice.shipping_cost), moment, moment))
    return shares


def tax_inside(line: InvoiceLineItem) -> int:
    """Return the tax that a line's amount contains, in minor units."""
    if not line.taxes:
        return 0
    return sum(tax.amount for tax in line.taxes if tax.tax_behavior == "inclusive")


def untaxed(shipping: InvoiceShippingCost) -> int:
    """Return what shipping is worth to the seller, in minor units."""
    return shipping.amount_total - shipping.amount_tax


def tax_of(invoice: Invoice) -> int:
    """Return all tax of an invoice, inclusive and exclusive, in minor units."""
    shipping = invoice.shipping_cost.amount_tax if invoice.shipping_cost else 0
    return sum([tax.amount for tax in invoice.total_taxes or ()]) + shipping


def post_finalized(tx: Tx, invoice: Invoice) -> None:
    """Post what the customer owes, what is earned over time and what the tax office gets."""
    _post(tx, invoice, finalized_entries(invoice), "finalized")


def finalized_entries(invoice: Invoice) -> dict[str, int]:
    """Return what finalizing an invoice adds to each account, in minor units."""
    entries = {accounts.RECEIVABLE: invoice.total, accounts.TAX: -tax_of(invoice)}
    for share in shares_of(invoice):
        account = accounts.DEFERRED if share.deferred else accounts.REVENUE
        entries[account] = entries.get(account, 0) - share.amount
    return entries


def post_shares_taken_back(
    tx: Tx, invoice: Invoice, shares: Iterable[Share], amount: int, contra: str, memo: str
) -> str | None:
    """Take chosen shares back; what they leave of the amount (minor units) is tax.

    contra: the account that bears what was earned by now. Returns the posting's id, None for none.
    """
    entries = {accounts.RECEIVABLE: -amount}
    taken = 0
    for share in shares:
        earned, deferred = split_by_recognition(share.amount, share.start, share.end, tx.now)
        entries[contra] = entries.get(contra, 0) + earned
        entries[accounts.DEFERRED] = entries.get(accounts.DEFERRED, 0) + deferred
        taken += share.amount
    entries[accounts.TAX] = entries.get(accounts.TAX, 0) + amount - taken
    return _post(tx, invoice, entries, memo)


def post_recovered(tx: Tx, invoice: Invoice, amount: int) -> None:
    """Post that an amount written off before is owed, and paid, after all; minor units."""
    _post(tx, invoice, {accounts.RECEIVABLE: amount, accounts.RECOVERABLES: -amount}, "recovered")


def post_outside(tx: Tx, invoice: Invoice, amount: int) -> None:
    """Post a payment that was received outside of the system; minor units."""
    _post(tx, invoice, {accounts.CASH: amount, accounts.RECEIVABLE: -amount}, "paid out of band")


def post_payment_counted(
    tx: Tx, invoice: Invoice, amount: int, account: str, memo: str = "payment counted"
) -> None:
    """Count a payment, posted against another account before, as one of this invoice.

    amount: minor units, below zero where it was refunded.
    """
    if account != accounts.RECEIVABLE:
        _post(tx, invoice, {account: amount, accounts.RECEIVABLE: -amount}, memo)


def scaled(shares: list[Share], amount: int, total: int) -> list[Share]:
    """Return what part of each share an amount of the whole stands for."""
    if amount == total or total == 0:
        return shares
    return [replace(share, amount=ratio_half_up(share.amount * amount, total)) for share in shares]


def _post(tx: Tx, invoice: Invoice, entries: dict[str, int], memo: str) -> str | None:
    postings = [Posting(account, amount) for account, amount in entries.items() if amount]
    if not postings:
        return None
    return tx.post(
        *postings,
        document=invoice,
        customer=invoice.customer,
        currency=invoice.currency,
        memo=memo,
    )

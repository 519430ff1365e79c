"""Shares: what lines come to together, with what each discount takes and each tax rate adds."""

from collections.abc import Callable, Iterable

from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import DiscountAmount, TaxAmount
from prorata.resources.checkout.session_facts import Share, Sums

Named = Callable[[InvoiceLineItem, DiscountAmount], Share | None]


def sums_of(lines: Iterable[InvoiceLineItem], named: Named) -> Sums:
    """Add lines up (minor units): gross amounts, what discounts take, and taxes by where they are.

    named: gives the empty share that what a discount takes of a line is counted in, by its `of`;
    None where it is shown nowhere.
    """
    sums = Sums()
    taken: dict[str, Share] = {}
    taxed: dict[str, Share] = {}
    for line in lines:
        sums.subtotal += line.amount
        for each in line.discount_amounts or ():
            sums.discount += each.amount
            share = named(line, each)
            if share is not None:
                taken.setdefault(share.of, share).amount += each.amount
        for tax in line.taxes or ():
            if tax.tax_behavior == "inclusive":
                sums.inclusive += tax.amount
            else:
                sums.exclusive += tax.amount
            _add_tax(taxed, tax)
    sums.total = sums.subtotal - sums.discount + sums.exclusive
    sums.discounts, sums.taxes = list(taken.values()), list(taxed.values())
    return sums


def _add_tax(taxed: dict[str, Share], tax: TaxAmount) -> None:
    rate = tax.tax_rate_details.tax_rate if tax.tax_rate_details else None
    if rate is None:
        return
    share = taxed.setdefault(rate, Share(of=rate, amount=0, taxable=0))
    share.amount += tax.amount
    share.taxable = (share.taxable or 0) + (tax.taxable_amount or 0)
    if tax.taxability_reason != "not_available":
        share.reason = tax.taxability_reason

"""Debits: what was really billed for an item's time, found on its invoice or pending item."""

from dataclasses import dataclass
from decimal import Decimal

from prorata.engine.subscriptions.periods import earliest_change
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    ItemCreditedItems,
    ItemCreditedLines,
)
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import Debit
from prorata.resources.core.customer import TaxExempt
from prorata.resources.products.discount import Discount, discount_terms
from prorata.resources.products.tax_rate import TaxRate


@dataclass(frozen=True, slots=True)
class Billed:
    """A debit's bill: gross minor units, what discounts took, and where it stands.

    tax_rates: the rates it was taxed with; None while it waits for an invoice, whose defaults will
    be the credit's too. exempt: how its customer was taxed there; None while it waits.
    """

    gross: int
    taken: tuple[tuple[str, int], ...]
    percent_off: Decimal | None
    tax_rates: list[TaxRate] | None
    exempt: TaxExempt | None = None
    invoice: str | None = None
    lines: tuple[str, ...] = ()
    invoice_item: str | None = None

    def as_lines(self) -> ItemCreditedItems:
        """Return the bill as a credit names it once it is on an invoice."""
        assert self.invoice is not None, "still pending"
        return ItemCreditedItems(
            type="invoice_line_items",
            invoice_line_item_details=ItemCreditedLines(
                invoice=self.invoice, invoice_line_items=list(self.lines)
            ),
        )


def look_up(tx: Tx, debit: Debit) -> Billed | None:
    """Return what was billed for a debit; None when its bill is gone (a deleted item)."""
    percent = None if debit.percent_off is None else Decimal(str(debit.percent_off))
    if debit.invoice_item is not None:
        item = tx.find(InvoiceItem, debit.invoice_item)
        if item is None:
            return None
        invoice = tx.find(Invoice, item.invoice)
        if invoice is None:
            details = item.proration_details
            taken = [] if details is UNSET else details.discount_amounts
            return Billed(
                gross=item.amount,
                taken=tuple((each.discount, each.amount) for each in taken),
                percent_off=percent,
                tax_rates=item.tax_rates or None,
                invoice_item=item.id,
            )
        lines = [line for line in invoice.lines.data if line.invoice_item == item.id]
        return _on_invoice(tx, invoice, lines, percent)
    invoice = tx.find(Invoice, debit.invoice)
    if invoice is None:
        return None
    lines = [line for line in invoice.lines.data if line.id in debit.lines]
    return _on_invoice(tx, invoice, lines, None)


def _on_invoice(
    tx: Tx, invoice: Invoice, lines: list[InvoiceLineItem], percent: Decimal | None
) -> Billed | None:
    if not lines:
        return None
    taken: dict[str, int] = {}
    for line in lines:
        for each in line.discount_amounts or ():
            if each.amount:
                taken[each.discount] = taken.get(each.discount, 0) + each.amount
    rates = {
        tax.tax_rate_details.tax_rate: None
        for line in lines
        for tax in line.taxes or ()
        if tax.tax_rate_details is not None
    }
    return Billed(
        gross=sum(line.amount for line in lines),
        taken=tuple(taken.items()),
        percent_off=percent or _percent(tx, invoice, list(taken)),
        tax_rates=list(tx.load(TaxRate, rates).values()) if rates else [],
        # Where taxes are automatic, the rates say it.
        exempt="none" if invoice.automatic_tax.enabled else invoice.customer_tax_exempt,
        invoice=invoice.id,
        lines=tuple(line.id for line in lines),
    )


def _percent(tx: Tx, invoice: Invoice, ids: list[str]) -> Decimal | None:
    if len(ids) != 1:
        return None
    discount = tx.find(Discount, ids[0])
    terms = discount and discount_terms(discount, invoice.currency)
    return terms.percent_off if terms else None


def record_lines(subscription: Subscription, invoice: Invoice) -> None:
    """Remember which of an invoice's lines bill the time ahead of the subscription's items."""
    debits: dict[tuple[str, int, int], Debit] = {}
    for line in invoice.lines.data:
        item = line.subscription_item
        if item is None or line.proration or line.subscription != subscription.id:
            continue
        if invoice.private.lines[line.id].metered:
            continue
        start, end = line.period.start, line.period.end
        if end == subscription.trial_end and not line.amount:
            continue
        debit = debits.setdefault(
            (item, start, end),
            Debit(item=item, start=start, end=end, until=end, invoice=invoice.id),
        )
        debit.lines = [*debit.lines, line.id]
    # A change may count from before this invoice, and then gives back what was billed since.
    first = min(earliest_change(subscription), invoice.created)
    subscription.private.debits = [
        *(
            each for each in subscription.private.debits
            if each.until > (invoice.created if subscription.item(each.item) is None else first)
        ),
        *debits.values(),
    ]  # fmt: skip

"""Usage back: what of a period's bills may be given back where less is owed for it by now.

Nobody is given back what nobody paid: not what billing credits paid, as by a credit note, nor what
an invoice asked for that was voided, nor what credit notes took off.
"""

from collections.abc import Collection, Iterable

from prorata.engine.invoices.ledger import shares_of
from prorata.engine.invoices.sums import after_discounts
from prorata.engine.invoices.taken_off import what_is_left
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.usage_billing import UsageBilling, UsageBillingPart
from prorata.resources.products.discount import Discount, applies_at
from prorata.rules.currency import smallest_step
from prorata.rules.rounding import ratio_half_up


def taken_off(
    tx: Tx, billing: UsageBilling, parts: Iterable[UsageBillingPart], whole: int, at: int
) -> tuple[int, list[tuple[str, int]]]:
    """Return what a period's bills so far take off a bill of all of it, and of its discounts.

    parts: these bills. whole: what all of the period costs up to `at`, in minor units. What is more
    than the whole is given back, as far as it was asked for.
    """
    amounts = [each.amount for each in parts]
    before, back = sum(amounts), 0
    discounts = billing.private.discounts
    found = tx.load(Discount, discounts) if discounts else {}
    if before > whole:
        billed = sum(each for each in amounts if each > 0)
        back = max(0, given_back(tx, billing, billed - whole) - (billed - before))
    counted = min(before, whole)
    frozen = []
    for id, amount in discounts.items():
        # A discount that is used up has lowered the earlier bills for good.
        again = id in found and applies_at(found[id], at) and _lasts(found[id])
        taken = _part(billing, amount, (counted if again else 0) + back, before)
        if taken:
            frozen.append((id, -taken))
    return counted + back, frozen


def _lasts(discount: Discount) -> bool:
    return bool(discount.private.duration != "once")


def given_back(tx: Tx, billing: UsageBilling, amount: int) -> int:
    """Return how much of an amount (minor units, before discounts) less usage gives back."""
    asked, worth = _asked(tx, billing)
    return _part(billing, amount, asked, worth)


def _part(billing: UsageBilling, amount: int, part: int, whole: int) -> int:
    if part == whole:
        return amount
    return ratio_half_up(amount * part, whole, smallest_step(billing.currency))


def _asked(tx: Tx, billing: UsageBilling) -> tuple[int, int]:
    """Return what of a period's bills was to be paid in money and still is, and all they came to.

    Both are after discounts and before tax, in minor units.
    """
    items = {part.invoice_item for part in billing.billed} - {None}
    invoices: dict[str, Invoice] = {}
    asked = worth = 0
    for part in billing.billed:
        invoice = _invoice_of(tx, part)
        if invoice is None:
            # It waits for an invoice.
            asked, worth = asked + part.amount, worth + part.amount
        else:
            invoices[invoice.id] = invoice
    for invoice in invoices.values():
        lines = [line for line in invoice.lines.data if _bills(line, billing, items)]
        net = sum(map(after_discounts, lines))
        credits = _paid_by_credits(invoice, lines)
        if net + credits > 0:
            worth += net + credits
            asked += 0 if invoice.status == "void" else _still_asked(tx, invoice, lines, net)
    return asked, worth


def _bills(line: InvoiceLineItem, billing: UsageBilling, items: Collection[str | None]) -> bool:
    if line.invoice_item is not None:
        return line.invoice_item in items
    return (
        line.subscription_item == billing.subscription_item
        and line.period.start == billing.period.start
    )


def _paid_by_credits(invoice: Invoice, lines: Iterable[InvoiceLineItem]) -> int:
    facts = invoice.private.lines
    return sum(each.amount for line in lines for each in facts[line.id].credits)


def _still_asked(tx: Tx, invoice: Invoice, lines: Iterable[InvoiceLineItem], net: int) -> int:
    """Return what credit notes leave of what lines ask for, in minor units."""
    ids = {line.id for line in lines}
    left, _ = what_is_left(tx, invoice)
    rest = sum(each.amount for each in left if each.line in ids)
    whole = sum(each.amount for each in shares_of(invoice) if each.line in ids)
    return ratio_half_up(net * rest, whole) if rest != whole else net


def _invoice_of(tx: Tx, part: UsageBillingPart) -> Invoice | None:
    """Return the invoice that asks for a part of what was used; None where it waits for one."""
    id = part.invoice
    if id is None:
        item = tx.look(InvoiceItem, part.invoice_item)
        id = None if item is None else item.invoice
    invoice = tx.look(Invoice, id)
    while invoice is not None and invoice.latest_revision and invoice.status == "void":
        invoice = tx.look(Invoice, invoice.latest_revision)
    return invoice

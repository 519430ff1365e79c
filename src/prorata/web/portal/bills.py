"""Bills: the lines and sums of an invoice that is only looked at, in the customer's language."""

from dataclasses import dataclass, field
from typing import Any

from prorata.engine.portal.change_plan import Shown
from prorata.model.fields import UNSET
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.products.product import Product
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import Language


@dataclass(slots=True)
class Bill:
    """An invoice on a page: (text, amount) by (text, amount)."""

    lines: list[tuple[str, str]]
    sums: list[tuple[str, str]] = field(default_factory=list)
    due: str = ""
    credit: str | None = None


def bill(tx: UnitOfWork, language: Language, invoice: Invoice) -> Bill:
    """Return an invoice as it is shown; what it gives back becomes the customer's credit."""
    names = _names(tx, invoice)

    def money(minor: int) -> str:
        return language.amount(minor, invoice.currency)

    lines = [(line_text(language, each, names), money(each.amount)) for each in invoice.lines.data]
    shown = Bill(lines, _sums(language, invoice, money), money(invoice.amount_due))
    if invoice.total < 0:
        shown.credit = money(-invoice.total)
    return shown


def _sums(language: Language, invoice: Invoice, money: Any) -> list[tuple[str, str]]:
    """Return what leads from the lines to what is due."""
    _ = language.text
    off = sum(each.amount for each in invoice.total_discount_amounts or ())
    taxes = [each for each in invoice.total_taxes or () if each.tax_behavior == "exclusive"]
    tax = sum(each.amount for each in taxes)
    included = sum(each.amount for each in invoice.total_taxes or ()) - tax
    used = sum(each.amount for each in invoice.total_pretax_credit_amounts or ()
               if each.type == "credit_balance_transaction")  # fmt: skip
    sums = []
    if off or tax or used:
        sums.append((_("Subtotal"), money(invoice.subtotal)))
    if off:
        sums.append((_("Discount"), money(-off)))
    if used:
        sums.append((_("Prepaid credit"), money(-used)))
    if tax:
        sums.append((_("Tax"), money(tax)))
    if invoice.total != invoice.subtotal and (off or tax or used):
        sums.append((_("Total"), money(invoice.total)))
    if included:
        sums.append((_("Tax included"), money(included)))
    applied = invoice.total - invoice.amount_due
    if invoice.total > 0 and applied > 0:
        sums.append((_("Your credit"), money(-applied)))
    elif invoice.total > 0 > applied:
        sums.append((_("Owed from before"), money(-applied)))
    return sums


def bill_of_next(tx: UnitOfWork, language: Language, shown: Shown) -> dict[str, Any] | None:
    """Return what the next renewal bills after a change, and what all of them do from then on."""
    if shown.next is None or shown.regular is None or shown.full is None:
        return None
    once = shown.next.total != shown.regular.total
    next = bill(tx, language, shown.next)
    currency, every = shown.regular.currency, language.every(*shown.option.interval)
    regular, full = (
        f"{language.amount(each.total, currency)} {every}" for each in (shown.regular, shown.full)
    )
    return {
        "date": language.date(shown.next.period_end if shown.later is None else shown.later),
        "amount": next.due if once else language.amount(shown.regular.total, currency),
        "lines": next.lines if once else [],
        "sums": next.sums if once else [],
        "regular": regular,
        "full": full if full != regular else None,
        "once": once,
    }


def line_text(language: Language, line: InvoiceLineItem, names: dict[str, str]) -> str:
    """Return what a line is for; the seller's own words where it is for no plan."""
    _ = language.text
    name = names.get(product_of(line) or "")
    if name is None:
        return line.description or ""
    quantity = line.quantity or 0
    what = f"{language.number(quantity)} × {name}" if quantity > 1 else name
    if line.period.start == line.period.end:
        # For no time of the plan: something beside it.
        return line.description or what
    start = language.date(line.period.start, "medium")
    if _is_proration(line):
        if line.amount < 0:
            return _("Unused time on {plan} from {date}", plan=what, date=start)
        return _("Remaining time on {plan} from {date}", plan=what, date=start)
    if line.amount == 0:
        return _("Free trial of {plan}", plan=what)
    until = language.date(line.period.end, "medium")
    return _("{plan}, {start} to {end}", plan=what, start=start, end=until)


def product_of(line: InvoiceLineItem) -> str | None:
    """Return the product that a line bills, if it names one."""
    details = line.pricing.price_details if line.pricing is not None else UNSET
    return None if details is UNSET or details is None else details.product


def _is_proration(line: InvoiceLineItem) -> bool:
    if line.parent is None:
        return False
    details = line.parent.subscription_item_details or line.parent.invoice_item_details
    return details is not None and details.proration


def _names(tx: UnitOfWork, invoice: Invoice) -> dict[str, str]:
    ids = {id for each in invoice.lines.data if (id := product_of(each)) is not None}
    return {id: each.name for id, each in tx.load(Product, ids, look=True).items()}

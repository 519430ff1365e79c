"""Credit notes as sheets: what is taken back of an invoice, and how it reaches the customer."""

from decimal import Decimal

from prorata.engine.invoices.credit_lines import WHOLE_CREDIT
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote, CreditNoteLineItem
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import TaxAmount
from prorata.resources.core.account import own_account
from prorata.resources.products.tax_rate import TaxRate
from prorata.web.design.brand import brand_of, readable
from prorata.web.design.languages import Language
from prorata.web.documents.facts import (
    discount_sums,
    line_columns,
    rate_text,
    rates_of,
    seller_party,
    tax_sums,
)
from prorata.web.documents.invoices import customer_parties, line_title, products_of
from prorata.web.documents.rendering import Rendering, is_reversed, named_taxes, rendering_of
from prorata.web.documents.sheet import Fact, Row, Sheet, Sum


def credit_note_sheet(tx: Tx, note: CreditNote, language: Language) -> Sheet:
    """Return a credit note as a sheet."""
    _ = language.text
    invoice = tx.get(Invoice, note.invoice)
    account = own_account(tx)
    brand = brand_of(account)
    name = invoice.account_name or brand.name
    rendering = rendering_of(tx, invoice)
    taxes = named_taxes(note.total_taxes or ())
    rates = rates_of(tx, taxes)
    titles = _titles(tx, note, invoice, language)
    amount = language.amount(note.total, note.currency)
    issued = note.effective_at or note.created
    return Sheet(
        title=_("Credit note"),
        number=note.number,
        language=language.texts,
        color=readable(brand.primary),
        paper=rendering.paper,
        made_at=issued,
        seller=name,
        facts=_facts(note, invoice, language),
        parties=[
            seller_party(tx, account, name, invoice.account_tax_ids or (), language),
            *customer_parties(invoice, language)[:1],
        ],
        columns=line_columns(rates, language),
        rows=[
            _row(title, line, note, rates, language)
            for title, line in zip(titles, note.lines.data, strict=True)
        ],
        sums=_sums(tx, note, taxes, rates, language),
        foot=" · ".join(part for part in (name, note.number) if part),
        page_of=_("Page {page} of {pages}", page="{page}", pages="{pages}"),
        badge="" if note.livemode else _("Test mode"),
        alert=_("Void") if note.status == "void" else "",
        headline=(
            _("This credit note is void") if note.status == "void"
            else _("{amount} credited on {date}", amount=amount, date=language.date(issued))
        ),
        memo=note.memo or "",
        notes=_notes(note, invoice, rendering, language),
    )  # fmt: skip


def _facts(note: CreditNote, invoice: Invoice, language: Language) -> list[Fact]:
    _ = language.text
    facts = [
        (_("Credit note number"), note.number),
        (_("Invoice number"), invoice.number or ""),
        (_("Date of issue"), language.date(note.effective_at or note.created)),
    ]
    if note.reason is not None:
        reason = {
            "duplicate": _("Duplicate"), "fraudulent": _("Fraudulent"),
            "order_change": _("Order change"),
            "product_unsatisfactory": _("Product unsatisfactory"),
        }[note.reason]  # fmt: skip
        facts.append((_("Reason"), reason))
    return facts


def _titles(tx: Tx, note: CreditNote, invoice: Invoice, language: Language) -> list[str]:
    """Return what each line takes back: an invoice's line as that has it, or its own reason."""
    credited = {line.id: line for line in invoice.lines.data}
    products = products_of(tx, credited.values())
    titles = []
    for line in note.lines.data:
        known = credited.get(line.invoice_line_item) if line.invoice_line_item else None
        if known is not None and known.description == line.description:
            titles.append(line_title(known, products, language))
        elif line.type == "custom_line_item" and line.description == WHOLE_CREDIT:
            titles.append(language.text("Credit"))
        else:
            titles.append(line.description or "")
    return titles


def _row(
    title: str,
    line: CreditNoteLineItem,
    note: CreditNote,
    rates: dict[str, TaxRate],
    language: Language,
) -> Row:
    quantity = "" if line.quantity is None else language.number(line.quantity)
    unit = line.unit_amount_decimal
    return Row(title, "", [
        quantity,
        "" if unit is None else language.amount(Decimal(unit), note.currency),
        *([rate_text(rates, line.taxes or (), language)] if rates else []),
        language.amount(line.amount, note.currency),
    ])  # fmt: skip


def _notes(
    note: CreditNote, invoice: Invoice, rendering: Rendering, language: Language
) -> list[str]:
    _ = language.text
    notes = []
    if is_reversed(invoice.customer_tax_exempt, note.total_taxes or ()):
        notes.append(_("Tax to be paid on reverse charge basis."))
    if rendering.footer:
        notes.append(rendering.footer)
    return notes


def _sums(
    tx: Tx, note: CreditNote, taxes: list[TaxAmount], rates: dict[str, TaxRate], language: Language
) -> list[Sum]:
    _, currency = language.text, note.currency

    def shown(amount: int) -> str:
        return language.amount(amount, currency)

    sums = [Sum(_("Subtotal"), shown(note.subtotal))]
    sums += discount_sums(tx, note.discount_amounts, currency, language)
    if note.amount_shipping:
        sums.append(Sum(_("Shipping"), shown(note.amount_shipping)))
    if taxes:
        if note.total_excluding_tax is not None:
            sums.append(Sum(_("Total excluding tax"), shown(note.total_excluding_tax)))
        sums += tax_sums(rates, taxes, currency, language)
    sums.append(Sum(_("Total credited"), shown(note.total), strong=True))
    refunds = sum(each.amount_refunded for each in note.refunds)
    outside = note.out_of_band_amount or 0
    balance = note.post_payment_amount - refunds - outside
    ways = (
        (_("Taken off the invoice"), note.pre_payment_amount),
        (_("Refunded"), refunds),
        (_("Put on the customer's balance"), balance),
        (_("Given back in another way"), outside),
    )
    return [*sums, *(Sum(label, shown(amount)) for label, amount in ways if amount > 0)]

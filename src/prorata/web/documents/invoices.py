"""Invoices and their receipts as sheets."""

from decimal import Decimal

from msgspec import UNSET

from prorata.model.fields import Address
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.core.account import own_account
from prorata.resources.products.product import Product
from prorata.resources.products.tax_rate import TaxRate
from prorata.web.design.brand import brand_of, readable
from prorata.web.design.languages import Language
from prorata.web.documents.facts import (
    address_lines,
    discount_sums,
    paper_of,
    period_text,
    rate_text,
    rates_of,
    seller_party,
    tax_id_lines,
    tax_sums,
)
from prorata.web.documents.sheet import Party, PayLink, Row, Row2, Seller, Sheet, Sum, Table


def invoice_sheet(
    tx: Tx, invoice: Invoice, language: Language, payments: list[list[str]] | None = None
) -> Sheet:
    """Return an invoice as a sheet. payments: date, method and amount of each, for a receipt."""
    _ = language.text
    account = own_account(tx)
    brand = brand_of(account)
    name = invoice.account_name or brand.name
    rates = rates_of(tx, invoice.total_taxes or ())
    tables = []
    if payments:
        columns = [_("Date"), _("Payment method"), _("Amount paid")]
        tables.append(Table(_("Payments"), columns, payments))
    return Sheet(
        title=_("Invoice") if payments is None else _("Receipt"),
        number=invoice.number or _("Draft"),
        language=language.texts,
        color=readable(brand.primary),
        paper=paper_of(account.country, _page_size(invoice)),
        made_at=invoice.effective_at or invoice.created,
        seller=Seller(name),
        facts=_facts(invoice, language, receipt=payments is not None),
        parties=[
            seller_party(tx, account, name, invoice.account_tax_ids or (), language),
            *_customers(invoice, language),
        ],
        columns=[_("Description"), _("Quantity"), _("Unit price"), *_tax_column(rates, language),
                 _("Amount")],
        rows=_rows(tx, invoice, rates, language),
        sums=invoice_sums(tx, invoice, rates, language),
        foot=invoice.footer or " · ".join(part for part in (name, invoice.number) if part),
        page_of=_("Page {page} of {pages}", page="{page}", pages="{pages}"),
        badge="" if invoice.livemode else _("Test mode"),
        headline=_headline(invoice, language),
        pay_link=_pay_link(invoice, language),
        memo=invoice.description or "",
        tables=tables,
        notes=_notes(invoice, language),
    )  # fmt: skip


def _page_size(invoice: Invoice) -> str | None:
    pdf = invoice.rendering.pdf if invoice.rendering is not None else None
    return pdf.page_size if pdf is not None else None


def _facts(invoice: Invoice, language: Language, *, receipt: bool) -> list[Row2]:
    _ = language.text
    facts = [(_("Invoice number"), invoice.number or _("Draft"))]
    if receipt and invoice.receipt_number:
        facts.append((_("Receipt number"), invoice.receipt_number))
    facts.append((_("Date of issue"), language.date(invoice.effective_at or invoice.created)))
    if receipt and invoice.status_transitions.paid_at is not None:
        facts.append((_("Date paid"), language.date(invoice.status_transitions.paid_at)))
    elif invoice.due_date is not None:
        facts.append((_("Date due"), language.date(invoice.due_date)))
    facts += [(each.name, each.value) for each in invoice.custom_fields or ()]
    return facts


def _customers(invoice: Invoice, language: Language) -> list[Party]:
    _ = language.text
    ids = invoice.customer_tax_ids
    lines = [
        *([invoice.customer_name] if invoice.customer_name else []),
        *address_lines(invoice.customer_address, language),
        *[part for part in (invoice.customer_phone, invoice.customer_email) if part],
        *tax_id_lines((each.type, each.value) for each in (ids or () if ids is not UNSET else ())),
    ]
    parties = [Party(_("Bill to"), lines)]
    shipping = invoice.customer_shipping
    if shipping is not None and isinstance(shipping.address, Address):
        receiver = [shipping.name] if isinstance(shipping.name, str) else []
        parties.append(
            Party(_("Ship to"), [*receiver, *address_lines(shipping.address, language)])
        )
    return parties


def _tax_column(rates: dict[str, TaxRate], language: Language) -> list[str]:
    return [language.text("Tax")] if rates else []


def _rows(
    tx: Tx, invoice: Invoice, rates: dict[str, TaxRate], language: Language
) -> list[Row]:
    ids = [line.product for line in invoice.lines.data]
    products = tx.load(Product, [id for id in ids if id is not None], look=True)
    rows = []
    for line in invoice.lines.data:
        cells = [
            _quantity(line, language),
            _unit(line, language),
            *([rate_text(rates, line.taxes or (), language)] if rates else []),
            language.amount(line.amount, line.currency),
        ]
        rows.append(Row(_title(line, products), _period(line, language), cells))
    return rows


def _title(line: InvoiceLineItem, products: dict[str, Product]) -> str:
    """Return what a line is for; where a column shows the quantity, the words need not."""
    product = products.get(line.product or "")
    words = line.description or ""
    if product is not None and not line.proration and words.endswith(")") and " × " in words:
        count, _, rest = words.partition(" × ")
        if rest.startswith(product.name) and count.replace(",", "").split(" ")[0].isdigit():
            return rest.partition(" (at ")[0]
    return words or (product.name if product is not None else "")


def _period(line: InvoiceLineItem, language: Language) -> str:
    return period_text(line.period.start, line.period.end, language)


def _quantity(line: InvoiceLineItem, language: Language) -> str:
    if line.quantity_decimal is not None:
        return language.number(Decimal(line.quantity_decimal))
    return "" if line.quantity is None else language.number(line.quantity)


def _unit(line: InvoiceLineItem, language: Language) -> str:
    unit = line.pricing.unit_amount_decimal if line.pricing is not None else None
    return "" if unit is None else language.amount(Decimal(unit), line.currency)


def invoice_sums(
    tx: Tx, invoice: Invoice, rates: dict[str, TaxRate], language: Language
) -> list[Sum]:
    """Return what leads from an invoice's lines to what is to be paid."""
    _, currency = language.text, invoice.currency

    def shown(amount: int) -> str:
        return language.amount(amount, currency)

    sums = [Sum(_("Subtotal"), shown(invoice.subtotal))]
    sums += discount_sums(tx, invoice.total_discount_amounts or (), currency, language)
    used = sum(
        each.amount
        for each in invoice.total_pretax_credit_amounts or ()
        if each.type == "credit_balance_transaction"
    )
    if used:
        sums.append(Sum(_("Credits used"), shown(-used)))
    if invoice.amount_shipping:
        sums.append(Sum(_("Shipping"), shown(invoice.amount_shipping)))
    taxes = invoice.total_taxes or []
    if taxes:
        excluding = invoice.total_excluding_tax
        if excluding is not None:
            sums.append(Sum(_("Total excluding tax"), shown(excluding)))
        sums += tax_sums(rates, taxes, currency, language)
    sums.append(Sum(_("Total"), shown(invoice.total), strong=True))
    if invoice.pre_payment_credit_notes_amount:
        credited = invoice.pre_payment_credit_notes_amount
        sums.append(Sum(_("Credit notes"), shown(-credited)))
    balance = invoice.amount_due - invoice.total + invoice.pre_payment_credit_notes_amount
    if balance:
        sums.append(Sum(_("Applied balance"), shown(balance)))
    if invoice.amount_paid:
        sums.append(Sum(_("Amount paid"), shown(-invoice.amount_paid)))
    sums.append(Sum(_("Amount due"), shown(invoice.amount_remaining), strong=True))
    return sums


def _headline(invoice: Invoice, language: Language) -> str:
    _ = language.text
    amount = language.amount(invoice.amount_remaining, invoice.currency)
    if invoice.status == "paid":
        moment = invoice.status_transitions.paid_at or invoice.created
        paid = language.amount(invoice.amount_paid or invoice.total, invoice.currency)
        return _("{amount} paid on {date}", amount=paid, date=language.date(moment))
    if invoice.status == "void":
        return _("This invoice is void")
    if invoice.status == "uncollectible":
        return _("{amount} outstanding", amount=amount)
    if invoice.due_date is not None:
        return _("{amount} due {date}", amount=amount, date=language.date(invoice.due_date))
    return _("{amount} due", amount=amount)


def _pay_link(invoice: Invoice, language: Language) -> PayLink | None:
    if invoice.status != "open" or invoice.hosted_invoice_url is None:
        return None
    return PayLink(language.text("Pay online"), invoice.hosted_invoice_url)


def _notes(invoice: Invoice, language: Language) -> list[str]:
    _ = language.text
    notes = []
    if invoice.customer_tax_exempt == "reverse":
        notes.append(_("Tax to be paid on reverse charge basis."))
    if invoice.footer:
        notes.append(invoice.footer)
    return notes

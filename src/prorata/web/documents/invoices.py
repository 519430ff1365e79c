"""Invoices as sheets: who sells to whom, what for, and what it comes to."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from msgspec import UNSET

from prorata.engine.invoice_address import told_address
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
    ROOM,
    address_lines,
    line_columns,
    period_text,
    rate_text,
    rates_of,
    seller_party,
    tax_id_lines,
)
from prorata.web.documents.invoice_sums import invoice_sums
from prorata.web.documents.line_words import line_words
from prorata.web.documents.rendering import (
    Rendering,
    is_reversed,
    rendering_of,
    shown_amount,
    shown_taxes,
)
from prorata.web.documents.sheet import Fact, Party, PayLink, Row, Sheet, Table


def invoice_sheet(
    tx: Tx, invoice: Invoice, language: Language, payments: Table | None = None
) -> Sheet:
    """Return an invoice as a sheet; with the payments that were made on it, it is a receipt."""
    _ = language.text
    account = own_account(tx)
    brand = brand_of(account)
    name = invoice.account_name or brand.name
    rendering = rendering_of(tx, invoice)
    rates = rates_of(tx, shown_taxes(invoice))
    number = invoice.number or _("Draft")
    return Sheet(
        title=_("Invoice") if payments is None else _("Receipt"),
        number=number,
        language=language.texts,
        color=readable(brand.primary),
        paper=rendering.paper,
        made_at=invoice.effective_at or invoice.created,
        seller=name,
        facts=_facts(tx, invoice, rendering, language, receipt=payments is not None),
        parties=[
            seller_party(tx, account, name, invoice.account_tax_ids or (), language),
            *customer_parties(invoice, language),
        ],
        columns=line_columns(rates, language),
        rows=invoice_rows(tx, invoice, rendering, rates, language),
        sums=invoice_sums(
            tx, invoice, rates, language, without_tax=rendering.without_tax,
            receipt=payments is not None,
        ),
        foot=" · ".join(part for part in (name, number) if part),
        page_of=_("Page {page} of {pages}", page="{page}", pages="{pages}"),
        badge="" if invoice.livemode else _("Test mode"),
        alert=_("Void") if invoice.status == "void" else "",
        headline=headline(invoice, language),
        pay_link=_pay_link(tx, invoice, language),
        memo=rendering.memo,
        tables=[payments] if payments is not None else [],
        notes=invoice_notes(invoice, rendering, language),
    )  # fmt: skip


def _facts(
    tx: Tx, invoice: Invoice, rendering: Rendering, language: Language, *, receipt: bool
) -> list[Fact]:
    _ = language.text
    facts = [(_("Invoice number"), invoice.number or _("Draft"))]
    if receipt and invoice.receipt_number:
        facts.append((_("Receipt number"), invoice.receipt_number))
    facts.append((_("Date of issue"), language.date(invoice.effective_at or invoice.created)))
    if receipt and invoice.status_transitions.paid_at is not None:
        facts.append((_("Date paid"), language.date(invoice.status_transitions.paid_at)))
    elif invoice.due_date is not None:
        facts.append((_("Date due"), language.date(invoice.due_date)))
    if invoice.from_invoice is not None:
        former = tx.look(Invoice, invoice.from_invoice.invoice)
        if former is not None and former.number:
            facts.append((_("Replaces invoice"), former.number))
    return facts + rendering.fields


def customer_parties(invoice: Invoice, language: Language) -> list[Party]:
    """Return whom an invoice is for, and where its goods go."""
    language = language.of(ROOM)
    _ = language.text
    ids = invoice.customer_tax_ids
    lines = [
        *([invoice.customer_name] if invoice.customer_name else []),
        *address_lines(invoice.customer_address, language),
        *[part for part in (invoice.customer_phone, invoice.customer_email) if part],
        *tax_id_lines((each.type, each.value) for each in (ids or () if ids is not UNSET else ())),
    ]
    parties = [Party(_("Bill to"), lines)]
    shipping = invoice.shipping_details or invoice.customer_shipping
    if shipping is not None and isinstance(shipping.address, Address):
        receiver = [shipping.name] if isinstance(shipping.name, str) else []
        parties.append(Party(_("Ship to"), [*receiver, *address_lines(shipping.address, language)]))
    return parties


def invoice_rows(
    tx: Tx, invoice: Invoice, rendering: Rendering, rates: dict[str, TaxRate], language: Language
) -> list[Row]:
    """Return the lines of an invoice: quantity, price of one, tax (where there is any), amount."""
    language = language.of(ROOM)
    products = products_of(tx, invoice.lines.data)
    rows = []
    for line in invoice.lines.data:
        cells = [
            _quantity(line, language),
            _unit(line, rendering, language),
            *([rate_text(rates, line.taxes or (), language)] if rates else []),
            language.amount(shown_amount(line, rendering), line.currency),
        ]
        rows.append(Row(line_title(line, products, language), _period(line, language), cells))
    return rows


def products_of(tx: Tx, lines: Iterable[InvoiceLineItem]) -> dict[str, Product]:
    """Return the products that lines are for, by id."""
    ids = {line.product for line in lines}
    return tx.load(Product, [id for id in ids if id is not None], look=True)


def line_title(line: InvoiceLineItem, products: dict[str, Product], language: Language) -> str:
    """Return what a line is for, in the reader's language."""
    product = products.get(line.product or "")
    return line_words(line, product.name if product is not None else None, language)


def _period(line: InvoiceLineItem, language: Language) -> str:
    return period_text(line.period.start, line.period.end, language)


def _quantity(line: InvoiceLineItem, language: Language) -> str:
    if line.quantity_decimal is not None:
        return language.number(Decimal(line.quantity_decimal))
    return "" if line.quantity is None else language.number(line.quantity)


def _unit(line: InvoiceLineItem, rendering: Rendering, language: Language) -> str:
    unit = line.pricing.unit_amount_decimal if line.pricing is not None else None
    if unit is None:
        return ""
    price = Decimal(unit)
    shown, taxes = shown_amount(line, rendering), line.taxes or ()
    # The tax is taken out of the price of one, too: that of a customer who owes none is gone.
    relieved = any(tax.tax_behavior == "inclusive" and not tax.amount for tax in taxes)
    if (shown != line.amount or relieved) and line.quantity:
        price = (Decimal(shown) / line.quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
        price = price.to_integral() if price == price.to_integral() else price
    return language.amount(price, line.currency)


def headline(invoice: Invoice, language: Language) -> str:
    """Return what an invoice comes to, in one sentence."""
    language = language.of(ROOM)
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


def _pay_link(tx: Tx, invoice: Invoice, language: Language) -> PayLink | None:
    url = told_address(tx, invoice)
    if invoice.status not in ("open", "uncollectible") or url is None:
        return None
    return PayLink(language.text("Pay online"), url)


def invoice_notes(invoice: Invoice, rendering: Rendering, language: Language) -> list[str]:
    """Return what an invoice says below its sums: who owes the tax, what was credited, its end."""
    _ = language.of(ROOM).text
    notes = []
    if is_reversed(invoice.customer_tax_exempt, invoice.total_taxes or ()):
        notes.append(_("Tax to be paid on reverse charge basis."))
    credited = invoice.post_payment_credit_notes_amount
    if credited:
        amount = language.amount(credited, invoice.currency)
        notes.append(_("{amount} of this invoice was credited after its payment.", amount=amount))
    if rendering.footer:
        notes.append(rendering.footer)
    return notes

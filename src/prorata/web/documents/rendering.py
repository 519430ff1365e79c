"""Rendering: how an invoice's paper is to look: its own words first, then its template's."""

from collections.abc import Iterable

from msgspec import Struct

from prorata.engine.tax.assess import WITHOUT_BASE
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_rendering_template import (
    InvoiceRenderingTemplate,
    TemplateContent,
    content_of,
)
from prorata.resources.billing.invoice_shape import TaxAmount

US_PAPER = frozenset({"CA", "CL", "CO", "CR", "GT", "MX", "PA", "PH", "US", "VE"})


class Rendering(Struct, frozen=True, kw_only=True):
    """What is settled. paper: a4 or us-letter. without_tax: amounts are shown without any tax."""

    paper: str
    without_tax: bool
    fields: list[tuple[str, str]]
    memo: str
    footer: str


def rendering_of(tx: Tx, invoice: Invoice) -> Rendering:
    """Return how an invoice's paper is to look."""
    own = invoice.rendering
    template = tx.look(InvoiceRenderingTemplate, own.template if own is not None else None)
    content = TemplateContent()
    if template is not None and own is not None:
        content = content_of(template, own.template_version)
    size = own.pdf.page_size if own is not None and own.pdf is not None else None
    display = (own.amount_tax_display if own is not None else None) or content.amount_tax_display
    return Rendering(
        paper=paper_of(invoice.account_country, size if size != "auto" else content.page_size),
        without_tax=display == "exclude_tax",
        fields=[(each.name, each.value) for each in invoice.custom_fields or content.custom_fields],
        memo=invoice.description or content.description or "",
        footer=invoice.footer or content.footer or "",
    )


def paper_of(country: str | None, wished: str | None = None) -> str:
    """Return the size of the paper: what the seller has chosen, or the country is used to."""
    if wished in ("a4", "letter"):
        return "a4" if wished == "a4" else "us-letter"
    return "us-letter" if (country or "").upper() in US_PAPER else "a4"


def shown_taxes(invoice: Invoice) -> list[TaxAmount]:
    """Return the taxes of an invoice that are named."""
    return named_taxes(invoice.total_taxes or ())


def named_taxes(taxes: Iterable[TaxAmount]) -> list[TaxAmount]:
    """Return the taxes that are named: not those which the customer does not owe to the seller."""
    return [each for each in taxes if each.amount or each.taxability_reason not in WITHOUT_BASE]


def is_reversed(exempt: str | None, taxes: Iterable[TaxAmount]) -> bool:
    """Return whether the customer owes the tax itself, which papers have to say."""
    return exempt == "reverse" or any(
        each.taxability_reason == "reverse_charge" for each in taxes
    )


def shown_amount(line: InvoiceLineItem, rendering: Rendering) -> int:
    """Return what a line's amount is shown as, in minor units."""
    return line.amount - included(line.taxes or ()) if rendering.without_tax else line.amount


def included(taxes: list[TaxAmount] | tuple[()]) -> int:
    """Return how much of a price its taxes are, in minor units."""
    return sum(tax.amount for tax in taxes if tax.tax_behavior == "inclusive")

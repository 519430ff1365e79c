"""Item lines: how invoice items stand on a draft invoice as its lines."""

from collections.abc import Iterable

from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import recompute
from prorata.engine.invoices.hooks import before_editing
from prorata.engine.invoices.lines import build_line, facts_of
from prorata.engine.invoices.pending_items import drafts_of
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import LINES_MAX, Invoice
from prorata.resources.billing.invoice_item import InvoiceItem

NOT_EDITABLE = "Invalid invoice: This invoice is no longer editable"


def editable(tx: Tx, invoice: Invoice) -> Invoice:
    """Return a draft that bills what has been used by now, still to be added up.

    Raises InvalidRequest for an invoice whose lines can't change any more.
    """
    if invoice.status != "draft":
        raise InvalidRequest(NOT_EDITABLE, code="invoice_not_editable")
    before_editing.tell(tx, invoice)
    return invoice


def home_of(tx: Tx, item: InvoiceItem) -> Invoice | None:
    """Return the draft that an item is on, None for a pending one.

    Raises InvalidRequest where the item can't change any more.
    """
    if item.invoice is None:
        return None
    invoice = tx.find(Invoice, item.invoice)
    if invoice is None:
        raise InvalidRequest("This invoice item has been deleted.")
    return editable(tx, invoice)


def append_item(tx: Tx, invoice: Invoice, item: InvoiceItem, *, first: bool = False) -> str:
    """Put an item on a draft as its last line, or its first, and return the line's id.

    The invoice is still to be added up. Raises InvalidRequest when it has as many lines as it can.
    """
    if len(invoice.lines.data) >= LINES_MAX:
        raise InvalidRequest(f"An invoice can have at most {LINES_MAX} lines.")
    [draft] = drafts_of(tx, [item])
    line = build_line(tx, draft, invoice=invoice.id, owner=invoice.customer or "")
    invoice.private.lines[line.id] = facts_of(draft)
    invoice.lines.data.insert(0 if first else len(invoice.lines.data), line)
    item.invoice = invoice.id
    return line.id


def refresh_lines(tx: Tx, invoice: Invoice, items: Iterable[InvoiceItem]) -> None:
    """Bring a draft's lines in line with items that have changed; they keep their ids."""
    drafts = {draft.invoice_item: draft for draft in drafts_of(tx, items)}
    for place, line in enumerate(invoice.lines.data):
        draft = drafts.get(line.invoice_item)
        if draft is None:
            continue
        tax_amounts = invoice.private.lines[line.id].tax_amounts
        renewed = build_line(tx, draft, invoice=invoice.id, owner=invoice.customer or "")
        renewed.id = line.id
        invoice.lines.data[place] = renewed
        invoice.private.lines[line.id] = facts_of(draft)
        invoice.private.lines[line.id].tax_amounts = tax_amounts
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)


def drop_lines(tx: Tx, invoice: Invoice, items: Iterable[str]) -> None:
    """Take the lines of these items off a draft."""
    dropped = set(items)
    for line in [each for each in invoice.lines.data if each.invoice_item in dropped]:
        invoice.lines.data.remove(line)
        del invoice.private.lines[line.id]
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)

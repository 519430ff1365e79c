"""Pending items: the invoice items that a customer's next invoice collects."""

from collections.abc import Iterable

from prorata.engine.invoices.lines import LineDraft
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import LINES_MAX, Invoice
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    subscription_item_of,
    subscription_of,
)


def pending_items(
    tx: Tx, customer: str, currency: str, *, subscription: str | None = None, any: bool = False
) -> list[InvoiceItem]:
    """Return the items that an invoice in a currency collects now, newest first.

    Those of the subscription and those of the customer alone; `any`: those of every subscription
    too. Items that wait for the invoice they credit are left out while it is unpaid.
    """
    found = [
        item
        for item in tx.select(InvoiceItem, pending_for=customer)
        if item.currency == currency and (any or subscription_of(item) in (None, subscription))
    ]
    if not found:
        return []
    waiting = _waiting(tx, [item for item in found if item.invoicing_rules])
    return [item for item in found if item.id not in waiting]


def pending_drafts(
    tx: Tx, customer: str, currency: str, *, subscription: str | None = None, any: bool = False
) -> list[LineDraft]:
    """Return the lines of the items that an invoice collects now, newest first.

    Where there are more than an invoice can have, the newest items wait for another one.
    """
    items = pending_items(tx, customer, currency, subscription=subscription, any=any)
    return drafts_of(tx, items[max(len(items) - LINES_MAX, 0) :])


def drafts_of(tx: Tx, items: Iterable[InvoiceItem]) -> list[LineDraft]:
    """Return the lines that bill these items, in the same order."""
    items = list(items)
    credited = _credited_lines(tx, items)
    return [_draft(item, credited) for item in items]


def _draft(item: InvoiceItem, credited: dict[str, tuple[str, list[str]]]) -> LineDraft:
    details = item.pricing.price_details if item.pricing else UNSET
    price = None if details is UNSET else details
    subscription_item = subscription_item_of(item)
    return LineDraft(
        # A proration is the subscription item's line; anything else is the invoice item's own.
        kind="subscription_item" if subscription_item else "invoice_item",
        amount=item.amount,
        currency=item.currency,
        period=(item.period.start, item.period.end),
        description=item.description,
        price=price.price if price else None,
        product=price.product if price else None,
        unit_amount_decimal=item.pricing.unit_amount_decimal if item.pricing else None,
        quantity=item.quantity,
        quantity_decimal=item.quantity_decimal,
        proration=item.proration,
        credited=_credited(item, credited),
        credited_item=_credited_item(item),
        discountable=item.discountable,
        discounts=item.discounts or (),
        tax_rates=_own_rates(item),
        frozen=_frozen(item),
        exempt=item.private.exempt,
        subscription=subscription_of(item),
        subscription_item=subscription_item,
        invoice_item=item.id,
        metadata=dict(item.metadata or {}),
        metered=item.private.metered,
        tax_behavior=item.private.tax_behavior,
        tax_code=item.private.tax_code,
        net_of=item.private.net_of,
    )


def _own_rates(item: InvoiceItem) -> list[str] | None:
    if item.tax_rates or item.private.own_rates:
        return [rate.id for rate in item.tax_rates or ()]
    return None


def _frozen(item: InvoiceItem) -> list[tuple[str, int]]:
    if item.proration_details is UNSET:
        return list(item.private.taken.items())
    return [(each.discount, each.amount) for each in item.proration_details.discount_amounts]


def _credited_item(item: InvoiceItem) -> str | None:
    """Return the invoice item that a credit gives back, where it named one."""
    if item.proration_details is UNSET or item.proration_details.credited_items is None:
        return None
    named = item.proration_details.credited_items.invoice_item
    return None if named is UNSET else named


def _credited(
    item: InvoiceItem, billed: dict[str, tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    if item.proration_details is UNSET or item.proration_details.credited_items is None:
        return None
    lines = item.proration_details.credited_items.invoice_line_item_details
    if lines is not UNSET:
        return lines.invoice, list(lines.invoice_line_items)
    return billed.get(_credited_item(item) or "")


def _credited_lines(tx: Tx, items: list[InvoiceItem]) -> dict[str, tuple[str, list[str]]]:
    """Return where credited invoice items were billed meanwhile: item -> (invoice, lines)."""
    named = [id for item in items if (id := _credited_item(item)) is not None]
    if not named:
        return {}
    billed = {id: item.invoice for id, item in tx.load(InvoiceItem, named).items() if item.invoice}
    invoices = tx.load(Invoice, billed.values()) if billed else {}
    return {
        id: (invoice, [line.id for line in invoices[invoice].lines.data if line.invoice_item == id])
        for id, invoice in billed.items()
        if invoice in invoices
    }


def _waiting(tx: Tx, items: list[InvoiceItem]) -> set[str]:
    """Return the items that are to wait until the invoice they credit is paid or given up."""
    credits = {
        item.id: item.proration_details.credited_items.invoice_line_item_details.invoice
        for item in items
        if item.proration_details is not UNSET
        and item.proration_details.credited_items is not None
        and item.proration_details.credited_items.invoice_line_item_details is not UNSET
    }
    invoices = tx.load(Invoice, credits.values()) if credits else {}
    return {
        id
        for id, invoice in credits.items()
        if invoice in invoices and invoices[invoice].status in ("draft", "open")
    }

"""Invoice lines: what a line is before it is summed, and how it becomes a line item."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from prorata.model.fields import Metadata, Period
from prorata.model.ids import stand_in_id
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, LineFacts, ManualTax
from prorata.resources.billing.invoice_line_item import (
    InvoiceLineItem,
    LineCreditedItems,
    LineInvoiceItemDetails,
    LineParent,
    LineProrationDetails,
    LineSubscriptionItemDetails,
)
from prorata.resources.billing.invoice_shape import DiscountAmount, PriceDetails, Pricing
from prorata.resources.core.customer import TaxExempt
from prorata.resources.products.price import DecimalText, decimal_text


class LineDraft(Struct, kw_only=True):
    """A line before its sums; amounts in minor units, period in seconds UTC [start, end).

    kind: what the line is from, a subscription's item or an invoice item. amount: gross, before
    any discount. credited: (invoice, lines) that a proration's credit gives back; credited_item:
    the invoice item, where that is not billed yet. discounts: ids of the item's own discounts.
    tax_rates: ids of its own rates, None for the invoice's. frozen: (discount, amount) pairs
    fixed before, as in itemized prorations. exempt: how the debit's customer was taxed. metered:
    billed from usage, so that billing credits may pay for it. tax_behavior, tax_code: where the
    line has no price that says so. usage: the usage billing that remembers what it bills;
    late_usage: where it bills a difference alone; takes_off: where it takes off what was billed of
    the period before. net_of: the discounts that have lowered the amount, which it does not show.
    """

    kind: Literal["subscription_item", "invoice_item"]
    amount: int
    currency: str
    period: tuple[int, int]
    description: str | None = None
    price: str | None = None
    product: str | None = None
    unit_amount_decimal: Decimal | DecimalText | None = None
    quantity: int | None = None
    quantity_decimal: Decimal | DecimalText | None = None
    proration: bool = False
    credited: tuple[str, list[str]] | None = None
    credited_item: str | None = None
    discountable: bool = True
    discounts: Sequence[str] = ()
    tax_rates: list[str] | None = None
    tax_amounts: list[ManualTax] | None = None
    frozen: Sequence[tuple[str, int]] = ()
    exempt: TaxExempt | None = None
    subscription: str | None = None
    subscription_item: str | None = None
    invoice_item: str | None = None
    metadata: Metadata = {}
    metered: bool = False
    tax_behavior: str | None = None
    tax_code: str | None = None
    usage: str | None = None
    late_usage: str | None = None
    takes_off: str | None = None
    net_of: Sequence[str] = ()


def build_line(
    tx: Tx, draft: LineDraft, *, invoice: str, owner: str, shown_at: int | None = None
) -> InvoiceLineItem:
    """Return the line item of a draft, not summed yet.

    shown_at: its place on a preview, whose pages are read one after another; None on an invoice.
    """
    exact: Decimal | DecimalText | int | None = draft.quantity_decimal
    if exact is None:
        exact = draft.quantity
    return InvoiceLineItem(
        id=tx.id("il", owner) if shown_at is None else _shown_id(draft, shown_at),
        amount=draft.amount,
        currency=draft.currency,
        description=draft.description,
        discountable=draft.discountable,
        discounts=list(draft.discounts),
        invoice=invoice,
        livemode=tx.book.livemode,
        metadata=dict(draft.metadata),
        parent=_parent(draft),
        period=Period(start=draft.period[0], end=draft.period[1]),
        pricing=_pricing(draft),
        quantity=draft.quantity,
        quantity_decimal=_text(exact),
        subscription=draft.subscription,
        subtotal=draft.amount,
    )


def _shown_id(draft: LineDraft, place: int) -> str:
    facts = draft.amount, draft.currency, draft.period, draft.description
    return stand_in_id("il_tmp", place, *facts)


def draft_of(invoice: Invoice, line: InvoiceLineItem) -> LineDraft:
    """Return the draft that an invoice's line could be built from again."""
    facts = invoice.private.lines[line.id]
    details = None
    credited = None
    if line.parent is not None:
        details = line.parent.subscription_item_details or line.parent.invoice_item_details
    if details is not None and details.proration_details is not None:
        items = details.proration_details.credited_items
        credited = (items.invoice, items.invoice_line_items) if items else None
    return LineDraft(
        kind="subscription_item" if line.subscription_item else "invoice_item",
        amount=facts.gross,
        currency=line.currency,
        period=(line.period.start, line.period.end),
        description=line.description,
        price=line.price,
        product=line.product,
        unit_amount_decimal=line.pricing.unit_amount_decimal if line.pricing else None,
        quantity=line.quantity,
        quantity_decimal=line.quantity_decimal,
        proration=line.proration,
        credited=credited,
        discountable=line.discountable,
        discounts=line.discounts,
        tax_rates=facts.tax_rates,
        tax_amounts=facts.tax_amounts,
        frozen=[(each.discount, each.amount) for each in facts.frozen],
        exempt=facts.exempt,
        subscription=line.subscription,
        subscription_item=line.subscription_item,
        invoice_item=line.invoice_item,
        metadata=line.metadata,
        metered=facts.metered,
        tax_behavior=facts.tax_behavior,
        tax_code=facts.tax_code,
        usage=facts.usage,
        takes_off=facts.takes_off,
        net_of=facts.net_of,
    )


def facts_of(draft: LineDraft) -> LineFacts:
    """Return what the invoice must remember of a line to sum it again."""
    return LineFacts(
        gross=draft.amount,
        tax_rates=draft.tax_rates,
        tax_amounts=draft.tax_amounts,
        frozen=[DiscountAmount(amount=amount, discount=id) for id, amount in draft.frozen],
        exempt=draft.exempt,
        metered=draft.metered,
        tax_behavior=draft.tax_behavior,
        tax_code=draft.tax_code,
        usage=draft.usage,
        takes_off=draft.takes_off,
        net_of=list(draft.net_of),
    )


def _parent(draft: LineDraft) -> LineParent:
    proration_details = None
    if draft.proration:
        credited = None
        if draft.credited is not None:
            credited = LineCreditedItems(
                invoice=draft.credited[0], invoice_line_items=list(draft.credited[1])
            )
        proration_details = LineProrationDetails(credited_items=credited)
    if draft.kind == "invoice_item":
        assert draft.invoice_item is not None, "an invoice item's line names the item"
        return LineParent(
            type="invoice_item_details",
            invoice_item_details=LineInvoiceItemDetails(
                invoice_item=draft.invoice_item,
                proration=draft.proration,
                proration_details=proration_details or LineProrationDetails(),
                subscription=draft.subscription,
            ),
        )
    assert draft.subscription_item is not None, "a subscription's line names its item"
    return LineParent(
        type="subscription_item_details",
        subscription_item_details=LineSubscriptionItemDetails(
            invoice_item=draft.invoice_item,
            proration=draft.proration,
            proration_details=proration_details or LineProrationDetails(),
            subscription=draft.subscription,
            subscription_item=draft.subscription_item,
        ),
    )


def _pricing(draft: LineDraft) -> Pricing | None:
    if draft.price is None or draft.product is None:
        return None
    return Pricing(
        price_details=PriceDetails(price=draft.price, product=draft.product),
        unit_amount_decimal=_text(draft.unit_amount_decimal),
    )


def _text(value: Decimal | DecimalText | int | None) -> DecimalText | None:
    return value if value is None or isinstance(value, str) else decimal_text(value)

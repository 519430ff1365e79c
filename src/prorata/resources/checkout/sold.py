"""Sold: things in a cart or on a quote as the API shows them, with what each of them comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prorata.model.fields import Metadata
from prorata.model.transaction import Tx
from prorata.resources.checkout.line_item import (
    AdjustableQuantity,
    LineItem,
    LineItemDiscount,
    LineItemTax,
)
from prorata.resources.checkout.session_facts import Share, Sums
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product
from prorata.resources.products.tax_rate import TaxRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One thing that is sold. price: its id. sums: what it comes to, in minor units."""

    id: str
    price: str
    quantity: int | None
    sums: Sums
    adjustable: AdjustableQuantity | None = None
    discounts: list[LineItemDiscount] = field(default_factory=list)
    metadata: Metadata | None = None


def shown_items(tx: Tx, sold: Sequence[Sold], currency: str) -> list[LineItem]:
    """Return things that are sold in a currency as line items."""
    prices = tx.load(Price, [each.price for each in sold], look=True)
    products = tx.load(Product, [each.product for each in prices.values()], look=True)
    shown = []
    for each in sold:
        price, sums = prices[each.price], each.sums
        product = products.get(price.product)
        shown.append(
            LineItem(
                id=each.id,
                adjustable_quantity=each.adjustable,
                amount_discount=sums.discount,
                amount_subtotal=sums.subtotal,
                amount_tax=sums.inclusive + sums.exclusive,
                amount_total=sums.total,
                currency=currency,
                description=product.name if product is not None else None,
                discounts=each.discounts,
                metadata=each.metadata,
                price=price,
                quantity=each.quantity,
                taxes=[LineItemTax(**tax) for tax in shown_taxes(tx, sums.taxes)],
            )
        )
    return shown


def shown_taxes(tx: Tx, shares: Sequence[Share]) -> list[dict[str, Any]]:
    """Return what each tax rate adds, under the names that all objects have for it."""
    rates = tx.load(TaxRate, [each.of for each in shares], look=True) if shares else {}
    return [
        {
            "amount": each.amount,
            "rate": rates[each.of],
            "taxability_reason": each.reason,
            "taxable_amount": each.taxable,
        }
        for each in shares
        if each.of in rates
    ]

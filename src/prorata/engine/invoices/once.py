"""Once: the invoice item of a price that is billed one time, and what comes off by itself."""

from decimal import Decimal
from typing import Any

from prorata.engine.invoices.terms import tax_rates
from prorata.model.fields import Period
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_shape import PriceDetails, Pricing
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount, applies_at
from prorata.resources.products.price import Price, decimal_text
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.product import Product
from prorata.rules import pricing


def bill_once(
    tx: Tx,
    price: Price,
    quantity: int,
    *,
    customer: str,
    currency: str,
    test_clock: str | None,
    chosen: int | None = None,
    rates: list[str] | None = None,
    path: str = "",
    **said: Any,
) -> InvoiceItem:
    """Add the item that bills a price to a customer, for this moment unless `said` has a period.

    chosen: what the buyer chose to pay, in minor units, where the price lets him. rates: its own
    tax rates, None for those of the invoice. said: other fields of the item. Raises InvalidRequest,
    by `path`, for rates that can't be used.
    """
    product = tx.get(Product, price.product)
    if chosen is None:
        terms = price_terms(price, currency)
        amount, unit = pricing.amount(terms, quantity), terms.unit_amount
    else:
        amount, unit = chosen, Decimal(chosen)
    fields: dict[str, Any] = {
        "description": product.name,
        "discountable": True,
        "metadata": {},
        "period": Period(start=tx.now, end=tx.now),
        **said,
    }
    item = InvoiceItem(
        id=tx.new_id(InvoiceItem, customer),
        amount=amount,
        currency=currency,
        customer=customer,
        date=tx.now,
        discounts=[],
        livemode=tx.book.livemode,
        pricing=Pricing(
            price_details=PriceDetails(price=price.id, product=product.id),
            unit_amount_decimal=None if unit is None else decimal_text(unit),
        ),
        quantity=quantity,
        quantity_decimal=decimal_text(quantity),
        tax_rates=[],
        test_clock=test_clock,
        **fields,
    )
    tx.add(item)
    if rates is not None:
        item.tax_rates = tax_rates(tx, rates, path)
        item.private.own_rates = True
    return item


def standing_discounts(tx: Tx, customer: Customer) -> list[str]:
    """Return the discount that a customer has, which counts where none other is named."""
    discount = customer.discount and tx.find(Discount, customer.discount.id)
    return [discount.id] if discount and applies_at(discount, tx.now) else []

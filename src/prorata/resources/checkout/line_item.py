"""Line items: what a session or a payment link sells, with what each of it comes to."""

from typing import Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.resource import include
from prorata.model.transaction import Tx
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.tax_rate import TaxRate

# Where a transaction keeps, by id, what the line items that it answers show only when asked.
ANSWERED = "line_items"
Taxability = Literal[
    "customer_exempt", "not_collecting", "not_subject_to_tax", "not_supported",
    "portion_product_exempt", "portion_reduced_rated", "portion_standard_rated", "product_exempt",
    "product_exempt_holiday", "proportionally_rated", "reduced_rated", "reverse_charge",
    "standard_rated", "taxable_basis_reduced", "zero_rated",
]  # fmt: skip


class AdjustableQuantity(Struct, kw_only=True):
    enabled: bool
    maximum: int | None = None
    minimum: int | None = None


class LineItemDiscount(Struct, kw_only=True):
    amount: int
    discount: Discount


class LineItemTax(Struct, kw_only=True):
    amount: int
    rate: TaxRate
    taxability_reason: Taxability | None = None
    taxable_amount: int | None = None


class LineItem(Struct, kw_only=True, tag_field="object", tag="item"):
    """One thing that is sold; amounts in minor units for the whole quantity."""

    view: ClassVar[str] = "item"

    id: str
    adjustable_quantity: AdjustableQuantity | None = None
    amount_discount: int = 0
    amount_subtotal: int = 0
    amount_tax: int = 0
    amount_total: int = 0
    currency: str
    description: str | None = None
    discounts: list[LineItemDiscount] | UnsetType = UNSET
    metadata: Metadata | None = None
    price: Price | None = None
    quantity: int | None = None
    taxes: list[LineItemTax] | UnsetType = UNSET


def answered(tx: Tx, items: list[LineItem]) -> list[LineItem]:
    """Return line items as they are answered; their discounts and taxes wait to be asked for."""
    kept = tx.results.setdefault(ANSWERED, {})
    for item in items:
        kept[item.id] = (item.discounts, item.taxes)
        item.discounts = item.taxes = UNSET
    return items


@include("item", "discounts")
def discounts(reader: Tx, document: dict[str, Any]) -> list[LineItemDiscount] | UnsetType:
    """Return what each discount takes from a line item."""
    found: list[LineItemDiscount] = reader.results.get(ANSWERED, {}).get(document["id"], ([], []))[
        0
    ]
    return found


@include("item", "taxes")
def taxes(reader: Tx, document: dict[str, Any]) -> list[LineItemTax] | UnsetType:
    """Return what each tax rate adds to a line item, or takes inside of it."""
    found: list[LineItemTax] = reader.results.get(ANSWERED, {}).get(document["id"], ([], []))[1]
    return found

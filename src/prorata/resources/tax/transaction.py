"""Tax transactions: taxes of sales that were made, and what was reversed of them."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, column, include, resource
from prorata.resources.tax.parts import (
    CustomerDetails,
    ShipFromDetails,
    ShippingCost,
    TaxBehavior,
)

Reference = Annotated[str, Meta(min_length=1, max_length=500)]


class LineReversal(Struct, kw_only=True):
    original_line_item: str


class TransactionLineItem(
    Struct, kw_only=True, tag_field="object", tag="tax.transaction_line_item"
):
    """One line, in minor units; of a reversal they are negative."""

    id: str
    amount: int
    amount_tax: int
    livemode: bool
    metadata: Metadata | None = None
    product: str | None = None
    quantity: int
    reference: str
    reversal: LineReversal | None = None
    tax_behavior: TaxBehavior
    tax_code: str
    type: Literal["reversal", "transaction"]


class Reversal(Struct, kw_only=True):
    original_transaction: str | None = None


class TransactionPrivate(Struct, kw_only=True):
    """The lines, which are shown when they are asked for.

    calculation: what it was made from. reversals: how many there are of it.
    """

    lines: list[TransactionLineItem] = []
    calculation: str | None = None
    reversals: int = 0


def original_of(transaction: "Transaction") -> str | None:
    """Return the id of the transaction that a reversal takes back."""
    return transaction.reversal.original_transaction if transaction.reversal else None


@resource(
    prefix="tax",
    path="/v1/tax/transactions",
    operations=("retrieve",),
    columns=(
        column("reference", unique=True),
        column("original", original_of, index=True),
        column("calculation", lambda each: each.private.calculation, unique=True),
    ),
    missing_name="tax transaction",
)
class Transaction(Resource, tag="tax.transaction", kw_only=True):
    """The taxes of a sale that was made, as they go to the tax office."""

    Private = TransactionPrivate

    created: int
    currency: str
    customer: str | None = None
    customer_details: CustomerDetails
    livemode: bool
    metadata: Metadata | None = None
    posted_at: int
    reference: str
    reversal: Reversal | None = None
    ship_from_details: ShipFromDetails | None = None
    shipping_cost: ShippingCost | None = None
    tax_date: int
    type: Literal["reversal", "transaction"]


class FromCalculationParams(Params, kw_only=True):
    calculation: str
    metadata: Metadata | UnsetType | None = UNSET
    posted_at: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    reference: Reference


class ReversedLineParams(Params, kw_only=True):
    amount: int
    amount_tax: int
    metadata: Metadata | UnsetType | None = UNSET
    original_line_item: str
    quantity: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    reference: Reference


class ReversedShippingParams(Params, kw_only=True):
    amount: int
    amount_tax: int


class ReversalParams(Params, kw_only=True):
    flat_amount: int | UnsetType = UNSET
    line_items: list[ReversedLineParams] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    mode: Literal["full", "partial"]
    original_transaction: str
    reference: Reference
    shipping_cost: ReversedShippingParams | UnsetType = UNSET


@include("tax.transaction", "line_items")
def line_items(reader: Any, document: dict[str, Any]) -> InlineList[TransactionLineItem]:
    """Return the lines of a transaction."""
    found = reader.get(Transaction, document["id"])
    listed: InlineList[TransactionLineItem] = InlineList(
        data=found.private.lines, url=f"/v1/tax/transactions/{found.id}/line_items"
    )
    listed.refresh()
    return listed

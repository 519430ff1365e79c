"""Tax calculations: the taxes of a sale, line by line, for whoever bills by other means."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, include, resource
from prorata.resources.products.product import TaxCodeId
from prorata.resources.products.tax_rate import TaxRateFlatAmount
from prorata.resources.tax.parts import (
    Amount,
    CustomerDetails,
    CustomerDetailsParams,
    LineBreakdown,
    ShipFromDetails,
    ShipFromParams,
    ShippingCost,
    TaxBehavior,
)

LINES_MAX = 1000


class CalculationLineItem(
    Struct, kw_only=True, tag_field="object", tag="tax.calculation_line_item"
):
    """One line, in minor units; amount includes tax where tax_behavior is inclusive."""

    view: ClassVar[str] = "tax.calculation_line_item"

    id: str
    amount: int
    amount_tax: int
    livemode: bool
    metadata: Metadata | None = None
    performance_location: str | None = None
    product: str | None = None
    quantity: int
    reference: str
    tax_behavior: TaxBehavior
    tax_breakdown: list[LineBreakdown] | None = None
    tax_code: str


class BreakdownRateDetails(Struct, kw_only=True):
    country: str | None = None
    flat_amount: TaxRateFlatAmount | None = None
    percentage_decimal: str
    rate_type: Literal["flat_amount", "percentage"] | None = "percentage"
    state: str | None = None
    tax_type: str | None = None


class TaxBreakdown(Struct, kw_only=True):
    """One tax of the whole sale, in minor units."""

    amount: int
    inclusive: bool
    tax_rate_details: BreakdownRateDetails
    taxability_reason: str
    taxable_amount: int


class CalculationPrivate(Struct, kw_only=True):
    """The lines, which are shown when they are asked for."""

    lines: list[CalculationLineItem] = []


@resource(
    prefix="taxcalc",
    path="/v1/tax/calculations",
    operations=(),
    missing_name="tax calculation",
)
class Calculation(Resource, tag="tax.calculation", kw_only=True):
    """The taxes of a sale on one day; it can be recorded as a transaction until it expires."""

    Private = CalculationPrivate

    amount_total: int
    currency: str
    customer: str | None = None
    customer_details: CustomerDetails
    expires_at: int | None = None
    livemode: bool
    ship_from_details: ShipFromDetails | None = None
    shipping_cost: ShippingCost | None = None
    tax_amount_exclusive: int
    tax_amount_inclusive: int
    tax_breakdown: list[TaxBreakdown]
    tax_date: int


class CalculationLineParams(Params, kw_only=True):
    amount: Amount
    metadata: Metadata | UnsetType | None = UNSET
    performance_location: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    reference: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: TaxCodeId | UnsetType = UNSET


class CalculationShippingParams(Params, kw_only=True):
    amount: Amount | UnsetType = UNSET
    shipping_rate: str | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: TaxCodeId | UnsetType = UNSET


class CalculationCreateParams(Params, kw_only=True):
    currency: str
    customer: str | UnsetType = UNSET
    customer_details: CustomerDetailsParams | UnsetType = UNSET
    line_items: Annotated[list[CalculationLineParams], Meta(min_length=1, max_length=LINES_MAX)]
    ship_from_details: ShipFromParams | UnsetType = UNSET
    shipping_cost: CalculationShippingParams | UnsetType = UNSET
    tax_date: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


@include("tax.calculation", "line_items")
def line_items(reader: Any, document: dict[str, Any]) -> InlineList[CalculationLineItem]:
    """Return the lines of a calculation."""
    found = reader.get(Calculation, document["id"])
    listed: InlineList[CalculationLineItem] = InlineList(
        data=found.private.lines, url=f"/v1/tax/calculations/{found.id}/line_items"
    )
    listed.refresh()
    return listed


@include("tax.calculation_line_item", "tax_breakdown")
@include("tax.shipping_cost", "tax_breakdown")
def tax_breakdown(reader: Any, document: dict[str, Any]) -> Any:
    """Return the taxes of a line or of the shipping, which are always shown."""
    return document["tax_breakdown"]

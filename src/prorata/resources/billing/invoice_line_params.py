"""Invoice line params: what adding, changing and removing lines of a draft takes."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.billing.invoice_item import (
    DiscountParams,
    PeriodParams,
    PricingParams,
    TaxBehavior,
)
from prorata.resources.products.product import ProductData
from prorata.resources.products.tax_rate import TaxType

LINES_PER_CALL = 250
GivenTaxability = Literal[
    "customer_exempt", "not_collecting", "not_subject_to_tax", "not_supported",
    "portion_product_exempt", "portion_reduced_rated", "portion_standard_rated", "product_exempt",
    "product_exempt_holiday", "proportionally_rated", "reduced_rated", "reverse_charge",
    "standard_rated", "taxable_basis_reduced", "zero_rated",
]  # fmt: skip


class LineProductDataParams(ProductData, kw_only=True):
    description: str | UnsetType = UNSET
    images: list[str] | UnsetType = UNSET


class LinePriceDataParams(Params, kw_only=True):
    currency: str
    product: str | UnsetType = UNSET
    product_data: LineProductDataParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class TaxRateDataParams(Params, kw_only=True):
    country: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    display_name: Annotated[str, Meta(max_length=50)]
    inclusive: bool
    jurisdiction: str | UnsetType = UNSET
    jurisdiction_level: (
        Literal["city", "country", "county", "district", "multiple", "state"] | UnsetType
    ) = UNSET
    percentage: Annotated[float, Meta(ge=0, le=100)]
    state: str | UnsetType = UNSET
    tax_type: TaxType | UnsetType = UNSET


class TaxAmountParams(Params, kw_only=True):
    amount: int
    tax_rate_data: TaxRateDataParams
    taxability_reason: GivenTaxability | UnsetType = UNSET
    taxable_amount: int


class LineParams(Params, kw_only=True):
    """What a line is made of; everything may be left out when a line is changed."""

    amount: int | UnsetType = UNSET
    description: str | UnsetType = UNSET
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    period: PeriodParams | UnsetType = UNSET
    price_data: LinePriceDataParams | UnsetType = UNSET
    pricing: PricingParams | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    quantity_decimal: Decimal | UnsetType = UNSET
    tax_amounts: list[TaxAmountParams] | UnsetType | None = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET


class AddedLineParams(LineParams, kw_only=True):
    invoice_item: str | UnsetType = UNSET


class ChangedLineParams(LineParams, kw_only=True):
    id: str


class RemovedLineParams(Params, kw_only=True):
    behavior: Literal["delete", "unassign"]
    id: str


class AddLinesParams(Params, kw_only=True):
    invoice_metadata: Metadata | UnsetType | None = UNSET
    lines: Annotated[list[AddedLineParams], Meta(max_length=LINES_PER_CALL)]


class UpdateLinesParams(Params, kw_only=True):
    invoice_metadata: Metadata | UnsetType | None = UNSET
    lines: Annotated[list[ChangedLineParams], Meta(max_length=LINES_PER_CALL)]


class RemoveLinesParams(Params, kw_only=True):
    invoice_metadata: Metadata | UnsetType | None = UNSET
    lines: Annotated[list[RemovedLineParams], Meta(max_length=LINES_PER_CALL)]

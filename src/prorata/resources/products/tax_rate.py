"""Tax rates: percentages that are put on invoice lines, by hand or by automatic tax."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, value_or
from prorata.model.resource import Resource, column, flag, resource, within
from prorata.model.transaction import Tx
from prorata.rules import taxes

DECIMALS_MAX = 4
AUTOMATIC = "automatic"

TaxType = Literal[
    "admissions_tax", "amusement_tax", "attendance_tax", "communications_tax",
    "digital_excise_tax", "entertainment_tax", "get_fund", "gross_receipts_tax", "gst",
    "hospitality_tax", "hst", "igst", "jct", "lease_tax", "luxury_tax", "mass_transit_parking_tax",
    "nhil", "parking_tax", "pst", "qst", "resort_tax", "retail_delivery_fee", "rst", "sales_tax",
    "service_tax", "tourism_tax", "utility_users_tax", "vat",
]  # fmt: skip


class TaxRateFlatAmount(Struct, kw_only=True):
    amount: int
    currency: str


class TaxRatePrivate(Struct, kw_only=True, omit_defaults=True):
    """levy: what the tax engine named, of a rate that was made for it."""

    levy: str | None = None


@resource(
    prefix="txr",
    path="/v1/tax_rates",
    columns=(
        column("active", type="boolean"),
        column("inclusive", type="boolean"),
        # What automatic taxes of a whole batch look through in one query.
        column("automatic", lambda rate: AUTOMATIC if rate.private.levy else None, index=True),
        column("levy", lambda rate: rate.private.levy, unique=True),
    ),
    filters=(flag("active"), within("created"), flag("inclusive")),
    events=("created", "updated"),
    missing_name="tax rate",
    missing_param="tax_rate",
)
class TaxRate(Resource, tag="tax_rate", kw_only=True):
    """A tax rate; its percentage and whether it is inclusive never change."""

    Private = TaxRatePrivate

    active: bool = True
    country: str | None = None
    created: int
    description: str | None = None
    display_name: str
    effective_percentage: float | None = None
    flat_amount: TaxRateFlatAmount | None = None
    inclusive: bool
    jurisdiction: str | None = None
    jurisdiction_level: (
        Literal["city", "country", "county", "district", "multiple", "state"] | None
    ) = None
    livemode: bool
    metadata: Metadata | None = {}
    percentage: float
    rate_type: Literal["flat_amount", "percentage"] | None = "percentage"
    state: str | None = None
    tax_type: TaxType | None = None


def rate_terms(rate: TaxRate) -> taxes.Rate:
    """Return a tax rate as the arithmetic takes it."""
    return taxes.Rate(rate.id, Decimal(str(rate.percentage)), rate.inclusive)


class TaxRateCreateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$")] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    display_name: Annotated[str, Meta(max_length=100)]
    inclusive: bool
    jurisdiction: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    percentage: Annotated[float, Meta(ge=0, le=100)]
    state: str | UnsetType = UNSET
    tax_type: TaxType | UnsetType = UNSET


class TaxRateUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$")] | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    display_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    jurisdiction: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    tax_type: TaxType | UnsetType = UNSET


@operation("POST /v1/tax_rates")
def create(tx: Tx, params: TaxRateCreateParams) -> TaxRate:
    """Create a tax rate of up to four decimals."""
    if round(params.percentage, DECIMALS_MAX) != params.percentage:
        raise InvalidRequest(
            f"Invalid decimal: {params.percentage}; must contain at maximum {DECIMALS_MAX}"
            " decimal places.",
            param="percentage",
        )
    rate = TaxRate(
        id=tx.new_id(TaxRate),
        created=tx.now,
        display_name=params.display_name,
        effective_percentage=params.percentage,
        inclusive=params.inclusive,
        livemode=tx.book.livemode,
        percentage=params.percentage,
    )
    rate.active = value_or(params.active, True)
    _describe(rate, params)
    return tx.add(rate)


@operation("POST /v1/tax_rates/{id}")
def update(tx: Tx, rate: TaxRate, params: TaxRateUpdateParams) -> TaxRate:
    """Change what a tax rate is called and where it applies."""
    assign(rate, params, "active", "display_name")
    _describe(rate, params)
    return rate


def _describe(rate: TaxRate, params: TaxRateCreateParams | TaxRateUpdateParams) -> None:
    assign(rate, params, "description", "jurisdiction", "metadata", "state", "tax_type")
    if given(params.country):
        rate.country = params.country.upper()

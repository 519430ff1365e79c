"""Tax parts: the structs that calculations and transactions have in common."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.params import Params
from prorata.resources.billing.tax_id import TaxIdParams
from prorata.resources.references import ShippingRateRef

AddressSource = Literal["billing", "shipping"]
Override = Literal["customer_exempt", "none", "reverse_charge"]
TaxBehavior = Literal["exclusive", "inclusive"]
Sourcing = Literal["destination", "origin", "performance"]
JurisdictionLevel = Literal["city", "country", "county", "district", "state"]
Amount = Annotated[int, Meta(ge=0)]


class TaxAddress(Struct, kw_only=True):
    """An address that tells where somebody is for tax: a country at least."""

    city: str | None = None
    country: str
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class TaxedId(Struct, kw_only=True):
    type: str
    value: str


class CustomerDetails(Struct, kw_only=True):
    """Who buys, as the taxes were reckoned for."""

    address: TaxAddress | None = None
    address_source: AddressSource | None = None
    ip_address: str | None = None
    tax_ids: list[TaxedId] = []
    taxability_override: Override = "none"


class ShipFromDetails(Struct, kw_only=True):
    address: TaxAddress


class Jurisdiction(Struct, kw_only=True):
    country: str
    display_name: str
    level: JurisdictionLevel
    state: str | None = None


class LineRateDetails(Struct, kw_only=True):
    display_name: str
    percentage_decimal: str
    tax_type: str


class LineBreakdown(Struct, kw_only=True):
    """One tax of one line, in minor units; `taxable_amount` is the net base."""

    amount: int
    jurisdiction: Jurisdiction
    sourcing: Sourcing
    tax_rate_details: LineRateDetails | None = None
    taxability_reason: str
    taxable_amount: int


class ShippingCost(Struct, kw_only=True):
    view: ClassVar[str] = "tax.shipping_cost"

    amount: int
    amount_tax: int
    shipping_rate: ShippingRateRef | UnsetType = UNSET
    tax_behavior: TaxBehavior
    tax_breakdown: list[LineBreakdown] | UnsetType = UNSET
    tax_code: str


class AddressParams(Params, kw_only=True):
    city: str | UnsetType | None = UNSET
    country: str
    line1: str | UnsetType | None = UNSET
    line2: str | UnsetType | None = UNSET
    postal_code: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET


class CustomerDetailsParams(Params, kw_only=True):
    address: AddressParams | UnsetType = UNSET
    address_source: AddressSource | UnsetType = UNSET
    ip_address: str | UnsetType = UNSET
    tax_ids: list[TaxIdParams] | UnsetType = UNSET
    taxability_override: Override | UnsetType = UNSET


class ShipFromParams(Params, kw_only=True):
    address: AddressParams


def address_of(params: AddressParams) -> TaxAddress:
    """Return an address as it was sent, with the country in capitals."""
    sent = {
        name: value for name in ("city", "line1", "line2", "postal_code", "state")
        if (value := getattr(params, name)) is not UNSET
    }  # fmt: skip
    return TaxAddress(country=params.country.upper(), **sent)

"""Tax locations: where something is performed that is taxed there, such as an event."""

from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.operation import Listing, operation
from prorata.model.params import Params, value_or
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.tax.parts import AddressParams, TaxAddress, address_of


@resource(
    prefix="taxloc",
    path="/v1/tax/locations",
    operations=("retrieve",),
    columns=(column("type"),),
    missing_name="tax location",
)
class Location(Resource, tag="tax.location", kw_only=True):
    """A place of performance; it never changes."""

    address: TaxAddress
    description: str | None = None
    livemode: bool
    type: Literal["performance"] = "performance"


class LocationCreateParams(Params, kw_only=True):
    address: AddressParams
    description: str | UnsetType = UNSET
    type: Literal["performance"]


class LocationListParams(Params, kw_only=True):
    type: Literal["performance"]


@operation("POST /v1/tax/locations")
def create(tx: Tx, params: LocationCreateParams) -> Location:
    """Create a location."""
    return tx.add(
        Location(
            id=tx.new_id(Location),
            address=address_of(params.address),
            description=value_or(params.description, None),
            livemode=tx.book.livemode,
        )
    )


@operation("GET /v1/tax/locations")
def list_locations(tx: Tx, params: LocationListParams) -> Listing[Location]:
    """List locations, newest first."""
    return Listing(Location, {"type": params.type})

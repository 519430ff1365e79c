"""State rates: what a seller has found that it has to collect in a state, kept with a registration.

The states of the United States have thousands of local rates, of which there is no table here.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.tax.registration import RATE_DECIMALS, Registration


class TaxRegistrationRate(Struct, kw_only=True, tag_field="object", tag="prorata.tax_registration"):
    """The combined rate that a registration collects, in percent; None where there is none."""

    country: str
    livemode: bool
    percentage: float | None
    registration: str
    status: Literal["active", "expired", "scheduled"]


class TaxRegistrationRateParams(Params, kw_only=True):
    percentage: Annotated[float, Meta(ge=0, le=100)] | UnsetType | None = UNSET


@operation("GET /v1/prorata/tax_registrations/{id}")
def retrieve(tx: Tx, id: str) -> TaxRegistrationRate:
    """Return the combined rate of a registration."""
    return _shown(tx.get(Registration, id))


@operation("POST /v1/prorata/tax_registrations/{id}")
def update(tx: Tx, params: TaxRegistrationRateParams, id: str) -> TaxRegistrationRate:
    """Set the combined rate of a state's registration, or take it away."""
    registration = tx.get(Registration, id)
    if given(params.percentage):
        percentage = params.percentage
        if registration.country != "US":
            raise InvalidRequest(
                "Only registrations in the United States collect by a rate of their own: the table"
                " of rates has all others.",
                param="percentage",
            )
        if percentage is not None and round(percentage, RATE_DECIMALS) != percentage:
            raise InvalidRequest(
                f"A rate has at most {RATE_DECIMALS} decimal places.", param="percentage"
            )
        registration.private.percentage = percentage
    return _shown(registration)


def _shown(registration: Registration) -> TaxRegistrationRate:
    return TaxRegistrationRate(
        country=registration.country,
        livemode=registration.livemode,
        percentage=registration.private.percentage,
        registration=registration.id,
        status=registration.status,
    )

"""Standing: where the seller is at home for tax, and where it is registered."""

from dataclasses import dataclass
from typing import Any

from prorata.model.fields import Address
from prorata.model.transaction import Tx
from prorata.resources.core.account import account_settings
from prorata.resources.core.tax_defaults import TaxDefaults
from prorata.resources.products.tax_rate import AUTOMATIC, TaxRate
from prorata.resources.tax.parts import TaxAddress
from prorata.resources.tax.registration import Registration, in_force, registered
from prorata.resources.tax.settings import USUAL_CODE
from prorata.rules.tax_parts import part_of
from prorata.rules.tax_place import Place, Registered

DEFAULTS, REGISTRATIONS = "tax_defaults", "tax_registrations"
STATUSES = ("active", "scheduled", "expired")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the account is at home, and its registrations that are in force now."""

    seller: Place | None
    registered: tuple[Registered, ...]


def standing(tx: Tx) -> Standing:
    """Return how the account stands at this moment; it is read once in a transaction."""
    known: tuple[tuple[Registration, Registered], ...] | None = tx.results.get(REGISTRATIONS)
    if known is None:
        # No list: those are brought back as they were when what was supposed is undone.
        known = tx.results[REGISTRATIONS] = tuple(
            (each, registered(each)) for each in tx.select(Registration, status=STATUSES)
        )
    office = _defaults(tx).head_office
    return Standing(
        seller=None if office is None else place_of(office),
        registered=tuple(terms for each, terms in known if in_force(each, tx.now)),
    )


def usual_code(tx: Tx) -> str:
    """Return the tax code of what has none itself."""
    return _defaults(tx).tax_code or USUAL_CODE


def _defaults(tx: Tx) -> TaxDefaults:
    found: TaxDefaults | None = tx.results.get(DEFAULTS)
    if found is None:
        found = tx.results[DEFAULTS] = account_settings(tx).tax
    return found


def place_of(address: Address | TaxAddress) -> Place:
    """Return an address as the rules take it; it names a country."""
    country = (address.country or "").upper()
    return Place(
        country=country,
        state=part_of(country, address.state, address.postal_code),
        postal_code=address.postal_code,
        city=address.city,
        line1=address.line1,
    )


def prefetch_taxes(uow: Any) -> None:
    """Load what automatic taxes of a batch need: two queries, whatever its size."""
    uow.prefetch(TaxRate, "automatic", [AUTOMATIC])
    standing(uow)

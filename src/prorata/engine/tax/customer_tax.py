"""Customer tax: where a customer is for tax and whether its sales are taxed, when it is asked."""

from typing import Any, Literal

from prorata.engine.tax.assess import Sold, assess_lines
from prorata.engine.tax.standing import place_of, usual_code
from prorata.engine.tax.whereabouts import whereabouts
from prorata.model.resource import include
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer, CustomerTax, CustomerTaxLocation

Answer = Literal["failed", "not_collecting", "supported", "unrecognized_location"]

# Reasons by which nothing is collected where a customer is, whatever is sold.
NOWHERE = frozenset({"not_collecting", "not_supported"})


@include("customer", "tax")
def tax(reader: Tx, document: dict[str, Any]) -> CustomerTax:
    """Return where a customer is for tax, and whether automatic tax would collect there."""
    customer = reader.get(Customer, document["id"])
    found = whereabouts(reader, customer)
    location = None
    answer: Answer = "unrecognized_location"
    if found is not None:
        place = place_of(found.address)
        location = CustomerTaxLocation(
            country=place.country, source=found.source, state=place.state
        )
        levies = assess_lines(
            reader,
            address=found.address,
            tax_ids=(),
            exempt="none",
            currency=customer.currency or "usd",
            lines=[Sold(amount=100, code=usual_code(reader), inclusive=False)],
        )
        if levies is None:
            answer = "failed"
        else:
            collects = any(levy.reason not in NOWHERE for levy in levies[0])
            answer = "supported" if collects else "not_collecting"
    return CustomerTax(
        automatic_tax=answer,
        ip_address=customer.private.ip_address,
        location=location,
        provider=reader.gateway.tax_provider,
    )

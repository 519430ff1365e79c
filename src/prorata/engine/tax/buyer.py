"""Buyer: for whom a calculation is made: a customer, somebody who is described, or both."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prorata.engine.tax.whereabouts import UNRECOGNIZED, whereabouts
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import TaxId, checked_value
from prorata.resources.core.customer import Customer
from prorata.resources.tax.calculation import CalculationCreateParams
from prorata.resources.tax.parts import CustomerDetails, Override, TaxAddress, TaxedId, address_of
from prorata.rules.tax_parts import is_recognized
from prorata.rules.tax_place import Exempt

OVERRIDES: dict[Exempt, Override] = {
    "none": "none", "exempt": "customer_exempt", "reverse": "reverse_charge",
}  # fmt: skip
EXEMPT: dict[Override, Exempt] = {override: exempt for exempt, override in OVERRIDES.items()}


@dataclass(slots=True)
class CalculatedBuyer:
    """Who buys, as it is asked and as it is shown."""

    address: TaxAddress
    details: CustomerDetails
    tax_ids: Sequence[tuple[str, str]] = field(default_factory=list)
    exempt: Exempt = "none"


def buyer_of(tx: Tx, params: CalculationCreateParams) -> CalculatedBuyer:
    """Return who buys: what is described counts before what is known of the customer.

    Raises InvalidRequest (customer_tax_location_invalid) for an address that does not tell.
    """
    sent = params.customer_details
    if not given(params.customer) and not given(sent):
        raise missing_param("customer_details")
    details = CustomerDetails()
    if given(params.customer):
        _take_customer(tx, details, tx.get(Customer, params.customer, param="customer"))
    if given(sent):
        if given(sent.address):
            details.address = address_of(sent.address)
            details.address_source = None
            if not given(sent.address_source):
                raise missing_param("customer_details[address_source]")
        if given(sent.address_source):
            details.address_source = sent.address_source
        if given(sent.ip_address):
            details.ip_address = sent.ip_address
        if given(sent.tax_ids):
            details.tax_ids = [
                TaxedId(
                    type=each.type,
                    value=checked_value(
                        tx, each.type, each.value, f"customer_details[tax_ids][{place}][value]"
                    ),
                )
                for place, each in enumerate(sent.tax_ids)
            ]
        if given(sent.taxability_override):
            details.taxability_override = sent.taxability_override
    address = details.address
    if address is None or not is_recognized(address.country, address.state, address.postal_code):
        raise InvalidRequest(
            UNRECOGNIZED, code="customer_tax_location_invalid", param="customer_details[address]"
        )
    return CalculatedBuyer(
        address,
        details,
        [(each.type, each.value) for each in details.tax_ids],
        EXEMPT[details.taxability_override],
    )


def _take_customer(tx: Tx, details: CustomerDetails, customer: Customer) -> None:
    found = whereabouts(tx, customer)
    if found is not None:
        told = found.address
        details.address = TaxAddress(
            city=told.city,
            country=(told.country or "").upper(),
            line1=told.line1,
            line2=told.line2,
            postal_code=told.postal_code,
            state=told.state,
        )
        shipped = found.source == "shipping_destination"
        details.address_source = "shipping" if shipped else "billing"
    details.ip_address = customer.private.ip_address
    details.tax_ids = [
        TaxedId(type=each.type, value=each.value)
        for each in tx.select(TaxId, customer=customer.id, oldest_first=True)
    ]
    details.taxability_override = OVERRIDES[customer.tax_exempt]

"""Whereabouts: where a customer is for tax, by the first address that tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.rules.tax_parts import is_recognized

Source = Literal["billing_address", "ip_address", "payment_method", "shipping_destination"]
UNRECOGNIZED = (
    "The customer's location isn't recognized. Set a valid customer address in order to"
    " automatically calculate tax."
)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An address that tells where a customer is, and where it is from."""

    address: Address
    source: Source


def whereabouts(
    tx: Tx,
    customer: Customer,
    *,
    shipping: Address | None = None,
    billing: Address | None = None,
) -> Whereabouts | None:
    """Return where a customer is: by shipping address, billing address, the address of what pays.

    shipping, billing: those of a document, instead of the customer's own. None where none tells;
    an IP address alone tells nothing to whoever has no map of the internet.
    """
    if shipping is None and billing is None:
        shipping = customer.shipping.address if customer.shipping else None
        billing = customer.address
    for address, source in _candidates(tx, customer, shipping, billing):
        if address is not None and is_recognized(
            (address.country or "").upper(), address.state, address.postal_code
        ):
            return Whereabouts(address, source)
    return None


def _candidates(
    tx: Tx, customer: Customer, shipping: Address | None, billing: Address | None
) -> Iterator[tuple[Address | None, Source]]:
    yield shipping, "shipping_destination"
    yield billing, "billing_address"
    id = customer.invoice_settings.default_payment_method or customer.default_source
    method = tx.look(PaymentMethod, id) if id and id.startswith("pm_") else None
    if method is not None:
        yield method.billing_details.address, "payment_method"


def check_whereabouts(tx: Tx, customer: Customer, param: str | None = None) -> None:
    """Raise InvalidRequest (customer_tax_location_invalid) unless it is known where one is."""
    if whereabouts(tx, customer) is None:
        raise InvalidRequest(UNRECOGNIZED, code="customer_tax_location_invalid", param=param)

"""Missing: what a session still waits to be told before it can be confirmed."""

from typing import Any

from prorata.engine.checkout.agreed import asks
from prorata.engine.checkout.automatic_tax import lacks_location
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import NameCollection
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod

SAYINGS = {
    "email": "An email address is needed.",
    "phone": "A phone number is needed.",
    "individual_name": "A name is needed.",
    "business_name": "The name of the business is needed.",
    "billing_address": "A billing address is needed.",
    "shipping": "A shipping address is needed.",
    "shipping_rate": "Choose how the order is sent.",
    "tax_id": "A tax id is needed.",
    "consent[terms_of_service]": "The terms of service must be accepted.",
}
CODES = {"email": "incomplete_email"}


def missing(tx: Tx, session: CheckoutSession, method: PaymentMethod | None = None) -> list[str]:
    """Return the parameters by which the visitor must still say something.

    method: what is being paid with, whose billing details count as said.
    """
    collected = session.private.collected
    billing = method.billing_details if method is not None else None
    found = []
    if _email(tx, session) is None and not (billing and billing.email):
        found.append("email")
    phone = session.phone_number_collection
    if phone and phone.enabled and not collected.phone and not (billing and billing.phone):
        found.append("phone")
    names = session.name_collection
    if isinstance(names, NameCollection):
        for kind in ("individual", "business"):
            if asks(getattr(names, kind)) and not getattr(collected, f"{kind}_name"):
                found.append(f"{kind}_name")
    address: Any = collected.address or (billing.address if billing else None)
    required = session.billing_address_collection == "required"
    if required and (address is None or not address.country):
        found.append("billing_address")
    if session.shipping_address_collection is not None:
        information = session.collected_information
        if information is None or information.shipping_details is None:
            found.append("shipping")
    if lacks_location(tx, session) and not {"billing_address", "shipping"} & set(found):
        found.append("billing_address")
    taxes = session.tax_id_collection
    if taxes and taxes.enabled and taxes.required == "if_supported" and not collected.tax_ids:
        found.append("tax_id")
    for field in session.custom_fields:
        if not field.optional and getattr(field, field.type).value is None:
            found.append(f"custom_fields[{field.key}]")
    terms = session.consent_collection
    agreed = session.consent is not None and session.consent.terms_of_service is not None
    if terms is not None and terms.terms_of_service == "required" and not agreed:
        found.append("consent[terms_of_service]")
    return found


def _email(tx: Tx, session: CheckoutSession) -> str | None:
    customer = tx.find(Customer, session.customer)
    known = customer.email if customer is not None else None
    email: str | None = session.private.collected.email
    return email or session.customer_email or known


def check_nothing_missing(tx: Tx, session: CheckoutSession, method: PaymentMethod | None) -> None:
    """Raise InvalidRequest, by the parameter, for what the visitor has not said.

    Who confirms with a secret key may leave out the email address that pages always ask for.
    """
    for param in missing(tx, session, method):
        if param == "email" and not tx.publishable:
            continue
        name = param.removeprefix("custom_fields[").removesuffix("]")
        raise InvalidRequest(
            SAYINGS.get(param) or f"The field `{name}` must be filled in.",
            code=CODES.get(param, "checkout_incomplete"),
            param=param,
        )

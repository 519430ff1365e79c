"""Buyer: the customer of a session, known before, made as it is confirmed, or supposed."""

from typing import Any

from prorata.engine.customers.prefix import new_prefix
from prorata.model.fields import Shipping
from prorata.model.transaction import Tx
from prorata.resources.billing.tax_id import TaxId, add_tax_id
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_shape import CustomerDetails, CustomerTaxId
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod


def known_customer(tx: Tx, session: CheckoutSession) -> Customer | None:
    """Return the customer that a session was made for, or that its confirmation has made."""
    return tx.find(Customer, session.customer or session.private.made.customer)


def refuse_deleted(tx: Tx, session: CheckoutSession) -> None:
    """Raise NotFound where a session's customer has been deleted: nobody else takes their place."""
    if session.customer is not None:
        tx.get(Customer, session.customer, param="customer")


def supposed_buyer(tx: Tx, session: CheckoutSession) -> Customer:
    """Return who would buy; somebody new exists until the caller undoes it."""
    customer = known_customer(tx, session)
    if customer is None:
        customer = tx.add(
            Customer(
                id=tx.new_id(Customer, owner=session.id),
                created=tx.now,
                invoice_prefix="",
                livemode=tx.book.livemode,
            )
        )
    _describe(tx, session, customer, known=session.customer is not None)
    if session.automatic_tax.enabled:
        _add_tax_ids(tx, session, customer)
    return customer


def needs_customer(session: CheckoutSession) -> bool:
    """Return whether a confirmation must make a customer where there is none."""
    private = session.private
    if session.mode == "subscription" or session.customer_creation == "always":
        return True
    invoiced = session.invoice_creation is not None and session.invoice_creation.enabled
    reused = private.payment_intent_data.get("setup_future_usage")
    saves = private.collected.save_payment_method
    return session.mode == "payment" and bool(
        invoiced or reused or saves or private.collected.tax_ids
    )


def buyer(tx: Any, session: CheckoutSession) -> Customer | None:
    """Return who buys, made now where that is needed; what was collected is written on them."""
    customer = known_customer(tx, session)
    if customer is None:
        if not needs_customer(session):
            return None
        customer = Customer(
            id=tx.new_id(Customer, owner=session.id),
            created=tx.now,
            invoice_prefix=new_prefix(tx),
            livemode=tx.book.livemode,
        )
        tx.add(customer)
        session.private.made.customer = customer.id
    else:
        # Whoever is deleted is so before or after this.
        tx.rely_on(customer)
    _describe(tx, session, customer, known=session.customer is not None)
    _add_tax_ids(tx, session, customer)
    return customer


def _describe(tx: Tx, session: CheckoutSession, customer: Customer, *, known: bool) -> None:
    """Write what was collected; a customer known before changes where the session says so."""
    collected, update = session.private.collected, session.private.customer_update
    information = session.collected_information
    if not known:
        customer.email = collected.email or session.customer_email or customer.email
        customer.phone = collected.phone or customer.phone
        locale = session.private.page_locale or session.locale
        if locale not in (None, "auto") and not customer.preferred_locales:
            customer.preferred_locales = [locale]
    elif customer.email is None:
        customer.email = collected.email
    if known and customer.phone is None and collected.phone:
        customer.phone = collected.phone
    if (not known or update.get("name") == "auto") and collected.name:
        customer.name = collected.business_name or collected.individual_name or collected.name
    for name in ("business_name", "individual_name"):
        value = getattr(collected, name)
        if value and (not known or update.get("name") == "auto"):
            setattr(customer, name, value)
            customer.name = collected.business_name or value
    if (not known or update.get("address") == "auto") and collected.address is not None:
        customer.address = collected.address
    shipping = information.shipping_details if information is not None else None
    if shipping is not None and (not known or update.get("shipping") == "auto"):
        customer.shipping = Shipping(
            address=shipping.address, name=shipping.name, phone=collected.phone
        )


def _add_tax_ids(tx: Tx, session: CheckoutSession, customer: Customer) -> None:
    known = {(each.type, each.value) for each in tx.select(TaxId, customer=customer.id)}
    for each in session.private.collected.tax_ids:
        if each.value and (each.type, each.value.strip()) not in known:
            add_tax_id(tx, each.type, each.value, customer, "tax_id[value]")


def collect_from_method(session: CheckoutSession, method: PaymentMethod | None) -> None:
    """Take from a payment method what the visitor has not said otherwise."""
    if method is None:
        return
    collected, billing = session.private.collected, method.billing_details
    if session.customer_email is None:
        collected.email = collected.email or billing.email
    collected.name = collected.name or billing.name
    collected.phone = collected.phone or billing.phone
    address = billing.address
    if collected.address is None and address is not None and address.country:
        collected.address = address
    if method.customer is None:
        # What was said beside the card is the payer's too: it stands on the charge.
        billing.email = billing.email or collected.email or session.customer_email
        billing.name = billing.name or collected.name
        billing.phone = billing.phone or collected.phone
        if collected.address is not None and not (address and address.country):
            billing.address = collected.address


def details_of(tx: Tx, session: CheckoutSession, customer: Customer | None) -> CustomerDetails:
    """Return what a session says of its buyer."""
    collected = session.private.collected
    tax_ids: list[CustomerTaxId] = list(collected.tax_ids)
    if customer is not None and session.status == "complete":
        tax_ids = [
            CustomerTaxId(type=each.type, value=each.value)
            for each in tx.select(TaxId, customer=customer.id, oldest_first=True)
        ]
    email = collected.email or session.customer_email
    known = customer is not None
    return CustomerDetails(
        address=collected.address or (customer.address if known and customer else None),
        business_name=collected.business_name,
        email=(customer.email if customer is not None and customer.email else None) or email,
        individual_name=collected.individual_name,
        name=_name(session, customer),
        phone=collected.phone or (customer.phone if customer is not None else None),
        tax_exempt=customer.tax_exempt if customer is not None else "none",
        tax_ids=tax_ids if session.status == "complete" else (tax_ids or None),
    )


def _name(session: CheckoutSession, customer: Customer | None) -> str | None:
    collected = session.private.collected
    said = collected.business_name or collected.individual_name or collected.name
    return said or (customer.name if customer is not None else None)

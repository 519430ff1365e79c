"""Automatic tax: a session asks the tax engine for its taxes, once its visitor's place is known."""

from typing import Any

from prorata.engine.checkout.buyer import supposed_buyer
from prorata.engine.tax.enable import PARAM, check_prices, check_ready
from prorata.engine.tax.whereabouts import UNRECOGNIZED, whereabouts
from prorata.model.errors import InvalidRequest, TaxesUnknown
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.checkout.collection_params import AutomaticTaxParams
from prorata.resources.checkout.collection_shape import Liability
from prorata.resources.checkout.payment_link import LinkAutomaticTax
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams
from prorata.resources.checkout.session_shape import AutomaticTax
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price

BOTH = "can't be used together with automatic tax: leave one of them out."


def write_automatic_tax(
    tx: Tx, session: CheckoutSession, params: SessionCreateParams, customer: Customer | None
) -> None:
    """Turn automatic tax on; raise InvalidRequest, by the parameter, where it can't be reckoned."""
    if not given(params.automatic_tax) or not params.automatic_tax.enabled:
        return
    if session.mode == "setup":
        raise InvalidRequest("A session in `setup` mode sells nothing.", param=PARAM)
    check_ready(tx)
    session.automatic_tax = AutomaticTax(
        enabled=True, liability=Liability(type="self"), provider=tx.gateway.tax_provider
    )
    if session.private.subscription_data.get("default_tax_rates"):
        raise InvalidRequest(
            f"`default_tax_rates` {BOTH}", param="subscription_data[default_tax_rates]"
        )
    if customer is not None:
        _check_known(tx, session, customer)
    check_cart_taxable(tx, session)


def automatic_tax_of(tx: Tx, params: AutomaticTaxParams) -> LinkAutomaticTax:
    """Return whether the sessions of a link or a table have automatic tax; it must be set up."""
    if params.enabled:
        check_ready(tx)
    return LinkAutomaticTax(
        enabled=params.enabled, liability=Liability(type="self") if params.enabled else None
    )


def _check_known(tx: Tx, session: CheckoutSession, customer: Customer) -> None:
    """Raise InvalidRequest where what a known customer says would not be what is taxed."""
    update = session.private.customer_update
    if session.shipping_address_collection is not None and update.get("shipping") != "auto":
        raise InvalidRequest(
            "Automatic tax with a shipping address that is asked for needs it saved on the"
            " customer: set `customer_update[shipping]` to `auto`.",
            code="customer_tax_location_invalid",
            param="customer_update[shipping]",
        )
    saves = "auto" in (update.get("address"), update.get("shipping"))
    if not saves and whereabouts(tx, customer) is None:
        raise InvalidRequest(
            "Automatic tax needs a valid address of the customer: add one to the customer, or set"
            " `customer_update[address]` or `customer_update[shipping]` to `auto`, so that what is"
            " entered in Checkout is saved on the customer.",
            code="customer_tax_location_invalid",
            param="customer",
        )


def check_cart_taxable(tx: Tx, session: CheckoutSession) -> None:
    """Raise InvalidRequest for a thing in the cart that automatic tax cannot judge."""
    if not session.automatic_tax.enabled:
        return
    items = session.private.items
    for place, each in enumerate(items):
        if each.tax_rates:
            raise InvalidRequest(f"`tax_rates` {BOTH}", param=f"line_items[{place}][tax_rates]")
    wanted = {each.price for each in (*items, *(session.optional_items or ()))}
    check_prices(tx, tx.load(Price, wanted).values(), session.currency or "")


def is_taxed(tx: Tx, session: CheckoutSession, customer: Customer) -> bool:
    """Return whether taxes are asked for: where it is known where the buyer is."""
    return session.automatic_tax.enabled and whereabouts(tx, customer) is not None


def lacks_location(tx: Tx, session: CheckoutSession) -> bool:
    """Return whether the visitor must say where he is, before taxes can be known."""
    if not session.automatic_tax.enabled:
        return False
    with tx.suppose():
        return whereabouts(tx, supposed_buyer(tx, session)) is None


def check_located(session: CheckoutSession) -> None:
    """Raise InvalidRequest for a confirmation that leaves the taxes unknown."""
    if session.automatic_tax.enabled and session.automatic_tax.status != "complete":
        raise InvalidRequest(
            UNRECOGNIZED, code="customer_tax_location_invalid", param="billing_address"
        )


def refuse_failed(invoice: Invoice) -> None:
    """Raise TaxesUnknown where the tax engine gave no answer, InvalidRequest where none can be."""
    if invoice.automatic_tax.enabled and invoice.automatic_tax.status == "failed":
        problem = invoice.private.tax_problem
        raise TaxesUnknown() if problem is None else InvalidRequest(problem)


def location_of(session: CheckoutSession) -> list[Any]:
    """Return what changes the taxes of an order: nothing where none are asked for."""
    if not session.automatic_tax.enabled:
        return []
    collected, information = session.private.collected, session.collected_information
    shipping = information.shipping_details if information is not None else None
    return [collected.address, shipping, collected.tax_ids]

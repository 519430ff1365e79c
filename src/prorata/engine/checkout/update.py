"""Update: the seller changes an open session: its cart, its shipping, what its payment says."""

from typing import Any

from prorata.engine.checkout.agreed import check_words
from prorata.engine.checkout.automatic_tax import check_cart_taxable
from prorata.engine.checkout.cart import (
    adjustable_of,
    check_cart,
    check_quantity,
    currency_of,
    item_of,
    price_named,
)
from prorata.engine.checkout.change import write_shipping
from prorata.engine.checkout.collection import shipping_rates_of
from prorata.engine.checkout.figures import check_chargeable, refresh, shipping_options_of
from prorata.engine.checkout.let_go import let_go_of_other, wait_for_answer
from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import Address
from prorata.model.operation import operation
from prorata.model.params import assign, fields_given, given, merge_metadata, plain, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_shape import ShippingDetails
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.checkout.session_params import (
    IntentUpdateParams,
    LineItemUpdateParams,
    SessionUpdateParams,
)
from prorata.resources.products.price import Price

OF_OPEN = ("collected_information", "line_items", "payment_intent_data", "shipping_options")


@operation("POST /v1/checkout/sessions/{id}")
def update(tx: Tx, session: CheckoutSession, params: SessionUpdateParams) -> CheckoutSession:
    """Change a session; all but its metadata only while it is open."""
    assign(session, params, "metadata")
    sent = [name for name in OF_OPEN if given(getattr(params, name))]
    if not sent:
        return session
    if session.status != "open":
        raise InvalidRequest(
            f"Only Checkout Sessions with a status of `open` can be changed in this way; this one"
            f" has a status of `{session.status}`.",
            param=sent[0],
        )
    wait_for_answer(tx, session)
    if given(params.line_items):
        _replace_items(tx, session, params.line_items)
    if given(params.shipping_options):
        _offer_shipping(tx, session, params.shipping_options or [])
    if given(params.collected_information):
        _collect(session, params.collected_information)
    if given(params.payment_intent_data):
        _write_intent_data(session, params.payment_intent_data)
    check_cart_taxable(tx, session)
    due = refresh(tx, session).due
    check_chargeable(session, due)
    let_go_of_other(tx, session, due)
    return session


def _replace_items(tx: Tx, session: CheckoutSession, entries: list[LineItemUpdateParams]) -> None:
    """Let the cart be what is sent: known items by their id, new ones, none of the others."""
    if session.mode == "setup":
        raise InvalidRequest("A session in `setup` mode sells nothing.", param="line_items")
    known: dict[str, CartItem] = {each.id: each for each in session.private.items}
    items = []
    for place, each in enumerate(entries):
        path = f"line_items[{place}]"
        if not given(each.id):
            items.append(item_of(tx, each, path))
            continue
        item = known.pop(each.id, None)
        if item is None:
            raise no_such("line item", each.id, param=f"{path}[id]", status=400)
        _change_item(tx, item, each, path)
        items.append(item)
    if not items:
        raise InvalidRequest("The last remaining item can't be removed.", param="line_items")
    session.private.items = items
    check_cart(tx, items, session.mode, currency_of(tx, items, session.currency, None))


def _change_item(tx: Tx, item: CartItem, params: LineItemUpdateParams, path: str) -> None:
    if given(params.price) or given(params.price_data):
        item.price = price_named(tx, params, path).id
        item.upsold_from = None
    if given(params.adjustable_quantity):
        where = f"{path}[adjustable_quantity]"
        item.adjustable = adjustable_of(params.adjustable_quantity, where)
    price = tx.get(Price, item.price)
    metered = price.recurring is not None and price.recurring.usage_type == "metered"
    if given(params.quantity):
        if metered:
            raise InvalidRequest(
                "Quantity should not be specified where usage_type is `metered`. Remove `quantity`"
                f" from `{path}`.",
                param=f"{path}[quantity]",
            )
        item.quantity = params.quantity
    elif metered:
        item.quantity = None
    elif item.quantity is None:
        item.quantity = 1
    if given(params.metadata):
        item.metadata = merge_metadata(item.metadata, params.metadata)
    if given(params.tax_rates):
        agree_on_rates(tx, item)
        rates = tax_rates(tx, params.tax_rates or [], f"{path}[tax_rates]")
        item.tax_rates = [each.id for each in rates]
    check_quantity(item, item.quantity, path)


def _offer_shipping(tx: Tx, session: CheckoutSession, entries: list[Any]) -> None:
    if session.mode != "payment":
        raise InvalidRequest(
            f"You can not pass `shipping_options` in `{session.mode}` mode: it is of `payment`"
            " mode.",
            param="shipping_options",
        )
    rates = shipping_rates_of(tx, entries, session.currency or "")
    session.shipping_options = shipping_options_of(tx, rates, session.currency or "")
    known = [each.id for each in rates]
    if session.private.shipping_rate not in known:
        session.private.shipping_rate = known[0] if known else None


def _collect(session: CheckoutSession, params: Any) -> None:
    details = params.shipping_details
    if not given(details):
        return
    if session.shipping_address_collection is None:
        raise InvalidRequest(
            "This Checkout Session does not collect a shipping address.",
            param="collected_information[shipping_details]",
        )
    address = Address(
        **{
            name: value_or(getattr(details.address, name), None)
            for name in ("city", "country", "line1", "line2", "postal_code", "state")
        }
    )
    try:
        write_shipping(session, ShippingDetails(address=address, name=details.name))
    except InvalidRequest as error:
        error.param = "collected_information[shipping_details][address][country]"
        raise


def _write_intent_data(session: CheckoutSession, params: IntentUpdateParams) -> None:
    if session.mode != "payment":
        raise InvalidRequest(
            f"You can not pass `payment_intent_data` in `{session.mode}` mode: it is of `payment`"
            " mode.",
            param="payment_intent_data",
        )
    check_words(params, "payment_intent_data")
    data = session.private.payment_intent_data
    for name, value in fields_given(params).items():
        if name == "metadata":
            data["metadata"] = merge_metadata(data.get("metadata"), plain(value))
        elif value is None:
            data.pop(name, None)
        else:
            data[name] = value

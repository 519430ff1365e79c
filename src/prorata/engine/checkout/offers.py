"""Offers at checkout: a longer interval, and one thing more, that a visitor may take."""

from prorata.engine.checkout.cart import check_something_left
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.checkout.offers import CrossSell, Upsell
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import supports
from prorata.resources.products.product import Product


def upsell_of(tx: Tx, session: CheckoutSession) -> tuple[CartItem, Price, Price] | None:
    """Return which item may move to a longer interval, from which price and to which.

    A session offers that where it sells exactly one recurring price, whose quantity is fixed.
    """
    if session.mode != "subscription":
        return None
    recurring = [
        (item, price)
        for item in session.private.items
        if (price := tx.get(Price, item.price)).recurring is not None and not item.cross_sold
    ]
    if len(recurring) != 1:
        return None
    item, price = recurring[0]
    if item.adjustable is not None and item.adjustable.enabled:
        return None
    if item.upsold_from is not None:
        former = tx.find(Price, item.upsold_from)
        return None if former is None else (item, former, price)
    found = tx.select(Upsell, price=price.id, limit=1)
    target = tx.find(Price, found[0].upsells_to) if found else None
    if target is None or not _is_sold(tx, target, session.currency or ""):
        return None
    return item, price, target


def _is_sold(tx: Tx, price: Price, currency: str) -> bool:
    product = tx.find(Product, price.product)
    return price.active and product is not None and product.active and supports(price, currency)


def set_upsell(tx: Tx, session: CheckoutSession, taken: bool) -> None:
    """Move to the longer interval that is offered, or back."""
    offer = upsell_of(tx, session)
    if offer is None:
        raise InvalidRequest("This Checkout Session offers no longer interval.", param="upsell")
    item, price, target = offer
    item.price = target.id if taken else price.id
    item.upsold_from = price.id if taken else None


def cross_sell_of(tx: Tx, session: CheckoutSession) -> Price | None:
    """Return what is offered beside the cart, or was taken from that offer.

    One thing per session, once: in the session's currency, at the interval of what is subscribed
    to; beside an upsell only what is paid once.
    """
    items: list[CartItem] = session.private.items
    taken = next((each for each in items if each.cross_sold), None)
    if taken is not None:
        return tx.find(Price, taken.price)
    prices = [tx.get(Price, each.price) for each in items]
    products = [each.product for each in prices]
    found = tx.select(CrossSell, product=products) if products else []
    offered = {each.product: each.price for each in found}
    for product in products:
        price = tx.find(Price, offered.get(product))
        if price is None or price.product in products:
            continue
        if _is_sold(tx, price, session.currency or "") and _fits(tx, session, price, prices):
            return price
    return None


def _fits(tx: Tx, session: CheckoutSession, price: Price, prices: list[Price]) -> bool:
    if price.recurring is None:
        return session.mode != "setup"
    if session.mode != "subscription" or upsell_of(tx, session) is not None:
        return False
    intervals = {
        (each.recurring.interval, each.recurring.interval_count)
        for each in prices
        if each.recurring is not None
    }
    return intervals == {(price.recurring.interval, price.recurring.interval_count)}


def set_cross_sell(tx: Tx, session: CheckoutSession, price: str | None) -> None:
    """Put what is offered into the cart, or take it out again."""
    items: list[CartItem] = session.private.items
    taken = next((each for each in items if each.cross_sold), None)
    if not price:
        if taken is not None:
            items.remove(taken)
            check_something_left(tx, session, "cross_sell")
        return
    offered = cross_sell_of(tx, session)
    if offered is None or offered.id != price:
        raise InvalidRequest("This Checkout Session does not offer that price.", param="cross_sell")
    if taken is None:
        items.append(CartItem(id=tx.id("li"), price=offered.id, cross_sold=True))

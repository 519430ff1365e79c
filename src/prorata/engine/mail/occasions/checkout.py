"""Checkout: a purchase that was not finished is offered again, to who wants to hear of it."""

from prorata.engine.checkout.recovery_hooks import on_recoverable
from prorata.engine.mail.facts import MOST_LINES
from prorata.engine.mail.post import Content, is_wanted, send
from prorata.model.transaction import Tx
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product


@on_recoverable
def not_finished(tx: Tx, session: CheckoutSession) -> None:
    """Send the address at which a purchase goes on, if its customer has agreed to such mails."""
    agreed = session.consent is not None and session.consent.promotions == "opt_in"
    recovery = session.after_expiration.recovery if session.after_expiration else None
    if not agreed or recovery is None or not is_wanted(tx, "checkout_recovery"):
        return
    customer = tx.look(Customer, session.customer)
    details = session.customer_details
    to = (details.email if details is not None else None) or session.customer_email
    said = {
        "currency": session.currency,
        "total": session.amount_total,
        "lines": _lines(tx, session),
        "sums": [],
    }
    send(
        tx, "checkout_recovery", session, Content(said, link=recovery.url, to=to),
        customer=customer, once="expired", locales=(session.locale,),
    )  # fmt: skip


def _lines(tx: Tx, session: CheckoutSession) -> list[list[object]]:
    items = session.private.items[:MOST_LINES]
    prices = tx.load(Price, [item.price for item in items], look=True)
    products = tx.load(Product, [each.product for each in prices.values()], look=True)
    rest = (None, None, None)
    return [
        [products[prices[item.price].product].name, item.quantity, item.sums.subtotal, *rest]
        for item in items
        if item.price in prices and prices[item.price].product in products
    ]

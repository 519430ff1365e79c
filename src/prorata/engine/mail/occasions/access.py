"""Access: cards that expire, links to the portal, and purchases that were not finished."""

from datetime import UTC, datetime

from prorata.engine.mail import facts
from prorata.engine.mail.occasions.portal_address import login_address
from prorata.engine.mail.post import Content, plan, planned, send
from prorata.engine.payments.charge_hooks import on_attached, on_renewed
from prorata.engine.portal.login import LINK_SECONDS, on_login_asked
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.core.mail import Mail
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.portal.session import Session


@on_renewed
@on_attached
def card_saved(tx: Tx, method: PaymentMethod) -> None:
    """Plan the mail of a saved card's expiry: on the first of the month before its last one.

    A card that is renewed has another one.
    """
    if tx.mailing == "off" or method.card is UNSET:
        return
    customer = tx.look(Customer, method.customer)
    year, month = method.card.exp_year, method.card.exp_month
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    at = int(datetime(*before, 1, tzinfo=UTC).timestamp())
    if at > tx.now:
        plan(tx, "card_expiring", method, at, customer=customer, once=f"{year}-{month:02}")


@planned("card_expiring")
def card_expires(tx: Tx, mail: Mail) -> Content | int | None:
    """Tell that a card expires, if subscriptions are paid with it and it was not renewed."""
    method = tx.look(PaymentMethod, mail.about)
    if method is None or method.card is UNSET or method.customer is None:
        return None
    if mail.private.once.rpartition(" ")[2] != f"{method.card.exp_year}-{method.card.exp_month:02}":
        return None
    if not _is_used(tx, method):
        return None
    said = {
        "method": facts.of_method(method),
        "year": method.card.exp_year,
        "month": method.card.exp_month,
        "url": login_address(tx),
    }
    return Content(said)


def _is_used(tx: Tx, method: PaymentMethod) -> bool:
    """Return whether a running subscription is charged to this method."""
    customer = tx.look(Customer, method.customer)
    if customer is None:
        return False
    usual = customer.invoice_settings.default_payment_method or customer.default_source
    running = tx.select(Subscription, customer=customer.id, status=LIVE)
    charged = [
        each.default_payment_method or each.default_source or usual
        for each in running
        if each.collection_method == "charge_automatically"
    ]
    return method.id in charged


@on_login_asked
def login_asked(tx: Tx, session: Session, *, customer: Customer, language: str | None) -> None:
    """Send a customer the link that opens the portal."""
    content = Content({"minutes": LINK_SECONDS // 60}, link=session.url)
    send(tx, "portal_login", session, content, customer=customer, once="", locales=(language,))

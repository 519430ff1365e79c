"""Login: customers who type in their e-mail address are sent a link to the portal."""

from prorata.engine.mail.post import is_wanted
from prorata.engine.moments import Moment
from prorata.engine.portal.open_session import can_come_back, new_session, session_of
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.portal.configuration import Configuration
from prorata.resources.portal.session import Session
from prorata.rules.windows import HOUR

# A mail takes its time.
LINK_SECONDS = HOUR // 2
# How many links a customer can be sent within an hour, so that nobody is flooded with mail.
LINKS_MAX = 5
LOOKED_AT = 50
# Of several customers with one address, as many are sent a link.
CUSTOMERS_MAX = 3

# A customer asked for a link to the portal. The document is the new session, whose `url` the link
# is. Facts: customer, language (a tag, or None for the customer's own). Who sends mail registers.
on_login_asked = Moment("portal login asked")


def login_page(tx: Tx, key: str) -> Configuration | None:
    """Return the configuration whose login page a key opens, None where there is none.

    Where the link would not be sent, all are closed: nobody is told to wait for it.
    """
    if not is_wanted(tx, "portal_login"):
        return None
    found = tx.select(Configuration, login_key=key, limit=1) if key else []
    if not found or not found[0].active or not found[0].login_page.enabled:
        return None
    return found[0]


def ask_for_link(tx: Tx, key: str, email: str, language: str | None = None) -> None:
    """Send a link to every customer with an e-mail address, if there is one; tell nobody which."""
    configuration = login_page(tx, key)
    if configuration is None:
        return
    for customer in _customers(tx, email):
        _send(tx, customer, configuration, language)


def come_back(tx: Tx, secret: str, email: str, language: str | None = None) -> None:
    """Send a new link for a session that is over, if the address is its customer's."""
    former = session_of(tx, secret)
    if former is None or not can_come_back(tx, former):
        return
    customer = tx.find(Customer, former.customer)
    configuration = tx.find(Configuration, former.configuration)
    if customer is None or configuration is None or not configuration.active:
        return
    if (customer.email or "").casefold() != email.strip().casefold():
        return
    session = _send(tx, customer, configuration, language)
    if session is not None:
        session.return_url, session.locale = former.return_url, former.locale
        session.after_expiration = former.after_expiration


def _customers(tx: Tx, email: str) -> list[Customer]:
    address = email.strip()
    lower = address.lower()
    # Addresses are kept as they were typed; phones begin them with a capital letter.
    ways = tuple(dict.fromkeys((address, lower, lower.capitalize())))
    return tx.select(Customer, email=ways, limit=CUSTOMERS_MAX)


def _send(
    tx: Tx, customer: Customer, configuration: Configuration, language: str | None
) -> Session | None:
    recent = tx.select(Session, customer=customer.id, limit=LOOKED_AT)
    since = tx.real_now - HOUR + LINK_SECONDS
    sent = [each for each in recent if each.private.by_mail and each.private.open_until > since]
    if len(sent) >= LINKS_MAX:
        return None
    session = new_session(tx, customer, configuration, opens_for=LINK_SECONDS)
    session.private.by_mail = True
    on_login_asked.tell(tx, session, customer=customer, language=language)
    return session

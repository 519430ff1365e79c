"""Portal address: where customers sign in to see to their subscriptions themselves."""

from prorata.engine.mail.post import is_wanted
from prorata.model.transaction import Tx
from prorata.resources.portal.configuration import Configuration

ADDRESS = "portal login address"
CONFIGURATIONS_MAX = 100


def login_address(tx: Tx) -> str | None:
    """Return the address of a login page of the portal, the default one first; None if all are
    closed, as they are where its mail is not sent."""
    if not is_wanted(tx, "portal_login"):
        return None
    if ADDRESS not in tx.results:
        found = tx.select(Configuration, active=True, limit=CONFIGURATIONS_MAX)
        found.sort(key=lambda each: not each.is_default)
        pages = [each.login_page.url for each in found if each.login_page.enabled]
        tx.results[ADDRESS] = pages[0] if pages else None
    address: str | None = tx.results[ADDRESS]
    return address

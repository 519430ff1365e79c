"""Portal address: where customers sign in to see to their subscriptions themselves."""

from prorata.model.transaction import Tx
from prorata.resources.portal.configuration import Configuration

ADDRESS = "portal login address"


def login_address(tx: Tx) -> str | None:
    """Return the address of the portal's login page, None while it is not open."""
    if ADDRESS not in tx.results:
        found = tx.select(Configuration, is_default=True, limit=1)
        page = found[0].login_page if found and found[0].active else None
        tx.results[ADDRESS] = page.url if page is not None and page.enabled else None
    address: str | None = tx.results[ADDRESS]
    return address

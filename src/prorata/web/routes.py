"""Routes: every page of the site, room by room."""

from prorata.web.challenge.page import ROUTES as CHALLENGES
from prorata.web.checkout.routes import ROUTES as CHECKOUT
from prorata.web.design.pictures import ROUTES as PICTURES
from prorata.web.design.site import Routes
from prorata.web.documents.papers import ROUTES as PAPERS
from prorata.web.invoices.page import ROUTES as INVOICES
from prorata.web.links import ROUTES as LINKS
from prorata.web.mail.unsubscribe import ROUTES as UNSUBSCRIBE
from prorata.web.outbox.pages import ROUTES as OUTBOX
from prorata.web.portal.pages import ROUTES as PORTAL
from prorata.web.receipts.page import ROUTES as RECEIPTS


def all_routes() -> Routes:
    """Return which function answers which address."""
    return {
        **PICTURES, **CHALLENGES, **CHECKOUT, **INVOICES, **LINKS, **OUTBOX, **UNSUBSCRIBE,
        **PAPERS, **PORTAL, **RECEIPTS,
    }  # fmt: skip

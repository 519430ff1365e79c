"""Routes: every page of the site, room by room."""

from prorata.web.design.pictures import ROUTES as PICTURES
from prorata.web.design.site import Routes
from prorata.web.documents.papers import ROUTES as PAPERS
from prorata.web.outbox.pages import ROUTES as OUTBOX
from prorata.web.portal.pages import ROUTES as PORTAL


def all_routes() -> Routes:
    """Return which function answers which address."""
    return {**PICTURES, **OUTBOX, **PAPERS, **PORTAL}

"""The entrance: the pages are loaded when somebody first asks for one; an API starts without."""

import asyncio
import threading
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from prorata.engine.quotes.paper import writes_quotes
from prorata.engine.runtime import System
from prorata.model.operation import Binary
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote

if TYPE_CHECKING:
    from prorata.web.design.site import Site

API = ("/v1/", "/v2/")
# Here both answer: the page to a browser, the API to a program with a key.
SHARED = "/_prorata/"
# What is made there is the address of a page, which a browser is about to ask for.
LEADING = {
    "/v1/billing_portal/sessions": "portal",
    "/v1/checkout/sessions": "checkout",
    "/v1/invoices": "invoices",
    "/v1/payment_links": "checkout",
    "/v1/prorata/pricing_tables": "checkout",
    "/v1/subscriptions": "invoices",
}
# The answer with the address goes first.
PREPARE_SECONDS = 0.03


class Entrance:
    """Answers what the site has a page for; with a welcome (address, secret and
    publishable key) also the address itself."""

    def __init__(self, system: System, welcome: tuple[str, str, str] | None = None) -> None:
        self._system = system
        self._welcome = welcome
        self._site: Site | None = None
        self._opening = threading.Lock()
        self._prepared: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if path.startswith(API) or (path.startswith(SHARED) and _has_key(scope)):
            room = LEADING.get(path)
            if room and room not in self._prepared and scope["method"] == "POST":
                self._prepared.add(room)
                timer = threading.Timer(PREPARE_SECONDS, self._prepare, (room,))
                timer.daemon = True
                timer.start()
            return False
        site = self._site
        if site is None:
            site = await asyncio.to_thread(self._open)
        return await site(scope, receive, send)

    def close(self) -> None:
        """Carry out what is under way."""
        if self._site is not None:
            self._site.close()

    def _prepare(self, room: str) -> None:
        self._open()
        from prorata.web.design.templates import prepare

        for each in ("design", room):
            prepare(each)

    def _open(self) -> "Site":
        with self._opening:
            if self._site is None:
                self._site = self._opened()
            return self._site

    def _opened(self) -> "Site":
        from prorata.web.design.site import Site
        from prorata.web.home import Welcome, home_routes
        from prorata.web.routes import all_routes

        routes = all_routes()
        if self._welcome is not None:
            routes = {**routes, **home_routes(Welcome(*self._welcome))}
        return Site(self._system, routes)


@writes_quotes
def written_quote(tx: Tx, quote: Quote) -> Binary:
    """Return a quote as a PDF; what writes papers is loaded with the first one."""
    from prorata.web.documents.quotes import write_quote

    return write_quote(tx, quote)


def _has_key(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])

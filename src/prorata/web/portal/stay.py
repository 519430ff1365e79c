"""Stay: one visit of a customer to a page of the portal, inside an open session."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.responses import Response

from prorata.engine.portal.deeds import carry_out
from prorata.engine.portal.open_session import (
    Guest,
    can_come_back,
    enter,
    is_open,
    needs_noting,
    note_use,
    session_of,
)
from prorata.engine.tries import Tries
from prorata.model.errors import APIError, InvalidRequest, Momentary, NotFound
from prorata.model.transaction import Book, Tx
from prorata.resources.core.account import own_account
from prorata.resources.core.customer import Customer
from prorata.resources.portal.configuration import Configuration
from prorata.resources.portal.session import Flow
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import TAGS, Language, account_zone
from prorata.web.design.site import Handler
from prorata.web.design.visit import Visit, see_other
from prorata.web.portal.wording import problem_text

T = TypeVar("T")
# Whose words these are.
ROOM = "portal"
# So often a customer may add a payment method or pay, so that nobody tries out cards here.
TRIES = Tries("portal_payment", most=15, seconds=600)
Page = Callable[["Stay"], Response]
Gather = Callable[[UnitOfWork, Guest], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a session before its customer is let in."""

    book: Book
    goes_on: bool
    noting: bool
    comes_back: bool
    wanted: tuple[str | None, ...]
    zone: tzinfo
    flow: Flow | None
    completed: bool
    return_url: str | None


@dataclass(slots=True)
class Stay:
    """A customer in the portal. Work gets the transaction and the guest, in the guest's time."""

    visit: Visit
    book: Book
    secret: str
    language: Language
    flow: Flow | None

    def text(self, message: str, **values: Any) -> str:
        return self.language.text(message, **values)

    def url(self, *parts: str, **query: str) -> str:
        """Return the address of one of this session's pages."""
        path = "/".join(quote(each, safe="") for each in ("p", "session", self.secret, *parts))
        return f"/{path}?{urlencode(query)}" if query else f"/{path}"

    def absolute(self, *parts: str, **query: str) -> str:
        return self.visit.system.base_url + self.url(*parts, **query)

    def to(self, *parts: str, **query: str) -> Response:
        """Send the customer on to another page of the session."""
        return see_other(self.url(*parts, **query))

    def read(self, work: Callable[[UnitOfWork, Guest], T]) -> T:
        return self.visit.system.read(self.book, lambda tx: work(tx, enter(tx, self.secret)))

    def do(self, work: Callable[[UnitOfWork, Guest], T]) -> T:
        """Do what a form asks for, and settle what that costs; raise APIError."""
        self.visit.check_form()
        return self.carry_out(work)

    def do_counted(self, work: Callable[[UnitOfWork, Guest], T]) -> T:
        """Do what a form asks a payment network for; raise RateLimited after too many tries."""
        self.visit.check_form()
        TRIES.count(time.monotonic(), self.read(lambda tx, guest: guest.customer.id))
        return self.carry_out(work)

    def carry_out(self, work: Callable[[UnitOfWork, Guest], T]) -> T:
        return carry_out(self.visit.system, self.book, lambda tx: work(tx, enter(tx, self.secret)))

    def show(
        self, template: str, gather: Gather | None = None, *, status: int = 200, **context: Any
    ) -> Response:
        """Return a page with what `gather` finds for it."""

        def work(tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
            found = {} if gather is None else gather(tx, guest)
            return {**self._frame(tx, guest), **found}

        shown = {**self.read(work), **context}
        brand = shown.pop("brand")
        return self.visit.page(
            template, self.language, brand, status=status, leaves=True, **shown
        )

    def try_to(
        self, work: Callable[[UnitOfWork, Guest], Any], template: str, gather: Gather, done: str
    ) -> Response:
        """Do what a form asks for and go on, or return its page with what went wrong."""
        try:
            self.do(work)
        except APIError as error:
            wrong = problem_text(self.language, error)
            return self.show(template, gather, status=error.status, error=wrong)
        return self.finish(done)

    def dead_end(self, error: APIError, title: str) -> Response:
        """Return a page that says why nothing can be done here; title: for what stays so."""
        if isinstance(error, Momentary):
            title = self.text("This did not work")
        text = problem_text(self.language, error)
        return self.show("portal/message.html", status=error.status, title=title, text=text)

    def _frame(self, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
        brand = portal_brand(tx, guest.configuration)
        return {
            "brand": brand,
            "error": None,
            "headline": guest.configuration.business_profile.headline,
            "home_url": self.url() if whole(guest) else None,
            "in_flow": guest.flow is not None,
            "notice": None,
            "return_url": guest.return_url,
            "test_mode": not self.book.livemode,
            "url": self.url,
        }

    def finish(self, done: str) -> Response:
        """Go on after something was done, which `done` names on the home page."""
        if self.flow is None:
            return self.to(done=done)
        self.carry_out(_complete)
        after = self.flow.after_completion
        if after.type == "redirect" and after.redirect is not None:
            return see_other(after.redirect.return_url)
        if after.type == "hosted_confirmation":
            return self.to("done", done=done)
        return self.to(done=done)


def whole(guest: Guest) -> bool:
    """Return whether the whole portal is open, not one flow alone."""
    flow = guest.session.flow
    return flow is None or (guest.flow is None and flow.after_completion.type == "portal_homepage")


def _complete(tx: Tx, guest: Guest) -> None:
    guest.session.private.completed = True


def portal_brand(tx: Tx, configuration: Configuration) -> Brand:
    """Return how the portal of a configuration looks."""
    profile = configuration.business_profile
    return replace(
        brand_of(own_account(tx)),
        terms_url=profile.terms_of_service_url,
        privacy_url=profile.privacy_policy_url,
    )


def inside(page: Page, *flows: str) -> Handler:
    """Return the handler of a page that is shown in open sessions only.

    flows: in which flows it is a part; in all others it is hidden. A session whose flow is gone and
    leads elsewhere shows that it is done, and nothing more.
    """

    def handler(visit: Visit) -> Response:
        secret = visit.parts[2]
        found = find(visit, secret)
        language = visit.language(*found.wanted).there(found.zone).of(ROOM)
        if not found.goes_on:
            from prorata.web.portal.login import over

            return over(visit, secret, found, language)
        chosen = visit.query.get("locale")
        chosen = chosen if chosen in TAGS else None
        if (found.noting or chosen is not None) and not visit.is_head:
            visit.system.write(found.book, lambda tx: note_use(tx, secret, chosen))
        flow = None if found.completed else found.flow
        stay = Stay(visit, found.book, secret, language, flow)
        if found.flow is not None and not _is_part(found, flows):
            return stay.to(*way_in(found))
        try:
            return page(stay)
        except NotFound:
            raise
        except (InvalidRequest, Momentary) as error:
            return stay.dead_end(error, stay.text("This did not work"))

    return handler


def _is_part(found: Found, flows: tuple[str, ...]) -> bool:
    flow = found.flow
    assert flow is not None, "it was looked for"
    if found.completed:
        return flow.after_completion.type == "portal_homepage" or "done" in flows
    return flow.type in flows


def way_in(found: Found) -> tuple[str, ...]:
    """Return where a session begins that is for one flow only."""
    flow = found.flow
    assert flow is not None, "it was looked for"
    if found.completed:
        return ("done",)
    if flow.type == "payment_method_update":
        return ("payment-methods", "add")
    if flow.type == "customer_update":
        return ("details",)
    page = {
        "subscription_cancel": "cancel",
        "subscription_pause": "pause",
        "subscription_update": "update",
        "subscription_update_confirm": "confirm",
    }[flow.type]
    return ("subscriptions", flow.subscription or "", page)


def find(visit: Visit, secret: str) -> Found:
    """Return what a session's secret opens; raise NotFound for one that there never was."""
    livemode = secret.startswith("live_")

    def look(tx: UnitOfWork) -> Found | None:
        session = session_of(tx, secret)
        if session is None:
            return None
        customer = tx.find(Customer, session.customer)
        locales = customer.preferred_locales if customer is not None else []
        return Found(
            book=tx.book,
            goes_on=is_open(tx, session) and customer is not None,
            noting=needs_noting(tx, session),
            comes_back=can_come_back(tx, session) and customer is not None,
            wanted=(session.private.language, session.locale, *locales),
            zone=account_zone(own_account(tx)),
            flow=session.flow,
            completed=session.private.completed,
            return_url=session.return_url,
        )

    for book in visit.system.database.read(all_books):
        if book.livemode == livemode and (found := visit.system.read(book, look)) is not None:
            return found
    raise NotFound("There is no such session.")

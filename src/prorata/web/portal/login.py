"""Login: the page that anyone may be given a link to, and what a session that is over shows.

Neither tells whether an address is known: the answer comes before the work, and is always the same.
"""

import time
from typing import TYPE_CHECKING

from starlette.responses import Response

from prorata.engine.portal.login import ask_for_link, come_back, login_page
from prorata.engine.portal.open_session import session_of
from prorata.engine.tries import Tries
from prorata.model.errors import NotFound, RateLimited
from prorata.model.transaction import Book
from prorata.resources.portal.configuration import Configuration
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.brand import Brand
from prorata.web.design.languages import Language
from prorata.web.design.visit import Visit
from prorata.web.portal.stay import ROOM, portal_brand

if TYPE_CHECKING:
    from prorata.web.portal.stay import Found

# Links that are asked for at one page within a minute, so that nobody writes to everybody from it.
links = Tries("portal_login", most=60, seconds=60)


def login(visit: Visit) -> Response:
    """Answer the login page of a configuration."""
    book, configuration, brand = _found(visit)
    language = visit.language().of(ROOM)
    return _page(visit, language, brand, configuration, book)


def ask(visit: Visit) -> Response:
    """Send a link to whom an address belongs, if to anybody."""
    book, configuration, brand = _found(visit)
    language = visit.language().of(ROOM)
    visit.check_form()
    key, email = visit.parts[2], visit.form.get("email", "").strip()[:250]
    refusal = _refusal(email, language, key)
    if refusal is not None:
        wrong, status = refusal
        return _page(visit, language, brand, configuration, book, status=status, error=wrong)
    visit.system.submit(book, lambda tx: ask_for_link(tx, key, email, language.tag))
    return _page(visit, language, brand, configuration, book, sent=True)


def over(visit: Visit, secret: str, found: "Found", language: Language) -> Response:
    """Answer that a session is over, with a way back where there is one."""
    _ = language.text
    brand = visit.system.read(found.book, lambda tx: _brand_of_session(tx, secret))
    sent, error, status = False, None, 200 if found.comes_back else 410
    if visit.method == "POST" and found.comes_back:
        visit.check_form()
        email = visit.form.get("email", "").strip()[:250]
        refusal = _refusal(email, language, secret)
        if refusal is not None:
            error, status = refusal
        else:
            visit.system.submit(found.book, lambda tx: come_back(tx, secret, email, language.tag))
            sent = True
    return visit.page(
        "portal/over.html", language, brand, status=status, title=_("This link has expired"),
        comes_back=found.comes_back, sent=sent, error=error, return_url=found.return_url,
        test_mode=not found.book.livemode,
    )  # fmt: skip


def _refusal(email: str, language: Language, page: str) -> tuple[str, int] | None:
    """Return why no link is sent, and the status of that answer; whose address it is counts not."""
    _ = language.text
    if "@" not in email:
        return _("Please type in an e-mail address."), 400
    try:
        links.count(time.monotonic(), page)
    except RateLimited as limited:
        wrong = _("Too many links were asked for. Please try again in a minute.")
        return wrong, limited.status
    return None


def _brand_of_session(tx: UnitOfWork, secret: str) -> Brand:
    session = session_of(tx, secret)
    assert session is not None, "it was found before"
    return portal_brand(tx, tx.get(Configuration, session.configuration))


def _page(
    visit: Visit,
    language: Language,
    brand: Brand,
    configuration: Configuration,
    book: Book,
    *,
    status: int = 200,
    sent: bool = False,
    error: str | None = None,
) -> Response:
    title = language.text("Check your mail") if sent else language.text("Manage your plan")
    return visit.page(
        "portal/login.html", language, brand, status=status, title=title, sent=sent, error=error,
        headline=configuration.business_profile.headline, test_mode=not book.livemode,
        return_url=configuration.default_return_url,
    )  # fmt: skip


def _found(visit: Visit) -> tuple[Book, Configuration, Brand]:
    key = visit.parts[2]
    for book in visit.system.database.read(all_books):
        if book.livemode != key.startswith("live_"):
            continue

        def look(tx: UnitOfWork) -> tuple[Configuration, Brand] | None:
            configuration = login_page(tx, key)
            if configuration is None:
                return None
            return configuration, portal_brand(tx, configuration)

        found = visit.system.read(book, look)
        if found is not None:
            return book, *found
    raise NotFound("There is no such login page.")

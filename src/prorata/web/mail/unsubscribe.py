"""Unsubscribe: the page by which a reader ends mails that are not about what was bought."""

from starlette.responses import PlainTextResponse, Response

from prorata.engine.mail.refuse import ROOM, refusable, refuse
from prorata.model.errors import no_such
from prorata.model.transaction import Book, Tx
from prorata.resources.core.account import own_account
from prorata.store.books import all_books
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit

# What a mail program sends that has a button of its own for it (RFC 8058).
ONE_CLICK = "List-Unsubscribe"


def ask(visit: Visit) -> Response:
    """Answer /unsubscribe/{mail}/{token}: nothing is changed before its reader confirms."""
    _, brand, locale = _find(visit)
    return _page(visit, brand, locale, done=False)


def end(visit: Visit) -> Response:
    """End the mails. The token is all that is needed: programs confirm for their readers."""
    book, brand, locale = _find(visit)
    id, token = visit.parts[1:3]

    def work(tx: Tx) -> None:
        mail = refusable(tx, id, token)
        if mail is not None:
            refuse(tx, mail)

    visit.system.write(book, work)
    if ONE_CLICK in visit.form:
        return PlainTextResponse("OK")
    return _page(visit, brand, locale, done=True)


def _page(visit: Visit, brand: Brand, locale: str, *, done: bool) -> Response:
    language = visit.language(locale).of("mail")
    title = language.text("No more mails like this")
    return visit.page(
        "mail/unsubscribe.html", language, brand, title=title, done=done, test_mode=False
    )


def _find(visit: Visit) -> tuple[Book, Brand, str]:
    """Return whose mail an address belongs to; raise NotFound."""
    id, token = visit.parts[1:3]

    def read(tx: Tx) -> tuple[Brand, str] | None:
        mail = refusable(tx, id, token)
        return None if mail is None else (brand_of(own_account(tx)), mail.locale)

    for book in visit.system.database.read(all_books):
        found = visit.system.read(book, read)
        if found is not None:
            return book, *found
    raise no_such("mail", id, param="id")


ROUTES: Routes = {("GET", ROOM, "*", "*"): ask, ("POST", ROOM, "*", "*"): end}

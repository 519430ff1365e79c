"""Outbox pages: what a development server would have sent, as a list, as mails and as JSON.

Nothing of it is there on a server in production.
"""

from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from prorata.model.errors import NotFound, PermissionDenied
from prorata.web.design.brand import Brand
from prorata.web.design.languages import choose
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit
from prorata.web.mail.compose import Composed
from prorata.web.outbox.shelf import find_mail, find_mails

ROOM = "_prorata"
# A mail's own styles are inline; it runs nothing and sends nothing.
MAIL_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https: http:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self';"
        " sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "x-content-type-options": "nosniff",
}
ENGLISH = choose(["en"])


def outbox(visit: Visit) -> Response:
    """Answer /_prorata/outbox: the newest mails first."""
    _check(visit)
    kinds = visit.query.get("kind", "")
    return visit.page(
        "outbox/list.html", ENGLISH, _brand(), title="Outbox", mails=find_mails(
            visit.system, visit.query
        ), kind=kinds, to=visit.query.get("to", ""),
    )  # fmt: skip


def one(visit: Visit) -> Response:
    """Answer /_prorata/outbox/{mail}: the mail with what stands on its envelope."""
    _check(visit)
    kept = find_mail(visit.system, visit.parts[2])
    view = visit.query.get("view", "html")
    return visit.page(
        "outbox/mail.html", ENGLISH, _brand(), title=kept.subject, kept=kept,
        view=view if view in ("html", "phone", "text") else "html",
    )  # fmt: skip


def html(visit: Visit) -> Response:
    """Answer /_prorata/outbox/{mail}/html: the mail's HTML alone, as a mail program shows it."""
    _check(visit)
    # Its links leave the frame that it is shown in.
    shown = _written(visit).html.replace("<a ", '<a target="_blank" rel="noopener" ')
    return HTMLResponse(shown, headers=MAIL_HEADERS)


def text(visit: Visit) -> Response:
    """Answer /_prorata/outbox/{mail}/text: the mail's plain text."""
    _check(visit)
    return PlainTextResponse(_written(visit).text, headers={"cache-control": "no-store"})


def mails(visit: Visit) -> Response:
    """Answer /_prorata/mails: the newest mails as JSON; `to`, `kind`, `customer`, … filter."""
    _check(visit)
    data = [each.as_json() for each in find_mails(visit.system, visit.query)]
    return _json({"object": "list", "data": data})


def mail(visit: Visit) -> Response:
    """Answer /_prorata/mails/{mail}: one mail as JSON."""
    _check(visit)
    try:
        return _json(find_mail(visit.system, visit.parts[2]).as_json())
    except NotFound as error:
        return _json(error.body(), 404)


def _json(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, {"cache-control": "no-store"})


def _written(visit: Visit) -> Composed:
    written = find_mail(visit.system, visit.parts[2]).written
    if written is None:
        raise NotFound("This mail has no text yet.")
    return written


def _check(visit: Visit) -> None:
    """Raise unless this is a development server, asked by its developer."""
    if not visit.system.dev:
        raise NotFound("There is no outbox in production.")
    if visit.is_foreign:
        raise PermissionDenied("Pages of other origins may not read the outbox.")


def _brand() -> Brand:
    return Brand("Prorata")


ROUTES: Routes = {
    ("GET", ROOM, "outbox"): outbox,
    ("GET", ROOM, "outbox", "*"): one,
    ("GET", ROOM, "outbox", "*", "html"): html,
    ("GET", ROOM, "outbox", "*", "text"): text,
    ("GET", ROOM, "mails"): mails,
    ("GET", ROOM, "mails", "*"): mail,
}

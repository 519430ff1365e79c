"""The site: finds the page that an address names and lets it answer, away from the event loop."""

import asyncio
from collections.abc import Callable
from functools import partial
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from prorata.engine.runtime import System
from prorata.model.errors import APIError, NotFound
from prorata.store.connection import is_outage
from prorata.store.lanes import LanedThreads
from prorata.web.design import assets
from prorata.web.design.brand import Brand
from prorata.web.design.visit import Visit, fields_of
from prorata.wire.asgi import SMALL_BODY_BYTES, read_body

Handler = Callable[[Visit], Response]
Routes = dict[tuple[str, ...], Handler]
# Forms that are carried out at a time.
FORMS = 16
log = structlog.get_logger("prorata.web")


class Site:
    """The pages, by method and path: `("GET", "c", "pay", "*")`, where `*` is any one part.

    A handler answers a visit; an APIError that it raises is shown as a page.
    """

    def __init__(self, system: System, routes: Routes) -> None:
        self._system = system
        # Who pays may wait for a slow gateway: nobody who looks at a page waits behind them.
        self._forms = LanedThreads(FORMS, "forms", of_one_lane=FORMS // 2)
        self._routes: dict[tuple[str, str, int], list[tuple[tuple[str, ...], Handler]]] = {}
        self.rooms = {pattern[1] for pattern in routes}
        for pattern, handler in routes.items():
            key = (pattern[0], pattern[1], len(pattern) - 1)
            self._routes.setdefault(key, []).append((pattern[1:], handler))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        room = path[1:].partition("/")[0]
        if room == assets.PREFIX:
            name = path.removeprefix(f"/{assets.PREFIX}/").partition("/")[2]
            accepted = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
            await assets.answer(name, accepted)(scope, receive, send)
            return True
        if room not in self.rooms:
            return False
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        raw = scope["raw_path"].decode("latin-1").partition("?")[0].strip("/")
        parts = tuple(unquote(part) for part in raw.split("/"))
        handler = self._find(method, parts)
        if any("\0" in part for part in parts):
            # No database can be asked for it.
            handler = _nothing
        if handler is None:
            if room.startswith("_") or not room:
                # What stands below is not the site's alone.
                return False
            handler = _nothing
        visit = self._visit(scope, method, parts)
        try:
            if method == "POST":
                body = await read_body(receive, SMALL_BODY_BYTES)
                visit.form = fields_of(body.decode("utf-8", "replace"))
                answer = partial(self._answer, handler, visit)
                # What begins an address is whose page it is.
                response = await asyncio.wrap_future(self._forms.submit(answer, parts[:3]))
            else:
                response = await asyncio.to_thread(self._answer, handler, visit)
        except APIError as error:
            response = problem(visit, error)
        response.headers.setdefault("x-content-type-options", "nosniff")
        await response(scope, receive, send)
        return True

    def close(self) -> None:
        """Carry out the forms that are under way."""
        self._forms.shutdown()

    def _find(self, method: str, parts: tuple[str, ...]) -> Handler | None:
        for pattern, handler in self._routes.get((method, parts[0], len(parts)), ()):
            if all(wanted in ("*", part) for wanted, part in zip(pattern, parts, strict=True)):
                return handler
        return None

    def _visit(self, scope: Scope, method: str, parts: tuple[str, ...]) -> Visit:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = fields_of(scope["query_string"].decode("latin-1"))
        return Visit(
            self._system, method, parts, query, {}, headers, _cookies(headers),
            is_head=scope["method"] == "HEAD",
        )  # fmt: skip

    def _answer(self, handler: Handler, visit: Visit) -> Response:
        try:
            return handler(visit)
        except APIError as error:
            return problem(visit, error)
        except Exception as fault:
            if is_outage(fault):
                log.error("the database cannot be used", reason=str(fault))
            else:
                # What follows the first part may be a secret.
                log.exception("page failed", path=f"/{visit.parts[0]}")
            return problem(visit, APIError("Something went wrong on our side.", status=503))


def _nothing(visit: Visit) -> Response:
    raise NotFound("There is no such page.")


def problem(visit: Visit, error: APIError, brand: Brand | None = None) -> Response:
    """Return the page of something that cannot be shown or done."""
    language = visit.language()
    _ = language.text
    if isinstance(error, NotFound):
        title = _("There is nothing here")
        text = _("The link has expired, or never existed. Ask whoever sent it for a new one.")
    elif error.status >= 500:
        title = _("Something went wrong")
        text = _("It is our fault, and nothing was changed. Please try again in a moment.")
    else:
        title, text = _("This did not work"), error.message
    return visit.page(
        "design/problem.html", language, brand or Brand(""), status=error.status, title=title,
        text=text, test_mode=False,
    )  # fmt: skip


def _cookies(headers: dict[str, str]) -> dict[str, str]:
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}

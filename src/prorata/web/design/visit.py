"""Visits: what a browser asks of a page, and the answers that pages give."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from prorata.engine.runtime import System
from prorata.model.errors import NotFound, PermissionDenied
from prorata.model.transaction import Book
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.brand import Brand
from prorata.web.design.dressed import dressed
from prorata.web.design.languages import Language, choose
from prorata.web.design.templates import render

T = TypeVar("T")
COOKIE = "prorata_form"
TOKEN = "form_token"
COOKIE_SECONDS = 86400


@dataclass(slots=True)
class Visit:
    """One request of a browser.

    parts: its path, divided. form: of a POST, one value a name. is_head: a GET whose page nobody
    will see, and that must leave nothing behind.
    """

    system: System
    method: str
    parts: tuple[str, ...]
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    cookies: dict[str, str]
    is_head: bool = False
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _token: str | None = None

    def language(self, *wanted: str | None) -> Language:
        """Return the language of the answer: the menu's choice, what is wanted, the browser's."""
        chosen = (self.query.get("locale"), *wanted)
        return choose(chosen, self.headers.get("accept-language", ""))

    def in_some_book(self, work: Callable[[UnitOfWork], T]) -> tuple[Book, T]:
        """Run a read in the book that knows what it asks for; raise NotFound where none does."""
        for book in self.system.database.read(all_books):
            try:
                return book, self.system.read(book, work)
            except NotFound:
                continue
        raise NotFound("There is no such page.")

    def make(self, book: Book, work: Callable[[UnitOfWork], str]) -> Response:
        """Make something, and send the browser on to the path of ours that the work returns."""
        if self.is_head:
            # It is tried, so that what would be refused is; the address leads nowhere after that.
            self.system.read(book, work)
            return Response(headers={"cache-control": "no-store"})
        return see_other(self.system.base_url + self.system.write(book, work).result)

    @property
    def token(self) -> str:
        """Return what each form of this browser sends along, so that no other site can post it."""
        if self._token is None:
            self._token = self.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        return self._token

    @property
    def is_foreign(self) -> bool:
        """Return whether a page of another site has sent this.

        Ours are at the address that is asked and at the public one, which not every proxy passes
        on.
        """
        origin = self.headers.get("origin")
        if origin in (None, "null"):
            return False
        own = (self.headers.get("host"), urlsplit(self.system.base_url).netloc)
        return origin.partition("://")[2] not in own

    def check_form(self) -> None:
        """Raise PermissionDenied for a form that no page of ours in this browser has sent."""
        known, sent = self.cookies.get(COOKIE, ""), self.form.get(TOKEN, "")
        if self.is_foreign or not known or not hmac.compare_digest(known.encode(), sent.encode()):
            raise PermissionDenied(
                "This form has been open for too long, or was sent by another site. Open the page"
                " anew and try again."
            )

    def page(
        self,
        template: str,
        language: Language,
        brand: Brand,
        *,
        status: int = 200,
        framed_by: str = "'none'",
        images: str = "",
        frames: str = "",
        leaves: bool = False,
        **context: Any,
    ) -> Response:
        """Return a page. framed_by: who may show it in a frame. images, frames: where pictures, and
        what stands in frames of it, come from, besides our own origin. leaves: its forms lead on to
        other sites, a bank's or the seller's."""
        html = render(
            template, language, brand=brand, nonce=self.nonce, visit=self, form_token=self.token,
            **context,
        )  # fmt: skip
        body, packing = dressed(html, self.nonce, self.headers.get("accept-encoding", ""))
        headers = {**self._policies(framed_by, images, frames, leaves), **packing}
        response = HTMLResponse(body, status, headers)
        if self.cookies.get(COOKIE) != self.token:
            response.set_cookie(
                COOKIE, self.token, max_age=COOKIE_SECONDS, httponly=True, samesite="lax",
                secure=self.system.base_url.startswith("https:"),
            )  # fmt: skip
        return response

    def _policies(
        self, framed_by: str, images: str, frames: str, leaves: bool
    ) -> dict[str, str]:
        # Browsers hold a form to it where its answer sends them on, too.
        forms = "https: http:" if leaves else self.system.base_url
        return page_headers(self.nonce, framed_by, images, frames, forms)


def page_headers(
    nonce: str, framed_by: str = "'none'", images: str = "", frames: str = "", forms: str = ""
) -> dict[str, str]:
    """Return the headers of a page: what it may load, where its forms lead, who may show it."""
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
        f" img-src 'self' data: {images}; font-src 'self'; connect-src 'self';"
        f" frame-src 'self' {frames}; form-action 'self' {forms}; base-uri 'none';"
        f" frame-ancestors {framed_by}"
    )
    return {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
    }


def see_other(url: str) -> Response:
    """Return the answer that sends a browser on to another address, by GET."""
    return RedirectResponse(url, status_code=303)


def fields_of(text: str) -> dict[str, str]:
    """Return the fields of a query or a form, the last of each name; NUL is left out of them."""
    return {
        name: value.replace("\0", "") for name, value in parse_qsl(text, keep_blank_values=True)
    }

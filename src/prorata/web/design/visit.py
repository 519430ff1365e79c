"""Visits: what a browser asks of a page, and the answers that pages give."""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from prorata.engine.runtime import System
from prorata.model.errors import PermissionDenied
from prorata.web.design.brand import Brand
from prorata.web.design.languages import Language, choose
from prorata.web.design.templates import render

COOKIE = "prorata_form"
TOKEN = "form_token"
COOKIE_SECONDS = 86400


@dataclass(slots=True)
class Visit:
    """One request of a browser. parts: its path, divided; form: of a POST, one value a name."""

    system: System
    method: str
    parts: tuple[str, ...]
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    cookies: dict[str, str]
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _token: str | None = None

    def language(self, *wanted: str | None) -> Language:
        """Return the language of the answer: the menu's choice, what is wanted, the browser's."""
        chosen = (self.query.get("locale"), *wanted)
        return choose(chosen, self.headers.get("accept-language", ""))

    @property
    def token(self) -> str:
        """Return what each form of this browser sends along, so that no other site can post it."""
        if self._token is None:
            self._token = self.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        return self._token

    def check_form(self) -> None:
        """Raise PermissionDenied for a form that no page of ours in this browser has sent."""
        origin = self.headers.get("origin")
        foreign = origin not in (None, "null") and urlsplit(origin).netloc != self.headers["host"]
        known, sent = self.cookies.get(COOKIE, ""), self.form.get(TOKEN, "")
        if foreign or not known or not hmac.compare_digest(known, sent):
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
        **context: Any,
    ) -> Response:
        """Return a page. framed_by: who may show it in a frame. images: where pictures come from,
        besides our own origin."""
        html = render(
            template, language, brand=brand, nonce=self.nonce, visit=self, form_token=self.token,
            **context,
        )  # fmt: skip
        response = HTMLResponse(html, status, page_headers(self.nonce, framed_by, images))
        if self.cookies.get(COOKIE) != self.token:
            response.set_cookie(
                COOKIE, self.token, max_age=COOKIE_SECONDS, httponly=True, samesite="lax",
                secure=self.system.base_url.startswith("https:"),
            )  # fmt: skip
        return response


def page_headers(nonce: str, framed_by: str = "'none'", images: str = "") -> dict[str, str]:
    """Return the headers of a page: what it may load, and where it may be shown."""
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
        f" img-src 'self' data: {images}; font-src 'self'; connect-src 'self'; frame-src 'self';"
        f" form-action 'self' https: http:; base-uri 'none'; frame-ancestors {framed_by}"
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
    """Return the fields of a query or a form, the last of each name."""
    return dict(parse_qsl(text, keep_blank_values=True))

"""Frame: the card in which every small page is shown, and the headers that guard it."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from starlette.responses import HTMLResponse, Response

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def page(
    title: str, seller: str, content: str, *, test: bool = True, script: str = "", status: int = 200
) -> Response:
    """Return a page of some content (HTML that is safe already) under a seller's name."""
    html = _template().substitute(
        title=escape(title),
        seller=escape(seller),
        mode="Test mode" if test else "",
        content=content,
        script=script,
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


@cache
def _template() -> Template:
    return Template(files("prorata.web").joinpath("page.html").read_text())

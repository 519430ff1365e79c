"""Served: the addresses of the browser script and of its frames."""

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from prorata.engine.runtime import System
from prorata.gateways.browser_fields import BringsFields, BrowserFields
from prorata.web.design import assets
from prorata.web.script.bundle import bundle
from prorata.web.script.frames import HEADERS, KINDS, frame_page, gateway_page, language_of

# A release train has its own address; the script reads from it what the page expects.
TRAINS = ("acacia", "basil", "clover", "dahlia", "endive")
SCRIPTS = frozenset({"/v3", "/v3/", "/stripe.js", *(f"/{each}/stripe.js" for each in TRAINS)})
FRAMES = "/elements/"
GATEWAY_FRAME = "/elements/gateway"
SCRIPT_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=60",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Something to send; one without a tag never changes under its address."""

    content: bytes
    media_type: str
    headers: dict[str, str]
    etag: str | None = None


class ScriptPages:
    """Answers /v3/, /endive/stripe.js and the like, and the frames that the script opens.

    The system's gateway may bring fields of its own for cards.
    """

    def __init__(self, system: System) -> None:
        self.system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return False
        if path in SCRIPTS:
            script = bundle()
            found = Sent(script.content, "text/javascript", SCRIPT_HEADERS, script.etag)
        elif path == GATEWAY_FRAME:
            query = _query(scope)
            fields = self._fields(query.get("livemode") == ["true"])
            if fields is None:
                return False
            html, headers = gateway_page(fields, _language(query))
            found = Sent(html, "text/html", headers)
        elif path.startswith(FRAMES) and path.removeprefix(FRAMES) in KINDS:
            html, tag = frame_page(path.removeprefix(FRAMES), _language(_query(scope)))
            found = Sent(html, "text/html", HEADERS, tag)
        else:
            name = _asset(path)
            asset = None if name is None else _lean(name)
            if asset is None:
                return False
            found = asset
        await _response(scope, found)(scope, receive, send)
        return True

    def _fields(self, livemode: bool) -> BrowserFields | None:
        gateway: object = self.system.gateway
        return gateway.browser_fields(livemode) if isinstance(gateway, BringsFields) else None


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _language(query: dict[str, list[str]]) -> str:
    return language_of(query.get("locale", ["en"])[0])


def _asset(path: str) -> str | None:
    """Return which file of the frames an address names, whatever its version."""
    room, _, rest = path[1:].partition("/")
    name = rest.partition("/")[2]
    return name if room == assets.PREFIX and name.startswith("elements/") else None


@lru_cache(maxsize=256)
def _lean(name: str) -> Sent | None:
    """Return a file of the frames without its comments and indents, which are for its readers."""
    response = assets.answer(name)
    if response.status_code != 200:
        return None
    media_type = response.media_type or "application/octet-stream"
    text = bytes(response.body).decode()
    if name.endswith(".css"):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", text)
    lines = (line.strip() for line in text.splitlines())
    kept = [line for line in lines if line and not line.startswith("//")]
    return Sent("\n".join(kept).encode(), media_type, assets.HEADERS)


def _response(scope: Scope, found: Sent) -> Response:
    """Return what was found, packed where the browser unpacks it, or that its copy is good."""
    asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
    headers = {**found.headers, "vary": "accept-encoding"}
    if found.etag is not None:
        headers["etag"] = found.etag
        known = {each.strip().removeprefix("W/") for each in
                 asked.get(b"if-none-match", "").split(",")}  # fmt: skip
        if found.etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
    content = found.content
    if "gzip" in asked.get(b"accept-encoding", ""):
        content = _packed(content)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=found.media_type, headers=headers)


@lru_cache(maxsize=256)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)

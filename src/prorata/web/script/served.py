"""Served: the addresses of the browser script and of its frames."""

from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from prorata.web.design import assets
from prorata.web.script.bundle import bundle
from prorata.web.script.frames import HEADERS, KINDS, frame_page, language_of

# A release train has its own address; the script reads from it what the page expects.
TRAINS = ("acacia", "basil", "clover", "dahlia", "endive")
SCRIPTS = frozenset({"/v3", "/v3/", "/stripe.js", *(f"/{each}/stripe.js" for each in TRAINS)})
FRAMES = "/elements/"
SCRIPT_HEADERS = {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=60",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}


class ScriptPages:
    """Answers /v3/, /endive/stripe.js and the like, and the frames that the script opens."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return False
        if path in SCRIPTS:
            script = bundle()
            response = _tagged(
                scope, script.content, script.etag, "text/javascript", SCRIPT_HEADERS
            )
        elif path.startswith(FRAMES) and path.removeprefix(FRAMES) in KINDS:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            language = language_of(query.get("locale", ["en"])[0])
            html, tag = frame_page(path.removeprefix(FRAMES), language)
            response = _tagged(scope, html, tag, "text/html", HEADERS)
        else:
            name = _asset(path)
            if name is None:
                return False
            response = assets.answer(name)
        await response(scope, receive, send)
        return True


def _asset(path: str) -> str | None:
    """Return which file of the frames an address names, whatever its version."""
    room, _, rest = path[1:].partition("/")
    name = rest.partition("/")[2]
    return name if room == assets.PREFIX and name.startswith("elements/") else None


def _tagged(
    scope: Scope, content: bytes, etag: str, media_type: str, headers: dict[str, str]
) -> Response:
    """Return content under its tag, or that the browser's copy is still good."""
    sent = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
    known = {each.strip().removeprefix("W/") for each in sent.decode("latin-1").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers={**headers, "etag": etag})
    return Response(content, media_type=media_type, headers={**headers, "etag": etag})

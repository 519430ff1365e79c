"""Assets: styles, scripts and pictures of the pages, under an address that changes with them."""

import gzip
import re
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from mimetypes import guess_type

from starlette.responses import Response

PREFIX = "assets"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
COMMENT = re.compile(r"/\*.*?\*/|^ *//[^\n]*$", re.DOTALL | re.MULTILINE)
HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    # Fonts and modules of frames that stand in other sites' pages.
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}


def asset(name: str) -> str:
    """Return the address of a file below `static`, or of all; raise KeyError for one unknown."""
    if name and name not in _all():
        raise KeyError(name)
    return f"/{PREFIX}/{version()}/{name}"


def content(name: str) -> bytes:
    """Return what is in a file below `static`; raise KeyError where there is none."""
    return _all()[name]


@cache
def bare(name: str) -> bytes:
    """Return a style or a script without its comments and indents, which are for its readers."""
    lines = COMMENT.sub("", content(name).decode()).splitlines()
    return "\n".join(filter(None, (line.strip() for line in lines))).encode()


def answer(name: str, accepted: str = "") -> Response:
    """Return a file below `static`, packed where the browser's Accept-Encoding has gzip."""
    found = _all().get(name)
    if found is None:
        return Response("Not found", status_code=404, media_type="text/plain")
    suffix = name[name.rfind(".") :]
    kind = TYPES.get(suffix) or guess_type(name)[0] or "application/octet-stream"
    if suffix in TYPES and "gzip" in accepted:
        headers = {**HEADERS, "content-encoding": "gzip"}
        return Response(_packed(name), media_type=kind, headers=headers)
    return Response(found, media_type=kind, headers=HEADERS)


@cache
def _packed(name: str) -> bytes:
    text = bare(name) if name.endswith((".css", ".js")) else content(name)
    return gzip.compress(text, mtime=0)


@cache
def version() -> str:
    """Return what the addresses of all assets have in common, for modules that import others."""
    digest = blake2b(digest_size=6)
    for name, content in sorted(_all().items()):
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()


@cache
def _all() -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def walk(folder: Traversable, path: str) -> None:
        for each in folder.iterdir():
            if each.is_dir():
                walk(each, f"{path}{each.name}/")
            elif not each.name.startswith("."):
                found[path + each.name] = each.read_bytes()

    walk(files("prorata.web").joinpath("static"), "")
    return found
